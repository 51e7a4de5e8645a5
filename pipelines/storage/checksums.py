"""The tables as a database holds them: each row has a checksum over its values, which the database computes itself.

It is a generated column, so every statement that writes a row writes it, and no other code knows of it: in a file it
is made by `configs.system.sqlite.database.row_checksum`, in PostgreSQL by the server. A byte that changed in a row, or
in its checksum, is found by computing it again.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import cache
from typing import Any

from sqlalchemy import ClauseElement, Column, Computed, Connection, MetaData, Table, Text, literal_column, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from configs.system.sqlite.database import ROW_CHECKSUM, add_functions
from pipelines.storage.tables import METADATA, SCHEMA_VERSION, about

CHECKSUM = "checksum"
SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master"
"""The tables and indices of a file; their places in it may differ."""
_DIGITS = 16


class RowChecksum(FunctionElement[str]):
    """The checksum of a row: hex digits of the MD5 of its values, against damage and not against forgery."""

    inherit_cache = True
    type = Text()


@compiles(RowChecksum, "sqlite")
def _in_sqlite(element: RowChecksum, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the library's
    values = (f"CAST({compiler.process(value, **options)} AS BLOB)" for value in element.clauses)
    return f"{ROW_CHECKSUM}({', '.join(values)})"


@compiles(RowChecksum, "postgresql")
def _in_postgresql(element: RowChecksum, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the library's
    values = (f"coalesce(CAST({compiler.process(value, **options)} AS TEXT), chr(30))" for value in element.clauses)
    return f"left(md5({' || chr(31) || '.join(values)}), {_DIGITS})"


@cache
def stored_tables() -> MetaData:
    """Return the tables with their checksums, to be created."""
    made = MetaData()
    for table in METADATA.sorted_tables:
        stored = table.to_metadata(made)
        stored.append_column(Column(CHECKSUM, Text, Computed(RowChecksum(*stored.columns), persisted=True)))
    return made


@cache
def file_schema() -> str:
    """Return the statements that make the tables in a file, where no other process was faster."""
    tables = stored_tables().sorted_tables
    made: list[ExecutableDDLElement] = [CreateTable(table, if_not_exists=True) for table in tables]
    made += [CreateIndex(index, if_not_exists=True) for table in tables for index in table.indexes]
    named = (
        f"INSERT OR IGNORE INTO {about.name} (name, value)"  # noqa: S608 - own words
        f" VALUES ('id', lower(hex(randomblob(16)))), ('version', '{SCHEMA_VERSION}')"
    )
    return ";".join((*map(in_file, made), named)) + ";"


def damaged_rows(
    connection: Connection | sqlite3.Connection, tables: Sequence[Table] = tuple(METADATA.sorted_tables)
) -> Iterator[str]:
    """Yield the rows whose checksum does not match, each named by its table and key."""
    for table in tables:
        question = select(*table.primary_key).where(literal_column(CHECKSUM).is_distinct_from(row_checksum_of(table)))
        found: Iterable[Iterable[object]]
        if isinstance(connection, Connection):
            found = connection.execute(question)
        else:
            found = connection.execute(in_file(question))
        yield from (row_name(table, key) for key in found)


def wrong_tables(connection: sqlite3.Connection) -> list[str]:
    """Return the tables and indices of a file that are not what this version makes, by their names."""
    differing = {tuple(row) for row in connection.execute(SCHEMA)}.symmetric_difference(made_schema())
    return sorted({str(row[1]) for row in differing})


@cache
def made_schema() -> tuple[tuple[str, ...], ...]:
    """Return the tables and indices of a new file, as `SCHEMA` does."""
    with closing(sqlite3.connect(":memory:")) as made:
        add_functions(made)
        made.executescript(file_schema())
        return tuple(made.execute(SCHEMA))


def row_name(table: Table, key: Iterable[object]) -> str:
    """Return what a row is called in messages; bytes that are no text are replaced."""
    return " ".join([table.name, *map(str, key)]).encode(errors="surrogateescape").decode(errors="replace")


def row_checksum_of(table: Table) -> RowChecksum:
    """Return the expression for the checksum that a row of a table should have."""
    return RowChecksum(*table.columns)


def in_file(statement: ClauseElement) -> str:
    """Return a statement as SQLite reads it."""
    return str(statement.compile(dialect=sqlite.dialect()))
