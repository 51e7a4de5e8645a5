"""The text layer of a PDF page: its text from PDFium in one call, and stretches of it placed as lines.

A stretch is placed by the boxes of its first and last characters; asking for every character would cost twenty
times as much. A line that a hyphen ends has no break in PDFium's text, but U+0002 or U+FFFE.
"""

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from extractors.document import Box
from extractors.readers.pdf_characters import Characters
from extractors.readers.pdf_frame import Frame
from extractors.readers.pdf_lines import RAISED_SIZE, SUPERSCRIPTS, Line, clean
from extractors.readers.pdf_spacing import with_true_spaces

_PIECE = re.compile(r"[^\r\n\x02\ufffe]+")
_SPACES = re.compile(r"\s+")
_HYPHENS = ("\x02", "\ufffe")
_DASHES = "-\u2010"
_SOFT_HYPHEN = "\u00ad"
_MAX_TEXT = 20_000  # characters of the text in one box
_MARK = re.compile(r"\d(?<=(?:[^\W\d_]|[.,;:!?)\]»”\"'])\d)\d{0,2}(?!\w|[.,]\d)")


class Gap(NamedTuple):
    """Space inside a line: the units of text around it, and where along the line it begins and ends."""

    before: int
    after: int
    left: float
    right: float


class TextLayer:
    """The text of one loaded page: `units` is the text in UTF-16 code units, at most `limit` of them.

    `exact` says that each unit is the character of PDFium with the same index.
    """

    def __init__(self, text_page: Any, frame: Frame, limit: int) -> None:  # noqa: ANN401 - a ctypes handle
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._handle = text_page
        self._frame = frame
        self._characters = Characters(pdfium, text_page)
        self.characters: int = max(0, pdfium.FPDFText_CountChars(text_page))
        count = min(self.characters, limit)
        self.cut = count < self.characters
        buffer = (ctypes.c_ushort * (2 * count + 2))()
        written = pdfium.FPDFText_GetText(text_page, 0, count, buffer) if count else 0
        raw = bytes(buffer)[: 2 * max(0, written - 1)]
        units = raw.decode("utf-16-le", "replace")
        if 2 * len(units) != len(raw):  # characters beyond the first plane take two units
            units = "".join(map(chr, memoryview(raw).cast("H")))
        self.exact = len(units) == count
        if self.exact and frame.rotation == 0:
            units = with_true_spaces(units, self._characters.box, self._characters.is_generated)
        self.units = units
        self._buffer: ctypes.Array[ctypes.c_ushort] | None = None
        self._placed: list[tuple[str, float, float]] | None = None

    def pieces(self) -> Iterator[tuple[Line, int, int]]:
        """Yield the lines as PDFium breaks them, with the first and the last unit of each."""
        for match in _PIECE.finditer(self.units):
            text = match[0]
            first = match.start() + len(text) - len(text.lstrip())
            last = match.start() + len(text.rstrip()) - 1
            if first > last:
                continue
            hyphen = self.units[match.end() : match.end() + 1] in _HYPHENS or self.units[last] == _SOFT_HYPHEN
            line = self.line(first, last, hyphen=hyphen)
            if any(map(str.isalnum, line.text)):  # else a rule of underscores, a lone ornament
                yield line, first, last

    def line(self, first: int, last: int, *, hyphen: bool) -> Line:
        """Return the text from one unit to another as a line; `hyphen` says that a hyphen after it was found."""
        characters, frame = self._characters, self._frame
        units = self.units[first : last + 1]
        hyphen = hyphen or (units[-1] in _DASHES and units[-2:-1].isalpha())
        if _MARK.search(units):
            units = self._with_marks(units, first)
        text = clean(units)
        if not self.exact:
            first, last = self._index(first), self._index(last)
        first_box = last_box = characters.box(first)
        left, bottom, right, top = first_box
        if last != first:
            last_box = characters.box(last)
            left, bottom = min(left, last_box[0]), min(bottom, last_box[1])
            right, top = max(right, last_box[2]), max(top, last_box[3])
        a, b, c, d = characters.matrix(first)
        x, y = characters.origin(first)
        upright = a > 0 and b == c == 0
        size = characters.size(first) * (abs(d) if upright else math.hypot(c, d) or 1.0)
        if upright and frame.rotation == 0:  # as nearly all are
            angle, baseline = 0, frame.top - y
            start, end = left - frame.left, right - frame.left
            box = start, frame.top - top, end, frame.top - bottom
        else:
            angle = frame.rotation if upright else self._angle(a, b)
            box = frame.box(left, bottom, right, top)
            start, end = _along(box, angle)
            baseline = _across(frame.point(x, y), angle)
        size = size if size > 0 else max(1.0, min(box[2] - box[0], box[3] - box[1]))
        bold = characters.is_bold(first) and characters.is_bold(last)
        before = last_box is not first_box and self._is_before(last_box, first_box, angle)
        backward = before and not runs_leftwards(text[:1] or " ")
        return Line(text, box, start, end, baseline, size, bold, angle, hyphen, backward)

    def gaps(self, line: Line, first: int, last: int) -> Iterator[Gap]:
        """Yield the spaces of a line that goes from one unit to another."""
        for space in _SPACES.finditer(self.units, first, last + 1):
            yield self._gap(line, space.start() - 1, space.end())

    def gap_at(self, x: float, line: Line, first: int, last: int) -> Gap | None:
        """Return the space of an upright line that goes over `x`, or None where a character stands there.

        The characters of a line follow one another: the one at a place is found in few steps.
        """
        low, high = first, last
        while low < high:
            middle = (low + high + 1) // 2
            if self._frame.box(*self._characters.box(self._index(middle)))[0] <= x:
                low = middle
            else:
                high = middle - 1
        after = low + 1
        while low > first and self.units[low].isspace():
            low -= 1
        while after < last and self.units[after].isspace():
            after += 1
        if after > last:
            return None
        gap = self._gap(line, low, after)
        return gap if gap.left < x < gap.right else None

    def same_size(self, first: int, last: int, tolerance: float) -> bool:
        """Tell whether the type of two units differs by no more than a share of the larger size."""
        one, other = self._characters.size(self._index(first)), self._characters.size(self._index(last))
        return abs(one - other) <= tolerance * max(one, other)

    def text_in(self, box: Box) -> str:
        """Return the text inside a box of the page as shown, its lines joined by spaces."""
        if self._frame.rotation in (90, 270):
            return clean(" ".join(word for word, x, y in self._words() if _holds(box, x, y)))
        left, bottom, right, top = self._frame.user_box(box)
        if self._buffer is None:
            self._buffer = (ctypes.c_ushort * _MAX_TEXT)()
        size = self._pdfium.FPDFText_GetBoundedText(
            self._handle, left, top, right, bottom, self._buffer, len(self._buffer)
        )
        return clean(ctypes.string_at(self._buffer, 2 * max(0, size)).decode("utf-16-le", "replace"))

    def box_of(self, first: int, last: int) -> Box:
        """Return the box on the page as shown that two units of the text and what stands between them fill."""
        left, bottom, right, top = self._characters.box(self._index(first))
        if last != first:
            other = self._characters.box(self._index(last))
            left, bottom = min(left, other[0]), min(bottom, other[1])
            right, top = max(right, other[2]), max(top, other[3])
        return self._frame.box(left, bottom, right, top)

    def _words(self) -> list[tuple[str, float, float]]:
        """Return the words with the middle of their first characters.

        For turned pages: PDFium's text of a rectangle has no breaks there between lines.
        """
        if self._placed is None:
            self._placed = []
            for match in re.finditer(r"\S+", self.units):
                x0, top, x1, bottom = self.box_of(match.start(), match.start())
                self._placed.append((match[0], (x0 + x1) / 2, (top + bottom) / 2))
        return self._placed

    def _gap(self, line: Line, before: int, after: int) -> Gap:
        if line.angle == self._frame.rotation == 0:
            shift, box = self._frame.left, self._characters.box
            return Gap(before, after, box(self._index(before))[2] - shift, box(self._index(after))[0] - shift)
        left, right = self.box_of(before, before), self.box_of(after, after)
        return Gap(before, after, _along(left, line.angle)[1], _along(right, line.angle)[0])

    def _with_marks(self, units: str, first: int) -> str:
        """Return the text of a line with its raised digits as superscripts."""
        characters = self._characters
        for match in _MARK.finditer(units):
            before, mark = self._index(first + match.start() - 1), self._index(first + match.start())
            if characters.size(mark) <= RAISED_SIZE * characters.size(before) and self._is_above(mark, before):
                units = units[: match.start()] + match[0].translate(SUPERSCRIPTS) + units[match.end() :]
        return units

    def _is_above(self, mark: int, before: int) -> bool:
        one, other = (self._frame.point(*self._characters.origin(index)) for index in (mark, before))
        return one[1] < other[1]

    def _index(self, unit: int) -> int:
        if self.exact:
            return unit
        index: int = self._pdfium.FPDFText_GetCharIndexFromTextIndex(self._handle, unit)
        return max(index, 0)

    def _is_before(self, box: Box, other: Box, angle: int) -> bool:
        """Tell whether a box of user space begins before another in the direction of the text."""
        if angle == self._frame.rotation == 0:
            return box[0] < other[0]
        return _along(self._frame.box(*box), angle)[0] < _along(self._frame.box(*other), angle)[0]

    def _angle(self, a: float, b: float) -> int:
        turn = math.degrees(math.atan2(b, a)) if a or b else 0.0
        return round((self._frame.rotation - turn) / 90) * 90 % 360


def runs_leftwards(character: str) -> bool:
    """Tell whether a character is of a script that runs from right to left."""
    return unicodedata.bidirectional(character) in ("R", "AL")


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _along(box: Box, angle: int) -> tuple[float, float]:
    x0, top, x1, bottom = box
    if angle == 0:
        return x0, x1
    return {90: (top, bottom), 180: (-x1, -x0)}.get(angle, (-bottom, -top))


def _across(point: tuple[float, float], angle: int) -> float:
    x, y = point
    if angle == 0:
        return y
    return {90: -x, 180: -y}.get(angle, x)
