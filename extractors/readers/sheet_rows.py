"""Reads the rows of a sheet by calamine, or by openpyxl for sparse sheets, which calamine would store densely."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
MAX_COUNTED = 300_000
"""Cells of a part; with more of them, a sheet is cut anyway."""

CHUNK = 1 << 20
"""Bytes of a part that are looked at at once."""

Span = tuple[tuple[int, int], tuple[int, int]]
"""The top left and the bottom right cell, rows and columns from 0, that are merged."""

_MAX_DENSE = 1_000_000  # cells from the first filled row and column to the last; 32 bytes each
_MAX_SPREAD = 20_000_000  # cells that the rows of a sparse sheet are made of
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')


class SparseRows:
    """Rows of a sheet that is too large to be held: only those with values, cut where they spread too wide."""

    def __init__(self, path: Path, sheet: str) -> None:
        self._path = path
        self._sheet = sheet
        self.cut = False

    def __iter__(self) -> Iterator[tuple[int, Sequence[Value | None]]]:
        """Yield place (from 0) and values of each row that has any."""
        import openpyxl

        with closing(openpyxl.load_workbook(self._path, read_only=True, data_only=True)) as book:
            sheet = book[self._sheet]
            sheet.reset_dimensions()  # the declared size of a sheet may be wrong
            spread = 0
            for place, values in enumerate(sheet.iter_rows(values_only=True)):
                if not values:
                    continue
                spread += len(values)
                if spread > _MAX_SPREAD:
                    self.cut = True
                    return
                yield place, values


def dense_rows(sheet: "CalamineSheet") -> Iterator[tuple[int, Sequence[Value | None]]]:
    """Yield place (from 0, as in the sheet) and values of each row; the first value is in the first filled column.

    Calamine gives empty rows above the first that is filled, but no empty columns before the first.
    """
    yield from enumerate(sheet.iter_rows())


def is_sparse(stream: IO[bytes]) -> bool:
    """Return whether the cells in the XML of a sheet lie too far apart, or are too many, to be held at once."""
    columns: set[bytes] = set()
    rows: set[int] = set()
    count = 0
    rest = b""
    while chunk := stream.read(CHUNK):
        rest += chunk
        end = rest.rfind(b"<")
        cells = _CELL.findall(rest, 0, max(0, end))
        rest = rest[max(0, end) :]
        count += len(cells)
        columns.update(column for column, _ in cells)
        if cells:
            numbers = [int(row) for _, row in cells]
            rows.update((min(numbers), max(numbers)))
        if count > MAX_COUNTED:
            return True
    if not rows:
        return False
    places = [place_of_column(column) for column in columns]
    return (max(rows) - min(rows) + 1) * (max(places) - min(places) + 1) > _MAX_DENSE


def place_of_column(name: bytes) -> int:
    """Return the place of a column by its letters: A is 1, AA is 27."""
    place = 0
    for letter in name:
        place = place * 26 + letter - ord("A") + 1
    return place
