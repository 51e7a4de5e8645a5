"""The paragraphs of a text on a slide: their text, the numbers that PowerPoint counts, what is struck through."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.readers.docx.lists import whole
from extractors.readers.equations import EQUATION, equation_text
from extractors.readers.number_forms import count_in_form
from extractors.readers.package_xml import Element
from extractors.readers.pptx.shapes import MC
from extractors.text.superscripts import superscript

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_STRUCK = ("sngStrike", "dblStrike")
_SCHEME = re.compile(r"(alphaLc|alphaUc|romanLc|romanUc|arabic)(ParenBoth|ParenR|Period|Plain)")
_FORMS = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
    "arabic": "decimal",
}
_AROUND = {"ParenBoth": "({})", "ParenR": "{})", "Period": "{}.", "Plain": "{}"}


@dataclass(frozen=True, slots=True)
class TextLine:
    """A paragraph: its text, white space folded, its depth from 0, its number, how often a stretch is struck."""

    text: str
    depth: int
    number: str | None
    struck: int


def lines_of(body: Element | None) -> Iterator[TextLine]:
    """Yield the paragraphs of a text body that have any text, in order; a shape without a body has none."""
    counter = _Counter()
    for paragraph in () if body is None else body.iter(f"{_A}p"):
        pieces = list(_pieces(paragraph))
        text = " ".join("".join(piece for piece, _ in pieces).split())
        properties = paragraph.find(f"{_A}pPr")
        depth = 0 if properties is None else whole(properties.get("lvl")) or 0
        number = (
            counter.count(depth, None if properties is None else properties.find(f"{_A}buAutoNum")) if text else None
        )
        if text:
            marks = [struck for piece, struck in pieces if piece.strip()]
            stretches = sum(now and not before for before, now in zip([False, *marks], marks, strict=False))
            yield TextLine(text, depth, number, stretches)


def text_of(body: Element | None) -> str:
    """Return the text of a text body in one line."""
    return " ".join(line.text for line in lines_of(body))


def _pieces(element: Element) -> Iterator[tuple[str, bool]]:
    """Yield each piece of text, and whether it is struck through."""
    for child in element:
        if child.tag == f"{_A}br":
            yield " ", False
        elif child.tag == EQUATION:
            yield equation_text(child), False
        elif child.tag == f"{_A}t":
            properties = element.find(f"{_A}rPr")
            baseline, strike = ("", "") if properties is None else map(properties.get, ("baseline", "strike"))
            raised = (whole(baseline) or 0) > 0
            yield superscript(child.text or "") if raised else child.text or "", strike in _STRUCK
        elif child.tag != f"{MC}Fallback":
            yield from _pieces(child)


class _Counter:
    """Counts the numbered paragraphs of one text."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[str, int]] = {}  # depth → scheme and count of the list that goes on there

    def count(self, depth: int, numbering: Element | None) -> str | None:
        """Return the number of the next paragraph, None where it has none."""
        self._open = {at: state for at, state in self._open.items() if at <= depth}
        scheme = None if numbering is None else _SCHEME.fullmatch(numbering.get("type") or "")
        if numbering is None or scheme is None:
            self._open.pop(depth, None)
            return None
        start = whole(numbering.get("startAt")) or 1
        key = f"{scheme[0]} {start}"
        before = self._open.get(depth)
        count = before[1] + 1 if before and before[0] == key else start
        self._open[depth] = (key, count)
        return _AROUND[scheme[2]].format(count_in_form(count, _FORMS[scheme[1]]))
