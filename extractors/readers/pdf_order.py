"""Reading order of the lines of one page: columns by recursive cuts, late mastheads moved to their place."""

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from extractors.readers.pdf_lines import Line

_MIN_LINES = 12  # fewer lines make no columns
_MIN_SIDE = 4  # lines on each side of a gutter
_MIN_BAND = 2  # the same in a band of its own, where the rest of the page shows the gutter
_MARGIN = 0.15  # share of the width of the text, at each side, where no gutter is looked for
_EDGE = 2.0  # points by which a line may reach into the gutter
_FILLED = 0.5  # of its column is as wide as the middle line of it; the cells of a table are narrower
_BESIDE = 0.5  # share of the height of the lower of two columns that stands beside the other
_MAX_CUTS = 6  # within each other


def reading_order(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a page in the order in which they are read.

    Where lines stand in columns, all of a column comes before the next one; lines across the columns part what
    is above them from what is below. Without columns the order is that of the content, except that a run of
    lines drawn late is moved before the lines that stand wholly below it. Sideways lines come last.
    """
    upright = [line for line in lines if line.angle == 0]
    sideways = [line for line in lines if line.angle != 0]
    return _ordered(upright, _MAX_CUTS) + sideways


def find_gutter(lines: Sequence[Line]) -> float | None:
    """Return the x of the gutter that has most lines in columns on both sides, or None where there is none.

    A gutter ends where many lines begin.
    """
    if len(lines) < _MIN_LINES:
        return None
    left, right = min(line.box[0] for line in lines), max(line.box[2] for line in lines)
    margin = _MARGIN * (right - left)
    starts = Counter(round(line.box[0]) for line in lines if left + margin < line.box[0] < right - margin)
    rows = _by_rows(lines)
    best: tuple[int, float] | None = None
    for start, count in starts.items():
        if count + starts[start - 1] + starts[start + 1] >= _MIN_SIDE:
            x = start - 1.0
            inside = sum(len(band) for band, parted in _bands(rows, x, _MIN_SIDE) if parted)
            if inside:
                best = max(best or (0, 0.0), (inside, x))
    return best[1] if best else None


def _ordered(lines: list[Line], cuts: int) -> list[Line]:
    gutter = find_gutter(lines) if cuts else None
    if gutter is None:
        return _runs_in_order(lines)
    place = {id(line): position for position, line in enumerate(lines)}
    ordered: list[Line] = []
    for band, parted in _bands(_by_rows(lines), gutter, _MIN_BAND):
        if parted:
            for side in _sides(band, gutter):
                ordered += _ordered(sorted(side, key=lambda line: place[id(line)]), cuts - 1)
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
    """Tell whether lines make two columns of running text, of so many lines at least, beside each other."""
    left, right = _sides(lines, gutter)
    if min(len(left), len(right)) < least or (least > _MIN_BAND and len(lines) < _MIN_LINES):
        return False
    (left_top, left_bottom), (right_top, right_bottom) = _extent(left), _extent(right)
    beside = min(left_bottom, right_bottom) - max(left_top, right_top)
    if beside < _BESIDE * min(left_bottom - left_top, right_bottom - right_top):
        return False
    return _fill(left) >= _FILLED and _fill(right) >= _FILLED


def _extent(lines: Sequence[Line]) -> tuple[float, float]:
    return min(line.box[1] for line in lines), max(line.box[3] for line in lines)


def _fill(lines: Sequence[Line]) -> float:
    width = max(line.box[2] for line in lines) - min(line.box[0] for line in lines)
    return median(line.box[2] - line.box[0] for line in lines) / max(1.0, width)


def _runs_in_order(lines: Sequence[Line]) -> list[Line]:
    runs: list[list[Line]] = []
    for line in lines:
        if runs and line.baseline > runs[-1][-1].baseline - line.size:
            runs[-1].append(line)
        else:
            runs.append([line])
    ordered: list[list[Line]] = []
    for run in runs:
        bottom = max(line.box[3] for line in run)
        place = len(ordered)
        while place and min(line.box[1] for line in ordered[place - 1]) >= bottom - 0.5 * run[0].size:
            place -= 1
        ordered.insert(place, run)
    return [line for run in ordered for line in run]
