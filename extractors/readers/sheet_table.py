"""A sheet as a heading and a table: empty rows and columns left out, values as text."""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from types import MappingProxyType

from extractors.document import Cell
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.sheet_formats import Form, Forms
from extractors.readers.sheet_rows import Span, Value

_LONGEST_WHOLE = 1e15  # numbers beyond are not exact as floats
_MAX_GRID = 2_000_000  # cells of the table, empty ones too


class SheetTable:
    """The filled cells of a sheet, at most so many; `cut` says whether there are more.

    `forms` say how some cells are shown.
    """

    def __init__(
        self,
        rows: Iterable[tuple[int, Sequence[Value | None]]],
        most: int,
        first_column: int = 0,
        forms: Forms = MappingProxyType({}),
    ) -> None:
        self.cut = False
        self.cells: list[tuple[int, int, str]] = []
        columns: set[int] = set()
        height = 0
        for row, values in rows:
            filled = [
                (row, column, text)
                for column, value in enumerate(values, start=first_column)
                if value not in (None, "") and (text := value_text(value, forms.get((row, column))))
            ]
            columns.update(column for _, column, _ in filled)
            height += bool(filled)
            if len(self.cells) + len(filled) > most or height * len(columns) > _MAX_GRID:
                self.cut = True
                break
            self.cells += filled

    def add_to(self, builder: ReadingBuilder, spans: Iterable[Span]) -> None:
        """Gather the cells as a table, or as paragraphs where they are one column."""
        rows = {old: new for new, old in enumerate(sorted({row for row, _, _ in self.cells}))}
        columns = {old: new for new, old in enumerate(sorted({column for _, column, _ in self.cells}))}
        merged = _spans(spans, rows, columns)
        placed = ((rows[row], columns[column], text) for row, column, text in self.cells)
        cells = [
            Cell(row=row, column=column, text=text, **merged.get((row, column), {})) for row, column, text in placed
        ]
        _add_table(cells, builder)


def value_text(value: Value | None, form: Form | None = None) -> str:
    """Return a value as a sheet shows it by a form or without its format; dates are ISO 8601."""
    shown = None if form is None or value is None else form(value)
    if value is None or shown is not None:
        return shown or ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _LONGEST_WHOLE else f"{value:.15g}"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return " ".join(str(value).split())


def _add_table(cells: list[Cell], builder: ReadingBuilder) -> None:
    """Gather a table; rows of one cell above it are its titles, and what has no other rows is text."""
    in_row = Counter(cell.row for cell in cells)
    titles = next((row for row in range(len(in_row)) if in_row[row] > 1), len(in_row))
    for cell in cells:
        if cell.row < titles:
            builder.block("paragraph", cell.text)
    rest = [cell.model_copy(update={"row": cell.row - titles}) for cell in cells if cell.row >= titles]
    several = len(in_row) - titles > 1
    headed = several and not any(_is_number(cell.text) for cell in rest if cell.row == 0)
    builder.table(rest, header_rows=int(headed))


def _spans(
    spans: Iterable[Span], rows: dict[int, int], columns: dict[int, int]
) -> dict[tuple[int, int], dict[str, int]]:
    """Return the spans of merged cells by their top left cell, in the rows and columns that are kept."""
    found: dict[tuple[int, int], dict[str, int]] = {}
    kept_rows, kept_columns = sorted(rows), sorted(columns)
    for (top, left), (bottom, right) in spans:
        down = _within(kept_rows, top, bottom)
        across = _within(kept_columns, left, right)
        if down and across:
            found[down.start, across.start] = {"rowspan": len(down), "colspan": len(across)}
    return found


def _within(kept: Sequence[int], first: int, last: int) -> range:
    """Return the places of the sorted numbers that lie between two, both included."""
    return range(bisect_left(kept, first), bisect_right(kept, last))


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()
