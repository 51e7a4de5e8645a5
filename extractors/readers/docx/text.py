"""Extracts the printed text of DOCX paragraphs: changes accepted, field results, no hidden text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from extractors.readers.docx.styles import Look, Styles
from extractors.readers.equations import EQUATION, equation_text
from extractors.readers.package_xml import Element
from extractors.text.superscripts import superscript

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_VML = "{urn:schemas-microsoft-com:vml}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_SKIPPED = {f"{W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "rt", "txbxContent")}
_SKIPPED.add(f"{MC}Fallback")  # repeats the content of the preceding choice
_TEXTS = {f"{W}t", f"{_DRAWING}t"}
_MARKS = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_SYMBOLS = {  # of the fonts Wingdings and Symbol, by their place in them
    **dict.fromkeys((0x6F, 0x71, 0xA8), "☐"),
    **dict.fromkeys((0x78, 0xFD, 0xFE), "☒"),
    **dict.fromkeys((0xFC, 0x50), "✓"),
    **dict.fromkeys((0xA7, 0xB7), "•"),
    0xE0: "→",
}
_HEX = re.compile(r"[0-9A-Fa-f]{1,4}")
_PRIVATE = range(0xF000, 0xF100)  # where the characters of symbol fonts stand
CONTAINERS = {f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo")}
"""Elements round paragraphs, rows and cells that say nothing of their own."""
_GONE = [f"{W}del", f"{W}moveFrom"]


@dataclass(frozen=True, slots=True)
class Line:
    """The printed paragraph: its text, white space folded, and the looks of its runs, in order.

    `hidden` says whether a part of it is left out because it is not printed.
    """

    text: str
    looks: list[Look]
    hidden: bool


def line_of(paragraphs: Sequence[Element], styles: Styles) -> Line:
    """Return the printed line of paragraphs that are merged because the marks between them are deleted."""
    texts: list[str] = []
    looks: list[Look] = []
    hidden = False
    for paragraph in paragraphs:
        style = styles.style_of(paragraph)
        for run, pieces in groupby(_pieces(paragraph), itemgetter(0)):
            text = "".join(piece for _, piece in pieces)
            look = styles.look(style, run)
            if look.is_on("vanish"):
                hidden |= bool(text.strip())
                continue
            texts.append(superscript(text) if look.is_raised() else text)
            if text.strip():
                looks.append(look)
    return Line(" ".join("".join(texts).split()), looks, hidden)


def is_merged(paragraph: Element) -> bool:
    """Return whether a paragraph is joined to the next one: its mark is deleted, or it is a dropped capital."""
    if any(paragraph.find(f"{W}pPr/{W}rPr/{W}{name}") is not None for name in ("del", "moveFrom")):
        return True
    frame = paragraph.find(f"{W}pPr/{W}framePr")
    return frame is not None and frame.get(f"{W}dropCap", "none") != "none"


def anchored(paragraph: Element, *names: str) -> Iterator[Element]:
    """Yield the elements of some names that are anchored in a paragraph itself, each once."""
    for element in paragraph.iter(*names):
        over = next(element.iterancestors(f"{W}txbxContent", f"{MC}Fallback", f"{W}p", *_GONE), None)
        if over is paragraph:  # others are a copy in a fallback, in a nested box, or deleted
            yield element


def _pieces(paragraph: Element) -> Iterator[tuple[Element | None, str]]:
    """Yield each piece of text with its run, without the codes of fields."""
    leaves = list(_leaves(paragraph, None))
    fields = _Fields([element for _, element in leaves if element.tag == f"{W}fldChar"])
    for run, element in leaves:
        if element.tag == f"{W}fldChar":
            fields.pass_by(element)
        elif fields.in_code:
            continue
        elif element.tag in _TEXTS:
            yield run, element.text or ""
        elif element.tag == EQUATION:
            yield run, equation_text(element)
        elif element.tag == f"{W}sym":
            yield run, _symbol(element.get(f"{W}char", ""))
        elif element.tag == f"{_VML}textpath":
            yield run, f" {element.get('string') or ''} "
        else:
            yield run, _MARKS[element.tag]


def _leaves(element: Element, run: Element | None) -> Iterator[tuple[Element | None, Element]]:
    for child in element:
        tag = child.tag
        if tag in _SKIPPED:
            continue
        if tag in _TEXTS or tag in _MARKS or tag in (f"{W}sym", f"{W}fldChar", f"{_VML}textpath", EQUATION):
            yield run, child
        else:
            yield from _leaves(child, child if tag == f"{W}r" else run)


class _Fields:
    """Tracks, mark by mark, whether a walk through a paragraph is in the code of a field, before its result.

    A field whose code does not end in the paragraph is passed over, so that no text is lost by it.
    """

    def __init__(self, marks: Sequence[Element]) -> None:
        self._open: list[bool] = []  # for each open field, whether it is in its code
        self._endless: set[Element] = set()
        begun: list[tuple[Element, bool]] = []
        for mark in marks:
            kind = mark.get(f"{W}fldCharType")
            if kind == "begin":
                begun.append((mark, True))
            elif kind == "separate" and begun:
                begun[-1] = (begun[-1][0], False)
            elif kind == "end" and begun:
                begun.pop()
        self._endless = {mark for mark, in_code in begun if in_code}

    @property
    def in_code(self) -> bool:
        return any(self._open)

    def pass_by(self, mark: Element) -> None:
        """Process the begin, the separator or the end mark of a field."""
        kind = mark.get(f"{W}fldCharType")
        if kind == "begin":
            self._open.append(mark not in self._endless)
        elif kind == "separate" and self._open:
            self._open[-1] = False
        elif kind == "end" and self._open:
            self._open.pop()


def _symbol(code: str) -> str:
    place = int(code, 16) if _HEX.fullmatch(code) else 0
    if place in _PRIVATE:
        return _SYMBOLS.get(place - _PRIVATE.start, "")
    return chr(place) if chr(place).isprintable() else ""
