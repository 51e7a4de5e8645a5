"""The report of a run: counts that add up, and every failure with its stage."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from configs.system.errors import UnavailableError
from extractors.document import RedactedText, SourceName, Value
from pipelines.stages.versions import STAGES, Stage
from pipelines.storage.entries import LedgerRow


class Failure(Value):
    """A document that could not be ingested: its reading status, the stage, and the error."""

    source: SourceName
    status: str
    stage: Stage
    error: RedactedText


def known_failure(entry: LedgerRow) -> Failure:
    """Return the failure recorded in a row of the ledger."""
    stage = next((one for one in STAGES if one == entry.stage), STAGES[0])
    return Failure(source=entry.source, status=entry.status, stage=stage, error=entry.error or entry.status)


UNAVAILABLE = "unavailable"
"""The status of a document that a run did not complete because of an error of the home or of a service."""
UNLISTED = "unlisted"
"""The status of a part of a source that could not be listed; its items do not count as missing."""


class IngestReport(Value):
    """What a run did, in documents; `pages` and `passages` are those of the indexed ones.

    `found` is always `indexed + unchanged + duplicate + failed`; `needs_ocr` is a part of `indexed`. `kept` documents
    are missing and were to be deleted, and were not; `withdrawn` ones are gone from their configured source, and stay
    for their grace period; `quarantined` ones failed so often that `--only failed` left them alone, and are not in
    `found`. `incomplete` says why a run over a configured source is: it names no paper.
    """

    run: str
    found: int
    indexed: int
    unchanged: int
    duplicate: int
    failed: int
    deleted: int
    kept: int
    withdrawn: int = 0
    needs_ocr: int
    quarantined: int = 0
    pages: int
    passages: int
    seconds: float
    failures: tuple[Failure, ...]
    incomplete: str | None = None

    @property
    def has_failed_papers(self) -> bool:
        """Whether documents failed that another run may ingest; parts of a source without a listing do not count."""
        return any(one.status != UNLISTED for one in self.failures)


class RunStoppedError(UnavailableError):
    """A run that ended early; its report has the results, and the pending documents."""

    def __init__(self, message: str, remedy: str, report: IngestReport, *, may_pass: bool = False) -> None:
        super().__init__(message, remedy, may_pass=may_pass)
        self.report = report


@dataclass
class Counts:
    """The counts of a run so far, or of a single batch; see `IngestReport`."""

    indexed: int = 0
    unchanged: int = 0
    duplicate: int = 0
    failed: int = 0
    deleted: int = 0
    kept: int = 0
    withdrawn: int = 0
    needs_ocr: int = 0
    quarantined: int = 0
    pages: int = 0
    passages: int = 0
    failures: list[Failure] = field(default_factory=list)

    @property
    def found(self) -> int:
        """The number of all documents of the run."""
        return self.indexed + self.unchanged + self.duplicate + self.failed

    def fail(self, failure: Failure) -> None:
        """Count and list a failure."""
        self.failed += 1
        self.failures.append(failure)

    def repeat(self, entry: LedgerRow) -> None:
        """Count a document with the failure in its row; an accepted failure counts as unchanged."""
        if entry.is_accepted:
            self.unchanged += 1
        else:
            self.fail(known_failure(entry))

    def count(self, entry: LedgerRow) -> None:
        """Count a document by its row."""
        if entry.outcome == "failed":
            self.repeat(entry)
            return
        setattr(self, entry.outcome, getattr(self, entry.outcome) + 1)
        self.needs_ocr += entry.status == "needs_ocr"
        self.pages += entry.pages
        self.passages += entry.passages

    def add(self, others: Iterable["Counts"]) -> None:
        """Add the counts of other batches."""
        for other in others:
            for name, value in vars(other).items():
                setattr(self, name, getattr(self, name) + value)

    def report(self, run: str, seconds: float) -> IngestReport:
        """Return the report of a run from its id and duration."""
        counts = {**vars(self), "failures": tuple(self.failures)}
        return IngestReport(run=run, found=self.found, seconds=round(seconds, 3), **counts)


class BatchResult(NamedTuple):
    """The result of a batch: its counts, and the ids of documents that other workers have, which are not counted."""

    counts: Counts
    deferred: frozenset[str] = frozenset()
