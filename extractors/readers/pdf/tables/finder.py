"""Finds the tables of a PDF page: ruled ones by pdfplumber's table finder, the others by the places of words.

Looking at the bounds of the page's paths is cheap; only a page with rulings both ways goes to the finder, and only
one with rows that gaps break outside of such tables has the places of its words looked at.

Header rows are those in bold type, or words over columns of figures.

For the text of a cell PDFium looks through all characters of a page, for each box again. Here each word is assigned
once, and PDFium queried for the few boxes into which one reaches that stands in another box, too; it does not detect
superscripts.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from operator import itemgetter
from typing import TypeVar

from extractors.document import Box, Cell, around
from extractors.readers.pdf.layout.style import TableArea
from extractors.readers.pdf.pdfium.coordinates import covers, rounded
from extractors.readers.pdf.pdfium.drawn_paths import Drawn
from extractors.readers.pdf.tables.borderless import Sheet, borderless_tables, may_hold_table, table_between
from extractors.readers.pdf.tables.rows import is_figure
from extractors.readers.pdf.tables.ruled import grids
from extractors.readers.pdf.tables.vertical_rules import Uprights, rungs, uprights
from extractors.readers.pdf.text.lines import Line, clean
from extractors.readers.pdf.text.text_layer import TextLayer, without_space_before_marks
from extractors.readers.pdf.text.words import BREAK, WORD, Word, words_of

Placed = TypeVar("Placed", Line, Word)

_SLIT = 6.0  # points; between the two rules of a double one, and the frames of neighbouring cells
_INSET = 1.0  # points; PDFium gives characters that only touch a cell, too
_FEWEST_LINES = 3  # of a table
_MIN_CELLS = 0.6  # of the cells found by words; with fewer, the rules leave out rows or columns
_MORE_THAN_LINES = 1.1  # times as many filled cells as lines
_MIN_SAID = 1.5  # filled cells in a row that is not empty, on average
_MIN_FILLED = 0.3  # share of the cells; emptier ones are frames round text
_MAX_HEADER = 4  # rows
_FIGURES = 0.5  # share of the cells of a column, the first row aside
_WIDE = 3  # columns; the full first row of a ruled table with as many is its header
_TOUCH = 2.0  # points between what stands before a break and after it, where that is a raised mark or follows one
_FEW = 120  # characters of a page for each box; where there are fewer boxes, PDFium is faster


def page_tables(layer: TextLayer, lines: Sequence[Line], drawn: Drawn, page: int) -> tuple[TableArea, ...]:
    """Return the tables of a page from top to bottom; `page` is its number.

    Where rulings separate most of the text between them, no other tables are searched there.
    """
    rulings = drawn.rulings
    ruled = _ruled_tables(layer, [*rulings, *drawn.connectors, *rungs(rulings, lines)], page)
    sound = [area for area in ruled if _is_complete(area, lines)]
    columns = [_rulings_below_headers(one, ruled) for one in uprights(rulings)]
    if columns:
        free = _outside(ruled, lines)
        columns = [one for one in columns if _has_rows(one, free)]
    may_hold, gutter = may_hold_table(lines, _outside(sound, lines))
    if not may_hold and not columns:
        return tuple(_with_headers(area, lines) for area in ruled)
    sideways = [line.box for line in lines if line.angle != 0]
    words = [word for word in _outside(sound, words_of(layer)) if not any(covers(box, word.box) for box in sideways)]
    sheet = Sheet(page, [box for box in rulings if box[2] - box[0] >= box[3] - box[1]])
    outside = _outside(ruled, words) if columns else []
    areas = [area for one in columns if (area := table_between(one, outside, sheet))]
    areas += _with_borderless(ruled, sound, _outside(areas, words), sheet, gutter) if may_hold else ruled
    areas = _joined_with_headers(sorted(areas, key=lambda area: area.box[1]), columns)
    return tuple(_with_headers(area, lines) for area in areas)


def _with_borderless(
    ruled: Sequence[TableArea], sound: Sequence[TableArea], words: Sequence[Word], sheet: Sheet, gutter: float | None
) -> list[TableArea]:
    """Return the ruled tables without those that are worse than borderless tables in their place, and the latter."""
    found = borderless_tables(words, sheet, gutter)
    doubtful = [area for area in ruled if area not in sound]
    poor = [area for one in found for area in _worse_ruled_tables(doubtful, one)]
    kept = [area for area in ruled if area not in poor]
    if len(kept) > len(sound):
        found = borderless_tables(_outside(kept, words), sheet, gutter)
    return [*kept, *found]


def _rulings_below_headers(columns: Uprights, ruled: Sequence[TableArea]) -> Uprights:
    """Return vertical rulings that continue below the ruled tables between them, which are mostly headers."""
    bottoms = [area.box[3] for area in ruled if _is_between(area, columns)]
    return columns._replace(top=max(bottoms), headed=True) if bottoms else columns


def _has_rows(columns: Uprights, lines: Sequence[Line]) -> bool:
    """Return whether some lines stand between the rulings."""
    left, right = columns.places[0], columns.places[-1]
    inside = (line for line in lines if columns.top < line.box[1] and line.box[3] < columns.bottom)
    return sum(left < line.box[2] and line.box[0] < right for line in inside) >= _FEWEST_LINES


def _is_between(area: TableArea, columns: Uprights) -> bool:
    left, top, right, bottom = area.box
    within = left >= columns.places[0] - _SLIT and right <= columns.places[-1] + _SLIT
    return within and columns.top - _SLIT < top and bottom < columns.bottom


def _joined_with_headers(areas: Sequence[TableArea], columns: Sequence[Uprights]) -> list[TableArea]:
    """Return tables joined by vertical rulings: a ruled header, and the rows below it."""
    joined: list[TableArea] = []
    ends = {one.top for one in columns if one.headed}
    for area in areas:
        head = joined[-1] if joined else None
        if head and head.ruled and not area.ruled and head.box[3] in ends and head.width == area.width:
            cells = [cell.model_copy(update={"row": cell.row + head.height}) for cell in area.cells]
            joined[-1] = TableArea(around((head.box, area.box)), (*head.cells, *cells), head.height)
        else:
            joined.append(area)
    return joined


def _is_complete(area: TableArea, lines: Sequence[Line]) -> bool:
    """Return whether a ruled table has so many filled cells that the rows of its text cannot make far more.

    Where it has clearly more than lines, its rulings part columns and rows.
    """
    inside = [line for line in lines if covers(area.box, line.box)]
    rows, columns = {round(line.baseline) for line in inside}, {cell.column for cell in area.cells}
    most = max(len(inside), len(rows) * len(columns))
    filled = sum(bool(cell.text) for cell in area.cells)
    return filled >= _MIN_CELLS * most or filled > _MORE_THAN_LINES * len(inside)


def _outside(areas: Sequence[TableArea], things: Sequence[Placed]) -> list[Placed]:
    """Return the lines or words outside of the tables."""
    return [thing for thing in things if not any(covers(area.box, thing.box) for area in areas)]


def _with_headers(area: TableArea, lines: Sequence[Line]) -> TableArea:
    if area.header_rows:
        return area
    return replace(area, header_rows=header_rows(area.cells, lines, ruled=area.ruled))


def _worse_ruled_tables(ruled: Sequence[TableArea], found: TableArea) -> list[TableArea]:
    """Return the ruled tables in the place of a borderless one that together have too few of its cells."""
    there = [area for area in ruled if _overlap(area.box, found.box)]
    filled = sum(bool(cell.text) for area in there for cell in area.cells)
    return there if filled < _MIN_CELLS * len(found.cells) else []


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _ruled_tables(layer: TextLayer, rulings: Sequence[Box], page: int) -> tuple[TableArea, ...]:
    areas = []
    found = list(map(_innermost, grids(rulings)))
    inside = [_inset(box) for boxes in found for box in boxes]
    texts = dict(zip(inside, texts_in(layer, inside), strict=True))
    for boxes in found:
        cells = _cells(boxes, texts, page)
        if _is_table(cells):
            areas.append(TableArea(around(boxes), tuple(_without_empty_sides(cells)), ruled=True))
    return tuple(sorted(areas, key=lambda area: area.box[1]))


def _innermost(boxes: Sequence[Box]) -> list[Box]:
    """Return the boxes without another one inside: Word draws cells as nested frames."""
    ordered = sorted(boxes, key=itemgetter(1))
    tops = [box[1] for box in ordered]
    return [
        box
        for box in boxes
        if not any(
            box[0] <= other[0] and other[2] <= box[2] and other[3] <= box[3] and other != box
            for other in ordered[bisect_left(tops, box[1]) : bisect_left(tops, box[3])]
        )
    ]


def _cells(boxes: Sequence[Box], texts: Mapping[Box, str], page: int) -> list[Cell]:
    """Return cells with the text inside them and their place in the grid that all the boxes of a table make."""
    columns = _distinct_edges({box[0] for box in boxes} | {box[2] for box in boxes})
    rows = _distinct_edges({box[1] for box in boxes} | {box[3] for box in boxes})
    cells = []
    for box in sorted(boxes, key=lambda box: (box[1], box[0])):
        row, column = _index(rows, box[1]), _index(columns, box[0])
        rowspan, colspan = _index(rows, box[3]) - row, _index(columns, box[2]) - column
        if not rowspan or not colspan:
            continue
        cells.append(
            Cell(
                row=row,
                column=column,
                rowspan=rowspan,
                colspan=colspan,
                text=texts[_inset(box)],
                page=page,
                box=rounded(box),
            )
        )
    return cells


def _without_empty_sides(cells: list[Cell]) -> list[Cell]:
    """Return cells without a first and a last column in which nothing stands: rules may reach out of a table.

    Two columns are left at least.
    """
    last = max(cell.column + cell.colspan for cell in cells) - 1
    if last > 1 and not any(cell.text for cell in cells if cell.column == last):
        inside = (cell for cell in cells if cell.column < last)
        cells = [_spanning(cell, cell.column, min(cell.colspan, last - cell.column)) for cell in inside]
        last -= 1
    if last > 1 and not any(cell.text for cell in cells if cell.column == 0):
        cells = [_spanning(cell, cell.column - 1, cell.colspan) for cell in cells if cell.column > 0]
    return cells


def _spanning(cell: Cell, column: int, colspan: int) -> Cell:
    return cell.model_copy(update={"column": column, "colspan": colspan})


def _distinct_edges(edges: set[float]) -> list[float]:
    """Return the edges from low to high, without those too near to the one before for text to stand between."""
    kept: list[float] = []
    for edge in sorted(edges):
        if not kept or edge - kept[-1] >= _SLIT:
            kept.append(edge)
    return kept


def _index(edges: Sequence[float], edge: float) -> int:
    """Return the place of an edge among those kept; one that was left out counts as the one before."""
    return bisect_right(edges, edge) - 1


def _is_table(cells: Sequence[Cell]) -> bool:
    rows, columns = {cell.row for cell in cells}, {cell.column for cell in cells}
    filled = Counter(cell.row for cell in cells if cell.text)
    if len(rows) < 2 or len(columns) < 2:  # noqa: PLR2004 - a frame round text
        return False
    # a row of a table says several things; a line of text on a coloured ground says one
    return filled.total() >= max(_MIN_FILLED * len(cells), _MIN_SAID * len(filled))


def _inset(box: Box) -> Box:
    return box[0] + _INSET, box[1] + _INSET, box[2] - _INSET, box[3] - _INSET


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


def texts_in(layer: TextLayer, boxes: Sequence[Box]) -> list[str]:
    """Return the text inside each box of the page as shown, as `TextLayer.text_in` does."""
    if not layer.marks and len(boxes) * _FEW < layer.characters:
        return [layer.text_in(box) for box in boxes]
    units = layer.units
    spans = [match.span() for match in WORD.finditer(units)]
    rooms = layer.glyph_boxes([(start, end - 1) for start, end in spans])
    held: list[list[int]] = [[] for _ in boxes]
    shared: set[int] = set()
    rows = _Rows(boxes)
    for word, room in enumerate(rooms):
        places = rows.at(room)
        if len(places) == 1:
            held[places[0]].append(word)
        else:
            shared.update(places)

    def text_of(words: Sequence[int]) -> str:
        """Return words with spaces between them, but where a hyphen or a raised mark parts one."""
        text = ""
        last, right = 0, 0.0
        for word in words:
            start, end = spans[word]
            between = units[last:start]
            whole = not between or (between == BREAK and abs(rooms[word][0] - right) < _TOUCH)
            text += units[start:end] if whole else f" {units[start:end]}"
            last, right = end, rooms[word][2]
        return clean(without_space_before_marks(text) if layer.marks else text)

    return [
        layer.text_in(box) if place in shared else text_of(words)
        for place, (box, words) in enumerate(zip(boxes, held, strict=True))
    ]


class _Rows:
    """Boxes by the stretches between their upper and lower edges."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self._edges = sorted({edge for box in boxes for edge in (box[1], box[3])})
        self._rows: list[list[tuple[float, float, int]]] = [[] for _ in self._edges]
        for place, (left, top, right, bottom) in enumerate(boxes):
            for row in self._rows[bisect_left(self._edges, top) : bisect_left(self._edges, bottom)]:
                row.append((left, right, place))

    def at(self, box: Box) -> list[int]:
        """Return the places of the boxes that a box overlaps."""
        x0, top, x1, bottom = box
        first, last = bisect_right(self._edges, top) - 1, bisect_left(self._edges, bottom)
        found = [
            place
            for row in self._rows[max(0, first) : max(last, first + 1)]
            for left, right, place in row
            if left < x1 and x0 < right
        ]
        return found if last <= first + 1 else list(dict.fromkeys(found))
