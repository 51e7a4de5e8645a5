"""What a run reports: counts that add up, and every failure with the stage it happened in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from configs.system.errors import UnavailableError
from extractors.document import RedactedText, SourceName, Value
from pipelines.stages.versions import STAGES, Stage
from pipelines.storage.entries import LedgerRow


class Failure(Value):
    """A document that could not be ingested: its reading status, the stage, and why."""

    source: SourceName
    status: str
    stage: Stage
    error: RedactedText


def known_failure(entry: LedgerRow) -> Failure:
    """Return the failure that a row of the ledger records."""
    stage = next((one for one in STAGES if one == entry.stage), STAGES[0])
    return Failure(source=entry.source, status=entry.status, stage=stage, error=entry.error or entry.status)


UNAVAILABLE = "unavailable"
"""The status of a document that a run did not come to, or not to its end, because the home or a service failed it."""
UNLISTED = "unlisted"
"""The status of a part of a source that could not be listed; nothing of it counts as gone."""


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
        """Whether documents failed that another run may ingest: not parts of a source that could not be listed."""
        return any(one.status != UNLISTED for one in self.failures)


class RunStoppedError(UnavailableError):
    """A run that did not do all that it was to do; what it did, and what it left, is in its report."""

    def __init__(self, message: str, remedy: str, report: IngestReport, *, may_pass: bool = False) -> None:
        super().__init__(message, remedy, may_pass=may_pass)
        self.report = report


@dataclass
class Counts:
    """The counts of a run so far, or of a batch of one; see `IngestReport`."""

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
        """All documents that the run was about."""
        return self.indexed + self.unchanged + self.duplicate + self.failed

    def fail(self, failure: Failure) -> None:
        """Count a failure and keep it."""
        self.failed += 1
        self.failures.append(failure)

    def repeat(self, entry: LedgerRow) -> None:
        """Count a document by the failure that its row records; one that somebody accepted counts as unchanged."""
        if entry.is_accepted:
            self.unchanged += 1
        else:
            self.fail(known_failure(entry))

    def count(self, entry: LedgerRow) -> None:
        """Count a document as its row says."""
        if entry.outcome == "failed":
            self.repeat(entry)
            return
        setattr(self, entry.outcome, getattr(self, entry.outcome) + 1)
        self.needs_ocr += entry.status == "needs_ocr"
        self.pages += entry.pages
        self.passages += entry.passages

    def add(self, others: Iterable["Counts"]) -> None:
        """Add the counts of other batches to these."""
        for other in others:
            for name, value in vars(other).items():
                setattr(self, name, getattr(self, name) + value)

    def report(self, run: str, seconds: float) -> IngestReport:
        """Return the report of a run by its id and how long it took."""
        counts = {**vars(self), "failures": tuple(self.failures)}
        return IngestReport(run=run, found=self.found, seconds=round(seconds, 3), **counts)


class BatchResult(NamedTuple):
    """What a batch did: its counts, and the ids of the documents that other workers have, which are not counted."""

    counts: Counts
    deferred: frozenset[str] = frozenset()
