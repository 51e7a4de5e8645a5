"""The register of configured sources of one home: a SQLite file, made by the first run over one."""

import datetime as dt
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from index.copies import CopiedFile
from pipelines.storage.source_register import Holder, ItemHistory, ItemSummary, KnownItem
from pipelines.workspace import SOURCES

SCHEMA_VERSION = 3

_UNSETTLED = "(withdrawn IS NOT NULL OR failed > 0 OR fingerprint = '' OR item IS NOT NULL)"
_NEWS = "event IN ('new', 'changed')"
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS items (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    uri TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    documents TEXT NOT NULL,
    seen TEXT NOT NULL,
    withdrawn TEXT,
    failed INTEGER NOT NULL,
    item TEXT,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_withdrawn ON items (withdrawn) WHERE withdrawn IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_unsettled ON items (source) WHERE {_UNSETTLED};
CREATE TABLE IF NOT EXISTS documents (
    source TEXT NOT NULL,
    document TEXT NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY (source, document, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS documents_document ON documents (document);
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    event TEXT NOT NULL,
    run TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS events_item ON events (source, id);
CREATE INDEX IF NOT EXISTS events_at ON events (at);
CREATE INDEX IF NOT EXISTS events_news ON events (source, at) WHERE {_NEWS};
CREATE TABLE IF NOT EXISTS cursors (
    source TEXT PRIMARY KEY,
    cursor TEXT NOT NULL
) STRICT;
"""
_COLUMNS = ("source", "id", "uri", "fingerprint", "documents", "seen", "withdrawn", "failed", "item")
_PUT = f"INSERT OR REPLACE INTO items ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + one for one in _COLUMNS)})"  # noqa: S608
_PUT_DOCUMENT = "INSERT INTO documents (source, document, item) VALUES (?, ?, ?)"
_EVENT = "INSERT INTO events (source, id, event, run, at) VALUES (:source, :id, :event, :run, :at)"


class LocalRegister:
    """Implements `pipelines.storage.source_register.SourceRegister`."""

    def __init__(self, home: Path) -> None:
        self._file = CopiedFile(home / SOURCES, _SCHEMA, SCHEMA_VERSION, "register of sources")

    def sources(self) -> list[str]:
        """Return the names of the sources that have rows."""
        return [
            row["source"]
            for row in self._file.read("SELECT DISTINCT source FROM items UNION SELECT source FROM events")
        ]

    def cursor(self, source: str) -> str | None:
        """Return the cursor of a source, None where it has none yet."""
        rows = self._file.read("SELECT cursor FROM cursors WHERE source = ?", source)
        return rows[0]["cursor"] if rows else None

    def items(self, source: str) -> Mapping[str, KnownItem]:
        """Return the items of a source by their ids, those that are withdrawn too."""
        return {row["id"]: _item(row) for row in self._file.read("SELECT * FROM items WHERE source = ?", source)}

    def known(self, source: str, items: Collection[str]) -> Mapping[str, KnownItem]:
        """Return the rows of these items, of those that have one."""
        question = "SELECT items.* FROM json_each(?) CROSS JOIN items ON source = ? AND items.id = value"
        return {row["id"]: _item(row) for row in self._file.read(question, json.dumps(list(items)), source)}

    def ids(self, source: str) -> Iterator[str]:
        """Yield the ids of all items of a source."""
        yield from (name for (name,) in self._file.stream("SELECT id FROM items WHERE source = ?", source))

    def summaries(self, source: str, items: Collection[str]) -> Iterator[ItemSummary]:
        """Yield what is known of items; see `SourceRegister.summaries`."""
        question = (
            "SELECT items.id, uri, fingerprint, json_array_length(documents), withdrawn IS NOT NULL, failed"
            " FROM json_each(?) CROSS JOIN items ON source = ? AND items.id = value"
        )
        yield from map(ItemSummary._make, self._file.stream(question, json.dumps(list(items)), source))

    def documents(self, source: str) -> Iterator[tuple[str, str]]:
        """Yield the documents of a source's items, each with its item."""
        question = "SELECT value, items.id FROM items CROSS JOIN json_each(documents) WHERE source = ?"
        rows = self._file.stream(question, source)
        yield from ((document, item) for document, item in rows)

    def unsettled(self, source: str) -> list[KnownItem]:
        """Return the items of a source that are not just there; see `SourceRegister.unsettled`."""
        question = f"SELECT * FROM items WHERE source = ? AND {_UNSETTLED}"  # noqa: S608 - own words
        return [_item(row) for row in self._file.read(question, source)]

    def holders(self, sources: Collection[str], documents: Collection[str]) -> list[Holder]:
        """Return which items of these sources documents are in; see `SourceRegister.holders`."""
        question = (
            "SELECT documents.document, documents.source, documents.item, withdrawn IS NOT NULL"
            " FROM json_each(?) AS wanted CROSS JOIN json_each(?) AS places"
            " CROSS JOIN documents ON documents.source = places.value AND documents.document = wanted.value"
            " CROSS JOIN items ON items.source = documents.source AND items.id = documents.item"
        )
        rows = self._file.read(question, json.dumps(list(documents)), json.dumps(list(sources)))
        return [Holder(document, source, item, bool(gone)) for document, source, item, gone in rows]

    def count_items(self, source: str) -> int:
        """Return how many items a source has, those that are withdrawn too."""
        return self._count("SELECT count(*) FROM items WHERE source = ?", source)

    def count_documents(self, source: str) -> int:
        """Return how many documents are in the items of a source."""
        return self._count("SELECT count(DISTINCT document) FROM documents WHERE source = ?", source)

    def commit(
        self,
        source: str,
        items: Sequence[KnownItem],
        *,
        forgotten: Collection[str] = (),
        events: Sequence[ItemHistory] = (),
    ) -> None:
        """Write the rows of items and what happened to them, and forget others: all of it or nothing."""
        if not (items or forgotten or events):
            return
        with self._file.changing() as connection:
            for name in {*forgotten, *(item.id for item in items)}:
                _forget(connection, source, name)
            connection.executemany(_PUT, [_row(item) for item in items])
            documents = [(item.source, name, item.id) for item in items for name in dict.fromkeys(item.documents)]
            connection.executemany(_PUT_DOCUMENT, documents)
            connection.executemany(_EVENT, [event.model_dump(mode="json") for event in events])

    def set_cursor(self, source: str, cursor: str | None) -> None:
        """Store up to where a source was read."""
        if cursor == self.cursor(source):
            return
        with self._file.changing() as connection:
            connection.execute("DELETE FROM cursors WHERE source = ?", (source,))
            if cursor is not None:
                connection.execute("INSERT INTO cursors (source, cursor) VALUES (?, ?)", (source, cursor))

    def withdrawn(self, documents: Collection[str]) -> Mapping[str, dt.datetime]:
        """Return since when those of the documents are withdrawn that are, by their ids."""
        question = (
            "SELECT document, withdrawn FROM json_each(?) CROSS JOIN documents ON document = value"
            " CROSS JOIN items ON items.source = documents.source AND items.id = documents.item"
            " WHERE withdrawn IS NOT NULL"
        )
        rows = self._file.read(question, json.dumps(list(documents)))
        return {row["document"]: dt.datetime.fromisoformat(row["withdrawn"]) for row in rows}

    def newest(self, source: str) -> dt.datetime | None:
        """Return when something new or changed last came from a source."""
        question = f"SELECT max(at) AS newest FROM events WHERE source = ? AND {_NEWS}"  # noqa: S608 - own words
        newest = [row["newest"] for row in self._file.read(question, source)]
        return dt.datetime.fromisoformat(newest[0]) if any(newest) else None

    def history(self, source: str, item: str | None = None) -> list[ItemHistory]:
        """Return what happened to a source's items, or to one, the latest first."""
        question = (
            "SELECT source, id, event, run, at FROM events WHERE source = ? AND id = coalesce(?, id)"
            " ORDER BY number DESC"
        )
        return [ItemHistory.model_validate(dict(row)) for row in self._file.read(question, source, item)]

    def prune(self, before: dt.datetime) -> int:
        """Forget what happened before a time; see `SourceRegister.prune`."""
        if not self._file.is_there:
            return 0
        latest = f"SELECT max(at) FROM events AS news WHERE source = events.source AND {_NEWS}"  # noqa: S608 - own words
        statement = f"DELETE FROM events WHERE at < ? AND (NOT {_NEWS} OR at < ({latest}))"  # noqa: S608
        with self._file.changing() as connection:
            return connection.execute(statement, (before.astimezone(dt.UTC).isoformat(),)).rowcount

    def close(self) -> None:
        """Close the file, and keep a copy of it where it was changed."""
        self._file.close()

    def _count(self, question: str, source: str) -> int:
        return sum(count for (count,) in self._file.read(question, source))


def _forget(connection: sqlite3.Connection, source: str, item: str) -> None:
    """Delete the row of an item, if there is one, and what it says of its documents."""
    found = connection.execute("SELECT documents FROM items WHERE source = ? AND id = ?", (source, item)).fetchone()
    if found is None:
        return
    documents = [(source, name, item) for name in json.loads(found["documents"])]
    connection.executemany("DELETE FROM documents WHERE source = ? AND document = ? AND item = ?", documents)
    connection.execute("DELETE FROM items WHERE source = ? AND id = ?", (source, item))


def _row(item: KnownItem) -> dict[str, object]:
    row = item.model_dump(mode="json")
    said = item.item.model_dump_json() if item.item else None
    return row | {"documents": json.dumps(row["documents"]), "item": said}


def _item(row: sqlite3.Row) -> KnownItem:
    said = row["item"]
    return KnownItem.model_validate(
        {**dict(row), "documents": json.loads(row["documents"]), "item": json.loads(said) if said else None}
    )
