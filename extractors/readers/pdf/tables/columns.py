"""Detects the columns of a table without rules by the gaps that most of its lines share.

Columns of prose are distinguished from them by the words in their lines, and how far these reach.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise

from extractors.readers.pdf.layout.reading_order import fill_height
from extractors.readers.pdf.text.words import VisualLine, Word, visual_lines

SPACE = 0.45  # em; words nearer than this belong together
CELL_GAP = 0.9  # em; words farther apart than this stand in different cells
_FEW_LINES = 5  # lines; fewer may leave one gap by chance
_FEW_GAP = 0.8  # em; the least width of a gap that few lines share
_GAP = 0.35  # em; the least width of a gap that many lines share
_FULL = 0.6  # of the cells of the fullest lines; lines with fewer say little about columns
_CROSSING = 0.1  # share of the lines counted that may run over a gap
_RUN_OVER = 0.33  # share of all lines; where more run over a gap, it is a tab stop in prose
_PROSE = 5.0  # words a line in each of two columns
_PROSE_BESIDE = 4.0  # the same in each of three or more
_LONG_COLUMN = 12  # lines of such a column at least


def separators(lines: Sequence[VisualLine]) -> list[float]:
    """Return the places between columns from left to right; none where the lines share no gap."""
    counts = [len(line.segments(CELL_GAP)) for line in lines]
    fullest = sorted(counts)[int(0.9 * (len(counts) - 1))]
    telling = [line for line, count in zip(lines, counts, strict=True) if count >= max(2, _FULL * fullest)]
    if len(telling) < 2:  # noqa: PLR2004 - one line has no columns
        return []
    size = sorted(line.size for line in telling)[len(telling) // 2]
    places = [(left + right) / 2 for left, right in _shared_gaps(telling, size)]
    places = [place for place in places if _runs_over(place, lines) <= _RUN_OVER * len(lines)]
    return _without_strays(_without_marks(places, lines), telling)


def column_of(x: float, places: Sequence[float]) -> int:
    """Return the column, from 0, that a point stands in."""
    return bisect_left(places, x)


def _shared_gaps(lines: Sequence[VisualLine], size: float) -> list[tuple[float, float]]:
    """Return the stretches that no more than a few lines cover, inside the extent of all."""
    steps: Counter[float] = Counter()
    for line in lines:
        for run in line.segments(SPACE):
            steps[run[0].box[0]] += 1
            steps[max(word.box[2] for word in run)] -= 1
    least = (_GAP if len(lines) >= _FEW_LINES else _FEW_GAP) * size
    most = int(_CROSSING * len(lines))
    gaps: list[tuple[float, float]] = []
    covered = 0
    edges = sorted(steps)
    for left, right in pairwise(edges):
        covered += steps[left]
        if covered > most:
            continue
        if gaps and gaps[-1][1] == left:
            gaps[-1] = gaps[-1][0], right
        else:
            gaps.append((left, right))
    first, last = min(line.extent[0] for line in lines), max(line.extent[1] for line in lines)
    return [gap for gap in gaps if gap[1] - gap[0] >= least and first < gap[0] and gap[1] < last]


def _runs_over(place: float, lines: Sequence[VisualLine]) -> int:
    """Return how many lines have text on both sides of a place and no gap there."""
    return sum(any(run[0].box[0] < place < run[-1].box[2] for run in line.segments(SPACE)) for line in lines)


def _without_marks(places: list[float], lines: Sequence[VisualLine]) -> list[float]:
    """Drop the gap next to a column that holds no letter or digit: currency signs, per cents, marks."""
    held: dict[int, list[Word]] = {}
    for line in lines:
        for word in line.words:
            held.setdefault(column_of((word.box[0] + word.box[2]) / 2, places), []).append(word)
    dropped: set[int] = set()
    for column in range(len(places) + 1):
        if any(any(map(str.isalnum, word.text)) for word in held.get(column, ())):
            continue
        opens = any(word.text[0] in "$€£¥([" for word in held.get(column, ()))
        dropped.add(column if (opens or column == 0) and column < len(places) else column - 1)
    return [place for index, place in enumerate(places) if index not in dropped]


def _without_strays(places: list[float], lines: Sequence[VisualLine]) -> list[float]:
    """Join a column that one line in ten fills, or one in all, with the adjacent one that those lines leave empty.

    The words of a head often stand next to the figures below them, not over them.
    """
    filled = [{column_of((word.box[0] + word.box[2]) / 2, places) for word in line.words} for line in lines]
    few = max(1, int(_CROSSING * len(lines)))
    column = 0
    while column <= len(places):
        own = [columns for columns in filled if column in columns]
        beside = [other for other in (column + 1, column - 1) if 0 <= other <= len(places)]
        beside = [other for other in beside if not any(other in columns for columns in own)]
        if not places or len(own) > few or not beside:
            column += 1
            continue
        gap = min(column, beside[0])
        places = [*places[:gap], *places[gap + 1 :]]
        filled = [{other - (other > gap) for other in columns} for columns in filled]
        column = max(0, column - 1)
    return places


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
    return fill_height([line[0].middle for line in lines], height)


def _unbroken(words: Sequence[Word]) -> bool:
    return all(word.box[0] - before.box[2] < CELL_GAP * word.size for before, word in pairwise(words))


def are_cells(words: Sequence[Word]) -> bool:
    """Return whether words next to a table are too few in their lines to be a column of text."""
    return 0 < len(words) < _PROSE * len(visual_lines(words))
