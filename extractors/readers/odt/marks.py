"""Detects redaction marks in an OpenDocument text: spans that are struck through, blackened or shaded grey."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from extractors.document import MarkKind
from extractors.readers.colours import is_grey, is_hidden_by
from extractors.readers.package_xml import Element
from extractors.text.superscripts import superscript

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_STYLE = f"{{{_OASIS}:style:1.0}}"
_FO = f"{{{_OASIS}:xsl-fo-compatible:1.0}}"
_TEXT = f"{{{_OASIS}:text:1.0}}"
_HEX = re.compile(r"#([0-9A-Fa-f]{6})")
_RAISED = re.compile(r"super|0*[1-9]")  # a share of the type's height, below the line where it is negative
_MAX_CHAIN = 20  # styles based on each other
_BEHIND = f"{_FO}background-color"


class TextStyles:
    """How the styles of a document print text."""

    def __init__(self, roots: list[Any]) -> None:
        styles = (style for root in roots for style in root.iter(f"{_STYLE}style"))
        self._styles = {(style.get(f"{_STYLE}family"), style.get(f"{_STYLE}name")): style for style in styles}
        self._found: dict[tuple[str, str | None], dict[str, str]] = {}

    def marks(self, paragraph: Element, skipped: set[str]) -> Iterator[MarkKind]:
        """Yield the marks in a paragraph, once for each stretch of them; what stands in skipped elements is none."""
        whole = self._properties("paragraph", paragraph.get(f"{_TEXT}style-name"))
        for kind, _ in groupby(self._pieces(paragraph, whole, skipped), _mark):
            if kind is not None:
                yield kind

    def raise_figures(self, body: Element) -> None:
        """Make superscripts of the figures in an element that are set so."""
        from lxml.etree import iterwalk

        raised = [False]  # of the elements in each other
        for event, element in iterwalk(body, events=("start", "end")):
            if event == "start":
                raised.append(self._is_raised(element, within=raised[-1]))
                if raised[-1]:
                    element.text = superscript(element.text or "")
            else:
                raised.pop()
                if raised[-1]:
                    element.tail = superscript(element.tail or "")

    def _is_raised(self, element: Element, *, within: bool) -> bool:
        if element.tag == f"{_TEXT}span":
            position = self._properties("text", element.get(f"{_TEXT}style-name")).get(f"{_STYLE}text-position")
            return within if position is None else _RAISED.match(position) is not None
        return within and element.tag not in (f"{_TEXT}p", f"{_TEXT}h")  # those of a note that is set in a raised span

    def _pieces(self, element: Element, look: dict[str, str], skipped: set[str]) -> Iterator[dict[str, str]]:
        """Yield how each piece of text looks."""
        if (element.text or "").strip():
            yield look
        for child in element:
            if child.tag not in skipped:
                name = child.get(f"{_TEXT}style-name") if child.tag == f"{_TEXT}span" else None
                yield from self._pieces(child, look | self._properties("text", name) if name else look, skipped)
            if (child.tail or "").strip():
                yield look

    def _properties(self, family: str, name: str | None) -> dict[str, str]:
        """Return the properties of text that a style sets, those of the styles that it is based on included."""
        if (family, name) not in self._found:
            chain: list[Any] = []
            style = self._styles.get((family, name))
            while style is not None and style not in chain and len(chain) < _MAX_CHAIN:
                chain.insert(0, style)
                style = self._styles.get((family, style.get(f"{_STYLE}parent-style-name")))
            found: dict[str, str] = {}
            for style in chain:
                for part in (f"{_STYLE}paragraph-properties", f"{_STYLE}text-properties"):
                    properties = style.find(part)
                    found |= {} if properties is None else dict(properties.attrib)
            self._found[family, name] = found
        return self._found[family, name]


def _mark(look: dict[str, str]) -> MarkKind | None:
    lines = (look.get(f"{_STYLE}text-line-through-{name}") for name in ("style", "type"))
    if any(line not in (None, "none") for line in lines):
        return "struck"
    ground = _HEX.fullmatch(look.get(_BEHIND, ""))
    if ground is None:
        return None
    ink = _HEX.fullmatch(look.get(f"{_FO}color", ""))
    if is_hidden_by(ink[1] if ink else None, ground[1]):
        return "blackened"
    return "shaded" if is_grey(ground[1]) else None
