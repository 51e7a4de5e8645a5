"""The status of the last run over each configured source, and of each upkeep job, in small files of the home.

The ledger has the history of runs. These files also record runs that could not open it, and are readable if the index
is damaged or a cluster is unavailable: notification of failures must not depend on the failed component.
"""

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from filelock import FileLock, Timeout
from pydantic import ValidationError

from configs.alerts import Subject
from configs.system.errors import CustomsLensError
from configs.system.files import read_file, write_atomically
from configs.system.folders import make_home
from configs.system.redaction import redact
from extractors.document import RedactedText, Value
from pipelines.ingest.deletion import MassDeletionError
from pipelines.ingest.disk import DiskSpaceError
from pipelines.storage.run_records import RunStatus, state_after
from pipelines.workspace import LAST_RUNS

_log = logging.getLogger(__name__)

Cause: TypeAlias = Literal["fails", "full", "refused", "asks", "unlisted", "incomplete"]
"""Why a run did not do all that it was to do: an error ended it, the disk has too little space, it would not delete so
much, or it waits for leave; nothing of its source could be listed, or a part could not or items failed that did not
before."""
BACKUP, DOCTOR, SWEEP = "_backup", "_doctor", "_sweep"
"""Upkeep jobs; unlike these, names of sources have no underscore."""
MAILS: Mapping[Subject, str] = {"papers": "_mails-papers", "failures": "_mails-failures"}
"""The notification jobs, by their subject."""
_LOOKED_AT_SECONDS = 1.0
"""How long to wait for a lock that another process may hold while it checks for a running run."""
INTERRUPTED = "its last run was interrupted: it was stopped, or its process was killed"


class Lack(NamedTuple):
    """What makes a run incomplete: in words that name no paper (`detail`), in those of the command line; a remedy."""

    cause: Cause
    detail: str
    reason: str
    remedy: str

    @property
    def said(self) -> str:
        """The whole sentence, as in error messages."""
        return f"{self.reason} ({self.remedy})"


class RunNote:
    """Notes of a run in progress: why it is incomplete, and the expiry of the certificate of its source.

    `failure` is the error of a job that ends without raising it.
    """

    def __init__(self, certificate: dt.datetime | None) -> None:
        self.lack: Lack | None = None
        self.failure: CustomsLensError | None = None
        self.certificate = certificate


class LastRun(Value):
    """The last run over a source: its start, end (UTC), status and reason; `done_at` is that of the last complete one.

    `reason` is the message of the command line with its `remedy` in brackets, `detail` the same without names of
    papers, if known. `times` is how many runs in a row were not complete, `since` the start of the first of them.
    `certificate` is the expiry of the certificate of the source's server. A run whose process has died is
    `interrupted`.
    """

    source: str
    status: RunStatus
    began: dt.datetime
    ended: dt.datetime | None = None
    cause: Cause | None = None
    reason: RedactedText | None = None
    detail: RedactedText | None = None
    remedy: RedactedText | None = None
    done_at: dt.datetime | None = None
    since: dt.datetime | None = None
    times: int = 0
    certificate: dt.datetime | None = None

    def ending(self, status: RunStatus, **fields: object) -> "LastRun":
        """Return the run with its end."""
        now = dt.datetime.now(dt.UTC)
        if status == "done":
            fields |= {"done_at": self.began, "since": None, "times": 0}
        else:
            fields |= {"since": self.since or now, "times": self.times + 1}
        return self.model_copy(update={"status": status, "ended": now, **fields})


def last_run(home: Path, source: str) -> LastRun | None:
    """Return the last run over a source, None without a readable file."""
    found = _read(home, source)
    if found and found.status == "running" and not _is_locked(home, source):
        found = _read(home, source)  # it may have ended since
        if found and found.status == "running":
            ended = {"ended": None, "since": found.since or found.began}
            killed = found.ending("interrupted", cause="fails", reason=INTERRUPTED, detail=INTERRUPTED)
            return killed.model_copy(update=ended)
    return found


@contextmanager
def noted_run(home: Path, source: str) -> Iterator[RunNote]:
    """Record a run over a source, or a job, for the duration of the block, and how it ended; errors are re-raised.

    If another run over the source is in progress, its record is kept. A missing home, or one that cannot be written,
    does not end the run here: the run itself reports that.
    """
    if not home.is_dir():
        yield RunNote(None)
        return
    try:
        make_home(home)
        (home / LAST_RUNS).mkdir(mode=0o700, exist_ok=True)
        lock = FileLock(_lock(home, source), timeout=_LOOKED_AT_SECONDS)
        lock.acquire()
    except (OSError, CustomsLensError, Timeout) as error:
        _log.debug("%s: what comes of this run is not noted: %s", source, error)
        yield RunNote(None)
        return
    before = last_run(home, source)
    kept = before.model_dump(include={"done_at", "since", "times", "certificate"}) if before else {}
    run = LastRun(source=source, status="running", began=dt.datetime.now(dt.UTC), **kept)
    note = RunNote(run.certificate)
    try:
        _write(home, run)
        try:
            yield note
        except BaseException as error:
            _write(home, _after(run, error))
            raise
        run = run.model_copy(update={"certificate": note.certificate})
        if note.failure:
            _write(home, _after(run, note.failure))
        elif lack := note.lack:
            said = {"cause": lack.cause, "reason": lack.said, "detail": lack.detail, "remedy": lack.remedy}
            _write(home, run.ending("incomplete", **said))
        else:
            _write(home, run.ending("done"))
    finally:
        lock.release()


def note_hanging(home: Path, source: str, error: CustomsLensError, *, began: dt.datetime) -> None:
    """Record that the last run over a source hangs or was ended because of that, if it `began` before then."""
    found = _read(home, source)
    if found and found.began <= began and found.status != "done":
        said = {"reason": str(error), "detail": error.message, "remedy": error.remedy}
        _write(home, found.ending("hanging", cause="fails", **said))


def note_question(home: Path, source: str) -> None:
    """Record that the last run over a source, which refused a deletion, waits for confirmation."""
    if found := _read(home, source):
        _write(home, found.model_copy(update={"cause": "asks"}))


def cause_of(error: BaseException) -> tuple[Cause, str]:
    """Return the cause and the message of the error that ended a run."""
    if isinstance(error, MassDeletionError):
        return "refused", str(error)
    if isinstance(error, Exception):
        return "full" if isinstance(error, DiskSpaceError) else "fails", redact(str(error)) or type(error).__name__
    return "fails", INTERRUPTED


def _after(run: LastRun, error: BaseException) -> LastRun:
    cause, reason = cause_of(error)
    remedy = error.remedy if isinstance(error, CustomsLensError) else None
    names_papers = isinstance(error, Exception) and cause != "refused"
    detail = getattr(error, "detail", None) if names_papers else reason.removesuffix(f" ({remedy})")
    return run.ending(state_after(error), cause=cause, reason=reason, detail=detail, remedy=remedy)


def _is_locked(home: Path, source: str) -> bool:
    """Return whether a process holds the lock of a source: the system releases it when the process ends."""
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
