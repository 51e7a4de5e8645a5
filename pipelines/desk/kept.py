"""Answers about a whole collection, each kept until the index, or what people judged of it, changes."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from configs.system.errors import UnavailableError
from pipelines.search.service import WAIT_SECONDS, SearchService

_MOST = 8
_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class _Held(Generic[_V]):
    """An answer with the revision that it is of; who makes it holds the lock, so that it is made once."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.made: tuple[str, _V] | None = None


class Kept(Generic[_K, _V]):
    """Answers by what they are of, which names the access classes of the reader; several threads may ask.

    The `most` that were asked for last are kept. With `judged`, each judgement ends what is kept too.
    """

    def __init__(self, service: SearchService, *, judged: bool, most: int = _MOST) -> None:
        self._service, self._judged, self._most = service, judged, most
        self._lock = Lock()
        self._held: dict[_K, _Held[_V]] = {}

    def get(self, key: _K, make: Callable[[], _V]) -> _V:
        """Return the answer that is kept, else the one that `make` gives; raises as the service and `make` do.

        Raises `UnavailableError` where another thread makes it and is not done in time.
        """
        with self._lock:
            held = self._held[key] = self._held.pop(key, _Held())
            while len(self._held) > self._most:
                del self._held[next(iter(self._held))]
        if not held.lock.acquire(timeout=WAIT_SECONDS):
            message = "this is being made for another reader, which takes long"
            raise UnavailableError(message, "ask again in a minute", may_pass=True)
        try:
            # who waited asks for what holds now: by what held before, the newer answer would be taken for an older one
            with self._service.engine() as engine:
                revision = engine.revision(judged=self._judged)
            if held.made is None or held.made[0] != revision:
                held.made = revision, make()
            return held.made[1]
        finally:
            held.lock.release()
