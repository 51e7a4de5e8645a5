"""Spreadsheet cells: texts from papers, models and people remain texts, even if they look like formulas.

Excel and LibreOffice take a text of a CSV file that begins with `=`, `+`, `-`, `@` and the like for a formula, and a
formula may send what stands beside it to anyone (OWASP, CSV injection). A formula is never written on purpose here.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest
from typing import Any, BinaryIO, TypeAlias

from configs.system.controls import page_text

Value: TypeAlias = str | float | None
_FORMULA = re.compile(r"[\s\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
"""What may be read as a formula: also behind white space, and in the wide forms of these signs."""
_QUOTE = "'"
_WIDEST = 60
"""Characters that a column of a spreadsheet is wide at most."""
_LOOKED_AT = 100
"""Rows that say how wide the columns are."""
_NO_CHARACTERS = re.compile(r"[\ufffe\uffff]")  # not allowed in XML


def csv_text(rows: Iterable[Sequence[Value]]) -> str:
    """Return rows as CSV; texts that look like formulas begin with a quote, numbers remain numbers."""
    return "".join(csv_lines(rows))


def csv_lines(rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """Yield rows as lines of CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def csv_bytes(rows: Iterable[Sequence[Value]]) -> bytes:
    """Return rows as a CSV file, with the byte order mark by which Excel detects UTF-8."""
    return csv_text(rows).encode("utf-8-sig")


def write_xlsx(file: BinaryIO, title: str, rows: Iterable[Sequence[Value]]) -> None:
    """Write a spreadsheet with one sheet and a header row; rows are streamed with constant memory."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    def cells(values: Sequence[Value]) -> list[Any]:
        made = [WriteOnlyCell(sheet, _plain(value) if isinstance(value, str) else value) for value in values]
        for cell, value in zip(made, values, strict=True):
            if isinstance(value, str):
                cell.data_type = "s"
                cell.quotePrefix = _is_formula(value)  # it remains a text when the cell is edited
        return made

    left = iter(rows)
    first = list(islice(left, _LOOKED_AT))
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for column, values in enumerate(zip_longest(*first), 1):
        width = 2 + max(len(str(value or "")) for value in values)
        sheet.column_dimensions[get_column_letter(column)].width = min(width, _WIDEST)
    count = 0
    for count, row in enumerate(chain(first, left), 1):
        made = cells(row)
        if count == 1:
            for name in made:
                name.font = Font(bold=True)
        sheet.append(made)
    if first and first[0]:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(first[0]))}{count}"
    book.save(file)


def _csv_cell(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    return f"{_QUOTE}{_plain(value)}" if _is_formula(value) else _plain(value)


def _is_formula(value: str) -> bool:
    return any(_FORMULA.match(text) for text in (value, _plain(value)))


def _plain(value: str) -> str:
    return _NO_CHARACTERS.sub("", page_text(value))
