"""What a home knows of a configured source's items when a run over it begins, and which of them it opens."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from configs.sources import SourceConfig
from pipelines.ingest.duplicates import orphans
from pipelines.ingest.members import is_shown_right
from pipelines.ingest.plan import HomeState, Selection
from pipelines.ingest.report import Counts
from pipelines.sources.configured import defaults_of
from pipelines.sources.connectors.contract import SourceItem
from pipelines.sources.source import OF_MEMBERS
from pipelines.stages.versions import STAGES
from pipelines.storage.ledger import Entry
from pipelines.storage.source_register import KnownItem

_AT_ONCE = 500
"""Items whose documents are looked up at a time."""
_LOST_MEMBER = "document "
"""How the id of a row begins that stands for a document which its container, or its item, no longer holds."""


@dataclass
class KnownSource:
    """The rows of a source, changed as its run goes on.

    `stale` are the ids of items that are opened although they did not change: a document of theirs is not in the
    ledger, was lost by the index, was made by an earlier version of a stage or with other defaults, or is a duplicate
    whose owner is gone. `counted` has the counts of items whose documents are not all in the index.
    """

    rows: dict[str, KnownItem]
    stale: set[str] = field(default_factory=set)
    counted: dict[str, Counts] = field(default_factory=dict)

    def must_be_listed(self, selection: Selection, attempts: int) -> bool:
        """Return whether items are to be opened that a source which tells changes alone may not name again."""
        if selection.force or selection.start is not None or self.stale:
            return True
        most = sys.maxsize if selection.only == "failed" else attempts
        again = (row for row in self.rows.values() if row.item is None and not row.withdrawn)
        return any(0 < row.failed < most or not row.fingerprint for row in again)

    def counts(self, item: str) -> Counts:
        """Return the counts of an item that is left as it is."""
        return self.counted.get(item) or Counts(unchanged=len(self.rows[item].documents))

    def is_opened(self, item: SourceItem, selection: Selection, attempts: int) -> bool | None:
        """Return whether an item is opened; None where it is left out altogether.

        One that failed is tried again until it did so in `attempts` runs.
        """
        before = self.rows.get(item.id)
        if before is None:
            return None if selection.only else True
        is_same = is_unchanged(item, before)
        if selection.only == "failed":
            return True if before.failed or not before.fingerprint else None
        if selection.only == "changed":
            return None if is_same else True
        again = selection.force or selection.start is not None or item.id in self.stale
        return again or not is_same or 0 < before.failed < attempts


def know_source(rows: Mapping[str, KnownItem], home: HomeState, config: SourceConfig) -> KnownSource:
    """Return what is known of a source, by its rows and those of the ledger."""
    known = KnownSource(dict(rows))
    there = [row for row in rows.values() if not is_lost_member(row)]
    orphaned = {entry.id for entry in orphans(home.ledger)} if there else set()
    mark = defaults_of(config).mark
    for some in _groups(there):
        entries = home.ledger.known([document for row in some for document in row.documents])
        for row in some:
            found = [entries.get(document) for document in row.documents]
            if any(
                entry is None
                or _is_stale(entry, home, mark, orphaned)
                or _is_outdated_member(entry, row, mark, entries)
                for entry in found
            ):
                known.stale.add(row.id)
            counts = _counts([entry for entry in found if entry])
            if counts.unchanged != len(row.documents):
                known.counted[row.id] = counts
    return known


def is_unchanged(item: SourceItem, before: KnownItem) -> bool:
    """Return whether an item is as its row says, as far as that is known without opening it."""
    return bool(item.fingerprint) and (item.fingerprint, item.uri) == (before.fingerprint, before.uri)


def lost_member_id(document: str) -> str:
    """Return the id of the row of a document that its container no longer holds."""
    return f"{_LOST_MEMBER}{document}"


def is_lost_member(row: KnownItem) -> bool:
    """Return whether a row stands for a document that its container no longer holds."""
    return len(row.documents) == 1 and row.id == lost_member_id(row.documents[0])


def _is_stale(entry: Entry, home: HomeState, mark: str, orphaned: set[str]) -> bool:
    described = entry.versions.get("sidecar", "")
    if described[: described.find(":") + 1] != mark:
        return True
    if entry.blobs and entry.id not in home.indexed:
        return True
    if entry.outcome == "indexed":
        return any(entry.versions.get(stage) != home.versions[stage] for stage in STAGES)
    return entry.id in orphaned


def _is_outdated_member(entry: Entry, item: KnownItem, mark: str, entries: Mapping[str, Entry]) -> bool:
    """Return whether a file inside an item was described by other rules, or is not shown with its containers' class."""
    if entry.source == item.uri:
        return False
    is_described = entry.versions.get("sidecar", "").startswith(mark + OF_MEMBERS)
    return not is_described or not is_shown_right(entry, entries)


def _counts(entries: Iterable[Entry]) -> Counts:
    counts = Counts()
    for entry in entries:
        if entry.outcome == "failed":
            counts.repeat(entry)
        else:
            counts.unchanged += entry.outcome == "indexed"
            counts.duplicate += entry.outcome == "duplicate"
    return counts


def _groups(rows: Iterable[KnownItem]) -> Iterator[list[KnownItem]]:
    left = iter(rows)
    while some := list(islice(left, _AT_ONCE)):
        yield some
