"""Opens a PDF with PDFium, and reads its properties, page labels and outline.

Its outline, which viewers show as bookmarks, has the titles of its headings with their levels and pages.
"""

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from extractors.readers.pdf.pdfium.bindings import Handle
from extractors.readers.unreadable import UnreadableError

_HEADER = b"%PDF"
_VERSION = b"%PDF-1.7\n"
_HEADER_WITHIN = 1024  # bytes from the start of the file
_LABEL_BYTES = 128
_TEXT_BYTES = 4096
_PROPERTIES = {"Title": "title", "Author": "author", "CreationDate": "created", "Subject": "subject"}
Outline: TypeAlias = dict[tuple[int, str], int]
"""The level, from 1, of the heading on a page with a title, folded by `title_key`."""

_TITLE_BYTES = 2048
_MAX_ENTRIES = 5_000
_MAX_LEVEL = 6


@contextmanager
def opened(source: Path | bytes, passwords: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    """Give the bindings of PDFium and the handle of the document in a file or in bytes.

    Raises `UnreadableError` where it does not open.
    """
    import pypdfium2.raw as pdfium

    source = _with_header(source)
    document = None
    for password in (None, *_encoded(passwords)):
        if isinstance(source, Path):
            document = pdfium.FPDF_LoadDocument(bytes(source), password)
        else:  # PDFium reads from the bytes as long as the document is open
            document = pdfium.FPDF_LoadMemDocument64(source, len(source), password)
        if document or pdfium.FPDF_GetLastError() != pdfium.FPDF_ERR_PASSWORD:
            break
    if not document:
        raise _open_error(pdfium, tried=bool(passwords))
    try:
        yield pdfium, document
    finally:
        pdfium.FPDF_CloseDocument(document)


def properties_of(pdfium: Handle, document: Handle) -> dict[str, str]:
    """Return the declared properties: `title`, `author`, `created`, `subject`, `language`, empty where missing."""
    buffer = ctypes.create_string_buffer(_TEXT_BYTES)
    found = {}
    for key, name in _PROPERTIES.items():
        size = pdfium.FPDF_GetMetaText(document, key.encode(), buffer, _TEXT_BYTES)
        found[name] = " ".join(utf16(buffer.raw, size).split())
    units = (ctypes.c_ushort * (_TEXT_BYTES // 2))()
    size = pdfium.FPDFCatalog_GetLanguage(document, units, _TEXT_BYTES)
    found["language"] = utf16(bytes(units), size)
    return found


def label_of(pdfium: Handle, document: Handle, index: int) -> str | None:
    """Return the page label that the file declares for a page, if any."""
    buffer = ctypes.create_string_buffer(_LABEL_BYTES)
    size = pdfium.FPDF_GetPageLabel(document, index, buffer, _LABEL_BYTES)
    return utf16(buffer.raw, size) or None


def utf16(raw: bytes, size: int) -> str:
    """Return the text of a buffer that PDFium filled; `size` counts its closing zero, too large means cut."""
    return raw[: max(0, size - 2)].decode("utf-16-le", "replace").rstrip("\x00") if 0 < size <= len(raw) else ""


def _with_header(source: Path | bytes) -> Path | bytes:
    """Return a file as it is, or its bytes with a header line before them where it lacks one.

    The places that its cross-references name are wrong then; PDFium looks the objects up by itself.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            if _HEADER in file.read(_HEADER_WITHIN):
                return source
            file.seek(0)
            return _VERSION + file.read()
    return source if _HEADER in source[:_HEADER_WITHIN] else _VERSION + source


def _encoded(passwords: Sequence[str]) -> Iterator[bytes]:
    """Give each password in UTF-8 (revision 6) and in Latin-1 (older revisions) where these differ."""
    for password in passwords:
        yield password.encode()
        if not password.isascii():
            yield password.encode("latin-1", "replace")


def _open_error(pdfium: Handle, *, tried: bool) -> UnreadableError:
    error = pdfium.FPDF_GetLastError()
    if error == pdfium.FPDF_ERR_PASSWORD:
        what = "none of the given passwords opens this PDF" if tried else "this PDF is locked with a password"
        return UnreadableError("encrypted", what, "give it with --password")
    if error == pdfium.FPDF_ERR_SECURITY:
        return UnreadableError("encrypted", "the encryption of this PDF is not known", "save it unlocked")
    return UnreadableError("malformed", "this is not a PDF that can be opened", "ask for a new copy")


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
    """Yield the entries with their levels, in order; a cyclic outline ends at the limit."""
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
