"""Cells between the rulings of a page, by pdfplumber's table finder fed with the rulings that PDFium tells."""

from collections.abc import Sequence
from typing import Any

from extractors.document import Box

MIN_LENGTH = 8.0
"""Points of a ruling."""

_MAX_CROSSINGS = 250_000  # rulings across × rulings down that the finder is asked to cross
_SNAP = 3.0  # points, pdfplumber's default for snapping, joining and crossing


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
    crossings = finder.edges_to_intersections(merged, _SNAP, _SNAP)
    found: list[list[Box]] = finder.cells_to_tables(finder.intersections_to_cells(crossings))
    return found


def _directions(edges: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Return how many rulings run across, and how many down."""
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
