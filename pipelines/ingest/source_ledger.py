"""The state of a run over a configured source: the rows and events of its items, and its cursor.

The documents of a batch of items are committed to the ledger before the items are written to the register, and these
before the cursor is stored: the next run completes a run that ended at any point.
"""

import datetime as dt
import hashlib
import logging
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from configs.sources import SourceConfig
from extractors.document import document_id
from pipelines.ingest.plan import HomeState, Item, Selection
from pipelines.ingest.report import Counts
from pipelines.ingest.source_gone import MissingItems, missing_of
from pipelines.ingest.source_items import OpenedItem
from pipelines.ingest.source_listing import Listing
from pipelines.ingest.source_state import is_lost_member, is_unchanged, item_states, lost_member_id
from pipelines.sources.connectors.contract import Changes, Connector, CursorExpiredError, SourceItem
from pipelines.sources.connectors.sidecar_file import SidecarFile
from pipelines.sources.given import Found
from pipelines.storage.entries import LedgerRow
from pipelines.storage.source_register import ItemEvent, ItemHistory, ItemSummary, KnownItem, SourceRegister

_log = logging.getLogger(__name__)

_UNTOUCHED = ("unchanged", "failed")
"""The actions for documents of an unchanged item."""
_OF_NO_PAGE = {"schedule", "fresh_days", "attempts", "body", "access"}
"""Settings of a source that do not affect its listing."""
_DIGITS = 16


class SourceLedger:
    """The items of one source during a run; for unchanged ones, only the fields that a page needs are read.

    A cursor is valid for the settings with which it was obtained: with others, such as another folder, everything is
    listed. `now` is the time of the last commit of items, `left_out` the number of new ones that a selection of known
    ones excluded, `newly_failed` the number of items that failed and had not failed before.
    """

    def __init__(
        self,
        register: SourceRegister,
        config: SourceConfig,
        home: HomeState,
        run: str,
        selection: Selection,
        attempts: int,
    ) -> None:
        """Read the state of the source; a failed item is retried until it has failed in `attempts` runs."""
        self.name, self._register, self._run, self._home = config.name, register, run, home
        self._selection, self._attempts = selection, attempts
        listed = config.model_dump_json(exclude=_OF_NO_PAGE)
        self._mark = hashlib.sha256(listed.encode()).hexdigest()[:_DIGITS] + " "
        self._stale, self._counted = item_states(register, home, config)
        self._known: dict[str, ItemSummary | None] = {}
        self._rows: list[KnownItem] = []
        self._forgotten: list[str] = []
        self._events: list[ItemHistory] = []
        self._duplicates: dict[str, SourceItem] = {}
        self._lost: Mapping[str, KnownItem] = {}
        """The rows of documents of the items that are written down which an item had lost before."""
        self.now, self.left_out, self.newly_failed = _now(), 0, 0

    def changes(self, connector: Connector) -> Iterator[Changes]:
        """Yield the pages since the last run; all pages if the cursor is missing or unknown to the source.

        The rows of the items of a page are read at once.
        """
        stored = ("" if self._must_reopen() else self._register.cursor(self.name)) or ""
        pages = connector.changes(stored.removeprefix(self._mark) if stored.startswith(self._mark) else None)
        try:
            first = list(islice(pages, 1))
        except CursorExpiredError:
            _log.info("%s: no longer knows what was listed before: everything is listed", self.name)
            first, pages = [], connector.changes(None)
        for page in chain(first, pages):
            self._known = dict.fromkeys(item.id for item in page.items)
            self._known.update((one.id, one) for one in self._register.summaries(self.name, self._known))
            yield page

    def withdrawn(self) -> set[str]:
        """Return the documents of withdrawn items."""
        return {name for row in self._register.unsettled(self.name) if row.withdrawn for name in row.documents}

    def items_to_retry(self, listing: Listing) -> list[SourceItem]:
        """Return failed or unstable items to open again that a source which lists only changes did not list."""
        told = listing.seen | listing.gone
        rows = (row for row in self._register.unsettled(self.name) if not row.withdrawn and row.id not in told)
        return [row.item for row in rows if row.item]

    def missing_items(self, listing: Listing) -> tuple[set[str], Counts]:
        """Return the ids of missing items, and the counts of present ones that a list of changes left out."""
        lost = {row.id for row in self._register.unsettled(self.name) if is_lost_member(row)}
        gone, counts = listing.gone | lost, Counts()
        told = listing.seen | gone
        others = [name for name in self._register.ids(self.name) if name not in told]
        for one in self._register.summaries(self.name, others):
            if not (listing.is_listing or one.withdrawn):
                counts.add([self._counted.get(one.id) or Counts(unchanged=one.documents)])
            elif not listing.leaves_unknown(one.id):
                gone.add(one.id)
        if listing.is_listing and not listing.seen and (known := self._register.count_items(self.name)):
            _log.warning("%s: lists nothing, and %d items of it are known", self.name, known)
        return gone, counts

    def missing(self, gone: Collection[str], others: Collection[str]) -> MissingItems:
        """Return the missing documents of missing items; see `missing_of`."""
        return missing_of(self._register, self.name, gone, others)

    def item_of(self, document: str) -> SourceItem | None:
        """Return the item that contains a duplicate, if this run has listed it."""
        return self._duplicates.get(document)

    def store_cursor(self, listing: Listing) -> None:
        """Store the cursor after the pages so far, unless a part of them could not be listed."""
        if listing.is_whole:
            cursor = None if listing.cursor is None else self._mark + listing.cursor
            self._register.set_cursor(self.name, cursor)

    def needs_opening(self, item: SourceItem, counts: Counts, *, again: bool) -> bool:
        """Return whether to open an item; an unchanged one is counted, and restored if it was withdrawn.

        An item that is listed `again` in the same run is skipped unless it is known to have changed since.
        """
        before = self._row_of_item(item.id)
        if again and (before is None or not item.fingerprint or is_unchanged(item, before)):
            return False
        selection = self._selection
        if before is None:
            self.left_out += selection.only is not None
            return selection.only is None
        is_same = is_unchanged(item, before)
        if selection.only == "failed":
            return before.failed > 0 or not before.fingerprint
        if selection.only == "changed":
            return not is_same
        is_asked_for = selection.force or selection.start is not None or item.id in self._stale
        if is_asked_for or not is_same or 0 < before.failed < self._attempts:
            return True
        self._count_unchanged(item, before, counts)
        return False

    def ingest_opened(
        self, items: Sequence[OpenedItem], ingest: Callable[[Found, frozenset[str]], Sequence[Item]]
    ) -> None:
        """Ingest the content of opened items, and record their new state.

        `ingest` receives the found sources, and the documents that were moved.
        """
        rows = self._register.known(self.name, [one.item.id for one in items])
        announced = self._announced(rows)
        self._announce(items, rows)
        found = Found(
            sources=list({source.uri: source for one in items for source in one.sources}.values()),
            unopened={uri for one in items for uri in one.unopened},
        )
        actions = {item.id: item for item in ingest(found, _moved(items, rows)) if item.id not in announced}
        names = {document_id(source.uri) for source in found.sources}
        names |= {name for before in rows.values() for name in before.documents}
        entries = self._home.ledger.known(sorted(names))
        self._lost = self._register.known(self.name, [lost_member_id(name) for name in names])
        for one in items:
            self._note_opened(one, rows.get(one.item.id), found, entries, actions)

    def withdraw(self, rows: Sequence[KnownItem], missing: MissingItems) -> None:
        """Record that items are missing."""
        known = {row.id for row in missing.rows if row.withdrawn}
        for row in rows:
            if row.id not in known:
                self._note("withdrawn", row.id)
        self._rows += rows
        self.commit()

    def forget(self, missing: MissingItems, deleted: Collection[str]) -> None:
        """Delete the rows of items without documents; items with remaining documents become withdrawn."""
        left = self._home.ledger.known(sorted(missing.documents))
        rows = self._register.known(self.name, [row.id for row in missing.rows])
        for row in missing.rows:
            lost = missing.of(row)
            if not any(name in left for name in lost):
                self._forgotten.append(row.id)
                if lost:
                    self._note("deleted", row.id)
            elif not lost.isdisjoint(deleted) and rows[row.id].withdrawn is None:
                self._rows.append(rows[row.id].model_copy(update={"withdrawn": self.now}))
        self.commit()

    def commit(self) -> None:
        """Write the recorded changes to the register."""
        self.now = _now()
        rows, forgotten, events = self._rows, self._forgotten, self._events
        self._rows, self._forgotten, self._events = [], [], []
        self._register.commit(self.name, rows, forgotten=forgotten, events=events)
        for name in (*forgotten, *(row.id for row in rows)):
            self._known.pop(name, None)
        for row in rows:
            self._stale.discard(row.id)
            self._counted.pop(row.id, None)

    def _row_of_item(self, item: str) -> ItemSummary | None:
        """Return the row of an item, None for a new one."""
        if item not in self._known:
            self._known[item] = next(iter(list(self._register.summaries(self.name, [item]))), None)
        return self._known[item]

    def _must_reopen(self) -> bool:
        """Return whether to open items again that a source which lists only changes may not list again."""
        if self._selection.force or self._selection.start is not None or self._stale:
            return True
        most = sys.maxsize if self._selection.only == "failed" else self._attempts
        again = (row for row in self._register.unsettled(self.name) if row.item is None and not row.withdrawn)
        return any(0 < row.failed < most or not row.fingerprint for row in again)

    def _count_unchanged(self, item: SourceItem, before: ItemSummary, counts: Counts) -> None:
        known = self._counted.get(item.id)
        if known is None:
            counts.unchanged += before.documents
        else:
            counts.add([known])
        is_well = before.failed > 0 and before.documents > 0 and not (known and known.failed)  # failures were accepted
        if before.withdrawn or is_well or (known and known.duplicate):
            row = self._register.known(self.name, [item.id])[item.id]
            if known and known.duplicate:
                self._duplicates |= dict.fromkeys(row.documents, item)
            if row.withdrawn:
                self._note("restored", item.id)
            if row.withdrawn or is_well:
                failed = 0 if is_well else row.failed
                self._rows.append(row.model_copy(update={"withdrawn": None, "seen": self.now, "failed": failed}))

    def _announced(self, rows: Mapping[str, KnownItem]) -> set[str]:
        """Return the documents that another or a killed run announced and did not ingest: they count as new."""
        held = {name for row in rows.values() if not row.fingerprint for name in row.documents}
        return held - self._home.ledger.known(sorted(held)).keys()

    def _announce(self, opened: Iterable[OpenedItem], rows: Mapping[str, KnownItem]) -> None:
        """Store the ids of the documents that the items are about to have.

        Otherwise, a run that is killed after committing documents would leave some without an item: nothing would
        delete them if they disappeared from the source before the next run. A row without a fingerprint is opened
        again.
        """
        for one in opened:
            before, held = rows.get(one.item.id), [document_id(source.uri) for source in one.sources]
            documents = tuple(dict.fromkeys((*(before.documents if before else ()), *held)))
            if before and documents == before.documents:
                continue
            if before is None:
                self._note("new", one.item.id)
            row = before or KnownItem(source=self.name, id=one.item.id, uri=one.item.uri, fingerprint="", seen=self.now)
            update = {"fingerprint": "", "documents": documents, "item": _storable(one.item)}
            self._rows.append(row.model_copy(update=update))
        self.commit()

    def _note_opened(
        self,
        opened: OpenedItem,
        before: KnownItem | None,
        found: Found,
        entries: Mapping[str, LedgerRow],
        planned: Mapping[str, Item],
    ) -> None:
        item = opened.item
        there = [document_id(source.uri) for source in opened.sources]
        known = [entries.get(name) for name in there]
        documents = there + (self._mark_missing_documents(item, before, there, found, entries) if before else [])
        for name in documents:
            self._mark_found(name)
        if any(entry and entry.outcome == "duplicate" for entry in known):
            self._duplicates |= dict.fromkeys(documents, item)
        self._note_changes(item, before, [planned[name] for name in there if name in planned])
        failed = _failures(opened, before, has_failed=any(entry is None or _has_failed(entry) for entry in known))
        self.newly_failed += failed > 0 and not (before and before.failed)
        self._rows.append(
            KnownItem(
                source=self.name,
                id=item.id,
                uri=item.uri,
                fingerprint="" if opened.is_unstable else item.fingerprint,
                documents=tuple(documents),
                seen=self.now,
                failed=failed,
                item=_storable(item) if failed or opened.is_unstable else None,
            )
        )

    def _note_changes(self, item: SourceItem, before: KnownItem | None, planned: Iterable[Item]) -> None:
        if before is None:
            return  # it was announced as new
        if before.withdrawn:
            self._note("restored", item.id)
        if not is_unchanged(item, before) and any(one.action not in _UNTOUCHED for one in planned):
            self._note("changed", item.id)

    def _mark_missing_documents(
        self,
        item: SourceItem,
        before: KnownItem,
        there: Collection[str],
        found: Found,
        entries: Mapping[str, LedgerRow],
    ) -> list[str]:
        """Return the previous documents of an item that may still be in it; others are marked as missing."""
        hidden = []
        for name in before.documents:
            entry = entries.get(name)
            if name in there or entry is None:
                continue
            if before.uri == item.uri and found.is_unknown(entry.source):
                hidden.append(name)
            else:
                self._mark_missing(name, entry.source)
        return hidden

    def _mark_missing(self, document: str, uri: str) -> None:
        """Write a separate row for a document that its item no longer has: it is handled at the end of the run."""
        row = KnownItem(
            source=self.name,
            id=lost_member_id(document),
            uri=uri,
            fingerprint="",
            documents=(document,),
            seen=self.now,
        )
        self._rows.append(row)

    def _mark_found(self, document: str) -> None:
        """Delete the row of a missing document that was found again."""
        row = self._lost.get(lost_member_id(document))
        if row:
            self._forgotten.append(row.id)
            if row.withdrawn:
                self._note("restored", row.id)

    def _note(self, event: ItemEvent, item: str) -> None:
        self._events.append(ItemHistory(source=self.name, id=item, event=event, run=self._run, at=self.now))


def _moved(opened: Iterable[OpenedItem], rows: Mapping[str, KnownItem]) -> frozenset[str]:
    """Return documents whose item was moved to another place."""
    moved: set[str] = set()
    for one in opened:
        before = rows.get(one.item.id)
        if before and before.uri != one.item.uri:
            moved.update(before.documents)
    return frozenset(moved - {document_id(source.uri) for one in opened for source in one.sources})


def _has_failed(entry: LedgerRow) -> bool:
    return entry.outcome == "failed" and not entry.is_accepted


def _failures(opened: OpenedItem, before: KnownItem | None, *, has_failed: bool) -> int:
    """Return how many runs in a row an item has failed; an unstable item does not count as failed."""
    earlier = before.failed if before and (opened.is_unstable or is_unchanged(opened.item, before)) else 0
    if opened.is_unstable:
        return earlier
    return earlier + 1 if has_failed else 0


def _storable(item: SourceItem) -> SourceItem | None:
    """Return an item in the form for its row; None if its sidecar is a file, or contains a password."""
    return None if isinstance(item.sidecar, SidecarFile) or "password" in item.sidecar else item


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
