"""Duplicates whose bytes no other document holds any more: which they are, and what takes each of them in.

A duplicate is not in the index: its owner is. When the owner is deleted, or has other bytes, the duplicate is taken in
from the bytes in the store, and where these are not there, from its source.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence

from configs.errors import CustomsLensError
from configs.settings import Settings
from pipelines.ingest.plan import WHAT_IS_NEW, Item, plan
from pipelines.sources.discovery import find_sources
from pipelines.sources.source import INSIDE, Source, outermost
from pipelines.storage.blobs import BlobStore
from pipelines.storage.ledger import Entry, Ledger

_log = logging.getLogger(__name__)

_KEEP_THEIR_ROWS = ("unchanged", "failed", "unreadable")
"""What is done with a source that leaves it the owner of the bytes that it owns."""


def orphans(
    ledger: Ledger, *, gone: Collection[str] = (), planned: Sequence[Item] = (), without: Collection[str] = ()
) -> list[Entry]:
    """Return the rows of duplicates whose bytes nobody owns, in the order of their sources; one of the same bytes.

    They are those that there will be when the documents `gone` are deleted and what is `planned` is done. Those
    `without` are left out.
    """
    moved = {item.id for item in planned if item.action not in _KEEP_THEIR_ROWS}
    taken = {item.sha256 for item in planned if item.action == "work"}
    left_out = {*gone, *moved, *without}
    found: dict[str, Entry] = {}
    for entry in ledger.entries("duplicate"):
        if entry.id not in left_out and entry.sha256 not in taken:
            found.setdefault(entry.sha256, entry)
    owned = ledger.owners(found.keys(), without={*gone, *moved})
    return [entry for sha256, entry in found.items() if sha256 not in owned]


def bytes_of(entry: Entry) -> str:
    """Return the sha256 of what the index holds of a document: of a failed one, an earlier state."""
    return entry.blobs.get("original", entry.sha256)


class OrphanPlanner:
    """Says how orphans are ingested; nothing is changed."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        blobs: BlobStore,
        versions: Mapping[str, str],
        passwords: Sequence[str] = (),
    ) -> None:
        self._settings, self._ledger, self._blobs = settings, ledger, blobs
        self._versions, self._passwords = versions, passwords

    def plan(self, entries: Sequence[Entry], *, indexed: Collection[str], gone: Collection[str] = ()) -> list[Item]:
        """Return what to do with each; one that cannot be had at all stays an orphan, and is a failure of the run.

        `indexed` and `gone` are those of `pipelines.ingest.plan.plan`.
        """
        stored = {entry.id for entry in entries if self._blobs.is_sound(entry.sha256)}
        # only sources on this machine have sidecars
        there = self._look(entry.source for entry in entries if entry.id not in stored or _is_local(entry.source))
        return [
            self._stored(entry, there.get(entry.source))
            if entry.id in stored
            else self._read(entry, there.get(entry.source), indexed, gone)
            for entry in entries
        ]

    def _look(self, uris: Iterable[str]) -> dict[str, Source | str]:
        """Return the sources that are there, and of others why they are not."""
        uris = set(uris)
        found: dict[str, Source | str] = {}
        for file in sorted({outermost(uri) for uri in uris}):
            try:
                sources = find_sources(
                    [file],
                    passwords=self._passwords,
                    limits=self._settings.reading,
                    credentials=self._settings.credentials,
                    follow_links=self._settings.follow_links,
                ).sources
            except CustomsLensError as error:
                found |= {uri: error.message for uri in uris if outermost(uri) == file}
                continue
            found |= {one.uri: one.refusal[1] if one.refusal else one for one in sources if one.uri in uris}
        return found

    def _stored(self, entry: Entry, there: Source | str | None) -> Item:
        if not isinstance(there, Source):
            if entry.versions.get("sidecar"):
                return _orphaned(entry, "its sidecar, without which it is not shown, cannot be read")
            there = Source(entry.source, parent=_parent(entry.source))
        sidecar = there.sidecar.digest if there.sidecar else ""
        return Item(there, entry.id, entry.sha256, "work", sidecar=sidecar, stored=True)

    def _read(self, entry: Entry, there: Source | str | None, indexed: Collection[str], gone: Collection[str]) -> Item:
        if not isinstance(there, Source):
            return _orphaned(entry, there or "it is not there")
        (item,) = plan([there], self._ledger, self._versions, WHAT_IS_NEW, indexed=indexed, gone=gone)
        return _orphaned(entry, item.error or "it cannot be read") if item.action == "unreadable" else item


def kept_as_orphan(item: Item) -> bool:
    """Return whether a document whose ingestion fails stays a duplicate, so that the next run tries again.

    Its bytes could be read before: what fails now may pass.
    """
    return item.stored or item.action == "orphaned"


def _orphaned(entry: Entry, reason: str) -> Item:
    why = f"the document that held the same bytes is gone, and this one cannot be ingested instead: {reason}"
    remedy = "run ingest on it when it can be read again, with --delete-missing where it is gone for good"
    return Item(Source(entry.source), entry.id, entry.sha256, "orphaned", error=f"{why} ({remedy})")


def _is_local(uri: str) -> bool:
    return outermost(uri).startswith("file://")


def _parent(uri: str) -> str | None:
    return uri.partition("::")[2] if uri.startswith(INSIDE) else None
