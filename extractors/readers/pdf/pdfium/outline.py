"""The outline of a PDF, which viewers show as bookmarks: the titles of its headings with their levels and pages."""

import ctypes
from collections.abc import Iterator
from typing import TypeAlias

from extractors.readers.pdf.pdfium.bindings import Handle
from extractors.readers.pdf.pdfium.document import utf16

Outline: TypeAlias = dict[tuple[int, str], int]
"""The level, from 1, of the heading on a page with a title, folded by `title_key`."""

_TITLE_BYTES = 2048
_MAX_ENTRIES = 5_000
_MAX_LEVEL = 6


def outline_of(pdfium: Handle, document: Handle) -> Outline:
    """Return the outline of an open document, empty where it has none."""
    found: Outline = {}
    first = pdfium.FPDFBookmark_GetFirstChild(document, None)
    for entry, level in _entries(pdfium, document, first):
        page, key = _page_of(pdfium, document, entry), title_key(_title_of(pdfium, entry))
        if page >= 0 and key:
            found.setdefault((page + 1, key), min(level, _MAX_LEVEL))
    return found


def title_key(title: str) -> str:
    """Return the letters and digits of a title, in lower case."""
    return "".join(filter(str.isalnum, title.casefold()))


def _entries(pdfium: Handle, document: Handle, first: Handle) -> Iterator[tuple[Handle, int]]:
    """Yield the entries with their levels, in order; an outline that goes round in circles ends at the limit."""
    waiting = [(first, 1)]
    for _ in range(_MAX_ENTRIES):
        while waiting and not waiting[-1][0]:
            waiting.pop()
        if not waiting:
            return
        entry, level = waiting.pop()
        yield entry, level
        waiting.append((pdfium.FPDFBookmark_GetNextSibling(document, entry), level))
        waiting.append((pdfium.FPDFBookmark_GetFirstChild(document, entry), level + 1))


def _title_of(pdfium: Handle, entry: Handle) -> str:
    buffer = ctypes.create_string_buffer(_TITLE_BYTES)
    size = pdfium.FPDFBookmark_GetTitle(entry, buffer, _TITLE_BYTES)
    return utf16(buffer.raw, size)


def _page_of(pdfium: Handle, document: Handle, entry: Handle) -> int:
    """Return the index of the page that an entry leads to, -1 where it leads to none."""
    place = pdfium.FPDFBookmark_GetDest(document, entry)
    if not place:
        action = pdfium.FPDFBookmark_GetAction(entry)
        place = pdfium.FPDFAction_GetDest(document, action) if action else None
    return int(pdfium.FPDFDest_GetDestPageIndex(document, place)) if place else -1
