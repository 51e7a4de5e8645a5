"""Documents that failed, why, and what to do about each."""

import datetime as dt
from collections.abc import Iterator

from configs.settings import Settings
from extractors.document import RedactedText, SourceName, Value
from pipelines.runs.opening import opened_ledger
from pipelines.runs.owners import configured_owners
from pipelines.storage.ledger import Entry

_REMEDIES = {
    "encrypted": "give its password by --password, or in a sidecar beside the file",
    "malformed": "open it in the program that made it and save it again, or get another copy",
    "empty": "check the file at its source: it has no bytes or no text",
    "unsupported": "convert it to PDF, Word or text, or leave it out of the source",
    "too_large": "split it, or raise reading.file_mib or reading.memory_mib in settings.yaml",
    "timeout": "raise reading.wall_seconds and reading.cpu_seconds in settings.yaml, or split it",
    "crashed": "check that its source can be read, then run again with --only failed; --debug shows the fault",
    "unavailable": "repair what the run ended for, then run the same command again",
}
_REMEDY = "run again with --only failed, and report it where it fails again"


class RunFailure(Value):
    """A document that failed: its reading status, the stage, and why.

    `attempts` is how often in a row it failed with these bytes, from `first_at` to `last_at` (UTC). A `quarantined` one
    is left out by `ingest --only failed`. `remedy` says what to do.
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
    remedy: str


def failures(settings: Settings, *, quarantined: bool = False) -> tuple[RunFailure, ...]:
    """Return the documents that failed and were not ingested since, in the order of their sources.

    With `quarantined` those in quarantine alone, which configured sources say for their documents. Raises
    `UnavailableError` where the ledger cannot be read, `ConfigError` for a file of sources that does not fit.
    """
    return tuple(one for one in _failures(settings) if one.quarantined or not quarantined)


def failure_of(entry: Entry, quarantine_after: int) -> RunFailure:
    """Return the failure that the row of a source records."""
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
        remedy=remedy(entry.status),
    )


def remedy(status: str) -> str:
    """Return what to do about a document that failed with this status."""
    return _REMEDIES.get(status, _REMEDY)


def _failures(settings: Settings) -> Iterator[RunFailure]:
    owners = configured_owners(settings)
    with opened_ledger(settings) as ledger:
        for entry in ledger.entries("failed") if ledger else ():
            owner = owners.get(entry.id)
            yield failure_of(entry, owner.attempts if owner else settings.quarantine_after)
