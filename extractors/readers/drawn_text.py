"""The text of a drawing: where strings stand on it, and the lines that they make."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from extractors.readers.charset import FONT_CHARSETS

UTF_16 = "utf-16-le"
USUAL_EM = 16  # of the system font
TEXT_MODE, ANISOTROPIC = 1, 8
_SCALED_MODES = (7, ANISOTROPIC)  # in the modes between, y goes up
AT_POSITION, RIGHT, BOTTOM, BASELINE = 1, 2, 8, 24
_ACROSS, _DOWN = 6, 24  # the bits that hold the alignment in either direction
_ASCENT, _DESCENT = 0.9, 0.2  # of the em, usual for text fonts
_STOCK_FONTS = range(0x8000000A, 0x80000012)

_SAME_BASELINE = 0.4  # of the em: superscripts and subscripts are within, the next line is not
_BLANK = 0.15  # of the em: a blank of Calibri has .23, rounded in a coarse picture less
_SHADOW = 0.25  # of the width: how far the shadow of a string lies from it at most

_PRIVATE = 0xF000  # where the characters of symbol fonts stand
_OF_SYMBOL_FONTS = {_PRIVATE + code: bytes([code]).decode("cp1252", "ignore") for code in range(0x20, 0x100)}
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
# Widths in em where none are given, much as in Helvetica
_NARROW, _WIDE = (frozenset("fijlrtI.,:;!|/\\'()[]{}- "), 0.3), (frozenset("mwMW@%—…"), 0.9)
_CAPITAL, _LETTER, _IDEOGRAPH = 0.7, 0.55, 1.0
_FIRST_IDEOGRAPH = "\u2e80"


class Piece(NamedTuple):
    """A string on its baseline: `along` and `across` are its start in the direction of writing and square to it."""

    angle: int  # degrees, clockwise
    across: float
    along: float
    width: float
    em: float
    text: str


class Affine(NamedTuple):
    """x' = xx·x + yx·y + x0, y' = xy·x + yy·y + y0: the XFORM of MS-EMF."""

    xx: float = 1
    xy: float = 0
    yx: float = 0
    yy: float = 1
    x0: float = 0
    y0: float = 0

    def then(self, other: "Affine") -> "Affine":
        """Return the transform that does this one first."""
        return Affine(
            self.xx * other.xx + self.xy * other.yx,
            self.xx * other.xy + self.xy * other.yy,
            self.yx * other.xx + self.yy * other.yx,
            self.yx * other.xy + self.yy * other.yy,
            *other.at(self.x0, self.y0),
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point comes to lie."""
        return x * self.xx + y * self.yx + self.x0, x * self.xy + y * self.yy + self.y0


class Font(NamedTuple):
    """The size, the code page and the direction of a font."""

    em: float = 0  # 0 is not known
    charset: int = 0
    escapement: float = 0  # degrees, counter-clockwise

    @property
    def codec(self) -> str:
        """Return the name of its code page."""
        return FONT_CHARSETS.get(self.charset, "cp1252")


Point = tuple[float, float]
_UNCHANGED = Affine()
_UNKNOWN_FONT = Font()


class Context(NamedTuple):
    """The part of a device context that says where and how text is drawn."""

    mode: int = TEXT_MODE
    world: Affine = _UNCHANGED
    window_origin: Point = (0, 0)
    window_size: Point = (0, 0)
    view_origin: Point = (0, 0)
    view_size: Point = (0, 0)
    position: Point = (0, 0)
    alignment: int = 0
    font: Font = _UNKNOWN_FONT

    def placed(self) -> Affine:
        """Return the transform from the coordinates of records to those of the picture."""
        scale_x, scale_y = 1.0, 1.0 if self.mode == TEXT_MODE else -1.0
        if self.mode in _SCALED_MODES:
            scale_x, scale_y = (
                view / window if window and view else 1.0
                for window, view in zip(self.window_size, self.view_size, strict=True)
            )
        (x, y), (view_x, view_y) = self.window_origin, self.view_origin
        return self.world.then(Affine(scale_x, 0, 0, scale_y, view_x - x * scale_x, view_y - y * scale_y))


@dataclass(slots=True)
class Canvas:
    """What has been drawn so far, and the device context."""

    room: int  # characters that may still be drawn
    context: Context = field(default_factory=Context)
    saved: list[Context] = field(default_factory=list)
    fonts: dict[int, Font] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)

    def change(self, **values: int | Point | Affine | Font) -> None:
        """Set fields of the context."""
        self.context = self.context._replace(**values)  # type: ignore[arg-type]  # of the field's own type

    def set_point(self, name: str, point: Point) -> None:
        """Set an origin, a size or the current position of the context."""
        self.change(**{name: point})
        if name == "window_size" and self.context.view_size == (0, 0):
            # until the size of the viewport is set, that of the window counts: only the directions of the axes matter
            self.change(view_size=(abs(point[0]), abs(point[1])))

    def save(self) -> None:
        """Save the context."""
        self.saved.append(self.context)

    def restore(self, which: int) -> None:
        """Go back to a saved context: below 0 counted from the last, else by its number from 1."""
        kept = len(self.saved) + which if which < 0 else which - 1
        if 0 <= kept < len(self.saved):
            self.context = self.saved[kept]
            del self.saved[kept:]

    def select(self, number: int) -> None:
        """Draw with an object from now on, where it is a font."""
        if number in self.fonts or number in _STOCK_FONTS:
            self.change(font=self.fonts.get(number, _UNKNOWN_FONT))

    def delete(self, number: int) -> None:
        """Forget an object; a font that is selected remains so."""
        self.fonts.pop(number, None)

    def taken(self, record: memoryview, start: int, count: int, charset: str) -> str:
        """Return the string of `count` bytes there, or of pairs of bytes in UTF-16.

        It is empty where it is not all in the record, or where there is no room for it.
        """
        end = start + count * (2 if charset == UTF_16 else 1)
        if end > len(record) or count > self.room:
            return ""
        self.room -= count
        return str(record[start:end], charset, "replace")

    def draw(self, text: str, reference: Point, advances: Sequence[float] = ()) -> None:
        """Draw a string at its reference point or the current position; `advances` are the widths of its parts."""
        text = _CONTROLS.sub("", text).translate(_OF_SYMBOL_FONTS)
        if not text:
            return
        context = self.context
        length = sum(advances)
        em = abs(context.font.em) or (2 * length / len(text) if length > 0 else USUAL_EM)
        width = length if length > 0 else em * sum(map(_usual_width, text))
        moves = context.alignment & AT_POSITION
        self.pieces.append(_piece(context, text, context.position if moves else reference, width, em))
        if moves:
            # a centred string leaves the position where it is
            step = {0: width, RIGHT: -width}.get(context.alignment & _ACROSS, 0)
            self.set_point("position", (context.position[0] + step, context.position[1]))


def lines_of(pieces: Sequence[Piece]) -> list[str]:
    """Return the text of the lines that pieces make, without the empty ones."""
    directions = defaultdict(list)
    for piece in pieces:
        directions[piece.angle].append(piece)
    lines = (_joined(line) for angle in sorted(directions) for line in _by_baseline(directions[angle]))
    return [line for line in lines if line]


def _by_baseline(pieces: list[Piece]) -> Iterator[list[Piece]]:
    pieces.sort(key=lambda piece: piece.across)
    line = pieces[:1]
    largest = pieces[0]
    for piece in pieces[1:]:
        # much smaller strings keep their own lines next to a large one
        em = min(max(piece.em, largest.em), 2 * min(piece.em, largest.em))
        if piece.across - largest.across <= _SAME_BASELINE * em:
            line.append(piece)
            largest = max(largest, piece, key=lambda piece: piece.em)
        else:
            yield line
            line, largest = [piece], piece
    yield line


def _joined(line: list[Piece]) -> str:
    """Return the text of one line: blanks where gaps are, and no string a second time for its shadow."""
    line.sort(key=lambda piece: piece.along)
    parts = [line[0].text]
    last = line[0]
    for piece in line[1:]:
        step = piece.along - last.along
        if piece.text == last.text and step < _SHADOW * last.width:
            continue
        if step - last.width > _BLANK * min(piece.em, last.em):
            parts.append(" ")
        parts.append(piece.text)
        last = piece
    return " ".join("".join(parts).split())


def _piece(context: Context, text: str, reference: Point, width: float, em: float) -> Piece:
    placed = context.placed()
    # a mirrored x axis moves strings, it does not turn them
    along = math.copysign(placed.xx, context.world.xx)
    angle = math.degrees(math.atan2(placed.xy, along)) - context.font.escapement
    width *= math.hypot(placed.xx, placed.xy)
    em *= math.hypot(placed.yx, placed.yy)
    x, y = placed.at(*reference)
    if not all(map(math.isfinite, (angle, width, em, x, y))):
        return Piece(0, 0, 0, 0, USUAL_EM, text)
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    before = {0: 0.0, RIGHT: 1.0}.get(context.alignment & _ACROSS, 0.5)
    above = {BASELINE: 0.0, BOTTOM: -_DESCENT}.get(context.alignment & _DOWN, _ASCENT)
    across = y * cosine - x * sine + above * em
    return Piece(round(angle) % 360, across, x * cosine + y * sine - before * width, width, em, text)


def _usual_width(character: str) -> float:
    for characters, width in (_NARROW, _WIDE):
        if character in characters:
            return width
    if character >= _FIRST_IDEOGRAPH:
        return _IDEOGRAPH
    return _CAPITAL if character.isupper() else _LETTER
