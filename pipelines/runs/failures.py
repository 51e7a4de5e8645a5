"""Failed documents with reasons and remedies."""

import datetime as dt
from contextlib import closing
from pathlib import Path

from configs.settings import Settings
from configs.sources import UPLOADS
from configs.system.errors import BusyError, NotFoundError, UsageError
from extractors.containers.opening import SIDECAR_SUFFIX
from extractors.document import RedactedText, SourceName, Value
from pipelines.access import audit
from pipelines.sources.source import uri_of
from pipelines.storage.entries import LedgerRow
from pipelines.storage.opening import open_storage, opened_ledger

_REMEDIES = {
    "encrypted": "give its password by --password, or in a sidecar beside the file",
    "malformed": "open it in the program that made it and save it again, or get another copy",
    "empty": "check the file at its source: it has no bytes or no text",
    "unsupported": "convert it to PDF, Word or text, or leave it out of the source",
    "too_large": "split it, or raise reading.file_mib or reading.memory_mib in settings.yaml",
    "timeout": "raise reading.wall_seconds and reading.cpu_seconds in settings.yaml, or split it",
    "crashed": "check that its source can be read, then run again with --only failed; --debug shows the fault",
    "unlisted": "check its address and rights, and the recipe of a page; the next run over the source lists it again",
    "unavailable": "repair what the run ended for, then run the same command again",
}
_REMEDY = "run again with --only failed, and report it where it fails again"


class Acceptance(Value):
    """Who accepted that a document fails, and when (UTC)."""

    by: str
    at: dt.datetime


class RunFailure(Value):
    """A document that failed: its reading status, the stage, and why.

    `attempts` is how often in a row it failed with these bytes, from `first_at` to `last_at` (UTC). A `quarantined` one
    is left out by `ingest --only failed`. `accepted` says who accepted that it fails: it counts as unchanged until its
    bytes change. `remedy` says what to do.
    """

    source: SourceName
    document: str
    status: str
    stage: str
    error: RedactedText
    attempts: int
    first_at: dt.datetime
    last_at: dt.datetime
    quarantined: bool
    accepted: Acceptance | None = None
    remedy: str


def failures(settings: Settings, *, quarantined: bool = False) -> tuple[RunFailure, ...]:
    """Return the documents that failed and were not ingested since, in the order of their sources.

    With `quarantined` those in quarantine alone. Raises `UnavailableError` where the ledger cannot be read.
    """
    with opened_ledger(settings) as ledger:
        found = [failure_of(entry, settings.quarantine_after) for entry in (ledger.entries("failed") if ledger else ())]
    return tuple(one for one in found if one.quarantined or not quarantined)


def find_failure(settings: Settings, name: str) -> RunFailure:
    """Return the failure of a document by its id or its source, as `failures` lists them; raises `NotFoundError`."""
    names = {name, uri_of(name)}
    found = next((one for one in failures(settings) if one.document in names or one.source in names), None)
    if found is None:
        raise NotFoundError(f"'{name}': no document of this name has failed", "customs-lens failures lists them")
    return found


def accept_failure(settings: Settings, name: str, by: str, *, undo: bool = False) -> RunFailure:
    """Accept that a document fails with the bytes that it has, or undo that; return its failure, as it is then.

    The audit log has it. Raises as `find_failure`, and `BusyError` where another worker is at it.
    """
    found = find_failure(settings, name)
    with (
        audit.recorded(settings.home, by, "failure reopened" if undo else "failure accepted", document=found.document),
        closing(open_storage(settings).open_ledger(write=True)) as ledger,
    ):
        if not ledger.accept(found.document, None if undo else by):
            raise BusyError(f"{name}: another process is at work on it", "try again when it has ended")
        entry = ledger.entry(found.document)
    return failure_of(entry, settings.quarantine_after) if entry else found


def is_added(settings: Settings, source: str) -> bool:
    """Return whether a source is a file of this home that was added in the browser."""
    return source.startswith(f"{uri_of(str(settings.home / UPLOADS))}/")


def delete_added(settings: Settings, name: str, by: str) -> None:
    """Delete a paper that was added in the browser and failed: its file, its sidecar, and what is known of it.

    Raises as `accept_failure`, and `UsageError` for one that lies elsewhere.
    """
    found = find_failure(settings, name)
    if not is_added(settings, found.source):
        raise UsageError(f"{name}: was not added in the browser", "delete it where it lies")
    path = Path(found.source.removeprefix("file://"))
    with (
        audit.recorded(settings.home, by, "paper deleted", document=found.document),
        closing(open_storage(settings).open_ledger(write=True)) as ledger,
    ):
        if ledger.taken([found.document]):
            raise BusyError(f"{name}: another process is at work on it", "try again when it has ended")
        for one in (path, path.with_name(path.name + SIDECAR_SUFFIX)):
            one.unlink(missing_ok=True)
        ledger.remove([found.document])


def failure_of(entry: LedgerRow, quarantine_after: int) -> RunFailure:
    """Return the failure in the row of a source."""
    last = dt.datetime.fromisoformat(entry.at)
    return RunFailure(
        source=entry.source,
        document=entry.id,
        status=entry.status,
        stage=entry.stage or "read",
        error=entry.error or entry.status,
        attempts=max(1, entry.attempts),
        first_at=dt.datetime.fromisoformat(entry.first_failed) if entry.first_failed else last,
        last_at=last,
        quarantined=entry.is_quarantined(quarantine_after),
        accepted=_acceptance(entry),
        remedy=remedy(entry.status),
    )


def remedy(status: str) -> str:
    """Return the remedy for a document that failed with this status."""
    return _REMEDIES.get(status, _REMEDY)


def _acceptance(entry: LedgerRow) -> Acceptance | None:
    if entry.accepted_by is None or entry.accepted_at is None:
        return None
    return Acceptance(by=entry.accepted_by, at=dt.datetime.fromisoformat(entry.accepted_at))
