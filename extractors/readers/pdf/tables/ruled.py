"""Finds cells between the rulings that PDFium returns, by pdfplumber's table finder."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise
from operator import itemgetter
from typing import Any

from extractors.document import Box

MIN_LENGTH = 8.0
"""Points of a ruling."""

_MAX_CROSSINGS = 250_000  # rulings across × rulings down that the finder has to cross
_MIN_ROWS = 3  # of a table with an open side
_SNAP = 3.0  # points, pdfplumber's default for snapping, joining and crossing

Point = tuple[float, float]
"""Where rulings cross: the distances from the left and from the top."""

Crossings = Mapping[Point, Mapping[str, Sequence[Mapping[str, Any]]]]
"""The rulings down ("v") and across ("h") through each point, as pdfplumber's finder gives them."""


def grids(rulings: Sequence[Box]) -> list[list[Box]]:
    """Return the cells of each table that pdfplumber finds between rulings, from the top of the page to its end."""
    edges = [_edge(ruling) for ruling in rulings]
    if min(_directions(edges)) < 2:  # noqa: PLR2004 - a table has two rows and two columns at least
        return []
    from pdfplumber import table as finder

    merged = finder.merge_edges(edges, _SNAP, _SNAP, _SNAP, _SNAP)
    merged = [edge for edge in merged if max(edge["x1"] - edge["x0"], edge["bottom"] - edge["top"]) >= MIN_LENGTH]
    across, down = _directions(merged)
    if across * down > _MAX_CROSSINGS:
        return []
    crossings = finder.edges_to_intersections([*merged, *_open_sides(merged)], _SNAP, _SNAP)
    found: list[list[Box]] = finder.cells_to_tables(cells_at(crossings))
    return found


def _open_sides(edges: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return vertical rulings for the open sides of tables, where all horizontal rulings begin or end.

    A side goes from a ruling across to the next one where another ruling leads down from one to the other.
    """
    across = [edge for edge in edges if edge["orientation"] == "h"]
    down = [edge for edge in edges if edge["orientation"] == "v"]
    sides: list[dict[str, Any]] = []
    for end in ("x0", "x1"):
        for lines in (run for group in _with_common_end(across, end) for run in _connected_runs(group, down)):
            x, top, bottom = lines[0][end], lines[0]["top"], lines[-1]["bottom"]
            if any(abs(edge["x0"] - x) <= _SNAP and edge["top"] < bottom and edge["bottom"] > top for edge in down):
                continue  # boxes, one below the other
            if len(lines) > _MIN_ROWS:
                sides += [_edge((x, upper["top"], x, lower["top"])) for upper, lower in pairwise(lines)]
    return sides


def _connected_runs(lines: Sequence[dict[str, Any]], down: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield horizontal rulings, from top to bottom, in runs that vertical rulings connect."""
    run = [lines[0]]
    for upper, lower in pairwise(lines):
        if not _connects(down, upper, lower):
            yield run
            run = []
        run.append(lower)
    yield run


def _with_common_end(edges: Sequence[dict[str, Any]], end: str) -> Iterator[list[dict[str, Any]]]:
    """Yield groups of edges that end at the same place, from top to bottom."""
    group: list[dict[str, Any]] = []
    for edge in sorted(edges, key=itemgetter(end)):
        if group and edge[end] - group[0][end] > _SNAP:
            yield sorted(group, key=itemgetter("top"))
            group = []
        group.append(edge)
    if group:
        yield sorted(group, key=itemgetter("top"))


def _connects(down: Sequence[dict[str, Any]], upper: dict[str, Any], lower: dict[str, Any]) -> bool:
    """Return whether a vertical ruling connects two horizontal ones, away from their ends."""
    left, right = max(upper["x0"], lower["x0"]) + MIN_LENGTH, min(upper["x1"], lower["x1"]) - MIN_LENGTH
    top, bottom = upper["top"] + _SNAP, lower["top"] - _SNAP
    return any(left < edge["x0"] < right and edge["top"] <= top and edge["bottom"] >= bottom for edge in down)


def cells_at(crossings: Crossings) -> list[Box]:
    """Return the smallest cell that has its top left at each crossing, for the crossings that have one.

    The cells of pdfplumber's `intersections_to_cells`, which looks through all crossings for each of them: a sixth
    of the time that looking for tables took.
    """
    down, across = ({point: _boxes_of(lines[way]) for point, lines in crossings.items()} for way in ("v", "h"))
    columns: dict[float, list[Point]] = defaultdict(list)
    rows: dict[float, list[Point]] = defaultdict(list)
    points = sorted(crossings)
    for point in points:
        columns[point[0]].append(point)
        rows[point[1]].append(point)

    def reached(point: Point, line: Sequence[Point], joined: Mapping[Point, frozenset[Box]]) -> Iterator[Point]:
        """Yield the later points of a line to which one ruling leads from a point."""
        own = joined[point]
        return (other for other in line[bisect_right(line, point) :] if not own.isdisjoint(joined[other]))

    def closes(bottom: Point, right: Point) -> bool:
        """Return whether rulings lead from two points to the corner that they make with the point above and left."""
        corner = (right[0], bottom[1])
        return (
            corner in crossings
            and not down[corner].isdisjoint(down[right])
            and not across[corner].isdisjoint(across[bottom])
        )

    cells = []
    for point in points:
        rights = list(reached(point, rows[point[1]], across))
        bottoms = reached(point, columns[point[0]], down) if rights else ()
        corners = ((right[0], bottom[1]) for bottom in bottoms for right in rights if closes(bottom, right))
        cells += [(*point, *corner) for corner in islice(corners, 1)]
    return cells


def _boxes_of(lines: Sequence[Mapping[str, Any]]) -> frozenset[Box]:
    return frozenset((line["x0"], line["top"], line["x1"], line["bottom"]) for line in lines)


def _directions(edges: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Return the numbers of horizontal and vertical rulings."""
    across = sum(edge["orientation"] == "h" for edge in edges)
    return across, len(edges) - across


def _edge(box: Box) -> dict[str, Any]:
    """Return a ruling in pdfplumber's form, drawn along its middle."""
    x0, top, x1, bottom = box
    flat = x1 - x0 >= bottom - top
    if flat:
        top = bottom = (top + bottom) / 2
    else:
        x0 = x1 = (x0 + x1) / 2
    return {
        "object_type": "line",
        "x0": x0,
        "x1": x1,
        "top": top,
        "bottom": bottom,
        "width": x1 - x0,
        "height": bottom - top,
        "orientation": "h" if flat else "v",
    }
