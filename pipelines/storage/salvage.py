"""Recovery of a damaged state file: intact rows are copied into a new file, damaged ones come from backup copies.

Each table is read from both ends up to its damaged part. Damaged rows of people's input are taken from the newest copy
that has them; damaged rows of derived tables are left out and re-created by the code that needs them.
"""

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, literal_column, select

from configs.system.sqlite.copies import Copy
from configs.system.sqlite.database import FileConnection, add_functions, any_text, copy_pages, open_to_read
from pipelines.storage.checksums import CHECKSUM, SCHEMA, file_schema, in_file, made_schema, row_checksum_of, row_name
from pipelines.storage.said import SAID
from pipelines.storage.tables import (
    METADATA,
    SCHEMA_VERSION,
    arrivals,
    corrections,
    item_events,
    judged,
    judgements,
    looked_at,
    queue,
    queues,
    runs,
    searches,
)
from pipelines.workspace import COMPANIONS

_HEADER = {
    0: b"SQLite format 3\0\x10\x00\x02\x02\x00\x40\x20\x20",  # pages of 4096 bytes, a log of writes
    28: bytes(4),  # the number of pages: as many as there are
    44: b"\0\0\0\4",  # the format of tables
    52: bytes(4),  # no vacuum by itself
    56: b"\0\0\0\1",  # UTF-8
}
"""The header fields that each state file has, by offset (https://www.sqlite.org/fileformat.html, 1.3)."""
_COUNTED = (
    ("judgements", judgements.c.number),
    ("corrections", corrections.c.number),
    ("review judgements", judged.c.number),
    ("arrivals", arrivals.c.number),
    ("looks", looked_at.c.look),
    ("looks", searches.c.look),
    ("runs", runs.c.number),
    ("item events", item_events.c.number),
)
"""The numbered columns of each counter: its next value has to be higher than all of them."""
_DERIVED = (
    "INSERT OR IGNORE INTO marks SELECT value, documents.id FROM documents, json_each(documents.marks)",
    "INSERT OR IGNORE INTO item_documents SELECT source, items.id, value FROM items, json_each(items.documents)",
)
"""Tables that are derived from other tables."""


@dataclass
class Salvaged:
    """The result of a recovery: the number of intact `rows`, and the fate of the damaged ones.

    Rows are named by table and key. `replaced` are rows that a copy had, with the day of the copy, `lost` rows of
    people's input that no copy had, `left_out` rows of derived tables. `aside` has all damaged rows as they were read,
    in JSON.
    """

    rows: int = 0
    replaced: dict[str, dt.date] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)

    @property
    def from_copies(self) -> list[str]:
        """The rows that came from copies, each with the day of its copy, as text."""
        return [f"{name} (copy of {day})" for name, day in self.replaced.items()]


class _Row(NamedTuple):
    """A row as read: its values, its stored checksum, and the checksum computed from the values."""

    values: tuple[Any, ...]
    stored: str | None
    computed: str

    @property
    def is_sound(self) -> bool:
        """Whether the stored and the computed checksum agree."""
        return self.stored == self.computed


_Gap = tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]
"""The keys around the unreadable part of a table; None for its ends."""


def salvage(path: Path, target: Path, kept: Sequence[Copy]) -> Salvaged:
    """Copy the intact rows of a damaged file and its copies, newest first, into a new file; return the result."""
    readable = target.with_name(f"{target.name}.readable")
    try:
        _make_readable(path, readable)
        with closing(_connect(readable)) as source, closing(_connect(target)) as new:
            new.executescript(f"PRAGMA journal_mode = OFF; BEGIN; {file_schema()} DELETE FROM about;")  # noqa: S608
            source.execute("PRAGMA writable_schema = ON")  # an unreadable table does not stop the others
            made = _Salvage(source, new, kept).made()
            new.executescript(f"{file_schema()} PRAGMA user_version = {SCHEMA_VERSION};")
    finally:
        for suffix in ("", *COMPANIONS):
            readable.with_name(readable.name + suffix).unlink(missing_ok=True)
    return made


class _Salvage:
    """Copies the rows of a damaged file into a new one."""

    def __init__(self, source: sqlite3.Connection, new: sqlite3.Connection, kept: Sequence[Copy]) -> None:
        self._source, self._new, self._kept = source, new, kept
        self._made = Salvaged()

    def made(self) -> Salvaged:
        """Copy the rows of all tables and return the result."""
        found = {table: self._read(table) for table in METADATA.sorted_tables}
        for table, (damaged, gap) in found.items():
            names = {_name(table, row): row for row in damaged}
            if table in SAID and (damaged or gap):
                self._replace(table, names, gap)
            else:
                self._made.left_out += [*names, *([_gap_name(table, gap)] if gap else [])]
        if any(any(found[table]) for table in (queues, queue)):
            for table in (queues, queue):  # the review re-creates them
                self._new.execute(f"DELETE FROM {table.name}")  # noqa: S608 - own names
        for statement in _DERIVED:
            self._new.execute(statement)
        for counter, numbers in _COUNTED:
            last = f"SELECT ?, max({numbers.name}) AS last FROM {numbers.table.name}"  # noqa: S608 - own names
            raised = "ON CONFLICT (name) DO UPDATE SET number = max(number, excluded.number)"
            self._new.execute(f"INSERT INTO counters (name, number) {last} HAVING last > 0 {raised}", (counter,))
        return self._made

    def _read(self, table: Table) -> tuple[list[_Row], _Gap | None]:
        """Copy the intact rows of a table; return the damaged ones, and the gap of keys that could not be read."""
        damaged: list[_Row] = []
        low = high = None
        try:
            for place, row in self._rows(table, "ASC"):
                low = place if self._copy_row(table, row, damaged) else low
        except sqlite3.DatabaseError:
            with suppress(sqlite3.DatabaseError):
                for place, row in self._rows(table, "DESC"):
                    if row.is_sound and low is not None and place <= low:
                        break
                    high = place if self._copy_row(table, row, damaged) else high
            return damaged, (low, high)
        return damaged, None

    def _rows(self, table: Table, order: str) -> Iterator[tuple[tuple[Any, ...], _Row]]:
        """Yield the position and content of each row in the order of the file."""
        has_number = table.dialect_options["sqlite"]["with_rowid"]
        keys: list[ColumnElement[Any]] = [literal_column("rowid")] if has_number else list(table.primary_key)
        by = ", ".join(f"c{place} {order}" for place in range(len(keys)))
        columns = (*keys, *table.columns, literal_column(CHECKSUM), row_checksum_of(table))
        question = in_file(select(*(one.label(f"c{place}") for place, one in enumerate(columns))))
        for row in self._source.execute(f"{question} NOT INDEXED ORDER BY {by}"):
            *values, stored, computed = row[len(keys) :]
            yield row[: len(keys)], _Row(tuple(values), stored, computed)

    def _copy_row(self, table: Table, row: _Row, damaged: list[_Row]) -> bool:
        """Copy an intact row, and record a damaged one; return whether it is intact."""
        if row.is_sound:
            self._made.rows += self._insert(table, row.values)
        elif row not in damaged:
            damaged.append(row)
            content = dict(zip(table.columns.keys(), row.values, strict=True))
            self._made.aside.append(json.dumps({"table": table.name, "row": content}, default=repr))
        return row.is_sound

    def _insert(self, table: Table, values: Sequence[Any]) -> int:
        names = table.columns.keys()
        statement = f"INSERT OR IGNORE INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
        return self._new.execute(statement, values).rowcount

    def _replace(self, table: Table, damaged: Mapping[str, _Row], gap: _Gap | None) -> None:
        """Look up damaged rows of people's input in the copies: by checksum, else an earlier version by key."""
        wanted: dict[object, str] = {_key(table, row.values): name for name, row in damaged.items()}
        wanted |= {checksum: name for name, row in damaged.items() for checksum in (row.stored, row.computed)}
        lost = dict.fromkeys([*damaged, *([_gap_name(table, gap)] if gap else [])])
        for copy in self._kept:
            with suppress(sqlite3.Error), closing(open_to_read(copy.path)) as connection:
                columns = (literal_column(CHECKSUM), row_checksum_of(table), *table.columns)
                for stored, computed, *values in connection.execute(in_file(select(*columns))).fetchall():
                    key = _key(table, values)
                    name = wanted.get(key) or wanted.get(stored)
                    if name is None and gap and (not gap[0] or key > gap[0]) and (not gap[1] or key < gap[1]):
                        name = _gap_name(table, gap)
                    if name in lost and stored == computed and self._insert(table, values):
                        self._made.replaced[name] = copy.day
                if gap:
                    self._made.replaced.setdefault(_gap_name(table, gap), copy.day)
                lost = {name: None for name in lost if name not in self._made.replaced}
        self._made.lost += lost


def _make_readable(path: Path, readable: Path) -> None:
    """Copy a damaged file with its header and the names of its tables corrected."""
    with suppress(OSError):
        copy_pages(path, readable)
    if not readable.is_file() or not readable.stat().st_size:
        return
    with readable.open("r+b") as file:
        for place, content in _HEADER.items():
            file.seek(place)
            file.write(content)
    with suppress(sqlite3.DatabaseError), closing(_connect(readable)) as connection:
        _correct_tables(connection)


def _correct_tables(connection: sqlite3.Connection) -> None:
    """Restore the names and definitions of the tables and indices of a file."""
    connection.execute("PRAGMA writable_schema = ON")
    wanted = set(made_schema())
    entries = connection.execute(SCHEMA.replace("SELECT", "SELECT rowid,")).fetchall()
    missing = wanted.difference(entry[1:] for entry in entries)
    for rowid, *entry in entries:
        if missing and tuple(entry) not in wanted:
            like = min(missing, key=lambda one: sum(a != b for a, b in zip(one, entry, strict=True)))
            changed = "UPDATE sqlite_master SET type = ?, name = ?, tbl_name = ?, sql = ? WHERE rowid = ?"
            connection.execute(changed, (*like, rowid))
            missing.remove(like)
    connection.execute("DELETE FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")  # none is used


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, factory=FileConnection)
    connection.text_factory = any_text
    add_functions(connection)
    return connection


def _key(table: Table, values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(values[table.columns.keys().index(key.name)] for key in table.primary_key)


def _name(table: Table, row: _Row) -> str:
    return row_name(table, _key(table, row.values))


def _gap_name(table: Table, gap: _Gap) -> str:
    return " to ".join(row_name(table, key or ("…",)) for key in gap)
