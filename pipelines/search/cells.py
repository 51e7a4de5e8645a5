"""Cells of spreadsheets: a text that a paper, a model or a person gave stays a text, whatever it begins with.

Excel and LibreOffice take a text of a CSV file that begins with `=`, `+`, `-`, `@` and the like for a formula, and a
formula may send what stands beside it to anyone (OWASP, CSV injection). A formula is never written on purpose here.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from configs.controls import page_text

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Value: TypeAlias = str | float | None
_FORMULA = re.compile(r"[\s\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
"""What may be read as a formula: also behind white space, and in the wide forms of these signs."""
_QUOTE = "'"
_WIDEST = 60
"""Characters that a column of a spreadsheet is wide at most."""
_NO_CHARACTERS = re.compile(r"[\ufffe\uffff]")  # XML does not have them


def csv_text(rows: Iterable[Sequence[Value]]) -> str:
    """Return rows as CSV; texts that would be formulas begin with a quote, numbers stay numbers."""
    return "".join(csv_lines(rows))


def csv_lines(rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """Yield the same a row at a time."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def csv_bytes(rows: Iterable[Sequence[Value]]) -> bytes:
    """Return rows as a CSV file, with the mark by which Excel reads UTF-8."""
    return csv_text(rows).encode("utf-8-sig")


def xlsx_bytes(title: str, rows: Iterable[Sequence[Value]]) -> bytes:
    """Return rows, the first of which is the header, as a spreadsheet of one sheet."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook(write_only=False)
    sheet = book.active
    sheet.title = title
    for row in rows:
        append_row(sheet, row)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    for column in sheet.columns:
        width = 2 + max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(width, _WIDEST)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_xlsx(file: BinaryIO, title: str, header: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Write a spreadsheet of one sheet a row at a time: whatever its length, a row is in memory."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    def cells(values: Sequence[Value]) -> list[Any]:
        made = [WriteOnlyCell(sheet, _plain(value) if isinstance(value, str) else value) for value in values]
        for cell, value in zip(made, values, strict=True):
            if isinstance(value, str):
                _keep_text(cell, value)
        return made

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    names = cells(header)
    for name in names:
        name.font = Font(bold=True)
    sheet.append(names)
    for row in rows:
        sheet.append(cells(row))
    book.save(file)


def append_row(sheet: "Worksheet", values: Sequence[Value]) -> None:
    """Add a row to a sheet of openpyxl; texts are written as texts."""
    sheet.append([_plain(value) if isinstance(value, str) else value for value in values])
    for cell, value in zip(sheet[sheet.max_row], values, strict=True):
        if isinstance(value, str):
            _keep_text(cell, value)


def _keep_text(cell: Any, value: str) -> None:  # noqa: ANN401 - openpyxl has no types
    cell.data_type = "s"
    cell.quotePrefix = _is_formula(value)  # it stays a text when somebody edits the cell


def _csv_cell(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    return f"{_QUOTE}{_plain(value)}" if _is_formula(value) else _plain(value)


def _is_formula(value: str) -> bool:
    return any(_FORMULA.match(text) for text in (value, _plain(value)))


def _plain(value: str) -> str:
    return _NO_CHARACTERS.sub("", page_text(value))
