"""Items of a configured source on their way into the ledger, then into the register."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from extractors.document import document_id
from pipelines.ingest.plan import Item, Selection
from pipelines.ingest.planners import SourcePlanner
from pipelines.ingest.report import Counts
from pipelines.ingest.run import Run
from pipelines.ingest.source_gone import Missing
from pipelines.ingest.source_items import OpenedItem
from pipelines.ingest.source_state import KnownSource, is_unchanged, lost_member_id
from pipelines.sources.connectors.contract import SourceItem
from pipelines.sources.connectors.sidecar_file import SidecarFile
from pipelines.sources.given import Found
from pipelines.storage.ledger import Entry
from pipelines.storage.source_register import ItemEvent, ItemHistory, KnownItem

_UNTOUCHED = ("unchanged", "failed")
"""What is done with documents of an item in which nothing changed."""


class SourceBatch:
    """The items that were met since the last commit: those that were opened, and those that came back as they were."""

    def __init__(self, run: Run, known: KnownSource, source: str, selection: Selection) -> None:
        self._run, self._known, self._source = run, known, source
        self._selection = replace(selection, only=None, retry=True)
        self._opened: dict[str, OpenedItem] = {}
        self._rows: list[KnownItem] = []
        self._forgotten: list[str] = []
        self._events: list[ItemHistory] = []
        self._duplicates: dict[str, SourceItem] = {}
        self._lost: Mapping[str, KnownItem] = {}
        """The rows of documents of the items that are committed which an item had lost before."""
        self._unchanged = 0
        """Documents of items that were kept, and are not counted yet."""
        self.now = _now()

    def __len__(self) -> int:
        """Return how many items are open."""
        return len(self._opened)

    def add(self, opened: OpenedItem) -> None:
        """Add an item that was opened."""
        self._opened[opened.item.id] = opened

    def drop(self, item: str) -> bool:
        """Take out an item that is listed once more; return whether it was open."""
        return self._opened.pop(item, None) is not None

    def keep(self, item: SourceItem) -> None:
        """Count an item that is as it was; one that was gone is back."""
        before, counts = self._known.get(item.id), self._known.counted.get(item.id)
        if before is None:
            raise KeyError(item.id)
        if counts is None:
            self._unchanged += before.documents
        else:
            self._run.count(counts)
        is_well = (
            before.failed > 0 and before.documents > 0 and not (counts and counts.failed)
        )  # failures were accepted
        if before.withdrawn or is_well or (counts and counts.duplicate):
            row = self._known.rows([item.id])[item.id]
            if counts and counts.duplicate:
                self._duplicates |= dict.fromkeys(row.documents, item)
            if row.withdrawn:
                self._note("restored", item.id)
            if row.withdrawn or is_well:
                failed = 0 if is_well else row.failed
                self._rows.append(row.model_copy(update={"withdrawn": None, "seen": self.now, "failed": failed}))

    def count_kept(self) -> None:
        """Let the counts of the run have the items that were kept."""
        self._run.count(Counts(unchanged=self._unchanged))
        self._unchanged = 0

    def item_of(self, document: str) -> SourceItem | None:
        """Return the item that a duplicate came in, as far as this run met it."""
        return self._duplicates.get(document)

    def commit(self) -> None:
        """Ingest what the open items hold, and write down what is known of all of them."""
        opened, self._opened = list(self._opened.values()), {}
        rows = self._known.rows([one.item.id for one in opened])
        self.now = _now()
        if opened:
            announced = self._announced(rows)
            self._announce(opened, rows)
            found = Found(
                sources=list({source.uri: source for one in opened for source in one.sources}.values()),
                unopened={uri for one in opened for uri in one.unopened},
            )
            planned = self._run.work(SourcePlanner(found, self._selection, gone=_moved(opened, rows)))
            actions = {item.id: item for item in planned if item.id not in announced}
            names = {document_id(source.uri) for source in found.sources}
            names |= {name for before in rows.values() for name in before.documents}
            entries = self._run.session.ledger.known(sorted(names))
            self._lost = self._known.rows([lost_member_id(name) for name in names])
            for one in opened:
                self._note_opened(one, rows.get(one.item.id), found, entries, actions)
        self._write()

    def withdraw(self, rows: Sequence[KnownItem], missing: Missing) -> None:
        """Note that items are gone."""
        known = {row.id for row in missing.rows if row.withdrawn}
        for row in rows:
            if row.id not in known:
                self._note("withdrawn", row.id)
        self._rows += rows
        self._write()

    def forget(self, missing: Missing, deleted: Collection[str]) -> None:
        """Forget the items of which nothing is left; what could not go yet is gone from now on."""
        left = self._run.session.ledger.known(sorted(missing.documents))
        rows = self._known.rows([row.id for row in missing.rows])
        for row in missing.rows:
            lost = missing.of(row)
            if not any(name in left for name in lost):
                self._forgotten.append(row.id)
                if lost:
                    self._note("deleted", row.id)
            elif not lost.isdisjoint(deleted) and rows[row.id].withdrawn is None:
                self._rows.append(rows[row.id].model_copy(update={"withdrawn": self.now}))
        self._write()

    def _announced(self, rows: Mapping[str, KnownItem]) -> set[str]:
        """Return the documents that another run, or one that was killed, announced and has not made: they are new."""
        held = {name for row in rows.values() if not row.fingerprint for name in row.documents}
        return held - self._run.session.ledger.known(sorted(held)).keys()

    def _announce(self, opened: Iterable[OpenedItem], rows: Mapping[str, KnownItem]) -> None:
        """Write which documents the items are about to have.

        A run that is killed once these are in the ledger would leave documents that belong to no item: nothing would
        take them out if the source lost them before the next run. A row without a fingerprint is opened again.
        """
        for one in opened:
            before, held = rows.get(one.item.id), [document_id(source.uri) for source in one.sources]
            documents = tuple(dict.fromkeys((*(before.documents if before else ()), *held)))
            if before and documents == before.documents:
                continue
            if before is None:
                self._note("new", one.item.id)
            row = before or KnownItem(
                source=self._source, id=one.item.id, uri=one.item.uri, fingerprint="", seen=self.now
            )
            update = {"fingerprint": "", "documents": documents, "item": _storable(one.item)}
            self._rows.append(row.model_copy(update=update))
        self._write()

    def _note_opened(
        self,
        opened: OpenedItem,
        before: KnownItem | None,
        found: Found,
        entries: Mapping[str, Entry],
        planned: Mapping[str, Item],
    ) -> None:
        item = opened.item
        there = [document_id(source.uri) for source in opened.sources]
        known = [entries.get(name) for name in there]
        documents = there + (self._let_go(item, before, there, found, entries) if before else [])
        for name in documents:
            self._find(name)
        if any(entry and entry.outcome == "duplicate" for entry in known):
            self._duplicates |= dict.fromkeys(documents, item)
        self._note_changes(item, before, [planned[name] for name in there if name in planned])
        failed = _failures(opened, before, has_failed=any(entry is None or _has_failed(entry) for entry in known))
        self._rows.append(
            KnownItem(
                source=self._source,
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
            return  # it was announced as a new one
        if before.withdrawn:
            self._note("restored", item.id)
        if not is_unchanged(item, before) and any(one.action not in _UNTOUCHED for one in planned):
            self._note("changed", item.id)

    def _let_go(
        self,
        item: SourceItem,
        before: KnownItem,
        there: Collection[str],
        found: Found,
        entries: Mapping[str, Entry],
    ) -> list[str]:
        """Return the documents of an item that may still be in it; others that it held are lost."""
        hidden = []
        for name in before.documents:
            entry = entries.get(name)
            if name in there or entry is None:
                continue
            if before.uri == item.uri and found.is_unknown(entry.source):
                hidden.append(name)
            else:
                self._lose(name, entry.source)
        return hidden

    def _lose(self, document: str, uri: str) -> None:
        """Give a document that its item no longer holds a row of its own: the end of the run sees to it."""
        row = KnownItem(
            source=self._source,
            id=lost_member_id(document),
            uri=uri,
            fingerprint="",
            documents=(document,),
            seen=self.now,
        )
        self._rows.append(row)

    def _find(self, document: str) -> None:
        """Forget the row of a document that was lost and is there again."""
        row = self._lost.get(lost_member_id(document))
        if row:
            self._forgotten.append(row.id)
            if row.withdrawn:
                self._note("restored", row.id)

    def _note(self, event: ItemEvent, item: str) -> None:
        self._events.append(ItemHistory(source=self._source, id=item, event=event, run=self._run.id, at=self.now))

    def _write(self) -> None:
        rows, forgotten, events = self._rows, self._forgotten, self._events
        self._rows, self._forgotten, self._events = [], [], []
        self._known.commit(rows, forgotten=forgotten, events=events)


def _moved(opened: Iterable[OpenedItem], rows: Mapping[str, KnownItem]) -> frozenset[str]:
    """Return documents that are not where they were, for their item lies elsewhere now."""
    moved: set[str] = set()
    for one in opened:
        before = rows.get(one.item.id)
        if before and before.uri != one.item.uri:
            moved.update(before.documents)
    return frozenset(moved - {document_id(source.uri) for one in opened for source in one.sources})


def _has_failed(entry: Entry) -> bool:
    return entry.outcome == "failed" and not entry.is_accepted


def _failures(opened: OpenedItem, before: KnownItem | None, *, has_failed: bool) -> int:
    """Return how many runs in a row an item failed; one that is being changed does not count."""
    earlier = before.failed if before and (opened.is_unstable or is_unchanged(opened.item, before)) else 0
    if opened.is_unstable:
        return earlier
    return earlier + 1 if has_failed else 0


def _storable(item: SourceItem) -> SourceItem | None:
    """Return an item as a row may hold it; None where what is said of it lies beside it, or has a password."""
    return None if isinstance(item.sidecar, SidecarFile) or "password" in item.sidecar else item


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
