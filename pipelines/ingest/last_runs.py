"""How the last run over each configured source ended, and the last of each upkeep job: a small file each in the home.

The ledger keeps the history of runs. These files also know of runs that could not open it, and can be read where the
index is damaged or a cluster is away: who is to be told of failures must not depend on what failed.
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
"""Jobs that are noted beside runs over sources, whose names have no underscore."""
MAILS: Mapping[Subject, str] = {"papers": "_mails-papers", "failures": "_mails-failures"}
"""The jobs of telling people, by what they are told of."""
_LOOKED_AT_SECONDS = 1.0
"""How long a lock is waited for that somebody may hold who only looks whether a run is at work."""
INTERRUPTED = "its last run was interrupted: it was stopped, or its process was killed"


class Lack(NamedTuple):
    """What makes a run incomplete: in words that name no paper (`detail`), in those of the command line; a remedy."""

    cause: Cause
    detail: str
    reason: str
    remedy: str

    @property
    def said(self) -> str:
        """The whole sentence, as errors say it."""
        return f"{self.reason} ({self.remedy})"


class RunNote:
    """What a run says of itself while it is at work: what it lacks, and when the certificate of its source expires.

    A `failure` is that of a job which ends without an error.
    """

    def __init__(self, certificate: dt.datetime | None) -> None:
        self.lack: Lack | None = None
        self.failure: CustomsLensError | None = None
        self.certificate = certificate


class LastRun(Value):
    """The last run over a source: when it began and ended (UTC), how, and why; `done_at` is when one last was `done`.

    `reason` is what the command line said, its `remedy` in brackets, `detail` the same without names of papers, as far
    as that is known. `times` is how many runs in a row were not done, `since` when the first of them ended.
    `certificate` is when that of the source's server expires. A run whose process is gone is `interrupted`.
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
        """Return the run as it ended."""
        now = dt.datetime.now(dt.UTC)
        if status == "done":
            fields |= {"done_at": self.began, "since": None, "times": 0}
        else:
            fields |= {"since": self.since or now, "times": self.times + 1}
        return self.model_copy(update={"status": status, "ended": now, **fields})


def last_run(home: Path, source: str) -> LastRun | None:
    """Return the last run over a source, None where there was none or its file cannot be read."""
    found = _read(home, source)
    if found and found.status == "running" and not _is_at_work(home, source):
        found = _read(home, source)  # it may have ended meanwhile
        if found and found.status == "running":
            ended = {"ended": None, "since": found.since or found.began}
            killed = found.ending("interrupted", cause="fails", reason=INTERRUPTED, detail=INTERRUPTED)
            return killed.model_copy(update=ended)
    return found


@contextmanager
def noted_run(home: Path, source: str) -> Iterator[RunNote]:
    """Note that a run over a source, or a job, is at work inside the block, and how it ended; errors pass.

    Where another run over the source is at work, what comes of that one counts. A home that is not there yet, or cannot
    be written, is no reason to end the run here: the run finds out by itself.
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
    """Note that the last run over a source hangs or was ended for that, if it is the one that `began` before then."""
    found = _read(home, source)
    if found and found.began <= began and found.status != "done":
        said = {"reason": str(error), "detail": error.message, "remedy": error.remedy}
        _write(home, found.ending("hanging", cause="fails", **said))


def note_question(home: Path, source: str) -> None:
    """Note that the last run over a source, which refused something, asks whether it may."""
    if found := _read(home, source):
        _write(home, found.model_copy(update={"cause": "asks"}))


def cause_of(error: BaseException) -> tuple[Cause, str]:
    """Return why an error ended a run, and what it says."""
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
