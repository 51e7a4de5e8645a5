"""Documents that are deleted while another source has the same bytes: they go when that one has taken their place.

So the paper is in the index all the while, and its judgements follow it.
"""

import logging
from collections.abc import Collection, Sequence

from pipelines.ingest.commit import Committer
from pipelines.ingest.duplicates import OrphanPlanner, bytes_of, orphans
from pipelines.ingest.plan import HomeState, Item
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger

_log = logging.getLogger(__name__)


class Succession:
    """Finds successors in a ledger, and deletes documents of an index that have one."""

    def __init__(self, ledger: Ledger, committer: Committer, planner: OrphanPlanner) -> None:
        self._ledger, self._committer, self._planner = ledger, committer, planner
        self._waiting: dict[str, LedgerRow] = {}

    def keep_for_now(self, gone: Collection[str], planned: Sequence[Item]) -> list[str]:
        """Return which of the documents to delete have successors: others that have the same bytes, or will have."""
        held = self._committer.held(gone)
        rows = self._ledger.known([identifier for identifier in gone if identifier in held])
        orphaned = orphans(self._ledger, gone=gone, planned=planned)
        others = {item.sha256 for item in planned if item.action == "work"} | {entry.sha256 for entry in orphaned}
        others |= self._ledger.owners({bytes_of(entry) for entry in rows.values()}, without=gone).keys()
        self._waiting = {name: entry for name, entry in rows.items() if bytes_of(entry) in others}
        return list(self._waiting)

    def plan(self, home: HomeState, most: int, *, without: Collection[str]) -> list[Item]:
        """Return what to do with the orphans that there are now, with at most so many of them."""
        waiting = list(self._waiting)
        found = orphans(self._ledger, gone=waiting, without=without)[:most]
        self._ledger.known([entry.id for entry in found])  # so that they can be claimed
        return self._planner.plan(found, home, gone=waiting)

    def let_go(self, run: str | None = None) -> tuple[int, int]:
        """Delete the documents that were kept for now; return how many went, and how many stay all the same.

        Those stay whose place could not be taken, or whose judgements cannot be moved. `run` is whose history it is.
        """
        waiting, self._waiting = self._waiting, {}
        owners = self._ledger.owners({bytes_of(entry) for entry in waiting.values()}, without=waiting)
        orphaned = {entry.sha256 for entry in orphans(self._ledger, gone=waiting)}
        deleted = [
            name
            for name, entry in waiting.items()
            if bytes_of(entry) not in orphaned and self._is_replaced(entry, owners.get(bytes_of(entry)))
        ]
        for name in deleted:
            self._committer.delete(name, run, waiting[name].source)
        self._ledger.remove(deleted)
        for name, entry in waiting.items():
            if name not in deleted:
                _log.warning("%s: is gone, and is kept: the same text elsewhere could not take its place", entry.source)
        return len(deleted), len(waiting) - len(deleted)

    def _is_replaced(self, entry: LedgerRow, owner: LedgerRow | None) -> bool:
        """Let judgements follow the bytes of a document to their new owner, if there is one; tell if it may go."""
        if owner is None:
            return True  # the other source has other bytes by now
        if owner.outcome != "indexed" or not self._committer.move_judgements(entry.id, owner.id):
            return False
        _log.info("%s: is gone; %s has the same text and takes its place", entry.source, owner.source)
        return True
