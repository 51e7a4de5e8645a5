"""SQL statements that several stores share, or that the databases write differently: numbers, names, rows.

Each statement is built once: building it takes longer than executing it.
"""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Table,
    TableValuedAlias,
    Text,
    bindparam,
    column,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from pipelines.storage.tables import counters

_NEXT = (
    update(counters)
    .where(counters.c.name == bindparam("counter"))
    .values(number=counters.c.number + bindparam("count"))
    .returning(counters.c.number)
)


def next_number(connection: Connection, counter: str, count: int = 1) -> int:
    """Increase a counter by a count and return its value, which is higher than all numbers issued before.

    Concurrent callers wait until this transaction is committed or rolled back. So numbers follow the order of commits:
    a reader that sees a number sees all lower ones.
    """
    put(connection, counters, [{"name": counter, "number": 0}], replace=False)
    return int(connection.execute(_NEXT, {"counter": counter, "count": count}).scalar_one())


def among(column: ColumnElement[str], names: Iterable[str] | str) -> ColumnElement[bool]:
    """Return the condition that a column holds one of any number of names; see `each_of`."""
    return column.in_(select(each_of(names).c.value))


def each_of(names: Iterable[str] | str) -> TableValuedAlias:
    """Return a table of names with one column `value`, or of the names in a JSON parameter."""
    listed = bindparam(names, type_=Text) if isinstance(names, str) else json.dumps(list(names))
    return _EachOf(listed).table_valued("value")


class _EachOf(FunctionElement[str]):
    """The texts of a JSON list as a table, one row each."""

    inherit_cache = True


@compiles(_EachOf, "sqlite")
def _each_in_sqlite(element: _EachOf, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the library's
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_EachOf, "postgresql")
def _each_in_postgresql(element: _EachOf, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the library's
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSON))"


def put(connection: Connection, table: Table, rows: list[dict[str, Any]], *, replace: bool = True) -> int:
    """Write rows, replacing those with the same key, or, without `replace`, skipping them; return how many.

    They have the same columns, and no two of them the same key.
    """
    if not rows:
        return 0
    statement = _put_statement(table, tuple(rows[0]), connection.dialect.name, replace=replace)
    # One statement for all rows: the driver would send each row to the server separately and wait for its result.
    given = {"rows": json.dumps(rows)} if connection.dialect.name == "postgresql" else rows
    return connection.execute(statement, given).rowcount


@cache
def _put_statement(table: Table, names: tuple[str, ...], dialect: str, *, replace: bool) -> Insert:
    """Return the cached statement of `put` for rows of these columns: building it takes longer than executing it."""
    is_server = dialect == "postgresql"
    statement = (postgresql.insert if is_server else sqlite.insert)(table)
    keys = [key.name for key in table.primary_key]
    values = {name: statement.excluded[name] for name in names if name not in keys}
    if replace and values:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=values)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    if not is_server:
        return statement.values({name: bindparam(name) for name in names})
    given = text(f"json_populate_recordset(NULL::{table.name}, CAST(:rows AS JSON))")
    columns: list[ColumnElement[Any]] = [column(name) for name in names]
    return statement.from_select(list(names), select(*columns).select_from(given))
