"""Reads the structure tree of a tagged PDF: heading levels of lines, and entries of a table of contents.

The rest of the tree is ignored: measured on real papers, the geometry finds the same paragraphs.
"""

import ctypes
from collections.abc import Iterator, Sequence
from itertools import chain, repeat

from extractors.readers.pdf.pdfium.bindings import Handle, bare, handle, handle_at
from extractors.readers.pdf.text.lines import Line
from extractors.readers.pdf.text.text_layer import TextLayer

CONTENTS = 0
"""The level of an entry of a table of contents."""

_LEVELS = {"Title": 1, "H": 1, **{f"H{level}": level for level in range(1, 7)}, "TOCI": CONTENTS}
_LEAVES = ("P", "Span", "Link", "Figure", "Table", "Note", "Caption", "Formula", "Form", "Reference")
_LEVEL_OF = {name.encode("utf-16-le"): level for name, level in _LEVELS.items()}  # as PDFium gives the names
_IS_LEAF = {name.encode("utf-16-le") for name in _LEAVES}
_TYPE_BYTES = 64
_MAX_DEPTH = 40
_MAX_ELEMENTS = 20_000  # of one page
_SCANNED_WHOLE = 64  # children, at most; among more, those of one page are neighbours


class StructureTags:
    """Reads the levels of headings from the structure tree of an open document, page after page."""

    def __init__(self, pdfium: Handle) -> None:
        self._pdfium = pdfium
        self._type = bare("FPDF_StructElement_GetType", ctypes.c_ulong)
        self._count = bare("FPDF_StructElement_CountChildren", ctypes.c_int)
        self._child = bare("FPDF_StructElement_GetChildAtIndex", ctypes.c_void_p)
        self._mark_at = bare("FPDF_StructElement_GetChildMarkedContentID", ctypes.c_int)
        self._text_object = bare("FPDFText_GetTextObject", ctypes.c_void_p)
        self._mark_of = bare("FPDFPageObj_GetMarkedContentID", ctypes.c_int, ctypes.c_void_p)
        self._buffer = ctypes.create_string_buffer(_TYPE_BYTES)
        self._starts: dict[int, int] = {}  # by depth, where the children on the last page began
        self._elements_left = 0

    def with_levels(self, page: Handle, text_page: Handle, layer: TextLayer, lines: Sequence[Line]) -> list[Line]:
        """Return the lines of a loaded page; those that the structure tree gives a level have it."""
        levels = self._levels(page)
        if not levels or not layer.exact:
            return list(lines)
        found: list[Line] = []
        search_from = 0
        characters = handle(text_page)
        for line in lines:  # in the order of the layer's text
            place = layer.units.find(line.text.split(None, 1)[0], search_from)
            if place < 0:
                found.append(line)
                continue
            search_from = place
            text_object = self._text_object(characters, layer.own_index(place))
            level = levels.get(self._mark_of(text_object)) if text_object else None
            found.append(line if level is None else line._replace(level=level))
        return found

    def _levels(self, page: Handle) -> dict[int, int]:
        """Return the levels by marked-content id."""
        found: dict[int, int] = {}
        self._elements_left = _MAX_ELEMENTS
        tree = self._pdfium.FPDF_StructTree_GetForPage(page)
        if tree:
            try:
                for index in range(self._pdfium.FPDF_StructTree_CountChildren(tree)):
                    element = self._pdfium.FPDF_StructTree_GetChildAtIndex(tree, index)
                    if element:
                        self._walk(handle(element), 0, found)
            finally:
                self._pdfium.FPDF_StructTree_Close(tree)
        return found

    def _walk(self, element: Handle, depth: int, found: dict[int, int]) -> None:
        self._elements_left -= 1
        if depth > _MAX_DEPTH or self._elements_left < 0:
            return
        size = self._type(element, self._buffer, _TYPE_BYTES)
        name = self._buffer.raw[: size - 2] if 1 < size <= _TYPE_BYTES else b""  # without its terminating zero
        level = _LEVEL_OF.get(name)
        if level is not None:
            self._set_level(element, level, depth, found)
        elif name not in _IS_LEAF:
            for child in self._children(element, depth):
                self._walk(handle_at(child), depth + 1, found)

    def _set_level(self, element: Handle, level: int, depth: int, found: dict[int, int]) -> None:
        """Set the level of all marked content of an element."""
        self._elements_left -= 1
        if depth > _MAX_DEPTH or self._elements_left < 0:
            return
        for index in range(self._count(element)):
            mark = self._mark_at(element, index)
            child = None if mark >= 0 else self._child(element, index)
            if mark >= 0:
                found[mark] = level
            elif child:
                self._set_level(handle_at(child), level, depth + 1, found)

    def _children(self, element: Handle, depth: int) -> Iterator[int]:
        """Yield the children on this page; PDFium returns null for those on other pages, thousands in a long paper."""
        count = self._count(element)
        if count <= _SCANNED_WHOLE:
            yield from filter(None, map(self._child, repeat(element), range(count)))
            return
        start = self._starts.get(depth, 0)
        has_found, missed = False, 0
        for place in chain(range(start, count), range(min(start, count))):
            child = self._child(element, place)
            if child:
                if not has_found:
                    self._starts[depth] = place
                has_found, missed = True, 0
                yield child
            elif has_found:
                missed += 1
                if missed > _SCANNED_WHOLE:
                    return
