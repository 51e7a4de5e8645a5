"""The protocol of what follows a commit: a document that is about to be put, what was written since, and followers."""

from dataclasses import dataclass, field
from typing import Protocol

from extractors.document import Document
from pipelines.storage.entries import LedgerRow


@dataclass
class Draft:
    """A document that is about to be put in the place of its row `before`, and what its new row is to say of it.

    `container` is the state in which the mail or PDF was found that it lies in, as far as that was looked at. `notes`
    are for the `versions` of the row. By its `marks` other versions of the paper are looked up.
    """

    document: Document
    before: LedgerRow | None
    container: str | None
    notes: dict[str, str] = field(default_factory=dict)
    marks: tuple[str, ...] = ()


@dataclass
class Changes:
    """What was committed since followers followed last, and what they add to it.

    `written` are the sources of the documents whose rows were written, by their ids, `rekeyed` the ids of those that
    have another key. At the end of a run, `ended` is its id; then `orphans` are to be ingested before it may end,
    `deleted` is how many documents were deleted for others that take their place, `kept` how many had to stay.
    """

    written: dict[str, str] = field(default_factory=dict)
    rekeyed: set[str] = field(default_factory=set)
    ended: str | None = None
    orphans: list[LedgerRow] = field(default_factory=list)
    deleted: int = 0
    kept: int = 0

    def add(self, row: LedgerRow, *, rekeyed: bool) -> None:
        """Note that a row was written."""
        self.written[row.id] = row.source
        self.rekeyed |= {row.id} if rekeyed else set()


class Follower(Protocol):
    """Keeps one thing right that documents owe to other documents; belongs to the one who commits to an index."""

    def prepare(self, draft: Draft) -> None:
        """Make a document that is about to be put what it has to be; raises `StageError` where that is not known."""

    def follow(self, changes: Changes) -> bool:
        """Let other documents follow what was changed; return whether any was changed for it.

        What was put is to be visible, and other workers are to have what was claimed, before.
        """
