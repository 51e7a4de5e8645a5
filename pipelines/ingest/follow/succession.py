"""Replacement of deleted documents whose bytes another source has: they are deleted after their successor is indexed.

So the paper remains in the index without a gap, and its judgements move to the successor.
"""

import logging
from collections.abc import Collection, Sequence

from pipelines.ingest.duplicates import bytes_of, orphans
from pipelines.ingest.follow.protocol import Changes, Draft
from pipelines.ingest.plan import Item
from pipelines.ingest.writer import DocumentWriter
from pipelines.storage.entries import LedgerRow

_log = logging.getLogger(__name__)


class Succession:
    """Finds successors in a ledger, and deletes documents of an index that have one; see `Follower`."""

    def __init__(self, writer: DocumentWriter, most: int) -> None:
        """Return at most this many orphans at a time."""
        self._writer, self._ledger, self._most = writer, writer.ledger, most
        self._waiting: dict[str, LedgerRow] = {}
        self._named: set[str] = set()
        """Orphans that this run has ingested, or tried to."""

    def prepare(self, draft: Draft) -> None:
        """Leave a document unchanged."""

    @property
    def waiting(self) -> Collection[str]:
        """The documents to delete after others have replaced them."""
        return list(self._waiting)

    def keep_for_now(self, gone: Collection[str], planned: Sequence[Item]) -> list[str]:
        """Return which of the documents to delete have successors: other documents with the same bytes."""
        held = self._writer.held(gone)
        rows = self._ledger.known([identifier for identifier in gone if identifier in held])
        orphaned = orphans(self._ledger, gone=gone, planned=planned)
        others = {item.sha256 for item in planned if item.action == "work"} | {entry.sha256 for entry in orphaned}
        others |= self._ledger.owners({bytes_of(entry) for entry in rows.values()}, without=gone).keys()
        self._waiting = {name: entry for name, entry in rows.items() if bytes_of(entry) in others}
        return list(self._waiting)

    def follow(self, changes: Changes) -> bool:
        """At the end of a run, request the ingestion of orphans; without any, delete the replaced documents."""
        if changes.ended is None:
            return False
        changes.orphans = orphans(self._ledger, gone=self._waiting, without=self._named)[: self._most]
        self._named.update(entry.id for entry in changes.orphans)
        return not changes.orphans and self._delete_replaced(changes)

    def _delete_replaced(self, changes: Changes) -> bool:
        """Delete the replaced documents; return whether there was one.

        Documents without a successor, or whose judgements cannot be moved, are kept.
        """
        waiting, self._waiting, self._named = self._waiting, {}, set()
        owners = self._ledger.owners({bytes_of(entry) for entry in waiting.values()}, without=waiting)
        orphaned = {entry.sha256 for entry in orphans(self._ledger, gone=waiting)}
        deleted = [
            name
            for name, entry in waiting.items()
            if bytes_of(entry) not in orphaned and self._is_replaced(entry, owners.get(bytes_of(entry)))
        ]
        for name in deleted:
            self._writer.delete(name, changes.ended, waiting[name].source)
        self._ledger.remove(deleted)
        for name, entry in waiting.items():
            if name not in deleted:
                _log.warning("%s: is gone, and is kept: the same text elsewhere could not take its place", entry.source)
        changes.deleted, changes.kept = len(deleted), len(waiting) - len(deleted)
        return bool(deleted)

    def _is_replaced(self, entry: LedgerRow, owner: LedgerRow | None) -> bool:
        """Move the judgements of a document to the new owner of its bytes; return whether it may be deleted."""
        if owner is None:
            return True  # the other source has changed since
        if owner.outcome != "indexed" or not self._writer.move_judgements(entry.id, owner.id):
            return False
        _log.info("%s: is gone; %s has the same text and takes its place", entry.source, owner.source)
        return True
