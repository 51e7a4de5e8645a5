"""Headings of a listing page: under which item of the agenda something stands."""

import re

from lxml.html import HtmlElement

from configs.recipes import Headings
from pipelines.sources.connectors.tables import text_of

_LEVEL_OF_OTHERS = 7
"""Of a heading that is none of h1 to h6: it is below all of them."""


class AgendaHeadings:
    """The items of an agenda that the headings of a page name, and what lies below each."""

    def __init__(self, root: HtmlElement, wanted: Headings | None) -> None:
        headings = root.xpath(wanted.select) if wanted else []
        self._pattern = re.compile(wanted.agenda_item) if wanted else None
        self._order = {element: place for place, element in enumerate(root.iter())} if headings else {}
        ordered = sorted(headings, key=self._order.__getitem__)
        self._headings = [(self._order[one], _level(one), self.named(text_of(one))) for one in ordered]

    def named(self, heading: str) -> str | None:
        """Return the item that a heading is of, as it is printed."""
        match = self._pattern.search(heading) if self._pattern else None
        return " ".join(match["item"].split()) if match and match["item"] else None

    def above(self, element: HtmlElement) -> str | None:
        """Return the item under whose heading an element stands; another heading of its level ends it."""
        place = self._order.get(element, -1)
        open_ones: list[tuple[int, str | None]] = []
        for at, level, item in self._headings:
            if at >= place:
                break
            open_ones = [one for one in open_ones if one[0] < level]
            open_ones.append((level, item))
        return next((item for _, item in reversed(open_ones) if item), None)


def _level(heading: HtmlElement) -> int:
    tag = str(heading.tag)
    return int(tag[1]) if re.fullmatch("h[1-6]", tag) else _LEVEL_OF_OTHERS
