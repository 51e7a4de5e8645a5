"""Joins the positioned strings of a vector drawing to lines of text."""

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
_HORIZONTAL, _VERTICAL = 6, 24  # masks of the horizontal and the vertical alignment
_ASCENT, _DESCENT = 0.9, 0.2  # of the em, usual for text fonts
_STOCK_FONTS = range(0x8000000A, 0x80000012)

_SAME_BASELINE = 0.4  # of the em: superscripts and subscripts are within, the next line is not
_BLANK = 0.15  # of the em: a space of Calibri has .23, less where a coarse picture rounds it
_SHADOW = 0.25  # of the width: how far the shadow of a string is from it at most

_PRIVATE_USE = 0xF000  # start of the characters of symbol fonts
_SYMBOL_FONT_CHARACTERS = {_PRIVATE_USE + code: bytes([code]).decode("cp1252", "ignore") for code in range(0x20, 0x100)}
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
# Widths in em where the file has none, about those of Helvetica
_NARROW, _WIDE = (frozenset("fijlrtI.,:;!|/\\'()[]{}- "), 0.3), (frozenset("mwMW@%—…"), 0.9)
_CAPITAL, _LETTER, _IDEOGRAPH = 0.7, 0.55, 1.0
_FIRST_IDEOGRAPH = "\u2e80"


class Piece(NamedTuple):
    """A string on its baseline: `along` and `across` are its start along the writing direction and at right angles."""

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
        """Return the transform that applies this one first, then the other."""
        return Affine(
            self.xx * other.xx + self.xy * other.yx,
            self.xx * other.xy + self.xy * other.yy,
            self.yx * other.xx + self.yy * other.yx,
            self.yx * other.xy + self.yy * other.yy,
            *other.at(self.x0, self.y0),
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the image of a point."""
        return x * self.xx + y * self.yx + self.x0, x * self.xy + y * self.yy + self.y0


class Font(NamedTuple):
    """The size, the character set and the direction of a font."""

    em: float = 0  # 0: not known
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

    def to_picture(self) -> Affine:
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
    """The strings drawn so far, and the device context."""

    characters_left: int  # that may still be drawn
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

    def restore(self, number: int) -> None:
        """Go back to a saved context: a negative number counts from the last one, others from 1."""
        index = len(self.saved) + number if number < 0 else number - 1
        if 0 <= index < len(self.saved):
            self.context = self.saved[index]
            del self.saved[index:]

    def select(self, number: int) -> None:
        """Make an object the current one, where it is a font."""
        if number in self.fonts or number in _STOCK_FONTS:
            self.change(font=self.fonts.get(number, _UNKNOWN_FONT))

    def delete(self, number: int) -> None:
        """Delete an object; a font that is selected stays selected."""
        self.fonts.pop(number, None)

    def read_string(self, record: memoryview, start: int, count: int, charset: str) -> str:
        """Return the string of `count` characters at `start`: of one byte each, of two in UTF-16.

        It is empty where it exceeds the record or the characters that are left.
        """
        end = start + count * (2 if charset == UTF_16 else 1)
        if end > len(record) or count > self.characters_left:
            return ""
        self.characters_left -= count
        return str(record[start:end], charset, "replace")

    def draw(self, text: str, reference: Point, advances: Sequence[float] = ()) -> None:
        """Draw a string at its reference point or the current position; `advances` are the widths of its parts."""
        text = _CONTROLS.sub("", text).translate(_SYMBOL_FONT_CHARACTERS)
        if not text:
            return
        context = self.context
        length = sum(advances)
        em = abs(context.font.em) or (2 * length / len(text) if length > 0 else USUAL_EM)
        width = length if length > 0 else em * sum(map(_usual_width, text))
        at_position = context.alignment & AT_POSITION
        self.pieces.append(_piece(context, text, context.position if at_position else reference, width, em))
        if at_position:
            # a centred string does not move the position
            step = {0: width, RIGHT: -width}.get(context.alignment & _HORIZONTAL, 0)
            self.set_point("position", (context.position[0] + step, context.position[1]))


def lines_of(pieces: Sequence[Piece]) -> list[str]:
    """Return the text of the lines that strings form; empty lines are left out."""
    directions = defaultdict(list)
    for piece in pieces:
        directions[piece.angle].append(piece)
    lines = (_line_text(line) for angle in sorted(directions) for line in _by_baseline(directions[angle]))
    return [line for line in lines if line]


def _by_baseline(pieces: list[Piece]) -> Iterator[list[Piece]]:
    pieces.sort(key=lambda piece: piece.across)
    line = pieces[:1]
    largest = pieces[0]
    for piece in pieces[1:]:
        # much smaller strings stay on lines of their own beside a large one
        em = min(max(piece.em, largest.em), 2 * min(piece.em, largest.em))
        if piece.across - largest.across <= _SAME_BASELINE * em:
            line.append(piece)
            largest = max(largest, piece, key=lambda piece: piece.em)
        else:
            yield line
            line, largest = [piece], piece
    yield line


def _line_text(line: list[Piece]) -> str:
    """Return the text of one line, with spaces for gaps and without the shadows of strings."""
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
    transform = context.to_picture()
    # a mirrored x axis moves strings and does not turn them
    cosine_part = math.copysign(transform.xx, context.world.xx)
    angle = math.degrees(math.atan2(transform.xy, cosine_part)) - context.font.escapement
    width *= math.hypot(transform.xx, transform.xy)
    em *= math.hypot(transform.yx, transform.yy)
    x, y = transform.at(*reference)
    if not all(map(math.isfinite, (angle, width, em, x, y))):
        return Piece(0, 0, 0, 0, USUAL_EM, text)
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    before = {0: 0.0, RIGHT: 1.0}.get(context.alignment & _HORIZONTAL, 0.5)
    above = {BASELINE: 0.0, BOTTOM: -_DESCENT}.get(context.alignment & _VERTICAL, _ASCENT)
    across = y * cosine - x * sine + above * em
    return Piece(round(angle) % 360, across, x * cosine + y * sine - before * width, width, em, text)


def _usual_width(character: str) -> float:
    for characters, width in (_NARROW, _WIDE):
        if character in characters:
            return width
    if character >= _FIRST_IDEOGRAPH:
        return _IDEOGRAPH
    return _CAPITAL if character.isupper() else _LETTER
