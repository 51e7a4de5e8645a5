"""The text layer of a PDF page: its text from PDFium in one call, and the placement of pieces as lines.

A stretch is placed by the boxes of its first and last characters; asking for every character would cost twenty
times as much. A line that a hyphen ends has no break in PDFium's text, but U+0002 or U+FFFE.
"""

import ctypes
import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from operator import and_
from typing import NamedTuple

from extractors.document import Box
from extractors.readers.pdf.bidi.clusters import FIRST_RIGHT_TO_LEFT, RIGHT_TO_LEFT, runs_leftwards, turned_round
from extractors.readers.pdf.bidi.logical_order import reorder
from extractors.readers.pdf.pdfium.bindings import Handle
from extractors.readers.pdf.pdfium.characters import Characters, Matrix, Rectangle
from extractors.readers.pdf.pdfium.coordinates import Frame, across, along
from extractors.readers.pdf.text.lines import RAISED_SIZE, STARS, Line, clean, holds_ordinals
from extractors.readers.pdf.text.spacing import with_accents, with_true_spaces
from extractors.readers.pdf.text.unmapped_glyphs import decoded_glyphs
from extractors.text.numbering import BULLET, WIDE
from extractors.text.superscripts import RAISED_DIGITS, SUPERSCRIPTS

_PIECE = re.compile(r"([^\s\x02\ufffe](?:[^\r\n\x02\ufffe]*[^\s\x02\ufffe])?)[^\S\r\n]*([\x02\ufffe]?)")
_SIGN = re.compile(r"[^\w\s]\s+(?=\S)")  # a bullet or a box to be ticked, which may be larger than its text
_FIRST_MARK = re.compile(r"([0-9]{1,3})\s*(?=[^\W\d])")  # of a note, where it is raised
_NUMBER_GAP = 0.9  # em; a wider space sets off a number
_BULLET_GAP = 0.5  # em; the same for a bullet in a typeface of its own
_SPACES = re.compile(r"\s+")
_DASHES = "-\u2010"
_SOFT_HYPHEN = "\u00ad"
_MAX_TEXT = 20_000  # characters of the text in one box
_MARK = re.compile(  # no part of a number, a fraction or a formula
    r"[0-9](?:(?<=(?:[^\W\d_]|[.,;:!?)\]»”\"'])\d)|(?<=[^\s\d] \d))\d{0,2}(?!\w|[.,]\d|(?<= \d)\s*[/\u2044\u2212]\S)"
    r"|[0-9](?<=\S\r\n\d)\d{0,2}(?=\s|\Z)"  # PDFium may begin a line with what is raised
)
_RAISED = 0.15  # em by which figures behind a space are raised at least; in recognised text sizes and lines vary
_TOUCH = 0.3  # em between a raised figure behind a break and what it follows, at most
_FIGURES, _NUMBER = re.compile(r"[0-9]+"), re.compile(r"[0-9]{2,}")
_APART = re.compile(rf" (?=[{RAISED_DIGITS}])")


Span = tuple[int, int, bool]
"""The first and the last unit of a stretch of text, and whether a hyphen was found after it."""


class Piece(NamedTuple):
    """A line, the first and the last unit it is made of, and the sizes of these before all transformations."""

    line: Line
    first: int
    last: int
    sizes: tuple[float, float]


class Gap(NamedTuple):
    """Space inside a line: the units of text around it, and where along the line it begins and ends."""

    before: int
    after: int
    left: float
    right: float


class TextLayer:
    """The text of one loaded page: `units` is the text in UTF-16 code units, at most `limit` of them.

    `exact` says that each unit is the character with the same index, of PDFium or of a reordered page, `mirrored`
    that places are those of a page seen in a mirror. `lost` are the characters of which the file does not say what
    they mean, `marks` the units where raised figures begin, which are superscripts.
    """

    def __init__(self, text_page: Handle, frame: Frame, limit: int) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._handle = text_page
        self._frame = frame
        self._characters = Characters(text_page)
        self.characters: int = max(0, pdfium.FPDFText_CountChars(text_page))
        count = min(self.characters, limit)
        self.cut = count < self.characters
        raw = text_units(pdfium, text_page, count)
        units = raw.decode("utf-16-le", "replace")
        if 2 * len(units) != len(raw):  # characters beyond the first plane take two units
            units = "".join(map(chr, memoryview(raw).cast("H")))
        decoded = decoded_glyphs(self._characters, units, count)
        self.lost = decoded.lost
        self._has_units = decoded.units is not None
        units = units if decoded.units is None else decoded.units
        self.mirrored = False
        if frame.rotation == 0 and not units.isascii() and RIGHT_TO_LEFT.search(units):
            letters = units if len(units) == count else "".join(self._characters.letters(range(count)))
            units, self._characters, self.mirrored = reorder(text_page, self._characters, letters, frame)
            self._has_units, count = True, len(units)
        self.exact = len(units) == count
        if self.exact:
            units = with_accents(units, self._characters.glyph_boxes)
        if self.exact and frame.rotation == 0:
            units = with_true_spaces(units, self._characters.box, self._characters.is_generated)
        self.units = units
        self.marks = self._raised_figures()
        self.units = units = self._with_marks()
        self._spaced = units.replace("\xa0", " ")
        self._ordinals = holds_ordinals(units)
        self._buffer: ctypes.Array[ctypes.c_ushort] | None = None
        self._placed: list[tuple[str, float, float]] | None = None

    def pieces(self) -> list[Piece]:
        """Return the lines as PDFium breaks them."""
        spans = []
        for match in _PIECE.finditer(self.units):
            first, end = match.span(1)
            spans.append((first, end - 1, bool(match[2]) or self.units[end - 1] == _SOFT_HYPHEN))
        # a line without letters is a rule of underscores, a lone ornament, or the mark of a note
        return [piece for piece in self.placed(spans) if _holds_letter(piece.line.text) or piece.line.text in STARS]

    def placed(self, spans: Sequence[Span]) -> list[Piece]:
        """Return stretches of the text as lines."""
        ask = self._characters
        firsts, lasts = self._indices([span[0] for span in spans]), self._indices([span[1] for span in spans])
        sizes = zip(ask.sizes(firsts), ask.sizes(lasts), strict=True)
        boxes = ask.boxes(firsts), ask.boxes(lasts)
        bold = ask.are_bold(firsts)
        if any(bold):
            bold = list(map(and_, bold, ask.are_bold(lasts)))
        return list(map(self._piece, spans, firsts, ask.matrices(firsts), *boxes, sizes, bold))

    def _piece(
        self,
        span: Span,
        index: int,
        matrix: Matrix,
        one: Rectangle,
        other: Rectangle,
        sizes: tuple[float, float],
        bold: bool,  # noqa: FBT001 - one of the answers
    ) -> Piece:
        first, last, hyphen = span
        units = self.units[first : last + 1]
        hyphen = hyphen or (units[-1] in _DASHES and units[-2:-1].isalpha())
        text = without_space_before_marks(units) if self._holds_mark(first, last) else units
        text = clean(text, ordinals=self._ordinals)
        frame = self._frame
        before = other[0] < one[0]
        left, right = other[0] if before else one[0], max(one[2], other[2])
        top, bottom = one[1], one[3]
        if other[1] != top or other[3] != bottom:
            top, bottom = max(top, other[1]), min(bottom, other[3])
        a, b, c, d, _, y = matrix
        if a > 0 and b == c == frame.rotation == 0:  # as nearly all are
            angle, size = 0, sizes[0] * abs(d)
            if units[1:2] == " " and (sign := _SIGN.match(units)):
                size = self._upright_size(first + sign.end())
            elif units[0].isdecimal() and (mark := _FIRST_MARK.match(units)):
                size, text = self._with_first_figures(text, mark, first, size)
            elif units[:2] == "o " and self._is_bullet(first, last + 1 - len(units[1:].lstrip()), size):
                text = f"{BULLET}{text[1:]}"
            if not one[3] <= y <= one[1]:  # it is written from top to bottom
                _, y = self._characters.origin(index)
            start, end, baseline = left - frame.left, right - frame.left, frame.top - y
            box = start, frame.top - top, end, frame.top - bottom
        else:
            angle, size = self._angle(a, b), sizes[0] * (math.hypot(c, d) or 1.0)
            box = frame.box(left, bottom, right, top)
            start, end = along(box, angle)
            baseline = across(frame.point(*self._characters.origin(index)), angle)
            before = along(self._shown(other), angle)[0] < along(self._shown(one), angle)[0]
        if size <= 0:
            size = max(1.0, min(box[2] - box[0], box[3] - box[1]))
        if (angle or frame.rotation) and text[:1] >= FIRST_RIGHT_TO_LEFT and runs_leftwards(text[0]):
            if not before and first != last and runs_leftwards(text[-1]):
                text = turned_round(text)
            before = False
        return Piece(Line(text, box, start, end, baseline, size, bold, angle, hyphen, before), first, last, sizes)

    def _with_first_figures(self, text: str, mark: re.Match[str], first: int, size: float) -> tuple[float, str]:
        """Return size and text of a line that begins with figures: the mark of a note raised, a number set off by WIDE.

        `size` is that of the figures, `first` their first unit.
        """
        beside = self._upright_size(first + mark.end())
        if size <= RAISED_SIZE * beside and self._is_above(first, first + mark.end()):
            return beside, f"{mark[1].translate(SUPERSCRIPTS)} {text[len(mark[1]) :].lstrip()}"
        last = first + mark.end(1) - 1
        if mark.end() > mark.end(1) and self._gap_between(last, first + mark.end()) > _NUMBER_GAP * size:
            text = text.replace(" ", WIDE, 1)
        return size, text

    def _is_bullet(self, unit: int, after: int, size: float) -> bool:
        """Return whether a single letter is a bullet: far from the text after it, or apart and in another typeface."""
        gap = self._gap_between(unit, after)
        if gap > _NUMBER_GAP * size:
            return True
        letter, text = self._characters.font_names(self._indices((unit, after)))
        return letter != text and gap > _BULLET_GAP * size

    def _gap_between(self, unit: int, other: int) -> float:
        before, after = self._characters.boxes(self._indices((unit, other)))
        return after[0] - before[2]

    def _upright_size(self, unit: int) -> float:
        """Return the size in which a unit of upright text is set."""
        indices = self._indices((unit,))
        (size,), (matrix,) = self._characters.sizes(indices), self._characters.matrices(indices)
        return size * abs(matrix[3])

    def gaps(self, line: Line, first: int, last: int, least: float) -> list[Gap]:
        """Return the spaces of a line between two units that are wider than `least` em, or lead back by 1 em."""
        spaces = [space.span() for space in _SPACES.finditer(self.units, first, last + 1)]
        extents = self._extents([space[0] - 1 for space in spaces] + [space[1] for space in spaces], line.angle)
        return [
            Gap(begin - 1, end, left, right)
            for (begin, end), (_, left), (right, _) in zip(
                spaces, extents[: len(spaces)], extents[len(spaces) :], strict=True
            )
            if not -line.size <= right - left <= least * line.size
        ]

    def gap_at(self, x: float, line: Line, first: int, last: int) -> Gap | None:
        """Return the space of an upright line that goes over `x`, or None where a word stands there.

        The words of a line follow one another, so that the space is looked for from where it may be by its share of
        the line.
        """
        units = self._spaced
        place = first + int((last - first) * (x - line.start) / (line.end - line.start))
        space, passed = units.find(" ", place, last), 0
        if space < 0:
            space = units.rfind(" ", first, place)
        while space >= 0:
            gap = self._gap(space, line.angle)
            if gap.left < x < gap.right:
                return gap
            step = -1 if x <= gap.left else 1
            if step == -passed:
                return None  # the word between two spaces goes over it
            passed = step
            space = units.rfind(" ", first, gap.before) if step < 0 else units.find(" ", gap.after, last)
        return None

    def _gap(self, space: int, angle: int) -> Gap:
        before, after = space - 1, space + 1
        while self._spaced[before] == " ":
            before -= 1
        while self._spaced[after] == " ":
            after += 1
        return Gap(before, after, self._extent(before, angle)[1], self._extent(after, angle)[0])

    def _extent(self, unit: int, angle: int) -> tuple[float, float]:
        """Return where a unit begins and ends in the direction of its line."""
        box = self._characters.box(self._index(unit))
        if angle == self._frame.rotation == 0:
            return box[0] - self._frame.left, box[2] - self._frame.left
        return along(self._shown(box), angle)

    def sizes(self, first: int, last: int) -> tuple[float, float]:
        """Return the sizes of the type of two units before all transformations."""
        one, other = self._characters.sizes(self._indices((first, last)))
        return one, other

    def text_in(self, box: Box) -> str:
        """Return the text inside a box of the page as shown, its lines joined by spaces."""
        if self._has_units or self._frame.rotation in (90, 270):
            return clean(" ".join(word for word, x, y in self._words() if _holds(box, x, y)))
        left, bottom, right, top = self._frame.user_box(box)
        if self._buffer is None:
            self._buffer = (ctypes.c_ushort * _MAX_TEXT)()
        size = self._pdfium.FPDFText_GetBoundedText(
            self._handle, left, top, right, bottom, self._buffer, len(self._buffer)
        )
        return clean(ctypes.string_at(self._buffer, 2 * max(0, size)).decode("utf-16-le", "replace"))

    def boxes(self, spans: Sequence[tuple[int, int]]) -> list[Box]:
        """Return the boxes on the page as shown that two units each of the text and what stands between them fill."""
        return self._around(self._characters.boxes, spans)

    def glyph_boxes(self, spans: Sequence[tuple[int, int]]) -> list[Box]:
        """Return boxes as `boxes` does, around the shapes of the characters and not around the room of the font."""
        return self._around(self._characters.glyph_boxes, spans)

    def _around(
        self, boxes_of: Callable[[Sequence[int]], list[Rectangle]], spans: Sequence[tuple[int, int]]
    ) -> list[Box]:
        box = self._frame.box
        ends = [boxes_of(self._indices([span[end] for span in spans])) for end in (0, 1)]
        return [
            box(min(one[0], other[0]), min(one[3], other[3]), max(one[2], other[2]), max(one[1], other[1]))
            for one, other in zip(*ends, strict=True)
        ]

    def _words(self) -> list[tuple[str, float, float]]:
        """Return the words with the middle of their first characters.

        For turned pages, where PDFium's text of a rectangle has no breaks between lines, and for letters that PDFium
        does not know.
        """
        if self._placed is None:
            words = list(re.finditer(r"\S+", self.units))
            boxes = self.boxes([(word.start(), word.start()) for word in words])
            self._placed = [
                (word[0], (x0 + x1) / 2, (top + bottom) / 2)
                for word, (x0, top, x1, bottom) in zip(words, boxes, strict=True)
            ]
        return self._placed

    def _extents(self, units: Sequence[int], angle: int) -> list[tuple[float, float]]:
        """Return where units begin and end in the direction of their line."""
        boxes, start = self._characters.boxes(self._indices(units)), self._frame.left
        if angle == self._frame.rotation == 0:
            return [(left - start, right - start) for left, _, right, _ in boxes]
        return [along(self._shown(box), angle) for box in boxes]

    def _shown(self, rectangle: Rectangle) -> Box:
        left, top, right, bottom = rectangle
        return self._frame.box(left, bottom, right, top)

    def _raised_figures(self) -> list[int]:
        """Return the units where raised figures begin: smaller than what they follow, and higher.

        That is a word, with a space between or without, or a number: the mark of note 44 after `Article 194`.
        """
        marks = [match.start() for match in _MARK.finditer(self.units)]
        beside = [self._before(mark) for mark in marks]
        found = [
            (mark, other)
            for mark, other, small, size in zip(marks, beside, self._sizes(marks), self._sizes(beside), strict=True)
            if small <= RAISED_SIZE * size
        ]
        found += [(mark, mark - 1) for mark in self._small_ends()]
        return sorted({mark for mark, other in found if self._is_raised(mark, other)})

    def _small_ends(self) -> Iterator[int]:
        """Yield the units after which the figures of a number are smaller than its first."""
        numbers = [match.span() for match in _NUMBER.finditer(self.units)]
        ends = self._sizes([first for first, _ in numbers]), self._sizes([end - 1 for _, end in numbers])
        for (first, end), size, last in zip(numbers, *ends, strict=True):
            if last <= RAISED_SIZE * size > 0 and not self._goes_on(end, last):
                sizes = self._sizes(range(first, end))
                yield first + next(place for place, one in enumerate(sizes) if one <= RAISED_SIZE * size)

    def _goes_on(self, end: int, size: float) -> bool:
        """Return whether a number whose figures before this unit are so small goes on in larger type: `8415.10`."""
        rest = self.units[end : end + 2]
        return rest[:1] in (".", ",") and rest[1:].isdecimal() and size <= RAISED_SIZE * self._sizes((end + 1,))[0]

    def _sizes(self, units: Sequence[int]) -> list[float]:
        """Return the sizes in which units are set; in many files it is in the matrix and all type has the size 1."""
        indices = self._indices(units)
        matrices = self._characters.matrices(indices)
        return [
            abs(size) * math.hypot(c, d)
            for size, (_, _, c, d, _, _) in zip(self._characters.sizes(indices), matrices, strict=True)
        ]

    def _before(self, mark: int) -> int:
        """Return the unit that figures follow, with a space or a break between or without."""
        return mark - {" ": 2, "\n": 3}.get(self.units[mark - 1], 1)

    def _is_raised(self, mark: int, other: int) -> bool:
        """Return whether small figures stand above the line of what they follow; behind a break, they touch it."""
        before = self.units[mark - 1]
        if before == "\n":
            size = self._upright_size(other)
            if abs(self._gap_between(other, mark)) > _TOUCH * size or self._is_above(mark, other, by=1.0):
                return False
        return self._is_above(mark, other, by=_RAISED if before in " \n" or before.isdecimal() else 0.0)

    def _with_marks(self) -> str:
        """Return the text with the raised figures as superscripts."""
        parts: list[str] = []
        done = 0
        for match in map(_FIGURES.match, repeat(self.units), self.marks):
            if match and match.start() >= done:
                parts += [self.units[done : match.start()], match[0].translate(SUPERSCRIPTS)]
                done = match.end()
        return "".join([*parts, self.units[done:]])

    def _holds_mark(self, first: int, last: int) -> bool:
        marks = self.marks
        place = bisect_left(marks, first) if marks else 0
        return place < len(marks) and marks[place] <= last

    def _is_above(self, mark: int, other: int, by: float = 0.0) -> bool:
        """Return whether one unit stands higher than another, by so many em of the other's type at least."""
        ((a, b, *_),) = self._characters.matrices(self._indices((other,)))
        (size,) = self._sizes((other,))
        points = (self._frame.point(*self._characters.origin(self._index(unit))) for unit in (mark, other))
        one, two = (across(point, self._angle(a, b)) for point in points)
        return one < two - by * size

    def own_index(self, unit: int) -> int:
        """Return the index that PDFium gives to the character of a unit."""
        return self._characters.own_index(self._index(unit))

    def _indices(self, units: Sequence[int]) -> Sequence[int]:
        return units if self.exact else list(map(self._index, units))

    def _index(self, unit: int) -> int:
        if self.exact:
            return unit
        index: int = self._pdfium.FPDFText_GetCharIndexFromTextIndex(self._handle, unit)
        return max(index, 0)

    def _angle(self, a: float, b: float) -> int:
        turn = math.degrees(math.atan2(b, a)) if a or b else 0.0
        return round((self._frame.rotation - turn) / 90) * 90 % 360


def text_units(pdfium: Handle, text_page: Handle, most: int) -> bytes:
    """Return the text of at most so many characters of a page in UTF-16-LE."""
    count = min(max(0, pdfium.FPDFText_CountChars(text_page)), most)
    if not count:
        return b""
    buffer = bytearray(4 * count + 4)
    written = pdfium.FPDFText_GetText(text_page, 0, count, ctypes.c_ushort.from_buffer(buffer))
    return bytes(memoryview(buffer)[: 2 * max(0, written - 1)])


def without_space_before_marks(text: str) -> str:
    """Return a text whose raised figures follow what they belong to directly."""
    return _APART.sub("", text)


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _holds_letter(text: str) -> bool:
    return text[:1].isalnum() or any(map(str.isalnum, text))
