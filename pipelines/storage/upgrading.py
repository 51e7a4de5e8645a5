"""Upgrades of a state from an older version, in a file or in PostgreSQL, within one transaction.

A table whose columns differ is re-created, and its rows are copied by column name. So a version that adds a column
gives it a default or makes it nullable; one that changes values adds its statements here.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import (
    ClauseElement,
    Connection,
    Dialect,
    Select,
    Text,
    func,
    inspect,
    literal_column,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from configs.system.sqlite.database import DamagedError
from pipelines.storage.checksums import CHECKSUM, RowChecksum, stored_tables
from pipelines.storage.tables import METADATA, SCHEMA_VERSION, about

OLDEST = 8
"""The version of the state of 0.1.0; older ones are not upgraded."""
_BEFORE = "before_upgrade"
_Columns = Mapping[str, Sequence[str]]
"""The columns of each existing table, in order."""


def upgrade_file(connection: sqlite3.Connection) -> None:
    """Upgrade the tables of a file within a transaction of the caller; raises `DamagedError` for a damaged row."""
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: [row[1] for row in connection.execute(f"PRAGMA table_xinfo({name})")] for name in tables}
    dialect = sqlite.dialect()
    for question in _damaged(found):
        _refuse_damaged(connection.execute(_compiled(question, dialect)).fetchone()[0])
    for statement in _statements(found, dialect):
        connection.execute(statement)


def upgrade_server(connection: Connection) -> None:
    """Upgrade the tables of a server within a transaction of the caller; raises `DamagedError` for a damaged row."""
    inspector = inspect(connection)
    found = {name: [one["name"] for one in inspector.get_columns(name)] for name in inspector.get_table_names()}
    for question in _damaged(found):
        _refuse_damaged(connection.scalar(question))
    for statement in _statements(found, connection.dialect):
        connection.execute(text(statement))


def _damaged(found: _Columns) -> Iterator[Select[int]]:
    """Yield queries that count damaged rows: copying them into a new table would give them valid checksums."""
    for name in METADATA.tables.keys() & found.keys():
        values = [literal_column(column, Text) for column in found[name] if column != CHECKSUM]
        wrong = literal_column(CHECKSUM).is_distinct_from(RowChecksum(*values))
        yield select(func.count()).select_from(table(name)).where(wrong)


def _refuse_damaged(count: int | None) -> None:
    if count:
        remedy = "run customs-lens doctor --repair of the version that made it, then this one"
        raise DamagedError(f"the state is damaged, and cannot be brought up: {count} rows", remedy)


def _statements(found: _Columns, dialect: Dialect) -> Iterator[str]:
    for made in stored_tables().sorted_tables:
        own = METADATA.tables[made.name].columns.keys()
        there = found.get(made.name)
        if there is not None and {*there} == {*own, CHECKSUM}:
            continue
        if there is not None:
            yield f"ALTER TABLE {made.name} RENAME TO {_BEFORE}"
            yield from (f"DROP INDEX IF EXISTS {index.name}" for index in made.indexes)
        yield _compiled(CreateTable(made), dialect)
        yield from (_compiled(CreateIndex(index), dialect) for index in made.indexes)
        if there is not None:
            kept = ", ".join(name for name in own if name in there)
            yield f"INSERT INTO {made.name} ({kept}) SELECT {kept} FROM {_BEFORE}"  # noqa: S608 - own names
            yield f"DROP TABLE {_BEFORE}"
    version = update(about).where(about.c.name == "version").values(value=str(SCHEMA_VERSION))
    yield _compiled(version, dialect)


def _compiled(statement: ClauseElement, dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
