"""Plans the ingestion of orphans: duplicates whose owner was deleted or has changed.

The index holds the owner of some bytes and not its duplicates. If the owner is deleted, or has other bytes, a duplicate
is ingested from the bytes in the store, or, without these, from its source.
"""

import logging
from collections.abc import Collection, Sequence

from configs.settings import Settings
from pipelines.ingest.plan import WHAT_IS_NEW, HomeState, Item, plan
from pipelines.sources.lookup import find_again
from pipelines.sources.source import Source, bare_source, outermost
from pipelines.storage.blobs import BlobStore
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger

_log = logging.getLogger(__name__)

_KEEP_OWNERSHIP = ("unchanged", "failed", "unreadable")
"""Actions after which a source still owns its bytes."""


def orphans(
    ledger: Ledger, *, gone: Collection[str] = (), planned: Sequence[Item] = (), without: Collection[str] = ()
) -> list[LedgerRow]:
    """Return the rows of duplicates whose bytes no document owns, by their sources; one for the same bytes.

    They are computed for the state after deleting the documents in `gone` and processing those in `planned`. Those in
    `without` are left out.
    """
    leaving = {*gone, *(item.id for item in planned if item.action not in _KEEP_OWNERSHIP)}
    taken = {item.sha256 for item in planned if item.action == "work"}
    left_out = leaving.union(without)
    released = {sha256 for entry in ledger.known(leaving).values() for sha256 in (entry.sha256, bytes_of(entry))}
    candidates = {entry.id: entry for entry in (*ledger.unowned(), *ledger.duplicates(released))}
    found: dict[str, LedgerRow] = {}
    for entry in sorted(candidates.values(), key=lambda entry: entry.source):
        if entry.id not in left_out and entry.sha256 not in taken:
            found.setdefault(entry.sha256, entry)
    owned = ledger.owners(found.keys(), without=leaving)
    return [entry for sha256, entry in found.items() if sha256 not in owned]


def bytes_of(entry: LedgerRow) -> str:
    """Return the sha256 of the indexed bytes of a document: for a failed one, of an earlier state."""
    return entry.blobs.get("original", entry.sha256)


class OrphanPlanner:
    """Plans the ingestion of orphans without changing anything."""

    def __init__(self, settings: Settings, blobs: BlobStore, passwords: Sequence[str] = ()) -> None:
        self._settings, self._blobs, self._passwords = settings, blobs, passwords

    def plan(self, entries: Sequence[LedgerRow], home: HomeState, *, gone: Collection[str] = ()) -> list[Item]:
        """Return an item for each orphan; one that cannot be read remains an orphan and is a failure of the run.

        `gone` are the documents that are about to be deleted.
        """
        stored = {entry.id for entry in entries if self._blobs.is_sound(entry.sha256)}
        # only sources on this machine have sidecars
        looked_for = [entry.source for entry in entries if entry.id not in stored or _is_local(entry.source)]
        there = find_again(looked_for, self._settings, self._passwords)
        return [
            _stored(entry, there.get(entry.source))
            if entry.id in stored
            else _read(entry, there.get(entry.source), home, gone)
            for entry in entries
        ]


def kept_as_orphan(item: Item) -> bool:
    """Return whether a document whose ingestion fails remains a duplicate, so that the next run tries again.

    Its bytes could be read earlier, so the failure may be temporary.
    """
    return item.stored or item.action == "orphaned"


def _stored(entry: LedgerRow, there: Source | str | None) -> Item:
    if not isinstance(there, Source):
        there = bare_source(entry.source)
        if entry.versions.get("sidecar", "") != there.description:
            return _orphaned(entry, "its sidecar, without which it is not shown, or its source cannot be read")
    return Item(there, entry.id, entry.sha256, "work", sidecar=there.description, stored=True)


def _read(entry: LedgerRow, there: Source | str | None, home: HomeState, gone: Collection[str]) -> Item:
    if not isinstance(there, Source):
        return _orphaned(entry, there or "it is not there")
    (item,) = plan([there], home, WHAT_IS_NEW, gone=gone)
    return _orphaned(entry, item.error or "it cannot be read") if item.action == "unreadable" else item


def _orphaned(entry: LedgerRow, reason: str) -> Item:
    why = f"the document that held the same bytes is gone, and this one cannot be ingested instead: {reason}"
    remedy = "run ingest on it when it can be read again, with --delete-missing where it is gone for good"
    return Item(Source(entry.source), entry.id, entry.sha256, "orphaned", error=f"{why} ({remedy})")


def _is_local(uri: str) -> bool:
    return outermost(uri).startswith("file://")
