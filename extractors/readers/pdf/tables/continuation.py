"""Joins tables that continue on the next page of a PDF, without repeated headers."""

from collections.abc import Sequence
from dataclasses import replace

from extractors.document import Box
from extractors.readers.pdf.layout.style import PageLines, TableArea

_MARGIN = 0.12  # share of the height where running heads, page numbers and footnotes of a page may stand
_SAME_EDGE = 8.0  # points


def with_joined_tables(pages: Sequence[PageLines]) -> list[PageLines]:
    """Return the pages with the parts of one table joined on its first page.

    The last table of a page goes on in the first of the next page where no text stands between them but in the
    margins and in the foot of the page, and both have the same columns at the same place.
    """
    joined: list[PageLines] = []
    home: int | None = None  # the page whose last table may go on
    for page in pages:
        tables = list(page.tables)
        lines = page.lines
        bottom = tables[-1].box if tables else None
        whole = False
        if home is not None and tables and _is_first(tables[0], page):
            before = joined[home].tables[-1]
            if _same_columns(before, tables[0]):
                more = tables.pop(0)
                lines = [line for line in lines if not more.holds(line)]
                joined[home] = replace(joined[home], tables=(*joined[home].tables[:-1], _appended(before, more)))
                whole = not tables
        joined.append(replace(page, lines=lines, tables=tuple(tables)))
        if bottom is None or not _is_last(bottom, page):
            home = None
        elif not whole:
            home = len(joined) - 1
    return joined


def _is_first(table: TableArea, page: PageLines) -> bool:
    return not any(_MARGIN * page.height < line.box[3] <= table.box[1] for line in page.lines)


def _is_last(box: Box, page: PageLines) -> bool:
    lowest = (1 - _MARGIN) * page.height
    return not any(box[3] <= line.box[1] < lowest and not line.foot for line in page.lines)


def _same_columns(one: TableArea, other: TableArea) -> bool:
    """Return whether two tables have equal numbers of columns and the same edges: the left one, or both if ruled."""
    last = max(cell.page or 0 for cell in one.cells)
    boxes = [cell.box for cell in one.cells if cell.page == last and cell.box]
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    near = abs(left - other.box[0]) < _SAME_EDGE and (abs(right - other.box[2]) < _SAME_EDGE or not one.ruled)
    return near and one.ruled == other.ruled and one.width == other.width


def _appended(table: TableArea, more: TableArea) -> TableArea:
    again = _repeated(table, more)
    shift = table.height - again
    cells = [cell.model_copy(update={"row": cell.row + shift}) for cell in more.cells if cell.row >= again]
    # repeated rows are the header: bold rows below them are not
    return replace(table, cells=(*table.cells, *cells), header_rows=again or table.header_rows)


def _repeated(table: TableArea, more: TableArea) -> int:
    """Return how many rows at the top of the second part are the header of the first, printed again."""
    for count in range(max(table.header_rows, 1), 0, -1):
        if _first_rows(table, count) == _first_rows(more, count):
            return count
    return 0


def _first_rows(table: TableArea, count: int) -> list[tuple[int, int, str]]:
    return sorted((cell.row, cell.column, cell.text) for cell in table.cells if cell.row < count)
