"""Cells between the rulings of a page: what is left between four of them that cross or meet.

The rules are those of pdfplumber's table finder (MIT licence). Points are looked up here instead of asking every
ruling about every other one, which takes a fifth of the time.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from extractors.document import Box

MIN_LENGTH = 8.0
"""Points of a ruling."""

_NEAR = 3.0  # points; rulings nearer to one another are one, go on one another, or meet
_MAX_CROSSINGS = 250_000  # rulings across × rulings down that are looked at

_Point = tuple[float, float]


class _Rule(NamedTuple):
    """A ruling along its middle: its place across its direction, and where it begins and ends."""

    place: float
    start: float
    end: float


_Meeting = Mapping[_Point, set[_Rule]]
"""The rulings of one direction at each point where one of the other direction meets them."""


def grids(rulings: Sequence[Box]) -> list[list[Box]]:
    """Return the cells of each group of cells that touch one another, from the top of the page to its end."""
    across = [_Rule((top + bottom) / 2, x0, x1) for x0, top, x1, bottom in rulings if x1 - x0 >= bottom - top]
    down = [_Rule((x0 + x1) / 2, top, bottom) for x0, top, x1, bottom in rulings if x1 - x0 < bottom - top]
    if len(across) < 2 or len(down) < 2:  # noqa: PLR2004 - a table has two rows and two columns at least
        return []
    across, down = _merged(across), _merged(down)
    if len(across) * len(down) > _MAX_CROSSINGS:
        return []
    groups = [group for group in _touching(_cells(across, down)) if len(group) > 1]
    return sorted(groups, key=lambda group: min((top, x0) for x0, top, _, _ in group))


def _merged(rules: Sequence[_Rule]) -> list[_Rule]:
    """Return rules in the order of their places, those near one another brought to one place and joined there."""
    merged: list[_Rule] = []
    for beside in _clusters(sorted(rules)):
        place = sum(rule.place for rule in beside) / len(beside)
        joined: list[_Rule] = []
        for _, start, end in sorted(beside, key=attrgetter("start")):
            if joined and start <= joined[-1].end + _NEAR:
                joined[-1] = _Rule(place, joined[-1].start, max(end, joined[-1].end))
            else:
                joined.append(_Rule(place, start, end))
        merged += [rule for rule in joined if rule.end - rule.start >= MIN_LENGTH]
    return merged


def _clusters(rules: Sequence[_Rule]) -> Iterator[list[_Rule]]:
    """Yield runs of rules, sorted by place, with no wider step between them."""
    cluster = [rules[0]]
    for rule in rules[1:]:
        if rule.place > cluster[-1].place + _NEAR:
            yield cluster
            cluster = []
        cluster.append(rule)
    yield cluster


def _cells(across: Sequence[_Rule], down: Sequence[_Rule]) -> list[Box]:
    """Return the smallest cell to the right of and below each point where rules meet."""
    across_at, down_at = _meeting(across, down)
    columns: dict[float, list[float]] = defaultdict(list)
    rows: dict[float, list[float]] = defaultdict(list)
    points = sorted(across_at)
    for x, y in points:
        columns[x].append(y)
        rows[y].append(x)

    def cell(x: float, y: float) -> Box | None:
        below, beside = columns[x], rows[y]
        for low in below[bisect_right(below, y) :]:
            if not _joined(down_at, (x, y), (x, low)):
                return None
            for end in beside[bisect_right(beside, x) :]:
                if not _joined(across_at, (x, y), (end, y)):
                    break
                if _joined(down_at, (end, y), (end, low)) and _joined(across_at, (x, low), (end, low)):
                    return x, y, end, low
        return None

    return [box for x, y in points if (box := cell(x, y))]


def _meeting(across: Sequence[_Rule], down: Sequence[_Rule]) -> tuple[_Meeting, _Meeting]:
    """Return the rules across, and those down, at each point where both meet."""
    heights = [rule.place for rule in across]
    across_at: dict[_Point, set[_Rule]] = defaultdict(set)
    down_at: dict[_Point, set[_Rule]] = defaultdict(set)
    for rule in down:
        x = rule.place
        for other in across[bisect_left(heights, rule.start - _NEAR) : bisect_right(heights, rule.end + _NEAR)]:
            if other.start - _NEAR <= x <= other.end + _NEAR:
                across_at[x, other.place].add(other)
                down_at[x, other.place].add(rule)
    return dict(across_at), dict(down_at)


def _joined(rules_at: _Meeting, one: _Point, other: _Point) -> bool:
    """Tell whether one rule goes through both points."""
    return other in rules_at and not rules_at[one].isdisjoint(rules_at[other])


def _touching(cells: Sequence[Box]) -> Iterator[list[Box]]:
    """Yield cells in groups that share corners."""
    around: dict[_Point, list[Box]] = defaultdict(list)
    for cell in cells:
        for corner in _corners(cell):
            around[corner].append(cell)
    seen: set[Box] = set()
    for cell in cells:
        waiting = [cell] if cell not in seen else []
        group: list[Box] = []
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                group.append(one)
                waiting += [other for corner in _corners(one) for other in around.pop(corner, ())]
        if group:
            yield group


def _corners(cell: Box) -> tuple[_Point, _Point, _Point, _Point]:
    x0, top, x1, bottom = cell
    return (x0, top), (x1, top), (x0, bottom), (x1, bottom)
