"""Reports of runs, built in a background thread and cached until the index changes."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Self

from configs.settings import Settings
from index.filters import AccessClasses
from pipelines.runs.report import RunReport, run_report

_KEPT = 8
"""Reports that are kept."""


class _Key(NamedTuple):
    run: str
    revision: str
    access_classes: AccessClasses


class RunReports:
    """The latest requested reports, without new terms; safe for several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._made: dict[_Key, Future[RunReport]] = {}
        self._pool: ThreadPoolExecutor | None = None

    def report(
        self, run_id: str, revision: Callable[[], str], *, access_classes: AccessClasses, wait: float
    ) -> RunReport | None:
        """Return the report of a run that has ended, None where it takes longer than `wait` seconds: ask again then.

        `revision` gives that of the index. Raises as `run_report`.
        """
        key = _Key(run_id, revision(), access_classes)
        with self._lock:
            made = self._made.pop(key, None) or self._begin(key)
            self._made[key] = made
            while len(self._made) > _KEPT:
                del self._made[next(iter(self._made))]
        try:
            return made.result(wait)
        except TimeoutError:
            return None
        except BaseException:
            with self._lock:
                self._made.pop(key, None)
            raise

    def __enter__(self) -> Self:
        """Nothing is made yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the report that is being made, and leave out those that wait."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool:
            pool.shutdown(cancel_futures=True)

    def _begin(self, key: _Key) -> Future[RunReport]:
        self._pool = self._pool or ThreadPoolExecutor(1, "run-report")
        return self._pool.submit(run_report, self._settings, key.run, terms=False, access_classes=key.access_classes)
