"""Answers about a whole collection, each kept until the index, or what people judged of it, changes."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from pipelines.search.service import SearchService

_MOST = 8
"""Answers that are kept, those asked for last."""
_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class _Held(Generic[_V]):
    """An answer with the revision that it is of; who makes it holds the lock, so that it is made once."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.made: tuple[str, _V] | None = None


class Kept(Generic[_K, _V]):
    """Answers by what they are of, which names the access classes of the reader; several threads may ask.

    With `judged`, each judgement ends what is kept too.
    """

    def __init__(self, service: SearchService, *, judged: bool) -> None:
        self._service, self._judged = service, judged
        self._lock = Lock()
        self._held: dict[_K, _Held[_V]] = {}

    def get(self, key: _K, make: Callable[[], _V]) -> _V:
        """Return the answer that is kept, else the one that `make` gives; raises as the service and `make` do."""
        with self._service.engine() as engine:
            revision = engine.revision(judged=self._judged)
        with self._lock:
            held = self._held[key] = self._held.pop(key, _Held())
            while len(self._held) > _MOST:
                del self._held[next(iter(self._held))]
        with held.lock:
            if held.made is None or held.made[0] != revision:
                held.made = revision, make()
            return held.made[1]
