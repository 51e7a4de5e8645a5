"""The part of a page on which a passage stands: the picture of the page, and the frame that is shown of it."""

from collections.abc import Iterator
from typing import NamedTuple

from extractors.document import Document, Passage, around

_MARGIN = 18.0
"""Points around a passage: a line above it and one below."""
_NARROWEST = 300.0
"""Points: a narrower passage, as a cell of a table, would be drawn larger than it is read."""
_WIDTH = 1200
"""Dots of the picture of a page."""
_MOST_PAGES = 2


class PageCrop(NamedTuple):
    """The picture of a page, the size of the page, and the frame that is shown of it, in points from the top left."""

    address: str
    number: int
    width: float
    height: float
    frame: tuple[float, float, float, float]
    """Left, top, width and height."""


def page_crops(document: Document, passage: Passage) -> tuple[PageCrop, ...]:
    """Return what is shown of the first pages of a passage; nothing of a paper without pages."""
    return tuple(_crops(document, passage))[:_MOST_PAGES]


def _crops(document: Document, passage: Passage) -> Iterator[PageCrop]:
    sizes = {page.number: (page.width, page.height) for page in document.pages}
    for number in dict.fromkeys(place.page for place in passage.boxes if place.page in sizes):
        width, height = sizes[number]
        left, top, right, bottom = around(place.box for place in passage.boxes if place.page == number)
        wider = max(_MARGIN, (_NARROWEST - (right - left)) / 2)
        left, right = max(0.0, left - wider), min(width, right + wider)
        top, bottom = max(0.0, top - _MARGIN), min(height, bottom + _MARGIN)
        if right > left and bottom > top:
            address = f"/documents/{document.id}/pages/{number}.png?width={_WIDTH}&highlight={passage.id}"
            yield PageCrop(address, number, width, height, (left, top, right - left, bottom - top))
