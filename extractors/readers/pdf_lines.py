"""Lines of a PDF page with their geometry, taken from PDFium by a few calls a line.

PDFium gives a page's text in one call, broken into lines. Each line is then placed by the boxes of its first
and last characters; asking for every character would cost twenty times as much. A line that a hyphen ends has
no break in PDFium's text, but U+0002 or U+FFFE.
"""

import ctypes
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from extractors.document import Box

_PIECE = re.compile(r"[^\r\n\x02\ufffe]+")
_HYPHENS = ("\x02", "\ufffe")
_DASHES = "-\u2010"
_SOFT_HYPHEN = "\u00ad"
_BOLD_WEIGHT = 600  # CSS: semi-bold and up
_NAME_BYTES = 128
_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_DROPPED = dict.fromkeys([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xFFFE, 0xFFFF, 0x200B, 0xFEFF])
_CLEAN = {**_DROPPED, **_LIGATURES, 0xA0: " ", 0x2002: " ", 0x2003: " ", 0x2009: " ", 0x202F: " "}
_ORDINAL = re.compile(r"(?<=\d) (?=(?:st|nd|rd|th|er|re|e|ème|[ºª°])(?![\w'’]))")
_MEAN_ADVANCE = 0.62  # em; a line wider than this per character probably has a wide gap in it
_LEAST_ADVANCE = 0.36  # em; a line narrower than this per character probably goes on in another column
_MAX_THICK = 2.0  # em; a line's first and last characters stand on one row
_GAP = 2.2  # em; a wider gap parts two lines of one row
_GUTTER = 0.9  # em; the same where most lines have a gap at one place
_CLEAR = 0.1  # em around a place in a gutter where no character stands
_MIDDLE = 0.3  # em above the baseline, the middle of a small letter
_LONG_LINE = 30  # characters
_SAMPLE = 5  # lines
_APART = 20.0  # points between gutters
_SHARED_GAP = 0.6  # share of the sample
_SIZE_GAP = 0.4  # em; the same where the size of the type changes too
_SIZE_CHANGE = 0.25  # share of the larger size
_SPACE = 0.15  # em; a wider gap is a space
_RAISED_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_ROW_TOLERANCE = 0.6  # em; a mark raised or lowered by less stands in the row
_ROW_GAP = 0.6  # em of the smaller type
_MAX_TEXT = 20_000  # characters of the text in one box
_PRINTED_NUMBER = re.compile(
    r"(?:[^\w(]|\(?(?:\d{1,3}|[^\W\d_]{1,2}|[ivxlcIVXLC]{1,6})(?:\.\d{1,3})*[.)\]:°]|\d{1,3}(?:\.\d{1,3})*|§\d{1,3}|\w)$"
)
_MAX_NUMBER = 8  # characters of a printed number
_MAX_MARK = 4  # characters of a raised ordinal or footnote mark
_MARK = re.compile(r"\d(?<=(?:[^\W\d_]|[.,;:!?)\]»”\"'])\d)\d{0,2}(?!\w|[.,]\d)")
_RAISED_SIZE = 0.8  # of the type beside it is a raised mark at most
_COLUMN_STARTS = 4  # lines that begin at one place; fewer make no column
_COLUMN_MARGIN = 0.2  # share of the width of the text where no second column begins
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Digits as raised marks; in lines they stand for digits that are set so."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The visible part of a page in PDF user space, and how it is turned to be shown."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int

    @property
    def width(self) -> float:
        """Width in points as shown."""
        return self.top - self.bottom if self.rotation in (90, 270) else self.right - self.left

    @property
    def height(self) -> float:
        """Height in points as shown."""
        return self.right - self.left if self.rotation in (90, 270) else self.top - self.bottom

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return a point of user space in points from the top left of the page as shown."""
        if self.rotation == 90:  # noqa: PLR2004 - quarter turns
            return y - self.bottom, x - self.left
        if self.rotation == 180:  # noqa: PLR2004
            return self.right - x, y - self.bottom
        if self.rotation == 270:  # noqa: PLR2004
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def user_box(self, box: Box) -> Box:
        """Return a box of the page as shown as left, bottom, right, top of user space."""
        corners = [self._user_point(box[0], box[1]), self._user_point(box[2], box[3])]
        (xa, ya), (xb, yb) = corners
        return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)

    def _user_point(self, x: float, y: float) -> tuple[float, float]:
        if self.rotation == 90:  # noqa: PLR2004
            return y + self.left, x + self.bottom
        if self.rotation == 180:  # noqa: PLR2004
            return self.right - x, y + self.bottom
        if self.rotation == 270:  # noqa: PLR2004
            return self.right - y, self.top - x
        return x + self.left, self.top - y

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return a rectangle of user space as a box of the page as shown."""
        if self.rotation == 0:
            return left - self.left, self.top - top, right - self.left, self.top - bottom
        (xa, ya), (xb, yb) = self.point(left, bottom), self.point(right, top)
        return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on one page.

    `box` is the line on the page as shown. `start`, `end` (along the line) and `baseline` (across, growing from
    line to line) are in points of the text's own direction: for upright text x0, x1 and the baseline's distance
    from the top. `angle` is that direction in degrees clockwise, a multiple of 90. `size` is in points.
    `hyphen` says that the line's end parts a word, `backward` that the last character stands before the first,
    in a script that does not run from right to left: parts of a row were drawn in another order.
    """

    text: str
    box: Box
    start: float
    end: float
    baseline: float
    size: float
    bold: bool
    angle: int
    hyphen: bool = False
    backward: bool = False


class TextLayer:
    """The text of one loaded page: `units` is the text in UTF-16 code units, at most `limit` of them."""

    def __init__(self, text_page: Any, frame: Frame, limit: int) -> None:  # noqa: ANN401 - a ctypes handle
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._handle = text_page
        self._frame = frame
        self.characters: int = max(0, pdfium.FPDFText_CountChars(text_page))
        count = min(self.characters, limit)
        self.cut = count < self.characters
        buffer = (ctypes.c_ushort * (2 * count + 2))()
        written = pdfium.FPDFText_GetText(text_page, 0, count, buffer) if count else 0
        raw = bytes(buffer)[: 2 * max(0, written - 1)]
        units = raw.decode("utf-16-le", "replace")
        if 2 * len(units) != len(raw):  # characters beyond the first plane take two units
            units = "".join(map(chr, memoryview(raw).cast("H")))
        self.units = units
        self._exact = len(units) == count
        self._box = pdfium.FS_RECTF()
        self._matrix = pdfium.FS_MATRIX()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._name = ctypes.create_string_buffer(_NAME_BYTES)
        self._flags = ctypes.c_int()
        self._placed: list[tuple[str, float, float]] | None = None

    def lines(self) -> list[Line]:
        """Return the lines in the order of the page's content."""
        rows: list[tuple[Line, int, int]] = []
        for match in _PIECE.finditer(self.units):
            text = match[0]
            first = match.start() + len(text) - len(text.lstrip())
            last = match.start() + len(text.rstrip()) - 1
            if first > last:
                continue
            hyphen = self.units[match.end() : match.end() + 1] in _HYPHENS or self.units[last] == _SOFT_HYPHEN
            line = self._line(first, last, hyphen=hyphen)
            if any(map(str.isalnum, line.text)):  # else a rule of underscores, a lone ornament
                rows.append((line, first, last))
        gutters = self._gutters(rows)
        parted: list[tuple[Line, int, int]] = []
        for line, first, last in rows:
            if self._is_odd(line, last - first + 1, gutters) or not self._same_size(first, last):
                parted.extend(self._parted(line, first, last, gutters))
            else:
                parted.append((line, first, last))
        begun = [x for x in _column_starts([row[0] for row in parted]) if x not in gutters]
        found: list[Line] = []
        for line, first, last in parted:
            if self._crosses(line, begun):
                found.extend(piece for piece, _, _ in self._parted(line, first, last, begun))
            else:
                found.append(line)
        return _joined_rows(found)

    def _is_odd(self, line: Line, characters: int, gutters: list[float]) -> bool:
        """Tell whether a line may be several: its characters do not fit its width, or it crosses a gutter."""
        width, high = line.end - line.start, _thick(line.box, line.angle)
        fits = _LEAST_ADVANCE * characters < width / line.size < _MEAN_ADVANCE * characters
        return (
            (not fits and characters > 1)
            or line.backward
            or high > _MAX_THICK * line.size
            or self._crosses(line, gutters)
        )

    def _crosses(self, line: Line, gutters: list[float]) -> bool:
        """Tell whether an upright line goes over a gutter with no character on it."""
        if line.angle != 0:
            return False
        for x in gutters:
            if line.start < x < line.end:
                left, bottom, _, _ = self._frame.user_box((x, line.baseline - _MIDDLE * line.size) * 2)
                reach = _CLEAR * line.size
                if self._pdfium.FPDFText_GetCharIndexAtPos(self._handle, left, bottom, reach, reach) < 0:
                    return True
        return False

    def _gutters(self, rows: list[tuple[Line, int, int]]) -> list[float]:
        """Return where, along upright lines, most of a sample of long lines have a gap.

        PDFium gives two columns as one line each where a file draws them row by row.
        """
        long = [row for row in rows if row[0].angle == 0 and row[2] - row[1] > _LONG_LINE]
        if len(long) < _SAMPLE:
            return []
        begun = _column_starts([row[0] for row in rows])
        sample = long[:: len(long) // _SAMPLE][:_SAMPLE]
        gaps = [
            [(left, right) for _, _, left, right in self._gaps(*row) if right - left > _GUTTER * row[0].size]
            for row in sample
        ]
        middles = sorted((left + right) / 2 for found in gaps for left, right in found)
        gutters = begun
        for x in middles:
            shared = sum(any(left < x < right for left, right in found) for found in gaps)
            if shared >= _SHARED_GAP * len(sample) and all(abs(x - other) > _APART for other in gutters):
                gutters.append(x)
        return gutters

    def _gaps(self, line: Line, first: int, last: int) -> Iterator[tuple[int, int, float, float]]:
        """Yield the spaces of a line: the characters around each, and where it begins and ends."""
        for space in re.finditer(r"\s+", self.units[first : last + 1]):
            before, after = first + space.start() - 1, first + space.end()
            left = self._frame.box(*self._character_box(self._index(before)))
            right = self._frame.box(*self._character_box(self._index(after)))
            yield before, after, _along(left, line.angle)[1], _along(right, line.angle)[0]

    def text_in(self, box: Box) -> str:
        """Return the text inside a box of the page as shown, its lines joined by spaces."""
        if self._frame.rotation in (90, 270):
            return clean(" ".join(word for word, x, y in self._words() if _holds(box, x, y)))
        left, bottom, right, top = self._frame.user_box(box)
        get_text = self._pdfium.FPDFText_GetBoundedText
        size = get_text(self._handle, left, top, right, bottom, None, 0)
        if size <= 0:
            return ""
        buffer = (ctypes.c_ushort * min(size, _MAX_TEXT))()
        size = get_text(self._handle, left, top, right, bottom, buffer, len(buffer))
        return clean(bytes(buffer)[: 2 * size].decode("utf-16-le", "replace"))

    def box_of(self, first: int, last: int) -> Box:
        """Return the box on the page as shown that two units of the text and what stands between them fill."""
        left, bottom, right, top = self._character_box(self._index(first))
        if last != first:
            other = self._character_box(self._index(last))
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
                x0, top, x1, bottom = self._frame.box(*self._character_box(self._index(match.start())))
                self._placed.append((match[0], (x0 + x1) / 2, (top + bottom) / 2))
        return self._placed

    def _line(self, first: int, last: int, *, hyphen: bool) -> Line:
        pdfium, handle = self._pdfium, self._handle
        hyphen = hyphen or (self.units[last] in _DASHES and first < last and self.units[last - 1].isalpha())
        units = self.units[first : last + 1]
        if _MARK.search(units):
            units = self._with_marks(units, first)
        text = clean(units)
        first, last = self._index(first), self._index(last)
        left, bottom, right, top = first_box = self._character_box(first)
        last_box = first_box
        if last != first:
            last_box = self._character_box(last)
            left, bottom = min(left, last_box[0]), min(bottom, last_box[1])
            right, top = max(right, last_box[2]), max(top, last_box[3])
        pdfium.FPDFText_GetCharOrigin(handle, first, self._x, self._y)
        pdfium.FPDFText_GetMatrix(handle, first, self._matrix)
        matrix = self._matrix
        upright = matrix.a > 0 and matrix.b == matrix.c == 0
        scale = abs(matrix.d) if upright else math.hypot(matrix.c, matrix.d) or 1.0
        size = pdfium.FPDFText_GetFontSize(handle, first) * scale
        box = self._frame.box(left, bottom, right, top)
        angle = self._frame.rotation if upright else self._angle(matrix.a, matrix.b)
        start, end = _along(box, angle)
        baseline = _across(self._frame.point(self._x.value, self._y.value), angle)
        size = size if size > 0 else max(1.0, min(box[2] - box[0], box[3] - box[1]))
        bold = self._is_bold(first) and self._is_bold(last)
        backward = False
        if last_box is not first_box and not _runs_leftwards(text[:1] or " "):
            backward = self._is_before(last_box, first_box, angle)
        return Line(text, box, start, end, baseline, size, bold, angle, hyphen, backward)

    def _parted(self, line: Line, first: int, last: int, gutters: list[float]) -> Iterator[tuple[Line, int, int]]:
        """Yield the parts of a line at its wide gaps; a gap after a printed number or a bullet is none."""
        begin = first
        for before, after, left, right in self._gaps(line, first, last):
            if _is_mark(self.units[begin : before + 1]):
                continue
            least = _GAP if self._same_size(before, after) else _SIZE_GAP
            if any(left < x < right for x in gutters):
                least = min(least, _GUTTER)
            back = right < left - line.size and not _runs_leftwards(self.units[before])
            if back or right - left > least * line.size:
                yield self._line(begin, before, hyphen=False), begin, before
                begin = after
        yield (line if begin == first else self._line(begin, last, hyphen=line.hyphen)), begin, last

    def _with_marks(self, units: str, first: int) -> str:
        """Return the text of a line with its raised digits as superscripts."""
        pdfium, handle = self._pdfium, self._handle
        for match in _MARK.finditer(units):
            before, mark = self._index(first + match.start() - 1), self._index(first + match.start())
            size = pdfium.FPDFText_GetFontSize(handle, before)
            if pdfium.FPDFText_GetFontSize(handle, mark) <= _RAISED_SIZE * size and self._is_above(mark, before):
                units = units[: match.start()] + match[0].translate(SUPERSCRIPTS) + units[match.end() :]
        return units

    def _is_above(self, mark: int, before: int) -> bool:
        pdfium, x, y = self._pdfium, self._x, self._y
        height = []
        for index in (mark, before):
            pdfium.FPDFText_GetCharOrigin(self._handle, index, x, y)
            height.append(-self._frame.point(x.value, y.value)[1])
        return height[0] > height[1]

    def _same_size(self, first: int, last: int) -> bool:
        size, handle = self._pdfium.FPDFText_GetFontSize, self._handle
        one, other = size(handle, self._index(first)), size(handle, self._index(last))
        return bool(abs(one - other) <= _SIZE_CHANGE * max(one, other))

    def _index(self, unit: int) -> int:
        if self._exact:
            return unit
        index: int = self._pdfium.FPDFText_GetCharIndexFromTextIndex(self._handle, unit)
        return max(index, 0)

    def _character_box(self, index: int) -> tuple[float, float, float, float]:
        box = self._box
        if not self._pdfium.FPDFText_GetLooseCharBox(self._handle, index, box):
            return 0.0, 0.0, 0.0, 0.0
        return box.left, box.bottom, box.right, box.top

    def _is_before(self, box: Box, other: Box, angle: int) -> bool:
        """Tell whether a box of user space begins before another in the direction of the text."""
        if angle == self._frame.rotation == 0:
            return box[0] < other[0]
        return _along(self._frame.box(*box), angle)[0] < _along(self._frame.box(*other), angle)[0]

    def _angle(self, a: float, b: float) -> int:
        turn = math.degrees(math.atan2(b, a)) if a or b else 0.0
        return round((self._frame.rotation - turn) / 90) * 90 % 360

    def _is_bold(self, index: int) -> bool:
        if self._pdfium.FPDFText_GetFontWeight(self._handle, index) >= _BOLD_WEIGHT:
            return True
        self._pdfium.FPDFText_GetFontInfo(self._handle, index, self._name, _NAME_BYTES, self._flags)
        return b"bold" in self._name.value.lower()


def clean(text: str) -> str:
    """Return text without control characters, ligatures and odd spaces, ordinals joined (`225 th` → `225th`)."""
    if not text.isascii() or not text.isprintable():
        text = text.translate(_CLEAN)
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _ORDINAL.sub("", " ".join(text.split()))


def _column_starts(lines: list[Line]) -> list[float]:
    """Return where, a little before many lines begin, a gutter may end."""
    lines = [line for line in lines if line.angle == 0]
    if len(lines) < _COLUMN_STARTS:
        return []
    left, right = min(line.start for line in lines), max(line.end for line in lines)
    margin = _COLUMN_MARGIN * (right - left)
    starts = Counter(round(line.start) for line in lines if left + margin < line.start < right - margin)
    found: list[float] = []
    for start, count in starts.most_common():
        if count >= _COLUMN_STARTS and all(abs(start - other) > _APART for other in found):
            found.append(start - 1.5)
    return found


def _is_mark(text: str) -> bool:
    """Tell whether what begins a line is a printed number or a bullet, which stands away from its text."""
    return len(text) <= _MAX_NUMBER and _PRINTED_NUMBER.match(text) is not None


def _runs_leftwards(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL")


def _thick(box: Box, angle: int) -> float:
    return box[3] - box[1] if angle in (0, 180) else box[2] - box[0]


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _along(box: Box, angle: int) -> tuple[float, float]:
    x0, top, x1, bottom = box
    if angle == 0:
        return x0, x1
    return {90: (top, bottom), 180: (-x1, -x0)}.get(angle, (-bottom, -top))


def _across(point: tuple[float, float], angle: int) -> float:
    x, y = point
    return {0: y, 90: -x, 180: -y}.get(angle, x)


def _joined_rows(lines: list[Line]) -> list[Line]:
    """Join what PDFium parted on one row: a raised ordinal or footnote mark, and the text after it.

    A mark may have been drawn before the line that it ends.
    """
    joined: list[Line] = []
    for line in lines:
        before = joined[-1] if joined else None
        if before is None:
            joined.append(line)
        elif _same_row(before, line):
            joined[-1] = _appended(before, line)
        elif _is_raised(before, line) and _same_row(line, before):
            joined[-1] = _appended(line, before)
        else:
            joined.append(line)
    return joined


def _same_row(before: Line, line: Line) -> bool:
    size = max(before.size, line.size)
    gap = line.start - before.end
    smaller = min(before.size, line.size)
    return (
        before.angle == line.angle
        and not before.hyphen
        and abs(before.baseline - line.baseline) < _ROW_TOLERANCE * size
        and -0.3 * size < gap < _ROW_GAP * smaller
    )


def _is_raised(mark: Line, line: Line) -> bool:
    """Tell whether a piece is a raised ordinal or footnote mark beside a line."""
    return len(mark.text) <= _MAX_MARK and mark.size < line.size and mark.baseline < line.baseline


def _appended(before: Line, line: Line) -> Line:
    text, gap = line.text, " "
    if len(text) <= _MAX_MARK and line.size < before.size:
        gap = " " if text[0].isdigit() else ""
        if text.isdecimal() and _is_raised(line, before) and line.size <= _RAISED_SIZE * before.size:
            text, gap = text.translate(SUPERSCRIPTS), ""
    elif before.text[-1] in _RAISED_DIGITS and line.start - before.end < _SPACE * line.size:
        gap = ""
    main = before if before.size >= line.size else line
    box = (
        min(before.box[0], line.box[0]),
        min(before.box[1], line.box[1]),
        max(before.box[2], line.box[2]),
        max(before.box[3], line.box[3]),
    )
    return replace(
        main,
        text=_ORDINAL.sub("", f"{before.text}{gap}{text}"),
        box=box,
        start=min(before.start, line.start),
        end=max(before.end, line.end),
        hyphen=line.hyphen,
    )
