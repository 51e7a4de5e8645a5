"""What is known of the items of configured sources: which are there, since when they are gone, and up to which cursor.

A row is written after the documents of its item are in the ledger, so a run that was killed meets the item again.
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
    """An item of a source as the last run that met it left it.

    `documents` are the ids of the documents made of it (several for a container); `withdrawn` is since when its source
    lacks it (UTC), None while it is there. `failed` is how many runs in a row could not take it in. `item` is what its
    source said of it, kept while it has to be opened again: a source that tells changes alone does not say it twice.

    A document whose container no longer holds it has a row of its own under its URI.
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
    """What is known of an item, as far as it says whether that is opened: `documents` is how many it has."""

    id: str
    uri: str
    fingerprint: str
    documents: int
    withdrawn: bool
    failed: int


class Holder(NamedTuple):
    """A document and an item of a source that it is in, which may be withdrawn."""

    document: str
    source: str
    item: str
    withdrawn: bool


class ItemHistory(Value):
    """Something that happened to an item, in which run and when (UTC)."""

    source: str
    id: str
    event: ItemEvent
    run: str
    at: dt.datetime


class SourceRegister:
    """The rows of all configured sources of a home, or of the homes that share a database.

    Two homes may run over one source at once: each document is claimed in the ledger. What the slower one says of an
    item is then what its row says already, and is no news. Every method raises as `State` does.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def cursor(self, source: str) -> str | None:
        """Return the cursor of a source, None where it has none yet."""
        with self._state.reading() as connection:
            return connection.scalar(select(cursors.c.cursor).where(cursors.c.source == source))

    def items(self, source: str) -> Mapping[str, KnownItem]:
        """Return the items of a source by their ids, those that are withdrawn too."""
        return self._items(select(items).where(items.c.source == source).order_by(items.c.id))

    def known(self, source: str, names: Collection[str]) -> Mapping[str, KnownItem]:
        """Return the rows of these items, by their ids, of those that have one."""
        return self._items(select(items).where(items.c.source == source, among(items.c.id, names)))

    def ids(self, source: str) -> Iterator[str]:
        """Yield the ids of all items of a source; nothing may be changed until the last was taken."""
        yield from (name for (name,) in self._streamed(select(items.c.id).where(items.c.source == source)))

    def summaries(self, source: str, names: Collection[str]) -> Iterator[ItemSummary]:
        """Yield what is known of these items, of those that have a row.

        Nothing may be changed until the last was taken.
        """
        columns = (items.c.id, items.c.uri, items.c.fingerprint, items.c.documents, items.c.withdrawn, items.c.failed)
        question = select(*columns).where(items.c.source == source, among(items.c.id, names))
        for name, uri, fingerprint, documents, withdrawn, failed in self._streamed(question):
            yield ItemSummary(name, uri, fingerprint, len(json.loads(documents)), withdrawn is not None, failed)

    def documents(self, source: str) -> Iterator[tuple[str, str]]:
        """Yield the ids of the documents of a source, each with that of its item, in the order of these.

        Items near each other are often written at one time: what else is known of them lies together too.
        Nothing may be changed until the last was taken.
        """
        columns = (item_documents.c.document, item_documents.c.item)
        question = select(*columns).where(item_documents.c.source == source)
        yield from self._streamed(question.order_by(item_documents.c.item, item_documents.c.document))

    def unsettled(self, source: str) -> list[KnownItem]:
        """Return the items of a source that are withdrawn, failed, have no fingerprint or keep what was said of them.

        The rows of documents that their items no longer hold are among them.
        """
        return list(self._items(select(items).where(items.c.source == source, IS_UNSETTLED)).values())

    def holders(self, sources: Collection[str], documents: Collection[str]) -> list[Holder]:
        """Return which items of these sources these documents are in, withdrawn items too."""
        is_its_item = (items.c.source == item_documents.c.source) & (items.c.id == item_documents.c.item)
        columns = (item_documents.c.document, item_documents.c.source, item_documents.c.item, items.c.withdrawn)
        question = select(*columns).join(items, is_its_item)
        wanted = (among(item_documents.c.source, sources), among(item_documents.c.document, documents))
        with self._state.reading() as connection:
            rows = connection.execute(question.where(*wanted)).all()
        return [Holder(document, source, item, withdrawn is not None) for document, source, item, withdrawn in rows]

    def count_items(self, source: str) -> int:
        """Return how many items a source has, those that are withdrawn too."""
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
        """Write the rows of items and what happened to them, and forget others by their ids: all of it or nothing."""
        if not (rows or forgotten or events):
            return
        wanted = {row.id: row for row in rows}
        names = {*forgotten, *wanted}
        documents = [(row.id, name) for row in wanted.values() for name in dict.fromkeys(row.documents)]
        with self._state.changing(copied=False) as connection:
            if events:
                self._note(connection, source, events, wanted)
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
        """Store up to where a source was read."""
        if cursor == self.cursor(source):
            return
        with self._state.changing(copied=False) as connection:
            if cursor is None:
                connection.execute(delete(cursors).where(cursors.c.source == source))
            else:
                put(connection, cursors, [{"source": source, "cursor": cursor}])

    def withdrawn(self, documents: Collection[str]) -> Mapping[str, dt.datetime]:
        """Return since when those of the documents are withdrawn that are, by their ids, of all sources."""
        is_its_item = (items.c.source == item_documents.c.source) & (items.c.id == item_documents.c.item)
        question = select(item_documents.c.document, items.c.withdrawn).join(items, is_its_item)
        wanted = (among(item_documents.c.document, documents), items.c.withdrawn.is_not(None))
        with self._state.reading() as connection:
            rows = connection.execute(question.where(*wanted)).all()
        return {document: dt.datetime.fromisoformat(since) for document, since in rows}

    def newest(self, source: str) -> dt.datetime | None:
        """Return when something new or changed last came from a source, None where nothing ever did."""
        question = select(func.max(item_events.c.at)).where(item_events.c.source == source, IS_NEWS)
        with self._state.reading() as connection:
            newest = connection.scalar(question)
        return dt.datetime.fromisoformat(newest) if newest else None

    def history(self, source: str, item: str | None = None) -> list[ItemHistory]:
        """Return what happened to a source's items, or to one, the latest first."""
        question = select(item_events).where(item_events.c.source == source).order_by(item_events.c.number.desc())
        if item is not None:
            question = question.where(item_events.c.id == item)
        with self._state.reading() as connection:
            rows = connection.execute(question).mappings().all()
        return [ItemHistory(**{name: row[name] for name in ItemHistory.model_fields}) for row in rows]

    def prune(self, before: dt.datetime) -> int:
        """Forget what happened to items before a time, and return how many rows went.

        Of each source the latest that was new or changed stays: it says how fresh the source is.
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

    def _note(
        self, connection: Connection, source: str, events: Sequence[ItemHistory], wanted: Mapping[str, KnownItem]
    ) -> None:
        """Write down the events that change a row; others that write events wait until this is done."""
        last = next_number(connection, "item events", len(events))
        is_one = among(items.c.id, {one.id for one in events})
        found = connection.execute(select(items).where(items.c.source == source, is_one)).mappings()
        there = {row["id"]: _item(row) for row in found}
        news = [one for one in events if _is_news(one, there.get(one.id), wanted.get(one.id))]
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
        """Yield the rows of an answer as they are asked for, which may be more than memory holds."""
        with self._state.reading() as connection:
            yield from connection.execution_options(yield_per=_AT_ONCE).execute(question)

    def _count(self, question: Select[Any]) -> int:
        with self._state.reading() as connection:
            return connection.scalar(question) or 0


def _is_news(event: ItemHistory, there: KnownItem | None, wanted: KnownItem | None) -> bool:
    """Return whether an event changes the row of its item, which another home may have written meanwhile."""
    if wanted is None:
        return there is not None or event.event != "deleted"  # it is forgotten
    if event.event == "new":
        return there is None
    if event.event == "withdrawn":
        return there is None or there.withdrawn is None
    if event.event == "restored":
        return there is None or there.withdrawn is not None
    if not wanted.fingerprint:
        return True  # nobody can tell
    return there is None or (there.fingerprint, there.documents) != (wanted.fingerprint, wanted.documents)


def _row(item: KnownItem) -> dict[str, object]:
    row = item.model_dump(mode="json")
    said = item.item.model_dump_json() if item.item else None
    return row | {"documents": json.dumps(row["documents"]), "item": said}


def _item(row: RowMapping) -> KnownItem:
    said = row["item"]
    values = {**dict(row), "documents": json.loads(row["documents"]), "item": json.loads(said) if said else None}
    return KnownItem.model_validate(values)
