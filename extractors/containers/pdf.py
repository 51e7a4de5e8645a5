"""The files attached to a PDF, to the document or to one of its pages."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from extractors import media
from extractors.containers.contents import ContainerError
from extractors.readers.pdf.pdfium.attachments import attached, bytes_of, name_of, pinned
from extractors.readers.pdf.pdfium.document import opened
from extractors.readers.unreadable import UnreadableError

_ATTACHED = re.compile(rb"/EmbeddedFile|/Params\s*<<")  # in the dictionary of an attached file, which is never packed
_PIECE = 1 << 20  # bytes of a file that are searched at a time
_OVERLAP = 1 << 10  # overlap with the chunk before in bytes, where a name may begin
TAIL = 1 << 10
"""Bytes among which a PDF has the mark of its end."""
_MAX_PAGES = 2_000  # pages that are searched for file annotations


def may_attach(data: bytes) -> bool:
    """Return, by a cheap test, whether a PDF may have attachments."""
    return _ATTACHED.search(data) is not None


def file_may_attach(path: Path) -> bool:
    """Return, by a cheap test, whether the PDF at a path may have attachments."""
    before = b""
    with path.open("rb") as file:  # not memory-mapped: a file truncated meanwhile would kill this process
        while piece := file.read(_PIECE):
            if may_attach(before + piece):
                return True
            before = piece[-_OVERLAP:]
    return False


def is_whole(head: bytes, tail: bytes) -> bool:
    """Return, by its first and last bytes, whether a PDF is complete; a truncated one may have lost attachments."""
    return media.is_pdf(head) and b"%%EOF" in tail[-TAIL:]


def attachments(data: bytes, passwords: Sequence[str], *, pinned_too: bool) -> Iterator[tuple[str, bytes | None]]:
    """Yield name and bytes of every file that a PDF holds, each once; the bytes are None where they are broken.

    Those attached to the document come first; to find the others, which are pinned to its pages, each page is
    loaded, which a hostile PDF makes hard. Raises `ContainerError` for a PDF that cannot be opened.
    """
    given: set[tuple[str, bytes | None]] = set()
    try:
        with opened(data, passwords) as (pdfium, document):
            for handle in _handles(pdfium, document, pinned_too=pinned_too):
                one = name_of(pdfium, handle), bytes_of(pdfium, handle)
                if one not in given:
                    given.add(one)
                    yield one
    except UnreadableError as error:
        raise ContainerError(error.status, str(error)) from error


def _handles(pdfium: Any, document: Any, *, pinned_too: bool) -> Iterator[Any]:  # noqa: ANN401
    yield from attached(pdfium, document)
    pages = min(pdfium.FPDF_GetPageCount(document), _MAX_PAGES) if pinned_too else 0
    for index in range(pages):
        page = pdfium.FPDF_LoadPage(document, index)
        if page:
            try:
                yield from pinned(pdfium, page)
            finally:
                pdfium.FPDF_ClosePage(page)
