"""A cache of results about the whole collection, valid until the index or a judgement changes."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from configs.system.errors import UnavailableError
from pipelines.search.service import WAIT_SECONDS, SearchService

_MOST = 8
_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class _CacheEntry(Generic[_V]):
    """A cached result with its revision; the thread that computes it holds the lock, so that others wait."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.made: tuple[str, _V] | None = None


class RevisionCache(Generic[_K, _V]):
    """A cache of results by key, which includes the access classes of the reader; safe for several threads.

    The `most` recently used results are kept. With `judged`, each new judgement also invalidates them.
    """

    def __init__(self, service: SearchService, *, judged: bool, most: int = _MOST) -> None:
        self._service, self._judged, self._most = service, judged, most
        self._lock = Lock()
        self._entries: dict[_K, _CacheEntry[_V]] = {}

    def get(self, key: _K, make: Callable[[], _V]) -> _V:
        """Return the cached result, or compute it by `make`; raises as the service and `make` do.

        Raises `UnavailableError` if another thread is computing it and does not finish in time.
        """
        with self._lock:
            held = self._entries[key] = self._entries.pop(key, _CacheEntry())
            while len(self._entries) > self._most:
                del self._entries[next(iter(self._entries))]
        if not held.lock.acquire(timeout=WAIT_SECONDS):
            message = "this is being made for another reader, which takes long"
            raise UnavailableError(message, "ask again in a minute", may_pass=True)
        try:
            # read after waiting for the lock: an earlier revision would invalidate the newer result
            with self._service.engine() as engine:
                revision = engine.revision(judged=self._judged)
            if held.made is None or held.made[0] != revision:
                held.made = revision, make()
            return held.made[1]
        finally:
            held.lock.release()
