"""Reading order of the lines of one page: columns parted at a gutter, late mastheads moved to their place."""

from extractors.readers.pdf_lines import Line

_MIN_LINES = 12  # fewer lines make no columns
_GUTTER_STEPS = 41  # places tried across the middle fifth of the page
_MIN_SHARE = 0.25  # of the lines, on each side of a gutter
_MAX_CROSSING = 0.12  # of the lines
_EDGE = 2.0  # points by which a line may reach into the gutter


def reading_order(lines: list[Line], width: float) -> list[Line]:
    """Return the lines of a page `width` points wide in the order in which they are read.

    Without columns that is the order of the content, except that a run of lines drawn late is moved before
    the lines that stand wholly below it. Sideways lines come last.
    """
    upright = [line for line in lines if line.angle == 0]
    sideways = [line for line in lines if line.angle != 0]
    gutter = find_gutter(upright, width)
    ordered = _runs_in_order(upright) if gutter is None else _by_columns(upright, gutter)
    return ordered + sideways


def find_gutter(lines: list[Line], width: float) -> float | None:
    """Return the x of the gutter between two columns, or None where the page has one column."""
    if len(lines) < _MIN_LINES:
        return None
    # no gutter without lines on both sides of the stretch where it is looked for
    lefts = sum(line.box[2] <= 0.6 * width + _EDGE for line in lines)
    rights = sum(line.box[0] >= 0.4 * width - _EDGE for line in lines)
    if min(lefts, rights) < _MIN_SHARE * len(lines):
        return None
    best: tuple[int, float, float] | None = None
    for step in range(_GUTTER_STEPS):
        x = width * (0.4 + 0.2 * step / (_GUTTER_STEPS - 1))
        left = sum(line.box[2] <= x + _EDGE for line in lines)
        right = sum(line.box[0] >= x - _EDGE for line in lines)
        crossing = len(lines) - left - right
        if min(left, right) >= _MIN_SHARE * len(lines) and crossing <= _MAX_CROSSING * len(lines):
            best = min(best or (len(lines), 0.0, 0.0), (crossing, abs(x - width / 2), x))
    return best[2] if best else None


def _by_columns(lines: list[Line], gutter: float) -> list[Line]:
    """Order by bands: between two lines that cross the gutter, the left column comes before the right one."""
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in sorted(lines, key=lambda line: (line.baseline, line.start)):
        if line.box[2] <= gutter + _EDGE:
            left.append(line)
        elif line.box[0] >= gutter - _EDGE:
            right.append(line)
        else:
            ordered += [*left, *right, line]
            left, right = [], []
    return [*ordered, *left, *right]


def _runs_in_order(lines: list[Line]) -> list[Line]:
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
