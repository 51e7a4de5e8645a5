"""What a home knows of a configured source's items when a run over it begins, and which of them it opens."""

import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from configs.sources import SourceConfig
from pipelines.ingest.duplicates import orphans
from pipelines.ingest.members import is_shown_right
from pipelines.ingest.plan import HomeState, Selection
from pipelines.ingest.report import Counts
from pipelines.sources.configured import defaults_of
from pipelines.sources.connectors.contract import SourceItem
from pipelines.sources.source import OF_MEMBERS
from pipelines.stages.versions import STAGES
from pipelines.storage.ledger import Entry, EntryState
from pipelines.storage.source_register import ItemHistory, ItemSummary, KnownItem, SourceRegister

_Value = TypeVar("_Value")

_AT_ONCE = 1000
"""Documents, or items, that are looked up at a time."""
_LOST_MEMBER = "document "
"""How the id of a row begins that stands for a document which its container, or its item, no longer holds."""


class KnownSource:
    """What is known of the items of a source, as its run goes on; of unchanged ones only what a page needs is read.

    `stale` are the ids of items that are opened although they did not change: a document of theirs is not in the
    ledger, was lost by the index, was made by an earlier version of a stage or with other defaults, or is a duplicate
    whose owner is gone. `counted` has the counts of items whose documents are not all in the index.
    """

    def __init__(self, register: SourceRegister, source: str) -> None:
        self._register, self._source = register, source
        self._met: dict[str, ItemSummary | None] = {}
        self.stale: set[str] = set()
        self.counted: dict[str, Counts] = {}

    def look_up(self, items: Collection[str]) -> None:
        """Read at once what is known of the items of a page, by their ids."""
        self._met = dict.fromkeys(items)
        self._met.update((one.id, one) for one in self._register.summaries(self._source, items))

    def get(self, item: str) -> ItemSummary | None:
        """Return what is known of an item, None for a new one."""
        if item not in self._met:
            self._met[item] = next(iter(list(self._register.summaries(self._source, [item]))), None)
        return self._met[item]

    def rows(self, items: Collection[str]) -> Mapping[str, KnownItem]:
        """Return the rows of items, by their ids, of those that have one."""
        return self._register.known(self._source, items) if items else {}

    def unsettled(self) -> list[KnownItem]:
        """Return the rows of items that are not just there."""
        return self._register.unsettled(self._source)

    def unseen(self, seen: Collection[str]) -> Iterator[ItemSummary]:
        """Yield what is known of the items that are not among those that were seen."""
        unseen = [name for name in self._register.ids(self._source) if name not in seen]
        return self._register.summaries(self._source, unseen)

    def commit(self, rows: Sequence[KnownItem], *, forgotten: Collection[str], events: Sequence[ItemHistory]) -> None:
        """Write rows and what happened to their items, and forget others."""
        self._register.commit(self._source, rows, forgotten=forgotten, events=events)
        for name in (*forgotten, *(row.id for row in rows)):
            self._met.pop(name, None)
        for row in rows:
            self.stale.discard(row.id)
            self.counted.pop(row.id, None)

    def must_be_listed(self, selection: Selection, attempts: int) -> bool:
        """Return whether items are to be opened that a source which tells changes alone may not name again."""
        if selection.force or selection.start is not None or self.stale:
            return True
        most = sys.maxsize if selection.only == "failed" else attempts
        again = (row for row in self.unsettled() if row.item is None and not row.withdrawn)
        return any(0 < row.failed < most or not row.fingerprint for row in again)

    def is_opened(self, item: SourceItem, selection: Selection, attempts: int) -> bool | None:
        """Return whether an item is opened; None where it is left out altogether.

        One that failed is tried again until it did so in `attempts` runs.
        """
        before = self.get(item.id)
        if before is None:
            return None if selection.only else True
        is_same = is_unchanged(item, before)
        if selection.only == "failed":
            return True if before.failed or not before.fingerprint else None
        if selection.only == "changed":
            return None if is_same else True
        again = selection.force or selection.start is not None or item.id in self.stale
        return again or not is_same or 0 < before.failed < attempts


def know_source(register: SourceRegister, home: HomeState, config: SourceConfig) -> KnownSource:
    """Return what is known of a source, by its rows and those of the ledger."""
    known = KnownSource(register, config.name)
    mark = defaults_of(config).mark
    is_outdated = _outdated(home.versions, mark)
    orphaned = {entry.id for entry in orphans(home.ledger)}
    odd: set[str] = set()  # items that hold others, or whose documents are not all in the index
    usual = EntryState("indexed", "", is_stored=True, is_member=False)  # that of the last one that is up to date
    held = (pair for pair in register.documents(config.name) if pair[1] != lost_member_id(pair[0]))
    for some in _groups(held):
        documents = {document for document, _ in some}
        differing = dict(home.ledger.differing(documents, usual.versions))
        states = dict.fromkeys(documents, usual) | differing
        indexed = home.indexed([name for name, state in states.items() if state and state.is_stored])
        if not differing and len(indexed) == len(documents):
            continue  # as nearly always
        for document, item in some:
            state = states[document]
            if state is None or state.outcome != "indexed" or state.is_member:
                odd.add(item)
            is_lost = state is not None and state.is_stored and document not in indexed
            if state is None or is_lost or document in orphaned or is_outdated(state.outcome, state.versions):
                known.stale.add(item)
            elif state.outcome == "indexed" and not state.is_member:
                usual = state
    _look_at_odd(known, odd, home, mark)
    return known


def _look_at_odd(known: KnownSource, items: Collection[str], home: HomeState, mark: str) -> None:
    """Find out which odd items are stale, and what to count of the others."""
    for names in _groups(items):
        rows = known.rows(names).values()
        entries = home.ledger.known([document for row in rows for document in row.documents])
        for row in rows:
            found = [entries[name] for name in row.documents if name in entries]
            if any(_is_outdated_member(entry, row, mark, entries) for entry in found):
                known.stale.add(row.id)
            counts = _counts(found)
            if counts.unchanged != len(row.documents):
                known.counted[row.id] = counts


def is_unchanged(item: SourceItem, before: KnownItem | ItemSummary) -> bool:
    """Return whether an item is as its row says, as far as that is known without opening it."""
    return bool(before.fingerprint) and (item.fingerprint, item.uri) == (before.fingerprint, before.uri)


def lost_member_id(document: str) -> str:
    """Return the id of the row of a document that its container no longer holds."""
    return f"{_LOST_MEMBER}{document}"


def is_lost_member(row: KnownItem) -> bool:
    """Return whether a row stands for a document that its container no longer holds."""
    return len(row.documents) == 1 and row.id == lost_member_id(row.documents[0])


def _outdated(versions: Mapping[str, str], mark: str) -> Callable[[str, str], bool]:
    """Return a test of a row's outcome and versions: whether its document is not as a run would make it now.

    Nearly all rows of a source have the same versions.
    """

    @lru_cache(_AT_ONCE)
    def is_outdated(outcome: str, made_by: str) -> bool:
        before = json.loads(made_by)
        described = before.get("sidecar", "")
        if described[: described.find(":") + 1] != mark:
            return True
        return outcome == "indexed" and any(before.get(stage) != versions[stage] for stage in STAGES)

    return is_outdated


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


def _groups(given: Iterable[_Value]) -> Iterator[list[_Value]]:
    left = iter(given)
    while some := list(islice(left, _AT_ONCE)):
        yield some
