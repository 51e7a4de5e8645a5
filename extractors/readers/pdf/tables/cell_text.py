"""The text inside many boxes of a PDF page at once: the cells of its tables.

PDFium looks through all characters of a page for each box. Here each word is assigned once, and PDFium queried for the
few boxes into which one reaches that stands in another box, too; it does not detect superscripts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from extractors.document import Box
from extractors.readers.pdf.text.lines import clean
from extractors.readers.pdf.text.text_layer import TextLayer, without_space_before_marks
from extractors.readers.pdf.text.words import BREAK, WORD

_TOUCH = 2.0  # points between what stands before a break and after it, where that is a raised mark or follows one
_FEW = 120  # characters of a page for each box; where there are fewer boxes, PDFium is faster


def texts_in(layer: TextLayer, boxes: Sequence[Box]) -> list[str]:
    """Return the text inside each box of the page as shown, as `TextLayer.text_in` does."""
    if not layer.marks and len(boxes) * _FEW < layer.characters:
        return [layer.text_in(box) for box in boxes]
    units = layer.units
    spans = [match.span() for match in WORD.finditer(units)]
    rooms = layer.glyph_boxes([(start, end - 1) for start, end in spans])
    held: list[list[int]] = [[] for _ in boxes]
    shared: set[int] = set()
    rows = _Rows(boxes)
    for word, room in enumerate(rooms):
        places = rows.at(room)
        if len(places) == 1:
            held[places[0]].append(word)
        else:
            shared.update(places)

    def text_of(words: Sequence[int]) -> str:
        """Return words with spaces between them, but where a hyphen or a raised mark parts one."""
        text = ""
        last, right = 0, 0.0
        for word in words:
            start, end = spans[word]
            between = units[last:start]
            whole = not between or (between == BREAK and abs(rooms[word][0] - right) < _TOUCH)
            text += units[start:end] if whole else f" {units[start:end]}"
            last, right = end, rooms[word][2]
        return clean(without_space_before_marks(text) if layer.marks else text)

    return [
        layer.text_in(box) if place in shared else text_of(words)
        for place, (box, words) in enumerate(zip(boxes, held, strict=True))
    ]


class _Rows:
    """Boxes by the stretches between their upper and lower edges."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self._edges = sorted({edge for box in boxes for edge in (box[1], box[3])})
        self._rows: list[list[tuple[float, float, int]]] = [[] for _ in self._edges]
        for place, (left, top, right, bottom) in enumerate(boxes):
            for row in self._rows[bisect_left(self._edges, top) : bisect_left(self._edges, bottom)]:
                row.append((left, right, place))

    def at(self, box: Box) -> list[int]:
        """Return the places of the boxes that a box overlaps."""
        x0, top, x1, bottom = box
        first, last = bisect_right(self._edges, top) - 1, bisect_left(self._edges, bottom)
        found = [
            place
            for row in self._rows[max(0, first) : max(last, first + 1)]
            for left, right, place in row
            if left < x1 and x0 < right
        ]
        return found if last <= first + 1 else list(dict.fromkeys(found))
