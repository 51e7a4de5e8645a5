"""The ledger: what is known of every source, what each run did, and where a re-run has to start.

A document's row is written after the index has it safe, so a row never claims more than the index holds; a run that was
killed is completed by running it again. Beside the embedded engine the ledger is a SQLite file of the home
(`pipelines.storage.local_ledger`). With Elasticsearch it lies in the cluster (`pipelines.storage.elastic_ledger`),
where several workers share it; `pipelines.storage.opening` opens the one or the other.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias, get_args

from index.filters import AccessClasses
from pipelines.sources.source import INSIDE, document_containers
from pipelines.storage.run_records import RunDocument, RunOutcome, RunRecord
from pipelines.storage.tombstones import Tombstone

Outcome: TypeAlias = Literal["indexed", "duplicate", "failed"]
MOST_MARKED = 50
"""Documents that may have a mark by which versions are looked up: what more have is common to papers of a kind."""


@dataclass(frozen=True)
class Entry:
    """The row of one source.

    `status` is the document's reading status; `stage` and `error` say where and why it failed; `versions`
    holds the version of each stage that made what is stored, `blobs` the names of the artefacts. `attempts` is how
    often in a row it failed with these bytes, `first_failed` when it did so first, and `at` when the run did what it
    tells of (UTC): a row that is renamed or linked later keeps it. `accepted_by` is who said, at `accepted_at` (UTC),
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


class Tally(NamedTuple):
    """How many rows there are by outcome, how many failed by status and stage, and when one was last indexed (UTC).

    `quarantined` is how many of the failed ones are left alone until their bytes change.
    """

    outcomes: Mapping[Outcome, int]
    failures: Mapping[tuple[str, str], int]
    quarantined: int
    last_indexed: str | None


class Ledger(Protocol):
    """The rows of all sources and runs.

    Every method raises `UnavailableError` where they cannot be reached, read or written.
    """

    def close(self) -> None:
        """Let go of it."""

    def entry(self, document_id: str) -> Entry | None:
        """Return the row of a document, if there is one."""

    def known(self, document_ids: Collection[str]) -> Mapping[str, Entry]:
        """Return the rows of these documents, of those that have one."""

    def differing(self, document_ids: Collection[str], versions: str) -> Iterator[tuple[str, EntryState | None]]:
        """Yield those of the documents that are not `EntryState.is_plain`, each with its state, None without a row.

        To read what is left out would take most of the time of a run without change. What it yields cannot be claimed.
        """

    def entries(self, outcome: Outcome | None = None) -> Iterator[Entry]:
        """Yield every row, or those of one outcome, in the order of their sources."""

    def members(self, containers: Collection[str]) -> Iterator[Entry]:
        """Yield the rows of documents whose innermost mail or PDF is one of these, by its URI."""

    def duplicates(self, hashes: Collection[str]) -> Iterator[Entry]:
        """Yield the rows of duplicates of these bytes, by their sha256, in the order of their sources."""

    def unowned(self) -> Iterator[Entry]:
        """Yield the rows of duplicates whose bytes no row owns (see `owners`), in the order of their sources."""

    def unlinked(self) -> list[Entry]:
        """Return the rows of documents whose other versions are yet to be looked for, in the order of their ids.

        Those that other workers have now are left to these.
        """

    def note_linked(self, document_ids: Collection[str]) -> None:
        """Note that the other versions of documents were looked for, whose rows are as `known` returned them."""

    def of_key(self, key: str) -> list[Entry]:
        """Return the rows of the documents with a key, in the order of their ids."""

    def marked(self, marks: Collection[str]) -> Mapping[str, int]:
        """Return how many of these marks documents have, by their ids; marks that very many have do not count."""

    def tally(self, quarantine_after: int) -> Tally:
        """Count the rows; a document is quarantined once it failed so often with the same bytes."""

    def owners(self, hashes: Collection[str], *, without: Collection[str] = ()) -> Mapping[str, Entry]:
        """Return the row that owns these bytes, by their sha256: the first that is no duplicate of another.

        A document that failed to be read again owns the bytes that its state in the index was made of, where nobody
        else does. The documents `without` own nothing.
        """

    def blobs(self) -> set[str]:
        """Return the names of all blobs that a row refers to."""

    def claim(self, document_id: str) -> bool:
        """Keep other workers from a document until `release`; False where it is not as it was.

        That is so where another worker has it, or changed its row since `known` or `entry` returned it.
        """

    def taken(self, document_ids: Collection[str]) -> set[str]:
        """Return those of the documents that other workers have now."""

    def write(self, entry: Entry) -> bool:
        """Put a row in place of the one that its source had; one without a time gets that of now.

        False where the document was claimed and another worker took this one for dead and wrote it meanwhile.
        """

    def accept(self, document_id: str, by: str | None) -> bool:
        """Note who accepts that a document failed with its bytes, or with None that nobody does any more.

        False where it has not failed, or its row is being changed by another worker.
        """

    def release(self) -> None:
        """Let other workers have what was claimed and written: readers see it from now on."""

    def remove(self, document_ids: Iterable[str]) -> None:
        """Forget these documents."""

    def add_tombstone(self, tombstone: Tombstone) -> None:
        """Keep what stays of a document that is deleted, in place of an earlier one of it."""

    def tombstones(self, names: Collection[str] | None, *, access_classes: AccessClasses) -> list[Tombstone]:
        """Return the tombstones of these documents or papers, by ids and keys, or all; the latest first.

        Those of documents that a reader with these access classes might not see are left out.
        """

    def run(
        self, run_id: str, *, source: str | None = None, flow: str = "ingest"
    ) -> AbstractContextManager[dict[str, Any]]:
        """Record a run: the counts that it gives are stored when it ends, and its state whichever way it ends.

        `source` is the name of a configured source or the SOURCEs of a command, `flow` the kind of run.
        """

    def runs(self, most: int | None = None) -> list[RunRecord]:
        """Return the runs, or so many at most, latest first."""

    def last_runs(self) -> list[RunRecord]:
        """Return of each source, or SOURCEs of a command, the last run in each state, latest first."""

    def find_run(self, run_id: str) -> RunRecord | None:
        """Return a run, if there is one of this id."""

    def record(self, rows: Sequence[RunDocument]) -> None:
        """Write what runs did with documents, all at once, in place of rows of the same run and document."""

    def run_documents(self, run_id: str, outcome: RunOutcome | None = None) -> Iterator[RunDocument]:
        """Yield what a run did with documents, in the order of their sources, or those of one outcome."""

    def prune_runs(self, before: dt.datetime) -> int:
        """Forget what runs did with documents before a time; the runs themselves stay. Return how many rows went."""

    def rewrite_counts(self, counts: Mapping[str, Mapping[str, Any]]) -> None:
        """Put counts in place of those that runs have, by the run's id."""


def groups_of(names: Collection[str], most: int) -> Iterator[list[str]]:
    """Yield names in lists of at most so many."""
    left = iter(names)
    while some := list(islice(left, most)):
        yield some


def blobs_of(entries: Iterable[Entry]) -> set[str]:
    """Return the names of all blobs that rows refer to."""
    return {name for entry in entries for name in entry.blobs.values()}


def state_of(entry: Entry) -> EntryState:
    """Return what a row says of whether its document is done again."""
    versions = json.dumps(dict(entry.versions))
    return EntryState(entry.outcome, versions, bool(entry.blobs), entry.source.startswith(INSIDE))


def tally_of(entries: Iterable[Entry], quarantine_after: int) -> Tally:
    """Count rows; see `Ledger.tally`."""
    outcomes: Counter[Outcome] = Counter(dict.fromkeys(get_args(Outcome), 0))
    failures: Counter[tuple[str, str]] = Counter()
    latest, quarantined = "", 0
    for entry in entries:
        outcomes[entry.outcome] += 1
        quarantined += entry.is_quarantined(quarantine_after)
        if entry.outcome == "failed":
            failures[entry.status, entry.stage or ""] += 1
        elif entry.outcome == "indexed":
            latest = max(latest, entry.at)
    return Tally(outcomes, failures, quarantined, latest or None)


def earlier_owners(failed: Iterable[Entry], hashes: Collection[str], without: Collection[str]) -> dict[str, Entry]:
    """Return, by sha256, the rows of failed documents whose state in the index was made of these bytes."""
    held = {entry.blobs["original"]: entry for entry in failed if "original" in entry.blobs and entry.id not in without}
    return {sha256: held[sha256] for sha256 in hashes if sha256 in held}


def held_blobs(ledger: Ledger) -> set[str]:
    """Return the names of all blobs that are not to be swept away.

    They are those that rows refer to, and the bytes of every duplicate: when its owner goes, it is made of them.
    """
    return ledger.blobs() | {entry.sha256 for entry in ledger.entries("duplicate")}


def row_of_killed(entry: Entry) -> RunDocument:
    """Return the row of a document for the run that wrote its entry and was killed before it wrote its own."""
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
        at=dt.datetime.fromisoformat(entry.at),
    )


def now() -> str:
    """Return the time as rows hold it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
