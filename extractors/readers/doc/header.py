"""Parses the header of a Word 97 file ([MS-DOC] 2.5, 2.8.35): checks its text, and lists its other parts.

The library that decodes the text takes broken and locked files for text and guesses at Chinese; such files are
detected here first.

The paragraphs whose numbers or bullets Word makes are counted ([MS-DOC] 2.8.25, 2.9.55, 2.9.271): which number stands
before which paragraph would take the lists, the styles and the places of all paragraphs.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from extractors.readers.unreadable import UnreadableError

_WORD_97, _WORD_6 = 0xA5EC, 0xA5DC
_FIRST_FIB = 101  # nFib; before is Word 6 and 95
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200  # flags of the FIB
_FLAGS, _COUNTS, _PLACES = 0x0A, 0x4C, 0x9A  # offsets in the FIB: flags, ccpText and its like, rgFcLcb
_STYLES, _FORMATS, _CLX, _REVISERS = 1, 13, 33, 51  # entries of rgFcLcb: Stshf, PlcfBtePapx, Clx, SttbfRMark
_PROPERTIES, _PIECES = 1, 2  # kinds of the parts of a Clx
_COMPRESSED = 0x40000000
_PIECE = 8  # bytes of a Pcd; 4 more for its end
_MAX_PIECES = 1 << 20
_IDEOGRAPHS = (0x4E00, 0x9FFF)
_MAX_IDEOGRAPHS = 0.25  # of the characters of a piece; kreuzberg takes more for Western bytes
_FEW = 4  # characters of a piece that it does not look at
_DAMAGED = "the Word file is damaged"
_REMEDY = "open it in Word and save it as .docx"
_PAGE = 512  # bytes of a page of formatted paragraphs
_LIST = struct.pack("<H", 0x460B)  # sprmPIlfo, which puts a paragraph into a list; 0 takes it out of one
_ENTRY = 13  # bytes of a BxPap


@dataclass(frozen=True, slots=True)
class WordHeader:
    """Fields of the header: lengths of the text and of the other parts, numbers, tracked changes."""

    encrypted: bool
    characters: int = 0
    notes: int = 0
    running: int = 0  # of running heads and feet
    comments: int = 0
    boxes: int = 0  # of text boxes
    numbered: int | None = 0  # paragraphs with numbers or bullets that Word makes; None where these are damaged
    revised: bool = False


def word_header(ole: Any) -> WordHeader:  # noqa: ANN401 - olefile has no types
    """Return the header of a Word file opened by olefile.

    Raises `UnreadableError`: `unsupported` for Word 6 and 95 and for text in Chinese or Japanese characters,
    `malformed` where the header or the table of the pieces of text is damaged.
    """
    try:
        return _header(ole)
    except (struct.error, OSError, IndexError) as error:
        raise UnreadableError("malformed", f"{_DAMAGED}: {error}", _REMEDY) from error


def _header(ole: Any) -> WordHeader:  # noqa: ANN401
    stream = ole.openstream("WordDocument").read()
    magic, version = struct.unpack_from("<HH", stream)
    if magic == _WORD_6 or (magic == _WORD_97 and version < _FIRST_FIB):
        raise UnreadableError("unsupported", "a file of Word 6 or 95", "save it as .docx or PDF")
    if magic != _WORD_97:
        raise UnreadableError("malformed", f"{_DAMAGED}: its header is not one of Word", _REMEDY)
    (flags,) = struct.unpack_from("<H", stream, _FLAGS)
    if flags & _ENCRYPTED:
        return WordHeader(encrypted=True)
    table = ole.openstream("1Table" if flags & _TABLE_1 else "0Table").read()
    counts = struct.unpack_from("<8i", stream, _COUNTS)
    text, footnotes, running, _, comments, endnotes, boxes, _ = counts
    if min(counts) < 0:
        raise UnreadableError("malformed", f"{_DAMAGED}: its counts of characters are negative", _REMEDY)
    _check_pieces(stream, _part(stream, table, _CLX), text)
    formats, styles, revisers = (_part(stream, table, entry) for entry in (_FORMATS, _STYLES, _REVISERS))
    return WordHeader(
        encrypted=False,
        characters=text,
        notes=footnotes + endnotes,
        running=running,
        comments=comments,
        boxes=boxes,
        numbered=_numbered(stream, formats, styles),
        revised=bool(revisers) and struct.unpack_from("<H", revisers, 2)[0] > 1,  # the first reviser is "Unknown"
    )


def _numbered(stream: bytes, formats: bytes, styles: bytes) -> int | None:
    try:
        return numbered_paragraphs(stream, formats, styles)
    except (struct.error, IndexError):
        return None


def _part(stream: bytes, table: bytes, entry: int) -> bytes:
    """Return the part of the table stream that an entry of the header names, empty where there is none."""
    start, size = struct.unpack_from("<II", stream, _PLACES + 8 * entry)
    if start + size > len(table):
        raise UnreadableError("malformed", f"{_DAMAGED}: its tables are cut off", _REMEDY)
    return table[start : start + size]


def _check_pieces(stream: bytes, clx: bytes, characters: int) -> None:
    """Check that the pieces cover the text, lie in the file and can be decoded."""
    end = 0
    for first, end, wide, content in _pieces(stream, clx):
        if len(content) < (end - first) * (2 if wide else 1):
            raise UnreadableError("malformed", f"{_DAMAGED}: its text is cut off", _REMEDY)
        if wide and first < characters and _is_misread(content):
            message = "text in Chinese or Japanese characters in an old Word file (.doc)"
            raise UnreadableError("unsupported", message, "save it as .docx or PDF")
    if end < characters:
        raise UnreadableError("malformed", f"{_DAMAGED}: the places of its text are lost", _REMEDY)


def _pieces(stream: bytes, clx: bytes) -> Iterator[tuple[int, int, bool, bytes]]:
    """Yield the first and last character of each piece of text, whether it is UTF-16, and its bytes."""
    at = 0
    while clx[at] == _PROPERTIES:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if clx[at] != _PIECES:
        return
    count = (struct.unpack_from("<I", clx, at + 1)[0] - 4) // (4 + _PIECE)
    if not 0 < count <= _MAX_PIECES:
        return
    ends = struct.unpack_from(f"<{count + 1}I", clx, at + 5)
    for place in range(count):
        first, last = ends[place], ends[place + 1]
        (where,) = struct.unpack_from("<I", clx, at + 5 + 4 * (count + 1) + _PIECE * place + 2)
        wide = not where & _COMPRESSED
        start = where if wide else (where & ~_COMPRESSED) // 2
        size = max(0, last - first) * (2 if wide else 1)
        yield first, last, wide, stream[start : start + size]


def _is_misread(content: bytes) -> bool:
    """Return whether kreuzberg would take a piece in UTF-16 for one of Western bytes."""
    signs = struct.unpack(f"<{len(content) // 2}H", content)
    first, last = _IDEOGRAPHS
    return len(signs) > _FEW and sum(first <= sign <= last for sign in signs) > _MAX_IDEOGRAPHS * len(signs)


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
    """Return the list that properties name, 0 for no list, None where they do not set one."""
    at = properties.rfind(_LIST)
    return struct.unpack_from("<H", properties, at + 2)[0] if 0 <= at <= len(properties) - 4 else None
