"""A run from its beginning to its end: a session of the home, its record in the ledger, and its heartbeat."""

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
"""Free memory at the end of a heap that is given back to the system."""

_RUN_TIME = "%Y%m%dT%H%M%S"
_MOST_SET_BACK = dt.timedelta(days=1)

_POLL_SECONDS = 0.5
"""How long a run waits before it looks again whether another process has given up the home."""

_log = logging.getLogger(__name__)
_open: dict[str, Run] = {}
"""The runs of this process that have not ended, by their ids: tasks of an orchestrator find theirs again."""


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
    """Open a session on a home for a run that the ledger knows of; raises as `IngestSession` does.

    `source` is the name of a configured source or the SOURCEs of a command, `flow` the kind of run. `run_batch` works
    on the batches in place of the session. Where the run is to be shared with other workers, `call_helpers` is called
    once. Where another process writes the home, it is waited for, for `wait` seconds.
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
    """Return a session of a home, as soon as no other process writes it; raises `BusyError` where one still does.

    A run that hangs is ended first, or the error says what it waits for.
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
    """Return a run that is open in this thread, which alone may use its session; None where there is none."""
    run = _open.get(run_id)
    return run if run and run.thread == threading.get_ident() else None


def process_batch(rows: Sequence[Mapping[str, Any]], run: str) -> dict[str, Any]:
    """Work on a batch of a run of this thread, its items as JSON, and return its result as JSON.

    The run is told of each item that is done. Raises as `IngestSession.process` does, and `UnavailableError` where the
    run is not open here: what it was to do is left to the next one.
    """
    known = open_run(run)
    if known is None:
        raise UnavailableError(f"run {run} is over, or belongs to another process", "begin another one")
    sources = {item.id: item.source for item in known.batch}
    items = [item_from_json(row, sources[row["id"]]) for row in rows]
    return result_as_json(known.session.process(items, run, known.done, known.shown))


def new_run_id(*, after: str | None = None) -> str:
    """Return an id for a run that sorts by time, also `after` the id of the run before where the clock was set back.

    Where that run lies more than a day ahead its clock was wrong, and nothing is to come after it.
    """
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    with suppress(ValueError):  # of an id that something else made
        before = dt.datetime.strptime((after or "").partition("-")[0], _RUN_TIME).replace(tzinfo=dt.UTC)
        if now <= before < now + _MOST_SET_BACK:
            now = before + dt.timedelta(seconds=1)
    return f"{now:{_RUN_TIME}}-{uuid.uuid4().hex[:6]}"


def share_heaps() -> None:
    """Let all threads of this process share two heaps, and give back what is free; nothing where there is no glibc.

    Threads that read documents get heaps of their own, each as large as what they held at most, and a freed block stays
    with its heap. Over thousands of documents that is what grows in a run (`python -m benchmarks.runs`).
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_ARENA_MAX, _ARENAS)
        library.mallopt(_TRIM_THRESHOLD, _FREE_BYTES)
