"""Rows of the ledger, one for each source (`pipelines.storage.ledger`)."""

import datetime as dt
import json
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from pipelines.sources.source import INSIDE, document_containers
from pipelines.storage.run_records import RunDocument

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

Outcome: TypeAlias = Literal["indexed", "duplicate", "failed"]
MOST_MARKED = 50
"""A mark in more documents than this is ignored in the search for versions: it is common to a kind of papers."""


@dataclass(frozen=True)
class LedgerRow:
    """The row of one source.

    `status` is the document's reading status; `stage` and `error` say where and why it failed; `versions` has the
    version of each stage that produced the stored artefacts, `blobs` the names of the artefacts. `attempts` is how
    often in a row it failed with these bytes, `first_failed` the time of the first failure, and `at` the time of the
    run (UTC), which a later link to another version does not change. `accepted_by` is the person who accepted, at
    `accepted_at` (UTC), that it fails with these bytes. `marks` serve to find other versions of the paper
    (`extractors.likeness`); the row is `unlinked` until these have been compared.
    """

    id: str
    source: str
    sha256: str
    outcome: Outcome
    status: str
    run: str
    key: str = ""
    stage: str | None = None
    error: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    blobs: Mapping[str, str] = field(default_factory=dict)
    pages: int = 0
    passages: int = 0
    at: str = ""
    attempts: int = 0
    first_failed: str | None = None
    accepted_by: str | None = None
    accepted_at: str | None = None
    marks: tuple[str, ...] = ()
    unlinked: bool = False

    @property
    def is_accepted(self) -> bool:
        """Whether a person accepted the failure: it counts as unchanged until its bytes change."""
        return self.outcome == "failed" and self.accepted_by is not None

    @property
    def container(self) -> str | None:
        """The URI of the innermost mail or PDF that contains it, if any."""
        return next(document_containers(self.source), None)

    def is_quarantined(self, attempts: int) -> bool:
        """Return whether it has failed so often that runs skip it until its bytes change."""
        return self.outcome == "failed" and self.attempts >= attempts


class EntryState(NamedTuple):
    """The fields of a row that decide whether a document is processed again.

    `versions` are the versions of its row as JSON: most rows share the same text. `is_stored` says whether the index
    holds the document, after a failure an earlier state of it; `is_member` whether it is in an archive, a mail or a
    PDF.
    """

    outcome: Outcome
    versions: str
    is_stored: bool
    is_member: bool

    def is_plain(self, versions: str) -> bool:
        """Return whether it is simply indexed, with these versions, and not inside another file."""
        return (self.outcome, self.versions, self.is_member) == ("indexed", versions, False)


_COLUMNS = tuple(column.name for column in fields(LedgerRow))
_IN_JSON = ("versions", "blobs", "marks")


class Tally(NamedTuple):
    """Counts of rows by outcome, of failures by status and stage, and the time of the last indexing (UTC).

    `quarantined` is how many of the failed ones runs skip until their bytes change.
    """

    outcomes: Mapping[Outcome, int]
    failures: Mapping[tuple[str, str], int]
    quarantined: int
    last_indexed: str | None


def entry_of(row: "RowMapping") -> LedgerRow:
    """Return the `LedgerRow` of a row of the table."""
    values = {name: json.loads(row[name]) if name in _IN_JSON else row[name] for name in _COLUMNS}
    return LedgerRow(**{**values, "marks": tuple(values["marks"]), "unlinked": bool(values["unlinked"])})


def row_of(entry: LedgerRow) -> dict[str, Any]:
    """Return a `LedgerRow` as a row of the table; a missing time becomes the current one."""
    values = asdict(entry) | {name: json.dumps(getattr(entry, name)) for name in _IN_JSON}
    return values | {
        "at": entry.at or now(),
        "error": entry.error and entry.error.replace("\0", "\N{REPLACEMENT CHARACTER}"),  # not valid in PostgreSQL
        "unlinked": int(entry.unlinked),
        "container": entry.container,
        "original": entry.blobs.get("original"),
        "member": int(entry.source.startswith(INSIDE)),
        "revision": new_revision(),
    }


def new_revision() -> str:
    """Return a unique id for a state of a row."""
    return uuid.uuid4().hex


def blobs_of(entries: Iterable[LedgerRow]) -> set[str]:
    """Return the names of all blobs that rows refer to."""
    return {name for entry in entries for name in entry.blobs.values()}


def earlier_owners(
    failed: Iterable[LedgerRow], hashes: Collection[str], without: Collection[str]
) -> dict[str, LedgerRow]:
    """Return, by sha256, the rows of failed documents whose indexed state was produced from these bytes."""
    held = {entry.blobs["original"]: entry for entry in failed if "original" in entry.blobs and entry.id not in without}
    return {sha256: held[sha256] for sha256 in hashes if sha256 in held}


def run_document(entry: LedgerRow) -> RunDocument:
    """Return the result of a run for a document, as far as its ledger row shows it."""
    return RunDocument(
        run=entry.run,
        document=entry.id,
        source=entry.source,
        outcome=entry.outcome,
        status=entry.status,
        stage=entry.stage or ("index" if entry.outcome == "indexed" else "read"),
        error=entry.error,
        versions=dict(entry.versions),
        attempts=entry.attempts,
        at=dt.datetime.fromisoformat(entry.at or now()),
    )


def now() -> str:
    """Return the current time in the format of rows."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
