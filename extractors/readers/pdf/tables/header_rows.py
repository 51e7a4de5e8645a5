"""Header rows of a PDF table: in bold type, or words over columns of figures."""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from extractors.document import Box, Cell, around
from extractors.readers.pdf.tables.rows import is_figure
from extractors.readers.pdf.text.lines import Line

_MAX_HEADER = 4  # rows
_FIGURES = 0.5  # share of the cells of a column, the first row aside
_WIDE = 3  # columns; the full first row of a ruled table with as many is its header


def header_rows(cells: Sequence[Cell], lines: Sequence[Line], *, ruled: bool) -> int:
    """Return how many of the first rows are headers; `lines` are those of the page."""
    height = max(cell.row for cell in cells) + 1
    rows = [[cell for cell in cells if cell.row == row and cell.text] for row in range(min(height, _MAX_HEADER + 1))]
    box = around(cell.box for cell in cells if cell.box and cell.row <= _MAX_HEADER)
    lines = [line for line in lines if _holds(box, line)]
    bold = _leading(_is_bold(row, lines) for row in rows)
    if 0 < bold <= min(_MAX_HEADER, height - 1):
        return bold
    figures = _figure_columns(cells)
    words = _leading(bool(row) and not any(_is_value(cell, figures) for cell in row) for row in rows)
    if figures and 0 < words <= min(_MAX_HEADER, height - 1):
        return words
    width = max(cell.column + cell.colspan for cell in cells)
    return int(ruled and height > 1 and width >= _WIDE and len(rows[0]) == width)


def _leading(flags: Iterable[bool]) -> int:
    """Return how many of the first flags are set."""
    return sum(1 for _ in takewhile(bool, flags))


def _is_bold(row: Sequence[Cell], lines: Sequence[Line]) -> bool:
    inside = [line for line in lines for cell in row if cell.box and _holds(cell.box, line)]
    return bool(inside) and all(line.bold for line in inside)


def _holds(box: Box, line: Line) -> bool:
    x, y = (line.box[0] + line.box[2]) / 2, (line.box[1] + line.box[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _figure_columns(cells: Sequence[Cell]) -> set[int]:
    """Return the columns, but the first, that hold figures from the second row on."""
    columns: dict[int, list[bool]] = {}
    for cell in cells:
        if cell.row and cell.column and cell.text:
            columns.setdefault(cell.column, []).append(is_figure(cell.text))
    return {column for column, found in columns.items() if sum(found) > _FIGURES * len(found)}


def _is_value(cell: Cell, figures: set[int]) -> bool:
    return cell.column in figures and is_figure(cell.text) and not _is_year(cell.text)


def _is_year(text: str) -> bool:
    return len(text) == 4 and text[:2] in ("19", "20") and text.isdigit()  # noqa: PLR2004 - digits of a year
