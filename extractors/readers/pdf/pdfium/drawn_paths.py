"""Extracts rulings (thin paths and edges of rectangles) and fills from a PDF page."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import Any

from extractors.document import Box
from extractors.readers.colours import is_grey, is_hidden_by
from extractors.readers.pdf.pdfium.bindings import Handle, bare, handle, handle_at
from extractors.readers.pdf.pdfium.coordinates import Frame
from extractors.readers.pdf.tables.ruled import MIN_LENGTH

_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

_THIN = 4.0  # points; a narrower path is a ruling
_RECTANGLE = (4, 5, 6)  # segments of the path of a rectangle
_MAX_SEGMENTS = 4_000  # of one path; drawings have more
_DOT = 2.0  # points; a shorter piece joins nothing
_MOST_PIECES = 4_000  # shorter than rulings; drawings have more
_MAX_NESTING = 4  # forms within forms
_OPAQUE = 255
_OUT = 0.6  # points by which a rectangle may reach out of the one that it lies on
_PAPER = 250  # of 255; lighter fills do not show


@dataclass(frozen=True, slots=True)
class Drawn:
    """Rulings as boxes, and the boxes filled with black or grey, with their colour as six hexadecimal digits.

    `connectors` are pieces too short for rulings which fill the gaps between those of one line.
    """

    rulings: list[Box]
    fills: list[tuple[Box, str]]
    connectors: list[Box]


def drawn_on(pdfium: Handle, page: Handle, frame: Frame, limit: int) -> Drawn | None:
    """Return rulings and fills of a loaded page, in points of its frame; None with more than `limit` objects."""
    count = pdfium.FPDFPage_CountObjects(page)
    if count > limit:
        return None
    walk = _Walk(pdfium, limit)
    walk.collect(page, count)
    return Drawn(
        [frame.box(*ruling) for ruling in walk.rulings],
        [(frame.box(*box), colour) for box, colour in walk.fills],
        [frame.box(*connector) for connector in walk.connectors()],
    )


class _Walk:
    """Walks the objects of a page and collects its rulings and fills as rectangles of user space."""

    def __init__(self, pdfium: Handle, limit: int) -> None:
        self.rulings: list[Box] = []  # left, bottom, right, top
        self.fills: list[tuple[Box, str]] = []
        self._pieces: list[tuple[Any, Box]] = []  # too short for rulings
        self._last_fill: tuple[Box, str] = (0.0, 0.0, 0.0, 0.0), ""
        self._pdfium = pdfium
        self._left = limit  # objects that may still be visited
        self._floats = (ctypes.c_float * 4)()
        self._places = [ctypes.byref(self._floats, 4 * place) for place in range(4)]
        self._modes = ctypes.c_int(), ctypes.c_int()
        self._to_modes = [ctypes.byref(mode) for mode in self._modes]
        self._color = (ctypes.c_uint * 4)()
        self._to_color = [ctypes.byref(self._color, 4 * place) for place in range(4)]
        self._matrix = pdfium.FS_MATRIX()
        self._to_matrix = ctypes.byref(self._matrix)
        self._bounds = bare("FPDFPageObj_GetBounds", ctypes.c_int)
        self._fill_color = bare("FPDFPageObj_GetFillColor", ctypes.c_int)
        self._draw_mode = bare("FPDFPath_GetDrawMode", ctypes.c_int)
        self._get_matrix = bare("FPDFPageObj_GetMatrix", ctypes.c_int)
        self._count_objects = bare("FPDFFormObj_CountObjects", ctypes.c_int)
        self._count_segments = bare("FPDFPath_CountSegments", ctypes.c_int)
        self._segment = bare("FPDFPath_GetPathSegment", ctypes.c_void_p)
        self._segment_kind = bare("FPDFPathSegment_GetType", ctypes.c_int)
        self._segment_point = bare("FPDFPathSegment_GetPoint", ctypes.c_int)

    def collect(self, page: Handle, count: int) -> None:
        """Collect the rulings of a page with so many objects."""
        self._walk("FPDFPage_GetObject", handle(page), count, _IDENTITY, 0)

    def connectors(self) -> list[Box]:
        """Return the short pieces in line with a ruling: Word draws the borders of cells in pieces."""
        down, across = set[tuple[float, float]](), set[tuple[float, float]]()
        for left, bottom, right, top in self.rulings if self._pieces else ():
            if top - bottom > right - left:
                down.add((round(left, 1), round(right, 1)))
            else:
                across.add((round(bottom, 1), round(top, 1)))
        found: list[Box] = []
        for item, (left, bottom, right, top) in self._pieces:
            upright = top - bottom > right - left
            lies = (round(left, 1), round(right, 1)) in down if upright else (round(bottom, 1), round(top, 1)) in across
            if lies and self._is_drawn(item):
                found.append((left, bottom, right, top))
        return found

    def _walk(self, get: str, holder: Handle, count: int, outer: _Matrix, depth: int) -> None:
        """Walk the objects of a page or a form; most are text, which costs two plain calls each."""
        pdfium = self._pdfium
        object_at, kind_of = bare(get, ctypes.c_void_p), bare("FPDFPageObj_GetType", ctypes.c_int, ctypes.c_void_p)
        path, form = pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_FORM
        looked_at = min(count, self._left)
        self._left -= looked_at
        places = list(map(object_at, repeat(holder), range(looked_at)))
        kinds = list(map(kind_of, places))
        if path not in kinds and form not in kinds:
            return
        for place, kind in zip(places, kinds, strict=True):
            if kind == path:
                self._path(handle_at(place), outer)
            elif kind == form and depth < _MAX_NESTING:
                item = handle_at(place)
                matrix, inside = _times(self._matrix_of(item), outer), self._count_objects(item)
                self._walk("FPDFFormObj_GetObject", item, inside, matrix, depth + 1)

    def _path(self, item: Handle, outer: _Matrix) -> None:
        self._bounds(item, *self._places)
        left, bottom, right, top = self._floats
        wide, high = right - left, top - bottom
        if max(wide, high) < MIN_LENGTH:
            if min(wide, high) < _THIN and max(wide, high) > _DOT and len(self._pieces) < _MOST_PIECES:
                self._pieces.append((item, _moved((left, bottom, right, top), outer)))
            return
        if min(wide, high) < _THIN:
            if not self._is_drawn(item):
                return
            self.rulings.append(_moved((left, bottom, right, top), outer))
            return
        count = self._count_segments(item)
        if not _RECTANGLE[0] <= count <= _MAX_SEGMENTS or not self._is_drawn(item):
            return
        if count <= _RECTANGLE[-1] and self._add_fill(item, _moved((left, bottom, right, top), outer)):
            return
        inner = _times(self._matrix_of(item), outer)
        for (x0, y0), (x1, y1) in self._segments(item, count, inner):
            if abs(x0 - x1) < 1 or abs(y0 - y1) < 1:
                self.rulings.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))

    def _add_fill(self, item: Handle, box: Box) -> bool:
        """Record a filled rectangle, and return whether it shows no edge: it lies on the last one, in the same colour.

        Word fills a cell, and then the place of each of its lines.
        """
        fill, stroke = self._modes
        if not fill.value or not self._fill_color(item, *self._to_color):
            return False
        red, green, blue, alpha = self._color
        colour = f"{red:02X}{green:02X}{blue:02X}"
        if alpha == _OPAQUE and (is_hidden_by(None, colour) or is_grey(colour)):
            self.fills.append((box, colour))
        last, last_colour = self._last_fill
        if stroke.value or colour != last_colour or not _lies_on(box, last):
            self._last_fill = box, colour
            return False
        return True

    def _is_drawn(self, item: Handle) -> bool:
        """Return whether a path is visible: stroked, or filled with a colour darker than white."""
        fill, stroke = self._modes
        if not self._draw_mode(item, *self._to_modes):
            return False
        if stroke.value or not fill.value or not self._fill_color(item, *self._to_color):
            return bool(stroke.value or fill.value)
        red, green, blue, alpha = self._color
        return bool(alpha) and min(red, green, blue) < _PAPER

    def _segments(
        self,
        item: Handle,
        count: int,
        matrix: _Matrix,
    ) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
        """Yield the straight segments of a path; each subpath is closed, as rectangles are."""
        pdfium = self._pdfium
        points: list[tuple[float, float]] = []
        for index in range(count):
            segment = handle_at(self._segment(item, index))
            kind = self._segment_kind(segment)
            if kind == pdfium.FPDF_SEGMENT_BEZIERTO:
                points.clear()
                continue
            self._segment_point(segment, *self._places[:2])
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                yield from pairwise([*points, *points[:1]] if len(points) > 2 else points)  # noqa: PLR2004 - a line
                points = []
            points.append(_apply(matrix, self._floats[0], self._floats[1]))
        yield from pairwise([*points, *points[:1]] if len(points) > 2 else points)  # noqa: PLR2004

    def _matrix_of(self, item: Handle) -> _Matrix:
        matrix = self._matrix
        if not self._get_matrix(item, self._to_matrix):
            return _IDENTITY
        return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _times(inner: _Matrix, outer: _Matrix) -> _Matrix:
    """Return the matrix that applies `inner`, then `outer`."""
    if outer == _IDENTITY:
        return inner
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _apply(matrix: _Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _lies_on(box: Box, fill: Box) -> bool:
    left, bottom, right, top = box
    x0, y0, x1, y1 = fill
    return x0 - _OUT <= left and y0 - _OUT <= bottom and right <= x1 + _OUT and top <= y1 + _OUT


def _moved(box: Box, matrix: _Matrix) -> Box:
    if matrix == _IDENTITY:
        return box
    (xa, ya), (xb, yb) = _apply(matrix, box[0], box[1]), _apply(matrix, box[2], box[3])
    return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)
