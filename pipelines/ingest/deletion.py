"""Plans the deletion of documents that are missing from their sources, and refuses it where too many are missing.

The empty mount point of a disk that is not mounted looks as if all papers were deleted. Every deletion of documents
whose files are missing is checked here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from extractors.document import document_id
from index.filters import EVERY_CLASS
from index.protocol import Engine
from pipelines.ingest.report import IngestReport, RunStoppedError
from pipelines.sources.given import Found, Root
from pipelines.storage.ledger import Ledger

LEAST = 10
"""With fewer documents, any number may be deleted, but not all."""
LARGEST_SHARE = 0.5
"""With this many documents or more, a larger share is not deleted."""


@dataclass(frozen=True)
class Refusal:
    """A SOURCE from which nothing is deleted: its number of known documents, and how many of them are missing."""

    source: str
    known: int
    missing: int

    def __str__(self) -> str:
        """Return the numbers as a sentence."""
        if self.known == 1:
            return f"{self.source}: the only document is missing"
        share = f"all {self.known}" if self.missing == self.known else f"{self.missing} of {self.known}"
        return f"{self.source}: {share} documents are missing"


@dataclass(frozen=True)
class Deletion:
    """The ids of documents to delete, and of missing documents that are kept because a SOURCE was refused."""

    documents: Sequence[str] = ()
    kept: Sequence[str] = ()
    refusals: Sequence[Refusal] = ()

    def check(self, report: IngestReport) -> None:
        """Raise `MassDeletionError`, with the report of the run, if missing documents are kept."""
        if self.refusals:
            raise MassDeletionError(self.refusals, report)


NO_DELETION = Deletion()
"""The plan of a run without deletions."""


class MassDeletionError(RunStoppedError):
    """A complete run that kept missing documents because there are too many of them."""

    def __init__(self, refusals: Sequence[Refusal], report: IngestReport) -> None:
        message = "; ".join(map(str, refusals)) + ": nothing of that was deleted"
        remedy = "check that the SOURCE is complete and mounted; --allow-mass-deletion deletes what is missing"
        super().__init__(message, remedy, report)


def plan_deletion(found: Found, ledger: Ledger, engine: Engine | None, *, allow_mass: bool) -> Deletion:
    """Return which documents of SOURCEs with deletion are missing, and which of these are kept.

    They are documents of the ledger, and documents that only the index holds because a run was killed. Documents that
    may exist without being found are not missing. A document under two SOURCEs, one of which is refused, is kept.
    """
    roots: dict[str, Root] = {root.shown: root for root in found.roots if root.deletes}
    if not roots:
        return NO_DELETION
    there = {document_id(source.uri) for source in found.sources}
    known = _known(ledger, engine)
    missing = {key for key, uri in known.items() if key not in there and not found.is_unknown(uri)}
    gone: set[str] = set()
    kept: set[str] = set()
    refusals = []
    for name, root in roots.items():
        own = {key for key, uri in known.items() if root.covers(uri)}
        lost = own & missing
        if not allow_mass and (refusal := refusal_of(name, len(own), len(lost))):
            refusals.append(refusal)
            kept |= lost
        else:
            gone |= lost
    return Deletion(sorted(gone - kept), sorted(kept), refusals)


def refusal_of(source: str, known: int, missing: int) -> Refusal | None:
    """Return the refusal of a source of whose known documents too many are missing to delete without confirmation."""
    is_mass = missing == known or (known >= LEAST and missing > known * LARGEST_SHARE)
    return Refusal(source, known, missing) if missing and is_mass else None


def _known(ledger: Ledger, engine: Engine | None) -> dict[str, str]:
    """Return the sources of all known documents by their ids."""
    known = {entry.id: entry.source for entry in ledger.entries()}
    for identifier, _ in engine.documents(access_classes=EVERY_CLASS) if engine else ():
        if engine is None or identifier in known:
            continue
        if document := engine.document(identifier, access_classes=EVERY_CLASS):
            known[identifier] = document.source
    return known
