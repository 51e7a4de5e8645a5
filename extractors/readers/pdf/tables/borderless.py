"""Detects tables without rules by the places of words: consecutive lines with common gaps."""

import math
import re
from bisect import insort
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter
from statistics import median
from typing import NamedTuple

from extractors.document import Box, Cell, around
from extractors.readers.pdf.layout.reading_order import find_gutter
from extractors.readers.pdf.layout.style import TableArea
from extractors.readers.pdf.pdfium.coordinates import rounded
from extractors.readers.pdf.tables.columns import CELL_GAP, SPACE, are_cells, are_prose, parts_prose, separators
from extractors.readers.pdf.tables.rows import Piece, TableLine, pieces_of, row_starts
from extractors.readers.pdf.tables.vertical_rules import Uprights
from extractors.readers.pdf.text.lines import Line
from extractors.readers.pdf.text.words import VisualLine, Word, visual_lines
from extractors.text.numbering import BULLETS

_MIN_ROWS = 3
_MIN_BROKEN = 3  # lines with a gap that a page must have before its words are looked at
_PROSE_LINE = 36  # characters; a column of prose has more in a line
_PROSE_COLUMN = 24  # characters of the middle line of a column of prose at least
_SAME_BASELINE = 3.0  # points
_FAR = 2.2  # em between two lines of a table
_FARTHER = 1.8  # times the usual distance of the lines so far
_NEAR = 0.6  # em between a wrapped cell's lines
_FARTHEST = 4.0  # em between two lines that are broken at the same places
_ALIKE = 0.7  # share of the parts of a line that stand under parts of the line above
_WIDE = 0.55  # of the width so far; an unbroken line as wide is prose or a heading
_MAX_WIDE = 2  # such lines in a row inside a table
_MAX_NARROW = 12  # lines of a wrapped cell
_MIN_FILLED = 0.4  # share of the cells; the scales of a chart fill fewer
_MIN_BESIDE = 0.5  # share of the rows that say more than one thing
_SENTENCE = 8  # words
_DENSE = 0.85  # share of a line that is words, in justified prose
_TELLING = 0.5  # share of the rows with a figure that make two columns a table
_MARK = re.compile(r"^(?:[^\w\s]|\W?[\w.]{1,5}[.)\]:][-–—]?|\d{1,3}|[a-z]{1,4}|[IVXLC]+)$")
_ITEM = re.compile(rf"^(?:[{re.escape(BULLETS)}]|\(?\w{{1,5}}[.)\]:])$")
_COLUMN_OF_PROSE = 500  # characters in two cells of a row are no cells
_RUNNING_OVER = 0.05  # share of the texts; rulings that more run over part no columns
_LEADERS = 0.4  # share of the rows; a table of contents has dots in more


class Sheet(NamedTuple):
    """The page that is searched for tables: its number, and its horizontal rules."""

    number: int
    rules: Sequence[Box]


def may_hold_table(lines: Sequence[Line], outside: Sequence[Line]) -> tuple[bool, float | None]:
    """Return, by a cheap test, whether wide gaps break some rows of a page, and where the gutter of the page is.

    The rows are those of the lines outside of tables that are known. Where the text stands in columns, the gap
    between these breaks no row.
    """
    outside = _upright(outside)
    if _broken_rows(outside) < _MIN_BROKEN:
        return False, None
    gutter = find_gutter(_upright(lines))
    if gutter is None:
        return True, None
    sides = [[line for line in outside if (line.start < gutter) is left] for left in (True, False)]
    return any(_broken_rows(side) >= _MIN_BROKEN or not _is_prose(side) for side in sides if side), gutter


def _upright(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.angle == 0]


def _is_prose(lines: Sequence[Line]) -> bool:
    figures = sum(not any(map(str.isalpha, line.text)) for line in lines)
    return median(len(line.text) for line in lines) >= _PROSE_COLUMN and figures < _MIN_BROKEN


def _broken_rows(lines: Sequence[Line]) -> int:
    rows: list[list[Line]] = []
    for line in sorted(lines, key=attrgetter("baseline")):
        if rows and line.baseline - rows[-1][-1].baseline < _SAME_BASELINE:
            rows[-1].append(line)
        else:
            rows.append([line])
    return sum(len(row) > 1 and _is_broken(row) for row in rows)


def _is_broken(row: Sequence[Line]) -> bool:
    """Return whether a row is more than a printed number with its text, or two columns of prose."""
    said = row if len(row) > 2 else [line for line in row if not _MARK.match(line.text)]  # noqa: PLR2004
    return len(said) > 1 and any(len(line.text) < _PROSE_LINE for line in said)


def borderless_tables(words: Sequence[Word], sheet: Sheet, gutter: float | None = None) -> tuple[TableArea, ...]:
    """Return the tables that words make, from top to bottom.

    `gutter` is where the text of the page is parted into columns, if it is.
    """
    areas: list[TableArea] = []
    for region in _regions(visual_lines(words)):
        if gutter is not None and parts_prose(gutter, region, broken=True):
            areas.extend(_tables_beside(region, sheet, gutter, depth=0))
        else:
            areas.extend(_tables_in(region, sheet, depth=0))
    return tuple(sorted(areas, key=lambda area: area.box[1]))


def table_between(columns: Uprights, words: Sequence[Word], sheet: Sheet) -> TableArea | None:
    """Return the table with rulings between its columns; None where they separate prose, or words cross it."""
    left, *places, right = columns.places
    words = [word for word in words if word.box[1] < columns.bottom and word.box[3] > columns.top]
    inside = [word for word in words if word.box[2] > left and word.box[0] < right]
    cut = any(word.box[1] < edge < word.box[3] for word in inside for edge in (columns.top, columns.bottom))
    if cut or are_cells([word for word in words if word.box[2] <= left or word.box[0] >= right]):
        return None
    lines = visual_lines(inside)
    if not places or len(lines) < _MIN_ROWS or any(parts_prose(place, lines, broken=True) for place in places):
        return None
    table = [pieces_of(line, places) for line in lines]
    pieces = [piece for line in table for piece in line.values()]
    over = sum(piece.last > piece.column for piece in pieces)
    if over > _RUNNING_OVER * len(pieces) or len({piece.column for piece in pieces}) <= len(places):
        return None  # a drawing: text runs over the rulings, or a column is empty
    return _area(lines, table, sheet, headed=columns.headed)


def _tables_in(region: Sequence[VisualLine], sheet: Sheet, depth: int) -> list[TableArea]:
    region = _without_prose(region)
    places = separators(region) if region else []
    if not places:
        return []
    gutter = next((place for place in places if parts_prose(place, region)), None)
    if gutter is None:
        if are_prose(region, places):
            return []
        area = _table(region, places, sheet)
        return [area] if area else []
    return [] if depth else _tables_beside(region, sheet, gutter, depth)


def _tables_beside(region: Sequence[VisualLine], sheet: Sheet, gutter: float, depth: int) -> list[TableArea]:
    """Return the tables in the two columns of text on either side of a gutter."""
    areas = []
    for left in (True, False):
        words = [word for line in region for word in line.words if (word.box[2] <= gutter) is left]
        for part in _regions(visual_lines(words)):
            areas.extend(_tables_in(part, sheet, depth + 1))
    return areas


def _regions(lines: Sequence[VisualLine]) -> list[list[VisualLine]]:
    """Return runs of lines, most of them broken by gaps, that may be tables."""
    regions: list[list[VisualLine]] = []
    run: _Region | None = None
    for line in lines:
        if run is not None and run.is_far(line):
            regions.append(run.closed())
            run = None
        if len(line.segments(CELL_GAP)) > 1:
            run = run or _Region()
            run.add(line)
        elif run is not None:
            run.wait(line)
            if run.is_over():
                regions.append(run.closed())
                run = None
    if run is not None:
        regions.append(run.closed())
    return [region for region in regions if len(region) >= 2]  # noqa: PLR2004 - a table has two rows


class _Region:
    """Lines that follow one another, the last broken one at the end of `_lines`, those after it `_waiting`."""

    def __init__(self) -> None:
        self._lines: list[VisualLine] = []
        self._waiting: list[VisualLine] = []
        self._gaps: list[float] = []  # between all of them, from low to high
        self._left, self._right = math.inf, -math.inf  # of the lines up to the last broken one

    def add(self, line: VisualLine) -> None:
        """Add a broken line, and the waiting unbroken lines."""
        self._measure(line)
        for one in (*self._waiting, line):
            self._left, self._right = min(self._left, one.extent[0]), max(self._right, one.extent[1])
        self._lines += [*self._waiting, line]
        self._waiting = []

    def wait(self, line: VisualLine) -> None:
        """Add an unbroken line to the waiting ones; it belongs here if a broken one follows."""
        self._measure(line)
        self._waiting.append(line)

    def is_far(self, line: VisualLine) -> bool:
        """Return whether a line is too far below the others to continue them."""
        last = (self._lines + self._waiting)[-3:] if len(self._waiting) < 3 else self._waiting[-3:]  # noqa: PLR2004
        usual = median(self._gaps) if len(self._gaps) > 1 else 0.0
        far = line.top - max(before.bottom for before in last)
        if far <= max(_FAR * line.size, _FARTHER * usual):
            return False
        return far > max(_FARTHEST * line.size, _FARTHER * usual) or not _is_alike(last[-1], line)

    def is_over(self) -> bool:
        """Return whether the unbroken lines after the last broken one are too many to belong to it."""
        wide = _WIDE * (self._right - self._left)
        many = sum(line.extent[1] - line.extent[0] > wide for line in self._waiting) > _MAX_WIDE
        return many or len(self._waiting) > _MAX_NARROW

    def closed(self) -> list[VisualLine]:
        """Return the lines with those right below that go on a wrapped cell of the last row."""
        kept = list(self._lines)
        places = separators(self._lines) if self._waiting else []
        for line in self._waiting:
            begin, end = line.extent
            near = line.top - kept[-1].bottom < _NEAR * line.size
            within = begin > self._left + line.size and end <= self._right + line.size
            if not (near and within) or any(begin < place < end for place in places):
                break
            kept.append(line)
        return kept

    def _measure(self, line: VisualLine) -> None:
        before = self._waiting[-1] if self._waiting else self._lines[-1] if self._lines else None
        if before is not None:
            insort(self._gaps, line.top - before.bottom)


def _is_alike(above: VisualLine, line: VisualLine) -> bool:
    """Return whether two lines have three parts or more, most of them under one another."""
    uppers = [(run[0].box[0], run[-1].box[2]) for run in above.segments(CELL_GAP)]
    lowers = [(run[0].box[0], run[-1].box[2]) for run in line.segments(CELL_GAP)]
    under = sum(any(left < end and start < right for left, right in uppers) for start, end in lowers)
    return len(lowers) > 2 and under >= _ALIKE * max(len(lowers), len(uppers))  # noqa: PLR2004 - two may be prose


def _table(region: Sequence[VisualLine], places: Sequence[float], sheet: Sheet) -> TableArea | None:
    lines = list(region)
    table: list[TableLine] = [pieces_of(line, places) for line in lines]
    while table and (table[0].keys() == {0} or _runs_on(lines[0], table[0])):
        del table[0], lines[0]
    while table and _runs_on(lines[-1], table[-1]):
        del table[-1], lines[-1]
    if len(table) < 2 or _is_list(table, places) or _is_contents(lines, places):  # noqa: PLR2004
        return None
    area = _area(lines, table, sheet)
    filled = area is not None and len(area.cells) >= _MIN_FILLED * area.height * (len(places) + 1)
    return area if filled and (len(places) > 1 or _has_figures(table)) else None


def _area(
    lines: Sequence[VisualLine], table: Sequence[TableLine], sheet: Sheet, *, headed: bool = False
) -> TableArea | None:
    """Return the table of lines in so many columns, None where too little of their text is side by side."""
    left, right = min(line.extent[0] for line in lines), max(line.extent[1] for line in lines)
    heights = _rules_across(sheet.rules, left, right)
    starts = row_starts(lines, table, heights, headed=headed)
    cells = [
        cell
        for row, (start, end) in enumerate(pairwise([*starts, len(table)]))
        for cell in _cells(row, table[start:end], sheet.number)
    ]
    if not _is_table(cells):
        return None
    return TableArea(around(cell.box for cell in cells if cell.box), tuple(cells))


def _without_prose(region: Sequence[VisualLine]) -> list[VisualLine]:
    """Return a region without the sentences at its edges that begin at its left: titles, sources, notes."""
    lines = list(region)
    left = min(line.extent[0] for line in lines)
    while lines and _is_sentence(lines[0]) and lines[0].extent[0] < left + lines[0].size:
        del lines[0]
    while lines and _is_sentence(lines[-1]) and lines[-1].extent[0] < left + lines[-1].size:
        del lines[-1]
    return lines


def _is_sentence(line: VisualLine) -> bool:
    begin, end = line.extent
    inked = sum(run[-1].box[2] - run[0].box[0] for run in line.segments(SPACE))
    return len(line.words) >= _SENTENCE and inked > _DENSE * (end - begin)


def _runs_on(line: VisualLine, pieces: TableLine) -> bool:
    """Return whether a line at the edge is a title or a note: from the first column on, hardly a gap in it."""
    if 0 not in pieces:
        return False
    return _is_sentence(line) or (len(pieces) == 1 and pieces[0].last > 0)


def _rules_across(rules: Sequence[Box], left: float, right: float) -> list[float]:
    """Return the heights of the rules that run across most of a table, pieces of one rule joined."""
    covered: defaultdict[float, float] = defaultdict(float)
    for x0, top, x1, bottom in rules:
        covered[round((top + bottom) / 2)] += max(0.0, min(x1, right) - max(x0, left))
    return sorted(height for height, wide in covered.items() if wide > 0.7 * (right - left))


def _cells(row: int, lines: Sequence[TableLine], page: int) -> list[Cell]:
    held: dict[int, list[Piece]] = defaultdict(list)
    for line in lines:
        for column, piece in line.items():
            held[column].append(piece)
    cells = []
    for column, pieces in sorted(held.items()):
        box = rounded(around(word.box for piece in pieces for word in piece.words))
        text = " ".join(piece.text for piece in pieces)
        last = max(piece.last for piece in pieces)
        last = min(last, min((other for other in held if other > column), default=last + 1) - 1)
        cells.append(Cell(row=row, column=column, colspan=last - column + 1, text=text, page=page, box=box))
    return cells


def _has_figures(table: Sequence[TableLine]) -> bool:
    """Return whether a column holds figures: mastheads, addresses and lists of terms have two columns of words."""
    columns: dict[int, list[bool]] = defaultdict(list)
    for line in table:
        for column, piece in line.items():
            columns[column].append(piece.is_figure)
    return any(len(found) >= _MIN_ROWS and sum(found) >= _TELLING * len(found) for found in columns.values())


def _is_list(table: Sequence[TableLine], places: Sequence[float]) -> bool:
    """Return whether all columns but the last hold printed numbers and bullets: a list, not a table.

    Lines of the paragraphs around it may be broken by a wide space.
    """
    last = len(places)
    before = [[piece.text for piece in line.values() if piece.last < last] for line in table]
    if all(_MARK.match(text) for texts in before for text in texts):
        return True
    items = sum(
        len(texts) == len(line) - 1 == 1 and bool(_ITEM.match(texts[0]))
        for texts, line in zip(before, table, strict=True)
    )
    return items > sum(len(line) > 1 for line in table) - items


def _is_contents(lines: Sequence[VisualLine], places: Sequence[float]) -> bool:
    led = sum(any(word.leader for word in line.words) for line in lines)
    return len(places) <= 2 and led > _LEADERS * len(lines)  # noqa: PLR2004 - number, title, page


def _is_table(cells: Sequence[Cell]) -> bool:
    rows: dict[int, int] = defaultdict(int)
    long: dict[int, int] = defaultdict(int)
    used = {cell.column for cell in cells}
    for cell in cells:
        rows[cell.row] += 1
        long[cell.row] += len(cell.text) > _COLUMN_OF_PROSE
    beside = sum(count > 1 for count in rows.values())
    return (
        max(long.values()) < 2  # noqa: PLR2004 - adjacent columns of prose
        and len(rows) >= _MIN_ROWS
        and len(used) > 1
        and beside >= _MIN_BESIDE * len(rows)
    )
