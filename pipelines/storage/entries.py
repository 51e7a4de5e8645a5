"""What the ledger says of a source (`pipelines.storage.ledger`)."""

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
"""Documents that may have a mark by which versions are looked up: what more have is common to papers of a kind."""


@dataclass(frozen=True)
class LedgerRow:
    """The row of one source.

    `status` is the document's reading status; `stage` and `error` say where and why it failed; `versions`
    holds the version of each stage that made what is stored, `blobs` the names of the artefacts. `attempts` is how
    often in a row it failed with these bytes, `first_failed` when it did so first, and `at` when the run did what it
    tells of (UTC): a row that is linked later keeps it. `accepted_by` is who said, at `accepted_at` (UTC),
    that it may fail with these bytes. By its `marks` other versions of the paper are looked up (`extractors.likeness`);
    it is `unlinked` until that was done.
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
        """Whether somebody accepted that it failed: it counts as unchanged until its bytes change."""
        return self.outcome == "failed" and self.accepted_by is not None

    @property
    def container(self) -> str | None:
        """The URI of the innermost mail or PDF that it lies in, if it lies in one."""
        return next(document_containers(self.source), None)

    def is_quarantined(self, attempts: int) -> bool:
        """Return whether it failed so often that it is left alone until its bytes change."""
        return self.outcome == "failed" and self.attempts >= attempts


class EntryState(NamedTuple):
    """What says whether a document is done again, without the rest of its row.

    `versions` are those of its row as JSON: most rows have the same. `is_stored` says whether the index holds something
    of it, of a failed one an earlier state; `is_member` whether it lies in an archive, a mail or a PDF.
    """

    outcome: Outcome
    versions: str
    is_stored: bool
    is_member: bool

    def is_plain(self, versions: str) -> bool:
        """Return whether it is just indexed, of these versions, and lies in nothing else."""
        return (self.outcome, self.versions, self.is_member) == ("indexed", versions, False)


_COLUMNS = tuple(column.name for column in fields(LedgerRow))
_IN_JSON = ("versions", "blobs", "marks")


class Tally(NamedTuple):
    """How many rows there are by outcome, how many failed by status and stage, and when one was last indexed (UTC).

    `quarantined` is how many of the failed ones are left alone until their bytes change.
    """

    outcomes: Mapping[Outcome, int]
    failures: Mapping[tuple[str, str], int]
    quarantined: int
    last_indexed: str | None


def entry_of(row: "RowMapping") -> LedgerRow:
    """Return what a row of the table says."""
    values = {name: json.loads(row[name]) if name in _IN_JSON else row[name] for name in _COLUMNS}
    return LedgerRow(**{**values, "marks": tuple(values["marks"]), "unlinked": bool(values["unlinked"])})


def row_of(entry: LedgerRow) -> dict[str, Any]:
    """Return the row of the table that says the same; one without a time gets that of now."""
    values = asdict(entry) | {name: json.dumps(getattr(entry, name)) for name in _IN_JSON}
    return values | {
        "at": entry.at or now(),
        "error": entry.error and entry.error.replace("\0", "\N{REPLACEMENT CHARACTER}"),  # no text of PostgreSQL
        "unlinked": int(entry.unlinked),
        "container": entry.container,
        "original": entry.blobs.get("original"),
        "member": int(entry.source.startswith(INSIDE)),
        "revision": new_revision(),
    }


def new_revision() -> str:
    """Return what tells a row from every other state of it."""
    return uuid.uuid4().hex


def blobs_of(entries: Iterable[LedgerRow]) -> set[str]:
    """Return the names of all blobs that rows refer to."""
    return {name for entry in entries for name in entry.blobs.values()}


def earlier_owners(
    failed: Iterable[LedgerRow], hashes: Collection[str], without: Collection[str]
) -> dict[str, LedgerRow]:
    """Return, by sha256, the rows of failed documents whose state in the index was made of these bytes."""
    held = {entry.blobs["original"]: entry for entry in failed if "original" in entry.blobs and entry.id not in without}
    return {sha256: held[sha256] for sha256 in hashes if sha256 in held}


def run_document(entry: LedgerRow) -> RunDocument:
    """Return what a run did with a document, as far as the row says it that the run wrote."""
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
    """Return the time as rows hold it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
