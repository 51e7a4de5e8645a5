"""How many paragraphs of a Word 97 file have numbers or bullets that Word makes ([MS-DOC] 2.8.25, 2.9.55, 2.9.271).

Which number stands before which paragraph would take the lists, the styles and the places of all paragraphs.
"""

import struct
from collections.abc import Iterator

_PAGE = 512  # bytes of a page of formatted paragraphs
_LIST = struct.pack("<H", 0x460B)  # sprmPIlfo, which puts a paragraph into a list; 0 takes it out of one
_ENTRY = 13  # bytes of a BxPap


def numbered_paragraphs(stream: bytes, pages: bytes, styles: bytes) -> int:
    """Return the number of paragraphs in lists, by themselves or by their style.

    `pages` is the PlcBtePapx and `styles` the STSH of the file. Raises `struct.error` and `IndexError` where they are
    damaged.
    """
    listed = set(_listed_styles(styles))
    return sum(
        style in listed if (own := _list_of(properties)) is None else own > 0
        for style, properties in _paragraphs(stream, pages)
    )


def _paragraphs(stream: bytes, pages: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the style of each paragraph and the properties of its own."""
    count = (len(pages) - 4) // 8
    for number in struct.unpack_from(f"<{max(0, count)}I", pages, 4 * (count + 1)):
        start = (number & 0x3FFFFF) * _PAGE
        page = stream[start : start + _PAGE]
        paragraphs = page[_PAGE - 1]
        for place in range(paragraphs):
            at = 2 * page[4 * (paragraphs + 1) + _ENTRY * place]
            if not at:
                yield 0, b""
                continue
            size = 2 * page[at] - 1 if page[at] else 2 * page[at + 1]
            at += 1 if page[at] else 2
            yield struct.unpack_from("<H", page, at)[0], page[at + 2 : at + size]


def _listed_styles(styles: bytes) -> Iterator[int]:
    """Yield the styles that put their paragraphs into a list."""
    if not styles:
        return
    at = 2 + struct.unpack_from("<H", styles)[0]
    count = struct.unpack_from("<H", styles, 2)[0]
    for style in range(count):
        size = struct.unpack_from("<H", styles, at)[0]
        if _list_of(styles[at + 2 : at + 2 + size]):
            yield style
        at += 2 + size + size % 2


def _list_of(properties: bytes) -> int | None:
    """Return the list that properties name, 0 for none, None where they do not say."""
    at = properties.rfind(_LIST)
    return struct.unpack_from("<H", properties, at + 2)[0] if 0 <= at <= len(properties) - 4 else None
