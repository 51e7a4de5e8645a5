"""How the last run over each configured source ended: a small file for each of them in the home.

The ledger keeps the history of runs. These files also know of runs that could not open it, and can be read where the
index is damaged or a cluster is away: who is to be told of failures must not depend on what failed.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from filelock import FileLock, Timeout
from pydantic import ValidationError

from configs.system.errors import CustomsLensError
from configs.system.files import read_file, write_atomically
from configs.system.folders import make_home
from configs.system.redaction import redact
from extractors.document import RedactedText, Value
from pipelines.ingest.deletion import MassDeletionError
from pipelines.storage.run_records import RunStatus, state_after
from pipelines.workspace import LAST_RUNS

_log = logging.getLogger(__name__)

Cause: TypeAlias = Literal["fails", "refused", "asks"]
"""Why a run did not do all that it was to do: an error ended it, it would not delete so much, or it waits for leave."""
_LOOKED_AT_SECONDS = 1.0
"""How long a lock is waited for that somebody may hold who only looks whether a run is at work."""
INTERRUPTED = "its last run was interrupted: it was stopped, or its process was killed"


class LastRun(Value):
    """The last run over a source: when it began and ended (UTC), how, and why; `done_at` is when one last was `done`.

    `reason` is what the command line said. A run whose process is gone is `interrupted`.
    """

    source: str
    status: RunStatus
    began: dt.datetime
    ended: dt.datetime | None = None
    cause: Cause | None = None
    reason: RedactedText | None = None
    done_at: dt.datetime | None = None


def last_run(home: Path, source: str) -> LastRun | None:
    """Return the last run over a source, None where there was none or its file cannot be read."""
    found = _read(home, source)
    if found and found.status == "running" and not _is_at_work(home, source):
        found = _read(home, source)  # it may have ended meanwhile
        if found and found.status == "running":
            return found.model_copy(update={"status": "interrupted", "cause": "fails", "reason": INTERRUPTED})
    return found


@contextmanager
def noted_run(home: Path, source: str) -> Iterator[None]:
    """Note that a run over a source is at work inside the block, and how it ended; errors pass.

    Where another run over the source is at work, what comes of that one counts. A home that is not there yet, or cannot
    be written, is no reason to end the run here: the run finds out by itself.
    """
    if not home.is_dir():
        yield
        return
    try:
        make_home(home)
        (home / LAST_RUNS).mkdir(mode=0o700, exist_ok=True)
        lock = FileLock(_lock(home, source), timeout=_LOOKED_AT_SECONDS)
        lock.acquire()
    except (OSError, CustomsLensError, Timeout) as error:
        _log.debug("%s: what comes of this run is not noted: %s", source, error)
        yield
        return
    before = last_run(home, source)
    run = LastRun(
        source=source, status="running", began=dt.datetime.now(dt.UTC), done_at=before.done_at if before else None
    )
    try:
        _write(home, run)
        try:
            yield
        except BaseException as error:
            _write(home, _after(run, error))
            raise
        _write(home, _ended(run).model_copy(update={"status": "done", "done_at": run.began}))
    finally:
        lock.release()


def note_hanging(home: Path, source: str, reason: str, *, began: dt.datetime) -> None:
    """Note that the last run over a source hangs or was ended for that, if it is the one that `began` before then."""
    found = _read(home, source)
    if found and found.began <= began and found.status != "done":
        _write(home, _ended(found).model_copy(update={"status": "hanging", "cause": "fails", "reason": reason}))


def note_question(home: Path, source: str) -> None:
    """Note that the last run over a source, which refused something, asks whether it may."""
    if found := _read(home, source):
        _write(home, found.model_copy(update={"cause": "asks"}))


def cause_of(error: BaseException) -> tuple[Cause, str]:
    """Return why an error ended a run, and what it says."""
    if isinstance(error, MassDeletionError):
        return "refused", str(error)
    if isinstance(error, Exception):
        return "fails", redact(str(error)) or type(error).__name__
    return "fails", INTERRUPTED


def _after(run: LastRun, error: BaseException) -> LastRun:
    cause, reason = cause_of(error)
    return _ended(run).model_copy(update={"status": state_after(error), "cause": cause, "reason": reason})


def _ended(run: LastRun) -> LastRun:
    return run.model_copy(update={"ended": dt.datetime.now(dt.UTC)})


def _is_at_work(home: Path, source: str) -> bool:
    """Return whether a process holds the lock of a source: the system gives it up when the process ends."""
    try:
        with FileLock(_lock(home, source), timeout=0):
            return False
    except (OSError, Timeout):
        return True


def _read(home: Path, source: str) -> LastRun | None:
    try:
        return LastRun.model_validate_json(read_file(_file(home, source)))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        _log.warning("%s: cannot be read: %s", _file(home, source), error)
        return None


def _write(home: Path, run: LastRun) -> None:
    try:
        write_atomically(_file(home, run.source), run.model_dump_json() + "\n")
    except OSError as error:
        _log.debug("%s: how the last run ended is not noted: %s", run.source, error)


def _file(home: Path, source: str) -> Path:
    return home / LAST_RUNS / f"{source}.json"


def _lock(home: Path, source: str) -> Path:
    return home / LAST_RUNS / f"{source}.lock"
