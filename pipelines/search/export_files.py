"""Files of tables, written row by row: CSV and JSON lines of any length, spreadsheets up to a limit."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain, islice
from typing import Any, BinaryIO, Literal, NamedTuple, TypeAlias

from configs.system.json_text import json_text
from pipelines.search.cells import Value, csv_lines, write_xlsx

ExportFormat: TypeAlias = Literal["csv", "jsonl", "xlsx"]
MEDIA_TYPES: dict[ExportFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_XLSX_ROWS = 100_000
"""Rows of a spreadsheet, the header aside. Excel takes ten times as many, and minutes to open them."""
_MARK = "\ufeff"
"""Begins a file of CSV, so that Excel reads UTF-8."""


class ExportRow(NamedTuple):
    """One row: its JSON object, and its cells in the order of the columns."""

    record: Mapping[str, Any]
    cells: Sequence[Value]


class ExportTable(NamedTuple):
    """A table: the names of its columns, and its rows, which are read lazily.

    A caller that stops early must close the rows: they hold an engine of the service.
    """

    columns: Sequence[str]
    rows: Generator[ExportRow, None, None]


class Written(NamedTuple):
    """The number of rows in a file, without the header, and whether there were more."""

    rows: int
    truncated: bool


def export_lines(table: ExportTable, form: Literal["csv", "jsonl"]) -> Iterator[str]:
    """Yield the lines of a table: CSV with a header, or a JSON object a row."""
    if form == "jsonl":
        yield from (f"{json_text(row.record)}\n" for row in table.rows)
        return
    yield from csv_lines([table.columns])
    yield from csv_lines(row.cells for row in table.rows)


def write_export(
    table: ExportTable, form: ExportFormat, file: BinaryIO, *, most_xlsx_rows: int = MOST_XLSX_ROWS
) -> Written:
    """Write a table to an open file and return the number of rows; raises `OSError` if the file cannot be written.

    A truncated spreadsheet says so in its last row.
    """
    with closing(table.rows):
        return _write_xlsx(table, file, most_xlsx_rows) if form == "xlsx" else _write_lines(table, form, file)


def _write_lines(table: ExportTable, form: Literal["csv", "jsonl"], file: BinaryIO) -> Written:
    if form == "csv":
        file.write(_MARK.encode())
    count = 0
    for line in export_lines(table, form):
        file.write(line.encode())
        count += 1
    return Written(count - (form == "csv"), truncated=False)


def _write_xlsx(table: ExportTable, file: BinaryIO, most: int) -> Written:
    count, truncated = 0, False

    def cells() -> Iterator[Sequence[Value]]:
        nonlocal count, truncated
        for row in islice(table.rows, most):
            count += 1
            yield row.cells
        truncated = next(table.rows, None) is not None
        if truncated:
            yield [f"truncated after {most:,} rows: export csv or jsonl for all of them"]

    write_xlsx(file, "Customs Lens", chain([table.columns], cells()))
    return Written(count, truncated)
