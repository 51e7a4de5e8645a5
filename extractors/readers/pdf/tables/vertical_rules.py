"""Detects tables that have vertical rules alone, between their columns."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from extractors.document import Box
from extractors.readers.pdf.text.lines import Line

_LEAST_HEIGHT = 40.0  # points of rulings that part columns
_ALIKE = 8.0  # points by which such rulings may begin or end apart
_LEAST_ROWS = 3  # of a table that is inferred from them
_LEAST_POSTS = 2  # rulings down; a single one is no evidence
_MOST_POSTS = 100  # rulings down; more are a drawing
_MOST_ROWS = 300  # inferred from the pieces of a vertical rule; more are a drawing
_NEAR = 1.5  # points; ends of rulings nearer than this are one height, or one place
_SHARED = 0.8  # share of the heights of the shorter of two posts that the other has, too
_RULED = 0.5  # share of the heights with a ruling across; more is a ruled table
_ASTRIDE = 0.1  # share of the lines that may stand on a height: rows of a table part its lines
_MIDDLE = 0.4  # of a line's height; a line with its middle nearer to a height stands on it
_BESIDE = 4.0  # points from the first or last height to a ruling across that belongs to the table
_MARGIN = 2.0  # points between the text of a table and its sides

_Post = tuple[float, list[float]]
"""Rulings one below the other: their distance from the left, and the heights where one ends and the next begins."""


class Uprights(NamedTuple):
    """Adjacent vertical rules: the places between columns, and their distances from the top of the page.

    They are `headed` where a ruled head stands above `top`.
    """

    places: tuple[float, ...]
    top: float
    bottom: float
    headed: bool = False


def uprights(rulings: Sequence[Box]) -> list[Uprights]:
    """Return groups of two or more vertical rulings that begin and end at the same heights."""
    found: list[Uprights] = []
    tall = [one for one in _joined_rulings(rulings) if one[2] - one[1] >= _LEAST_HEIGHT]
    for x, top, bottom in tall if len(tall) <= _MOST_POSTS else ():
        place = next((p for p, one in enumerate(found) if _ends_alike(one, top, bottom)), None)
        if place is None:
            found.append(Uprights((x,), top, bottom))
        else:
            one = found[place]
            found[place] = Uprights((*one.places, x), min(one.top, top), max(one.bottom, bottom))
    return [one for one in found if len(one.places) >= _LEAST_POSTS]


def _ends_alike(one: Uprights, top: float, bottom: float) -> bool:
    return abs(one.top - top) <= _ALIKE and abs(one.bottom - bottom) <= _ALIKE


def _joined_rulings(rulings: Sequence[Box]) -> Iterator[tuple[float, float, float]]:
    """Yield each vertical ruling, continuations joined: the distance from the left, top and bottom."""
    for x, pieces in _by_place(rulings):
        start, end = pieces[0]
        for top, bottom in pieces[1:]:
            if top > end + _NEAR:
                yield x, start, end
                start = top
            end = max(end, bottom)
        yield x, start, end


def rungs(rulings: Sequence[Box], lines: Sequence[Line]) -> list[Box]:
    """Return inferred rulings between the rows of tables that have only vertical rulings.

    Word draws the edges of each cell separately: rows end where the pieces of two vertical rulings end at the same
    heights.
    """
    found: list[Box] = []
    for posts in _ladders(rulings):
        heights = _shared_heights(posts)
        if len(heights) <= _LEAST_ROWS or _are_ruled(heights, posts, rulings):
            continue
        inside = [line for line in lines if line.angle == 0 and heights[0] < _middle(line) < heights[-1]]
        if not inside or sum(_stands_on(line, heights) for line in inside) > _ASTRIDE * len(inside):
            continue
        first, last = posts[0][0], posts[-1][0]
        ends = [box for box in rulings if _is_across(box, first, last) and _is_near(box, heights)]
        left = min([first, *(box[0] for box in ends), min(line.start for line in inside) - _MARGIN])
        right = max([last, *(box[2] for box in ends), max(line.end for line in inside) + _MARGIN])
        found += [(left, height, right, height) for height in heights]
    return found


def _ladders(rulings: Sequence[Box]) -> Iterator[list[_Post]]:
    """Yield groups of posts that share their heights, from left to right."""
    waiting = sorted(_posts(rulings), key=itemgetter(0))
    if len(waiting) > _MOST_POSTS or any(len(heights) > _MOST_ROWS for _, heights in waiting):
        return
    while waiting:
        ladder = [waiting.pop(0)]
        ladder += [post for post in waiting if _share(ladder[0][1], post[1])]
        waiting = [post for post in waiting if post not in ladder]
        if len(ladder) >= _LEAST_POSTS:
            yield ladder


def _posts(rulings: Sequence[Box]) -> Iterator[_Post]:
    """Yield the rulings down that touch one another, three or more each."""
    for x, pieces in _by_place(rulings):
        heights = [*pieces[0]]
        for top, bottom in pieces[1:]:
            if abs(top - heights[-1]) <= _NEAR:
                heights.append(bottom)
            elif bottom > heights[-1] + _NEAR:  # skip a second drawing of the same ruling
                if len(heights) > _LEAST_ROWS:
                    yield x, heights
                heights = [top, bottom]
        if len(heights) > _LEAST_ROWS:
            yield x, heights


def _by_place(rulings: Sequence[Box]) -> Iterator[tuple[float, list[tuple[float, float]]]]:
    """Yield the places of rulings down from left to right, with the tops and bottoms of those there, top first."""
    upright = [((x0 + x1) / 2, top, bottom) for x0, top, x1, bottom in rulings if bottom - top > x1 - x0]
    here: list[tuple[float, float, float]] = []
    for one in sorted(upright):
        if here and one[0] - here[-1][0] > _NEAR:
            yield here[0][0], sorted(piece[1:] for piece in here)
            here = []
        here.append(one)
    if here:
        yield here[0][0], sorted(piece[1:] for piece in here)


def _share(heights: Sequence[float], others: Sequence[float]) -> bool:
    shared = sum(_is_among(others, height) for height in heights)
    return shared >= _SHARED * min(len(heights), len(others))


def _is_among(heights: Sequence[float], height: float) -> bool:
    """Return whether one of some heights, from top to bottom, is as good as a height."""
    place = bisect_left(heights, height - _NEAR)
    return place < len(heights) and heights[place] <= height + _NEAR


def _shared_heights(posts: Sequence[_Post]) -> list[float]:
    """Return the heights that most posts of a ladder have, from top to bottom."""
    kept: list[float] = []
    for height in sorted(height for _, heights in posts for height in heights):
        if kept and height - kept[-1] <= _NEAR:
            continue
        if sum(_is_among(heights, height) for _, heights in posts) > len(posts) / 2:
            kept.append(height)
    return kept


def _are_ruled(heights: Sequence[float], posts: Sequence[_Post], rulings: Sequence[Box]) -> bool:
    """Return whether many of the heights have horizontal rulings already."""
    left, right = posts[0][0], posts[-1][0]
    across = sorted((box[1] + box[3]) / 2 for box in rulings if _is_across(box, left, right))
    return sum(_is_among(across, height) for height in heights) > _RULED * len(heights)


def _is_across(ruling: Box, left: float, right: float) -> bool:
    x0, top, x1, bottom = ruling
    return x1 - x0 >= bottom - top and x0 < right + _NEAR and x1 > left - _NEAR


def _is_near(ruling: Box, heights: Sequence[float]) -> bool:
    return heights[0] - _BESIDE < ruling[1] and ruling[3] < heights[-1] + _BESIDE


def _middle(line: Line) -> float:
    return (line.box[1] + line.box[3]) / 2


def _stands_on(line: Line, heights: Sequence[float]) -> bool:
    middle, near = _middle(line), _MIDDLE * (line.box[3] - line.box[1])
    place = bisect_right(heights, middle - near)
    return place < len(heights) and heights[place] < middle + near
