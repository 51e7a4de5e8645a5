"""Answers about a whole collection, each kept until the index, or what people judged of it, changes."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from pipelines.search.service import SearchService

_MOST = 8
"""Answers that are kept, those asked for last."""
_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class _Held(NamedTuple, Generic[_V]):
    revision: str
    answer: _V


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
        with self._lock:
            with self._service.engine() as engine:
                revision = engine.revision(judged=self._judged)
            held = self._held.pop(key, None)
            if held is None or held.revision != revision:
                held = _Held(revision, make())
            self._held[key] = held
            while len(self._held) > _MOST:
                del self._held[next(iter(self._held))]
            return held.answer
