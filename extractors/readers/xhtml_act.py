"""Reads EU acts in the XHTML of the Official Journal, whose classes mark titles, numbers and notes."""

import re
from functools import cache
from typing import Any

from extractors.document import BlockKind
from extractors.readers.html.flow import Flow, inline_text
from extractors.readers.package_xml import Element
from extractors.text.numbering import split_number, suffix_pattern

# Classes of the Publications Office, without the prefix "oj-" that the acts of recent years carry.
_ROLES: dict[str, tuple[BlockKind, int | None]] = {
    "doc-ti": ("heading", 1),
    "title-doc-first": ("heading", 1),
    "title-doc-last": ("heading", 1),
    "ti-grseq-1": ("heading", 2),
    "title-annex-1": ("heading", 1),
    "title-annex-2": ("heading", 1),
    "title-gr-seq-level-1": ("heading", 2),
    "title-gr-seq-level-2": ("heading", 3),
    "ti-section-1": ("heading", 2),
    "ti-section-2": ("heading", 2),
    "title-division-1": ("heading", 2),
    "title-division-2": ("heading", 2),
    "ti-art": ("heading", 4),
    "title-article-norm": ("heading", 4),
    "sti-art": ("heading", 4),
    "stitle-article-norm": ("heading", 4),
    "note": ("footnote", None),
    "footnote": ("footnote", None),
    "hd-date": ("header", None),
    "hd-lg": ("header", None),
    "hd-ti": ("header", None),
    "hd-oj": ("header", None),
    "hd-coll": ("header", None),
    "hd-uniq": ("header", None),
    "reference": ("header", None),
    "disclaimer": ("header", None),
}
_TITLES = {"doc-ti", "title-doc-first", "title-doc-last"}
_SUBTITLES = {"sti-art", "stitle-article-norm", "ti-section-2", "title-division-2", "title-annex-2"}
_TABLES = {"table"}
_MARGIN = {"modref", "arrow"}  # "▼B", "►C1"


def is_act(root: Element) -> bool:
    """Return whether a page is an EU act in the XHTML of the Publications Office."""
    return any(_classes(element) & _ROLES.keys() - {"note", "footnote", "reference"} for element in root.iter("p"))


class ActFlow(Flow):
    """Walks the elements of an act; lists are tables or grids there whose first column holds the number."""

    _last: tuple[str, Any] | None = None  # role and container of the title before

    def walk(self, element: Element, depth: int = 0) -> None:
        """Gather the blocks inside an element; the marks of amendments in its margin are left out."""
        if depth == 0:
            for mark in [part for part in element.iter() if _classes(part) & _MARGIN]:
                mark.drop_tree()  # type: ignore[attr-defined]  # HTML elements have it
        super().walk(element, depth)

    def block(self, element: Element, depth: int) -> None:
        """Gather an element by its class."""
        classes = _classes(element)
        role = next((name for name in _ROLES if name in classes), None)
        if role is not None:
            with self.as_kind(*_ROLES[role]):
                self._titled(element, role, depth)
        elif "grid-list" in classes:
            self._row([part for part in element if isinstance(part.tag, str)], depth)
        elif element.tag == "table" and not classes & _TABLES:
            for row in element.iter("tr"):
                if next(row.iterancestors("table")) is element:
                    self._row(list(row.iterchildren("td", "th")), depth)
        else:
            super().block(element, depth)

    def _titled(self, element: Element, role: str, depth: int) -> None:
        text = inline_text(element)
        place = element.getparent()
        if role in _TITLES and self._last and self._last[0] in _TITLES and self._last[1] is place:
            self.builder.extend_last(text)
        elif role not in _SUBTITLES or not self.builder.entitle_last(text):
            super().walk(element, depth)
        self._last = role, place

    def emit(self, text: str) -> None:
        """Add a block of text; a paragraph number that stands alone waits for its paragraph."""
        self._last = None
        if _bare_number().match(text) and self.kind is None:
            self.mark = text
        else:
            super().emit(text)

    def _row(self, cells: list[Any], depth: int) -> None:
        filled = [cell for cell in cells if inline_text(cell)]
        first = inline_text(filled[0]) if filled else ""
        dash = not any(map(str.isalnum, first))
        if len(filled) > 1 and (dash or split_number(f"{first} X")[0] == first):
            self.mark = "•" if dash else first
            filled = filled[1:]
        for cell in filled:
            self.walk(cell, depth + 1)
        self.mark = None


@cache
def _bare_number() -> re.Pattern[str]:
    return re.compile(rf"\d{{1,3}}(?:[a-z]{{0,2}}\.|{suffix_pattern()}\.?)$", re.IGNORECASE)


def _classes(element: Element) -> set[str]:
    return {name.removeprefix("oj-") for name in (element.get("class") or "").split()}
