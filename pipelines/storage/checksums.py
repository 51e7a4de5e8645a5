"""Checksums of the rows of a database: each row has a generated column with a checksum of its values.

The database computes the column with each write, so no other code handles it: a file uses the SQL function
`configs.system.sqlite.database.row_checksum`, PostgreSQL a function of the server. Recomputing a checksum reveals a
changed byte in the row or in its checksum.
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
    """The checksum of a row: the MD5 of its values in hex digits, which detects damage but not forgery."""

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
    """Return the tables with their checksum columns, for their creation."""
    made = MetaData()
    for table in METADATA.sorted_tables:
        stored = table.to_metadata(made)
        stored.append_column(Column(CHECKSUM, Text, Computed(RowChecksum(*stored.columns), persisted=True)))
    return made


@cache
def file_schema() -> str:
    """Return the statements that create the tables in a file, unless another process has created them."""
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
    """Yield the name of each row whose checksum does not match: its table and key."""
    for table in tables:
        question = select(*table.primary_key).where(literal_column(CHECKSUM).is_distinct_from(row_checksum_of(table)))
        found: Iterable[Iterable[object]]
        if isinstance(connection, Connection):
            found = connection.execute(question)
        else:
            found = connection.execute(in_file(question))
        yield from (row_name(table, key) for key in found)


def wrong_tables(connection: sqlite3.Connection) -> list[str]:
    """Return the names of tables and indices of a file that differ from those of this version."""
    differing = {tuple(row) for row in connection.execute(SCHEMA)}.symmetric_difference(made_schema())
    return sorted({str(row[1]) for row in differing})


@cache
def made_schema() -> tuple[tuple[str, ...], ...]:
    """Return the tables and indices of a new file, in the form of `SCHEMA`."""
    with closing(sqlite3.connect(":memory:")) as made:
        add_functions(made)
        made.executescript(file_schema())
        return tuple(made.execute(SCHEMA))


def row_name(table: Table, key: Iterable[object]) -> str:
    """Return the name of a row in messages; bytes that are not text are replaced."""
    return " ".join([table.name, *map(str, key)]).encode(errors="surrogateescape").decode(errors="replace")


def row_checksum_of(table: Table) -> RowChecksum:
    """Return the expression that computes the checksum of a row of a table."""
    return RowChecksum(*table.columns)


def in_file(statement: ClauseElement) -> str:
    """Return a statement in the SQL dialect of SQLite."""
    return str(statement.compile(dialect=sqlite.dialect()))
