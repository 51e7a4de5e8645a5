"""The life cycle of a run: it holds a session of the home, its record in the ledger, and its heartbeat."""

import ctypes
import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from configs.settings import Settings
from configs.system.errors import BusyError, UnavailableError
from configs.system.log_fields import log_fields
from configs.system.progress import steps_told_to
from extractors import isolation
from pipelines.ingest.batches import item_from_json, result_as_json
from pipelines.ingest.hanging import end_hanging
from pipelines.ingest.heartbeat import Heartbeat
from pipelines.ingest.run import BatchRunner, ProgressListener, Run
from pipelines.ingest.session import IngestSession
from pipelines.storage.errors import storage_errors

_TRIM_THRESHOLD, _ARENA_MAX = -1, -8
"""Parameters of glibc's `mallopt`."""
_ARENAS = 2
_FREE_BYTES = 128 << 10
"""Free memory at the end of a heap above which it is returned to the system."""

_RUN_TIME = "%Y%m%dT%H%M%S"
_MOST_SET_BACK = dt.timedelta(days=1)

_POLL_SECONDS = 0.5
"""Interval of the checks whether another process has released the home."""

_log = logging.getLogger(__name__)
_open: dict[str, Run] = {}
"""The open runs of this process by their ids, for tasks of an orchestrator."""


@contextmanager
def recorded_run(
    settings: Settings,
    *,
    source: str | None = None,
    flow: str = "ingest",
    began: float | None = None,
    passwords: Sequence[str] = (),
    run_batch: BatchRunner | None = None,
    progress: ProgressListener = lambda *_: None,
    call_helpers: Callable[[], None] = lambda: None,
    wait: float = 0.0,
) -> Iterator[Run]:
    """Open a session on a home for a run that is recorded in the ledger; raises as `IngestSession` does.

    `source` is the name of a configured source or the SOURCEs of a command, `flow` the kind of run. `run_batch`
    processes the batches instead of the session. If the run can be shared with other workers, `call_helpers` is called
    once. If another process writes the home, this waits up to `wait` seconds for it.
    """
    began = time.monotonic() if began is None else began
    run_id = ""
    share_heaps()
    try:
        with (
            Heartbeat(settings.home) as heartbeat,
            steps_told_to(heartbeat.step),
            storage_errors(settings.home),
            open_session(settings, passwords, wait=wait) as session,
        ):
            latest = next((record.id for record in session.ledger.runs(1)), None)
            run_id = new_run_id(after=latest)
            with log_fields(run=run_id), session.ledger.run(run_id, source=source, flow=flow) as record:
                heartbeat.begin(run_id, source or "")
                run = Run(
                    session,
                    run_id,
                    began,
                    record,
                    heartbeat,
                    run_batch=run_batch,
                    progress=progress,
                    call_helpers=call_helpers,
                )
                _open[run_id] = run
                try:
                    yield run
                except BaseException as error:
                    run.record_end(error)
                    raise
                heartbeat.phase("closing")
    finally:
        _open.pop(run_id, None)
        isolation.shutdown()


def open_session(settings: Settings, passwords: Sequence[str] = (), *, wait: float = 0.0) -> IngestSession:
    """Return a session of a home once no other process writes it; raises `BusyError` after the waiting time.

    A hanging run is ended first, or the error names what it is waiting for.
    """
    give_up, said = time.monotonic() + wait, False
    while True:
        try:
            return IngestSession(settings, passwords=passwords)
        except BusyError as error:
            if hanging := end_hanging(settings):
                if hanging.ended:
                    continue
                raise hanging from error
            left = give_up - time.monotonic()
            if left <= 0:
                raise
            if not said:
                _log.info("%s: waiting for up to %.0f s", error.message, wait)
            said = True
            time.sleep(min(left, _POLL_SECONDS))


def open_run(run_id: str) -> Run | None:
    """Return a run that is open in this thread, the only one that may use its session; None without one."""
    run = _open.get(run_id)
    return run if run and run.thread == threading.get_ident() else None


def process_batch(rows: Sequence[Mapping[str, Any]], run: str) -> dict[str, Any]:
    """Process a batch of a run of this thread: its items and the result are JSON.

    The run is notified of each finished item. Raises as `IngestSession.process` does, and `UnavailableError` if the run
    is not open here: its items are left to the next run.
    """
    known = open_run(run)
    if known is None:
        raise UnavailableError(f"run {run} is over, or belongs to another process", "begin another one")
    sources = {item.id: item.source for item in known.batch}
    items = [item_from_json(row, sources[row["id"]]) for row in rows]
    return result_as_json(known.session.process(items, run, known.done, known.shown))


def new_run_id(*, after: str | None = None) -> str:
    """Return a run id that sorts by time, and `after` the id of the previous run if the clock was set back.

    A previous run more than a day in the future had a wrong clock, and its id is ignored.
    """
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    with suppress(ValueError):  # an id in another format
        before = dt.datetime.strptime((after or "").partition("-")[0], _RUN_TIME).replace(tzinfo=dt.UTC)
        if now <= before < now + _MOST_SET_BACK:
            now = before + dt.timedelta(seconds=1)
    return f"{now:{_RUN_TIME}}-{uuid.uuid4().hex[:6]}"


def share_heaps() -> None:
    """Limit the threads of this process to two heaps, and release free memory; does nothing without glibc.

    Threads that read documents get heaps of their own, each as large as its peak use, and a freed block remains in its
    heap. Over thousands of documents this makes the memory of a run grow (`python -m benchmarks.runs`).
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_ARENA_MAX, _ARENAS)
        library.mallopt(_TRIM_THRESHOLD, _FREE_BYTES)
