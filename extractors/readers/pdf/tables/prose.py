"""Columns of prose, distinguished from those of a table: by the words in their lines, and how far these reach."""

from collections.abc import Sequence
from itertools import groupby, pairwise

from extractors.readers.pdf.layout.reading_order import take_up
from extractors.readers.pdf.tables.columns import CELL_GAP, column_of
from extractors.readers.pdf.text.words import VisualLine, Word, visual_lines

_PROSE = 5.0  # words a line in each of two columns
_PROSE_BESIDE = 4.0  # the same in each of three or more
_LONG_COLUMN = 12  # lines of such a column at least


def parts_prose(place: float, region: Sequence[VisualLine], *, broken: bool = False) -> bool:
    """Return whether a gap parts two columns of prose, which are no table; `broken` allows for wide spaces in it."""
    sides: list[list[int]] = [[], []]
    full = 0
    for line in region:
        halves = (
            [word for word in line.words if word.box[2] <= place],
            [word for word in line.words if word.box[0] >= place],
        )
        full += bool(halves[0]) and bool(halves[1])
        for side, half in zip(sides, halves, strict=True):
            if half:
                side.append(len(half) if broken or _unbroken(half) else 0)
    beside = broken or full >= 0.5 * len(region)
    return beside and all(side and sum(side) / len(side) >= _PROSE for side in sides)


def are_prose(region: Sequence[VisualLine], places: Sequence[float]) -> bool:
    """Return whether all columns between some places are prose: lines of several words, from top to bottom."""
    columns: list[list[list[Word]]] = [[] for _ in range(len(places) + 1)]
    for line in region:
        for column, words in groupby(line.words, lambda word: column_of((word.box[0] + word.box[2]) / 2, places)):
            columns[column].append(list(words))
    height = region[-1].bottom - region[0].top
    return all(_is_prose_throughout(lines, height) for lines in columns)


def _is_prose_throughout(lines: Sequence[Sequence[Word]], height: float) -> bool:
    if len(lines) < _LONG_COLUMN or sum(map(len, lines)) < _PROSE_BESIDE * len(lines):
        return False
    return take_up([line[0].middle for line in lines], height)


def _unbroken(words: Sequence[Word]) -> bool:
    return all(word.box[0] - before.box[2] < CELL_GAP * word.size for before, word in pairwise(words))


def are_cells(words: Sequence[Word]) -> bool:
    """Return whether words next to a table are too few in their lines to be a column of text."""
    return 0 < len(words) < _PROSE * len(visual_lines(words))
