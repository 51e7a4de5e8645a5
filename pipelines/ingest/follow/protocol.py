"""The protocol of followers: code that updates other documents after a commit."""

from dataclasses import dataclass, field
from typing import Protocol

from extractors.document import Document
from pipelines.storage.entries import LedgerRow


@dataclass
class Draft:
    """A document about to be committed in place of its row `before`, with extra fields for the new row.

    `container` is the state of the mail or PDF that contains it, as far as that was looked up. `notes` are added to the
    `versions` of the row. `marks` serve to find other versions of the paper.
    """

    document: Document
    before: LedgerRow | None
    container: str | None
    notes: dict[str, str] = field(default_factory=dict)
    marks: tuple[str, ...] = ()


@dataclass
class Changes:
    """The commits since the followers ran last, and the changes that the followers add.

    `written` are the sources of the documents whose rows were written, by their ids, `rekeyed` the ids of documents
    whose key changed. At the end of a run, `ended` is its id; then `orphans` have to be ingested before the run may
    end, `deleted` is the number of replaced documents that were deleted, `kept` of those that could not be deleted.
    """

    written: dict[str, str] = field(default_factory=dict)
    rekeyed: set[str] = field(default_factory=set)
    ended: str | None = None
    orphans: list[LedgerRow] = field(default_factory=list)
    deleted: int = 0
    kept: int = 0

    def add(self, row: LedgerRow, *, rekeyed: bool) -> None:
        """Record a written row."""
        self.written[row.id] = row.source
        self.rekeyed |= {row.id} if rekeyed else set()


class Follower(Protocol):
    """Updates documents that depend on other documents; belongs to the code that commits to an index."""

    def prepare(self, draft: Draft) -> None:
        """Modify a document before its commit; raises `StageError` if a required value is unknown."""

    def follow(self, changes: Changes) -> bool:
        """Update other documents after changes; return whether any was updated.

        Committed documents have to be visible, and claims released, before the call.
        """
