"""The register of configured sources of one home: a SQLite file, made by the first run over one."""

import datetime as dt
import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from index.copies import CopiedFile
from pipelines.storage.source_register import ItemHistory, KnownItem
from pipelines.workspace import SOURCES

SCHEMA_VERSION = 1

_SCHEMA = """
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
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    event TEXT NOT NULL,
    run TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS events_item ON events (source, id);
CREATE TABLE IF NOT EXISTS cursors (
    source TEXT PRIMARY KEY,
    cursor TEXT NOT NULL
) STRICT;
"""
_COLUMNS = ("source", "id", "uri", "fingerprint", "documents", "seen", "withdrawn", "failed", "item")
_PUT = f"INSERT OR REPLACE INTO items ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + one for one in _COLUMNS)})"  # noqa: S608
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
            connection.executemany(
                "DELETE FROM items WHERE source = ? AND id = ?", [(source, one) for one in forgotten]
            )
            connection.executemany(_PUT, [_row(item) for item in items])
            connection.executemany(_EVENT, [event.model_dump(mode="json") for event in events])

    def set_cursor(self, source: str, cursor: str | None) -> None:
        """Store up to where a source was read."""
        if cursor == self.cursor(source):
            return
        with self._file.changing() as connection:
            connection.execute("DELETE FROM cursors WHERE source = ?", (source,))
            if cursor is not None:
                connection.execute("INSERT INTO cursors (source, cursor) VALUES (?, ?)", (source, cursor))

    def withdrawn(self) -> Mapping[str, dt.datetime]:
        """Return since when documents are withdrawn, by their ids, of all sources."""
        rows = self._file.read("SELECT documents, withdrawn FROM items WHERE withdrawn IS NOT NULL")
        return {
            document: dt.datetime.fromisoformat(row["withdrawn"])
            for row in rows
            for document in json.loads(row["documents"])
        }

    def newest(self, source: str) -> dt.datetime | None:
        """Return when something new or changed last came from a source."""
        question = "SELECT max(at) AS newest FROM events WHERE source = ? AND event IN ('new', 'changed')"
        newest = [row["newest"] for row in self._file.read(question, source)]
        return dt.datetime.fromisoformat(newest[0]) if any(newest) else None

    def history(self, source: str, item: str | None = None) -> list[ItemHistory]:
        """Return what happened to a source's items, or to one, the latest first."""
        question = (
            "SELECT source, id, event, run, at FROM events WHERE source = ? AND id = coalesce(?, id)"
            " ORDER BY number DESC"
        )
        return [ItemHistory.model_validate(dict(row)) for row in self._file.read(question, source, item)]

    def close(self) -> None:
        """Close the file, and keep a copy of it where it was changed."""
        self._file.close()


def _row(item: KnownItem) -> dict[str, object]:
    row = item.model_dump(mode="json")
    said = item.item.model_dump_json() if item.item else None
    return row | {"documents": json.dumps(row["documents"]), "item": said}


def _item(row: sqlite3.Row) -> KnownItem:
    said = row["item"]
    return KnownItem.model_validate(
        {**dict(row), "documents": json.loads(row["documents"]), "item": json.loads(said) if said else None}
    )
