"""The register of the items of configured sources: which exist, since when others are missing, and the cursors.

A row is written after the documents of its item are in the ledger, so after a killed run the next one opens the item.
"""

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, RowMapping, Select, delete, exists, func, select

from extractors.document import Value
from pipelines.sources.connectors.contract import SourceItem
from pipelines.storage.state import State
from pipelines.storage.statements import among, next_number, put
from pipelines.storage.tables import IS_NEWS, IS_UNSETTLED, cursors, item_documents, item_events, items

_AT_ONCE = 1000
"""Rows that are fetched at a time."""

ItemEvent = Literal["new", "changed", "withdrawn", "restored", "deleted"]


class KnownItem(Value):
    """An item of a source as the last run recorded it.

    `documents` are the ids of its documents (several for a container); `withdrawn` is the time since which its source
    lacks it (UTC), None while it is there. `failed` is how many runs in a row could not ingest it. `item` is its
    listing entry, stored while it has to be opened again: a source that lists only changes does not list it twice. A
    document that is no longer in its container has a row of its own under its URI.
    """

    source: str
    id: str
    uri: str
    fingerprint: str
    documents: tuple[str, ...] = ()
    seen: dt.datetime
    withdrawn: dt.datetime | None = None
    failed: int = 0
    item: SourceItem | None = None


class ItemSummary(NamedTuple):
    """The fields of an item that decide whether to open it: `documents` is its number of documents."""

    id: str
    uri: str
    fingerprint: str
    documents: int
    withdrawn: bool
    failed: int


class Holder(NamedTuple):
    """A document and an item of a source that contains it; the item may be withdrawn."""

    document: str
    source: str
    item: str
    withdrawn: bool


class ItemHistory(Value):
    """An event of an item, with its run and time (UTC)."""

    source: str
    id: str
    event: ItemEvent
    run: str
    at: dt.datetime


class SourceRegister:
    """The rows of all configured sources of a home, or of the homes that share a database.

    Two homes may run over one source at once: each document is claimed in the ledger. The slower home then finds the
    row of an item up to date and records no event. Every method raises as `State` does.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def cursor(self, source: str) -> str | None:
        """Return the cursor of a source, None without one."""
        with self._state.reading() as connection:
            return connection.scalar(select(cursors.c.cursor).where(cursors.c.source == source))

    def items(self, source: str) -> Mapping[str, KnownItem]:
        """Return the items of a source by their ids, including withdrawn ones."""
        return self._items(select(items).where(items.c.source == source).order_by(items.c.id))

    def known(self, source: str, names: Collection[str]) -> Mapping[str, KnownItem]:
        """Return the existing rows of these items, by their ids."""
        return self._items(select(items).where(items.c.source == source, among(items.c.id, names)))

    def ids(self, source: str) -> Iterator[str]:
        """Yield the ids of all items of a source; no change is allowed during the iteration."""
        yield from (name for (name,) in self._streamed(select(items.c.id).where(items.c.source == source)))

    def summaries(self, source: str, names: Collection[str]) -> Iterator[ItemSummary]:
        """Yield the summaries of these items, as far as they have rows.

        No change is allowed during the iteration.
        """
        columns = (items.c.id, items.c.uri, items.c.fingerprint, items.c.documents, items.c.withdrawn, items.c.failed)
        question = select(*columns).where(items.c.source == source, among(items.c.id, names))
        for name, uri, fingerprint, documents, withdrawn, failed in self._streamed(question):
            yield ItemSummary(name, uri, fingerprint, len(json.loads(documents)), withdrawn is not None, failed)

    def documents(self, source: str) -> Iterator[tuple[str, str]]:
        """Yield the ids of the documents of a source, each with the id of its item, in the order of the items.

        Items with similar ids are often written together, so related rows are near each other on disk.
        No change is allowed during the iteration.
        """
        columns = (item_documents.c.document, item_documents.c.item)
        question = select(*columns).where(item_documents.c.source == source)
        yield from self._streamed(question.order_by(item_documents.c.item, item_documents.c.document))

    def unsettled(self, source: str) -> list[KnownItem]:
        """Return the items of a source that are withdrawn, failed, without a fingerprint, or to be opened again.

        The rows of documents that are no longer in their items are included.
        """
        return list(self._items(select(items).where(items.c.source == source, IS_UNSETTLED)).values())

    def holders(self, sources: Collection[str], documents: Collection[str]) -> list[Holder]:
        """Return the items of these sources that contain these documents, including withdrawn items."""
        is_its_item = (items.c.source == item_documents.c.source) & (items.c.id == item_documents.c.item)
        columns = (item_documents.c.document, item_documents.c.source, item_documents.c.item, items.c.withdrawn)
        question = select(*columns).join(items, is_its_item)
        wanted = (among(item_documents.c.source, sources), among(item_documents.c.document, documents))
        with self._state.reading() as connection:
            rows = connection.execute(question.where(*wanted)).all()
        return [Holder(document, source, item, withdrawn is not None) for document, source, item, withdrawn in rows]

    def count_items(self, source: str) -> int:
        """Return how many items a source has, including withdrawn ones."""
        return self._count(select(func.count()).select_from(items).where(items.c.source == source))

    def count_documents(self, source: str) -> int:
        """Return how many documents are in the items of a source."""
        question = select(func.count(item_documents.c.document.distinct()))
        return self._count(question.where(item_documents.c.source == source))

    def commit(
        self,
        source: str,
        rows: Sequence[KnownItem],
        *,
        forgotten: Collection[str] = (),
        events: Sequence[ItemHistory] = (),
    ) -> None:
        """Write the rows and events of items, and delete other items by their ids, in one transaction."""
        if not (rows or forgotten or events):
            return
        wanted = {row.id: row for row in rows}
        names = {*forgotten, *wanted}
        documents = [(row.id, name) for row in wanted.values() for name in dict.fromkeys(row.documents)]
        with self._state.changing(copied=False) as connection:
            if events:
                self._write_events(connection, source, events, wanted)
            is_of_them = (item_documents.c.source == source) & among(item_documents.c.item, names)
            connection.execute(delete(item_documents).where(is_of_them))
            connection.execute(delete(items).where(items.c.source == source, among(items.c.id, forgotten)))
            put(connection, items, list(map(_row, wanted.values())))
            put(
                connection,
                item_documents,
                [{"source": source, "item": one, "document": name} for one, name in documents],
            )

    def set_cursor(self, source: str, cursor: str | None) -> None:
        """Store the cursor of a source."""
        if cursor == self.cursor(source):
            return
        with self._state.changing(copied=False) as connection:
            if cursor is None:
                connection.execute(delete(cursors).where(cursors.c.source == source))
            else:
                put(connection, cursors, [{"source": source, "cursor": cursor}])

    def withdrawn(self, documents: Collection[str]) -> Mapping[str, dt.datetime]:
        """Return the withdrawn documents among these, of all sources, by their ids, with the times of withdrawal."""
        is_its_item = (items.c.source == item_documents.c.source) & (items.c.id == item_documents.c.item)
        question = select(item_documents.c.document, items.c.withdrawn).join(items, is_its_item)
        wanted = (among(item_documents.c.document, documents), items.c.withdrawn.is_not(None))
        with self._state.reading() as connection:
            rows = connection.execute(question.where(*wanted)).all()
        return {document: dt.datetime.fromisoformat(since) for document, since in rows}

    def newest(self, source: str) -> dt.datetime | None:
        """Return the time of the latest new or changed item of a source, None without one."""
        question = select(func.max(item_events.c.at)).where(item_events.c.source == source, IS_NEWS)
        with self._state.reading() as connection:
            newest = connection.scalar(question)
        return dt.datetime.fromisoformat(newest) if newest else None

    def history(self, source: str, item: str | None = None) -> list[ItemHistory]:
        """Return the events of a source's items, or of one item, the latest first."""
        question = select(item_events).where(item_events.c.source == source).order_by(item_events.c.number.desc())
        if item is not None:
            question = question.where(item_events.c.id == item)
        with self._state.reading() as connection:
            rows = connection.execute(question).mappings().all()
        return [ItemHistory(**{name: row[name] for name in ItemHistory.model_fields}) for row in rows]

    def prune(self, before: dt.datetime) -> int:
        """Delete events of items from before a time, and return how many rows were deleted.

        The latest new or changed item of each source is kept: it shows how fresh the source is.
        """
        if not self._state.is_there:
            return 0
        newer = item_events.alias("newer")
        is_latest = ~exists().where(newer.c.source == item_events.c.source, newer.c.at > item_events.c.at, IS_NEWS)
        is_old = item_events.c.at < before.astimezone(dt.UTC).isoformat()
        statement = delete(item_events).where(is_old, ~(IS_NEWS & is_latest))
        with self._state.changing(copied=False) as connection:
            return connection.execute(statement).rowcount

    def close(self) -> None:
        """Close the state."""
        self._state.close()

    def _write_events(
        self, connection: Connection, source: str, events: Sequence[ItemHistory], wanted: Mapping[str, KnownItem]
    ) -> None:
        """Write the events that change a row; concurrent writers of events wait until this is done."""
        last = next_number(connection, "item events", len(events))
        is_one = among(items.c.id, {one.id for one in events})
        found = connection.execute(select(items).where(items.c.source == source, is_one)).mappings()
        there = {row["id"]: _item(row) for row in found}
        news = [one for one in events if _changes_row(one, there.get(one.id), wanted.get(one.id))]
        rows = [one.model_dump(mode="json") for one in news]
        put(
            connection,
            item_events,
            [row | {"number": number} for number, row in enumerate(rows, last - len(events) + 1)],
        )

    def _items(self, question: Select[Any]) -> dict[str, KnownItem]:
        with self._state.reading() as connection:
            found = connection.execute(question).mappings().all()
        return {row["id"]: _item(row) for row in found}

    def _streamed(self, question: Select[Any]) -> Iterator[Any]:
        """Yield the rows of a result, which may exceed the memory, in batches."""
        with self._state.reading() as connection:
            yield from connection.execution_options(yield_per=_AT_ONCE).execute(question)

    def _count(self, question: Select[Any]) -> int:
        with self._state.reading() as connection:
            return connection.scalar(question) or 0


def _changes_row(event: ItemHistory, there: KnownItem | None, wanted: KnownItem | None) -> bool:
    """Return whether an event changes the row of its item, which another home may have written already."""
    if wanted is None:
        return there is not None or event.event != "deleted"  # the item was deleted
    if event.event == "new":
        return there is None
    if event.event == "withdrawn":
        return there is None or there.withdrawn is None
    if event.event == "restored":
        return there is None or there.withdrawn is not None
    if not wanted.fingerprint:
        return True  # unknown
    return there is None or (there.fingerprint, there.documents) != (wanted.fingerprint, wanted.documents)


def _row(item: KnownItem) -> dict[str, object]:
    row = item.model_dump(mode="json")
    said = item.item.model_dump_json() if item.item else None
    return row | {"documents": json.dumps(row["documents"]), "item": said}


def _item(row: RowMapping) -> KnownItem:
    said = row["item"]
    values = {**dict(row), "documents": json.loads(row["documents"]), "item": json.loads(said) if said else None}
    return KnownItem.model_validate(values)
