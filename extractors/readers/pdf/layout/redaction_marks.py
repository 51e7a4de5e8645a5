"""Detects redaction marks on a PDF page: text that is struck through, blackened, or shaded grey."""

import ctypes
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

from extractors.document import Box, MarkKind
from extractors.readers.colours import is_grey, is_hidden_by
from extractors.readers.pdf.pdfium.bindings import Handle
from extractors.readers.pdf.pdfium.coordinates import Frame
from extractors.readers.pdf.pdfium.drawn_paths import Drawn
from extractors.readers.pdf.text.lines import Line
from extractors.readers.pdf.text.text_layer import TextLayer

_STRUCK = (0.12, 0.5)  # em above the baseline, where a line strikes letters through
_BEYOND = 2.0  # points by which it may reach beyond the text
_SHORTEST = 0.8  # em of it
_LETTERS = 3  # of a struck stretch; figures of charts and fractions have fewer
_MOST = 1_000  # fills of a page that are looked at; drawings have more
_MIDDLE = 0.25  # em above the baseline, the middle of a small letter
_REACH = 0.5  # em around that place


def marks_of(
    pdfium: Handle,
    text_page: Handle,
    layer: TextLayer,
    lines: Sequence[Line],
    drawn: Drawn,
    frame: Frame,
) -> list[MarkKind]:
    """Return the marks on the upright lines of a page, one for each stretch of text that bears one."""
    if not drawn.rulings and not drawn.fills:
        return []
    upright = sorted((line for line in lines if line.angle == 0), key=lambda line: line.baseline)
    marks: list[MarkKind] = ["struck" for _ in _struck(upright, drawn.rulings, layer)]
    if len(drawn.fills) <= _MOST:
        ink = _Ink(pdfium, text_page, frame)
        marks += [kind for box, colour in drawn.fills if (kind := _on(box, colour, upright, ink))]
    return marks


def _struck(lines: Sequence[Line], rulings: Sequence[Box], layer: TextLayer) -> Iterator[Box]:
    """Yield the stretches of lines that rulings go through: in the middle of letters, and not far beyond them."""
    baselines = [line.baseline for line in lines]
    high = _STRUCK[1] * max((line.size for line in lines), default=0.0)
    strokes: dict[int, list[Box]] = defaultdict(list)
    for box in rulings:
        height = (box[1] + box[3]) / 2
        for place in range(bisect_left(baselines, height), bisect_left(baselines, height + high)):
            if _strikes(box, lines[place]):
                strokes[place].append(box)
    for place, boxes in strokes.items():
        line = lines[place]
        for x0, x1 in _stretches(sorted(boxes), line.size):
            box = x0, line.box[1], x1, line.box[3]
            if sum(map(str.isalnum, layer.text_in(box))) >= _LETTERS:
                yield box


def _strikes(box: Box, line: Line) -> bool:
    x0, top, x1, bottom = box
    above = (line.baseline - (top + bottom) / 2) / line.size
    within = line.start - _BEYOND <= x0 and x1 <= line.end + _BEYOND
    return within and x1 - x0 > _SHORTEST * line.size and _STRUCK[0] < above < _STRUCK[1]


def _stretches(boxes: Sequence[Box], gap: float) -> Iterator[tuple[float, float]]:
    """Yield where the runs of boxes with no wider gap between them begin and end."""
    x0, _, x1, _ = boxes[0]
    for box in boxes[1:]:
        if box[0] - x1 > gap:
            yield x0, x1
            x0 = box[0]
        x1 = max(x1, box[2])
    yield x0, x1


class _Ink:
    """Returns the colour of the letters at a place of a page."""

    def __init__(self, pdfium: Handle, text_page: Handle, frame: Frame) -> None:
        self._pdfium, self._text_page, self._frame = pdfium, text_page, frame
        self._color = tuple(ctypes.c_uint() for _ in range(4))

    def at(self, x: float, y: float, reach: float) -> str | None:
        """Return the colour as six hexadecimal digits, None where no letter stands."""
        left, bottom, _, _ = self._frame.user_box((x, y, x, y))
        character = self._pdfium.FPDFText_GetCharIndexAtPos(self._text_page, left, bottom, reach, reach)
        if character < 0 or not self._pdfium.FPDFText_GetFillColor(self._text_page, character, *self._color):
            return None
        red, green, blue, _ = (value.value for value in self._color)
        return f"{red:02X}{green:02X}{blue:02X}"


def _on(fill: Box, colour: str, lines: Sequence[Line], ink: _Ink) -> MarkKind | None:
    """Return the mark for a fill with text on it, None where there is no text or it is legible."""
    x0, top, x1, bottom = fill
    for line in lines:
        y = line.baseline - _MIDDLE * line.size
        left, right = max(x0, line.start), min(x1, line.end)
        if top < y < bottom and right - left > _SHORTEST * line.size:
            found = ink.at((left + right) / 2, y, _REACH * line.size)
            if found is not None:
                return "blackened" if is_hidden_by(found, colour) else "shaded" if is_grey(colour) else None
    return None
