"""Determines the reading order of a page's lines: columns by recursive cuts; mastheads drawn late are moved."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median

from extractors.readers.pdf.text.lines import Line
from extractors.text.numbering import is_lone_number

_MIN_LINES = 12  # fewer lines make no columns
_MIN_SIDE = 4  # lines on each side of a gutter
_MIN_BAND = 2  # the same in a band of its own, where the rest of the page shows the gutter
_MARGIN = 0.15  # share of the width of the text, at each side, where no gutter is looked for
_EDGE = 2.0  # points by which a line may reach into the gutter
_FILLED = 0.5  # of its column is as wide as the middle line of it; the cells of a table are narrower
_WORDS = 20  # characters; the numbers of pages next to the titles of a table of contents are shorter
_LONGER = 2.0  # times the labels of a list are the texts next to them, at least
_LABELS = 0.9  # of the labels of a list stand next to their texts; lines of columns have their own heights
_LABELLED = 0.15  # of the rows of a list begin with a label; texts go on below theirs
_CLOSE = 1.8  # em between two lines of a paragraph at most
_BESIDE = 0.5  # share of the height of the lower of two columns that overlaps the other
_MAX_CUTS = 6  # within each other
_TAKEN_UP = 0.85  # share of a height that lines of prose take up
_LEVEL = 0.5  # em between the baselines of lines in one row, at most
_LEVEL_APART = 1.1  # em between those of adjacent lines; two lines of a column are farther apart


def page_gutters(pages: Sequence[Sequence[Line]]) -> list[float | None]:
    """Return the x of the gutter of each page, or None; a page with few lines may share that of another page."""
    own = [find_gutter(_upright(lines)) for lines in pages]
    known = [x for x, _ in Counter(x for x in own if x is not None).most_common()]
    return [
        x if x is not None else next((other for other in known if _is_gutter(other, _upright(lines))), None)
        for x, lines in zip(own, pages, strict=True)
    ]


def reading_order(lines: Sequence[Line], gutter: float | None) -> list[Line]:
    """Return the lines of a page, whose gutter is at `gutter` if it has one, in the order in which they are read.

    Where lines stand in columns, all of a column comes before the next one; lines across the columns part what
    is above them from what is below. Without columns the order is that of the content, except that a run of
    lines drawn late is moved before the lines that stand wholly below it. Sideways lines come last.
    """
    sideways = [line for line in lines if line.angle != 0]
    return _ordered(_upright(lines), gutter, _MAX_CUTS) + sideways


def find_gutter(lines: Sequence[Line]) -> float | None:
    """Return the x of the gutter that has most lines in columns on both sides, or None where there is none.

    A gutter ends where many lines begin.
    """
    places = _starts(lines) if len(lines) >= _MIN_LINES else []
    if not places:
        return None
    rows = _by_rows(lines)
    inside, x = max((sum(len(band) for band, parted in _bands(rows, x, _MIN_SIDE) if parted), x) for x in places)
    return x if inside else None


def _starts(lines: Sequence[Line]) -> list[float]:
    """Return where, a little before many lines begin inside of the text, a gutter may be."""
    lefts = [line.box[0] for line in lines]
    left, right = min(lefts), max([line.box[2] for line in lines])
    margin = _MARGIN * (right - left)
    inner = [x for x in lefts if left + margin < x < right - margin]
    if len(inner) < _MIN_SIDE:
        return []
    starts = Counter(map(round, inner))
    return [
        start - 1.0
        for start, count in starts.items()
        if count >= _MIN_SIDE or count + starts.get(start - 1, 0) + starts.get(start + 1, 0) >= _MIN_SIDE
    ]


def _is_gutter(x: float, lines: Sequence[Line]) -> bool:
    """Return whether most of the lines of a page stand in columns of text at a gutter that another page has."""
    inside = [line for band, parted in _bands(_by_rows(lines), x, _MIN_BAND) if parted for line in band]
    sides = _sides(inside, x)
    return len(inside) > 0.5 * len(lines) and all(median(len(line.text) for line in side) > _WORDS for side in sides)


def _upright(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.angle == 0]


def _ordered(lines: list[Line], gutter: float | None, cuts: int) -> list[Line]:
    if gutter is None:
        return _runs_in_order(lines)
    place = {id(line): position for position, line in enumerate(lines)}
    ordered: list[Line] = []
    for band, parted in _bands(_by_rows(lines), gutter, _MIN_BAND):
        if parted:
            for side in _sides(band, gutter):
                column = sorted(side, key=lambda line: place[id(line)])
                ordered += _ordered(column, find_gutter(column) if cuts else None, cuts - 1)
        else:
            ordered += _runs_in_order(sorted(band, key=lambda line: place[id(line)]))
    return ordered


def _by_rows(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.baseline, line.start))


def _bands(lines: Sequence[Line], gutter: float, least: int) -> Iterator[tuple[list[Line], bool]]:
    """Yield lines, sorted from top to bottom, in bands: those in two columns at a gutter, and those between."""
    waiting: list[Line] = []
    band: list[Line] = []
    for line in lines:
        if line.box[2] <= gutter + _EDGE or line.box[0] >= gutter - _EDGE:
            band.append(line)
            continue
        if _in_columns(band, gutter, least):
            if waiting:
                yield waiting, False
            yield band, True
            waiting = []
        else:
            waiting += band
        waiting.append(line)
        band = []
    if _in_columns(band, gutter, least):
        if waiting:
            yield waiting, False
        yield band, True
    elif waiting or band:
        yield [*waiting, *band], False


def _sides(lines: Sequence[Line], gutter: float) -> tuple[list[Line], list[Line]]:
    left = [line for line in lines if line.box[2] <= gutter + _EDGE]
    return left, [line for line in lines if line.box[2] > gutter + _EDGE]


def _in_columns(lines: Sequence[Line], gutter: float, least: int) -> bool:
    """Return whether lines make two columns of running text, of so many lines at least, side by side."""
    if len(lines) < (2 * least if least == _MIN_BAND else _MIN_LINES):
        return False
    left, right = _sides(lines, gutter)
    if min(len(left), len(right)) < least:
        return False
    (left_top, left_bottom), (right_top, right_bottom) = _extent(left), _extent(right)
    beside = min(left_bottom, right_bottom) - max(left_top, right_top)
    if beside < _BESIDE * min(left_bottom - left_top, right_bottom - right_top):
        return False
    if len(lines) < _MIN_LINES and not (_holds_close_lines(left) or _holds_close_lines(right)):
        return False  # a masthead, read row by row
    return _is_filled(left) and _is_filled(right) and not _are_labels(left, right)


def _are_labels(lines: Sequence[Line], others: Sequence[Line]) -> bool:
    """Return whether lines are labels: short, and level with others that are longer, as in a list of acronyms."""
    if not are_short(lines, others):
        return False
    heights = sorted(line.baseline for line in others)
    level = 0
    for line in lines:
        place = bisect_left(heights, line.baseline - _LEVEL * line.size)
        level += place < len(heights) and heights[place] < line.baseline + _LEVEL * line.size
    return level >= _LABELS * len(lines)


def are_short(labels: Sequence[Line], texts: Sequence[Line]) -> bool:
    """Return whether lines are as short as labels are, next to others; figures alone number the lines of a draft."""
    usual = median(len(line.text) for line in labels)
    if usual > _WORDS or median(len(line.text) for line in texts) < _LONGER * usual:
        return False
    return 2 * sum(line.text.isdecimal() for line in labels) < len(labels)


def _is_filled(lines: Sequence[Line]) -> bool:
    """Return whether lines make a column of running text, or two side by side from their top to their end."""
    if _fill(lines) >= _FILLED:
        return True
    if median(len(line.text) for line in lines) <= _WORDS:
        return False
    top, bottom = _extent(lines)
    return any(all(_is_whole_column(side, bottom - top) for side in _sides(lines, x)) for x in _starts(lines))


def _is_whole_column(lines: Sequence[Line], height: float) -> bool:
    return (
        len(lines) >= _MIN_SIDE
        and _fill(lines) >= _FILLED
        and fill_height(sorted(line.baseline for line in lines), height)
    )


def fill_height(heights: Sequence[float], height: float) -> bool:
    """Return whether lines at the given heights, from top to bottom, are prose that fills a height.

    Cells of a table, however long, leave some of it empty.
    """
    return median(lower - upper for upper, lower in pairwise(heights)) * len(heights) >= _TAKEN_UP * height


def _holds_close_lines(lines: Sequence[Line]) -> bool:
    """Return whether a line follows another as in a paragraph."""
    return any(0 < line.baseline - before.baseline < _CLOSE * line.size for before, line in pairwise(lines))


def _extent(lines: Sequence[Line]) -> tuple[float, float]:
    return min([line.box[1] for line in lines]), max([line.box[3] for line in lines])


def _fill(lines: Sequence[Line]) -> float:
    width = max([line.box[2] for line in lines]) - min([line.box[0] for line in lines])
    return median([line.box[2] - line.box[0] for line in lines]) / max(1.0, width)


def _runs_in_order(lines: Sequence[Line]) -> list[Line]:
    runs: list[list[Line]] = []
    for line in lines:
        if runs and line.baseline > runs[-1][-1].baseline - line.size:
            runs[-1].append(line)
        else:
            runs.append([line])
    if len(runs) == 1:
        return runs[0]
    level = _rows(lines, _LEVEL)
    if _are_labelled(level):
        return [line for row in level for line in sorted(row.values(), key=lambda line: line.start)]
    rows = _rows(lines, _LEVEL_APART)
    if all(_is_one_row(row) for row in rows):
        return [lines[place] for row in rows for place in _numbers_first(row)]
    ordered: list[list[Line]] = []
    for run in runs:
        bottom = max(line.box[3] for line in run)
        place = len(ordered)
        while place and min(line.box[1] for line in ordered[place - 1]) >= bottom - 0.5 * run[0].size:
            place -= 1
        ordered.insert(place, run)
    return [line for run in ordered for line in run]


def _are_labelled(rows: Sequence[Mapping[int, Line]]) -> bool:
    """Return whether rows are those of a list, its labels at the left."""
    several = [sorted(row.values(), key=lambda line: line.start) for row in rows if len(row) > 1]
    if len(several) < max(_MIN_SIDE, _LABELLED * len(rows)):
        return False
    return _are_labels([row[0] for row in several], [line for row in several for line in row[1:]])


def _rows(lines: Sequence[Line], apart: float) -> list[dict[int, Line]]:
    """Return lines that stand side by side, by their places in the content, from the top row to the last.

    `apart` is the distance of the baselines of lines that do not stand over one another, in em, at most.
    """
    rows: list[dict[int, Line]] = []
    last: Line | None = None
    for place, line in sorted(enumerate(lines), key=lambda placed: placed[1].baseline):
        if last is not None and _stands_beside(last, line, apart):
            rows[-1][place] = line
        else:
            rows.append({place: line})
        last = line
    return rows


def _stands_beside(last: Line, line: Line, apart: float) -> bool:
    beside = line.start > last.end or line.end < last.start
    return line.baseline - last.baseline < (apart if beside else _LEVEL) * line.size


def _is_one_row(row: Mapping[int, Line]) -> bool:
    """Return whether adjacent lines are one line of text: drawn one after the other, but for its number."""
    text = sorted(place for place, line in row.items() if not is_lone_number(line.text))
    if not text:
        return len(row) == 1
    left = min(row[place].start for place in text)
    numbers = [line for place, line in row.items() if place not in text]
    return text[-1] - text[0] == len(text) - 1 and all(number.end <= left for number in numbers)


def _numbers_first(row: Mapping[int, Line]) -> list[int]:
    return sorted(row, key=lambda place: (not is_lone_number(row[place].text), place))
