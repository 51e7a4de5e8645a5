"""PDF by PDFium: pages with their size and state, and the text of each as blocks with boxes.

PDFium is not safe with threads: this runs in one thread of a process of its own.
"""

import ctypes
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from configs.settings import ReadingLimits
from extractors.document import Page, PageStatus, Reading, ReadStatus
from extractors.media import PDF
from extractors.readers.gather import Gathering
from extractors.readers.pdf_blocks import add_blocks
from extractors.readers.pdf_continued import with_joined_tables
from extractors.readers.pdf_frame import Frame
from extractors.readers.pdf_layer import TextLayer
from extractors.readers.pdf_parting import lines_of
from extractors.readers.pdf_scans import Scans
from extractors.readers.pdf_style import PageLines
from extractors.readers.pdf_tables import page_tables
from extractors.readers.unreadable import UnreadableError

_FEW_LETTERS = 40  # a page with fewer beside a picture that fills it is a scan with a stamp
_MOST_OF_PAGE = 0.6  # of its area
_MAX_STRANGE = 0.5  # share of characters without a meaning; beyond it the text layer is useless
_MAX_FAILED_IN_A_ROW = 50  # pages; a page tree can claim millions that are not there
_LETTER = re.compile(r"[^\W_]")
_STRANGE = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1b]")
_LABEL_BYTES = 128
_TEXT_BYTES = 4096
_PROPERTIES = {"Title": "title", "Author": "author", "CreationDate": "created", "Subject": "subject"}


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:
    """Return the pages, blocks and properties of a PDF; raises `UnreadableError` where it does not open."""
    gathering = Gathering()
    pages: list[Page] = []
    found: list[PageLines] = []
    scans = Scans(limits.ocr)
    with _opened(path, passwords) as (pdfium, document):
        failed = 0
        for index in range(pdfium.FPDF_GetPageCount(document)):
            page, lines = _read_page(pdfium, document, index, limits, scans, gathering.warnings)
            pages.append(page)
            found.append(lines)
            failed = failed + 1 if page.status == "failed" else 0
            if failed == _MAX_FAILED_IN_A_ROW:
                gathering.warnings.append(f"gave up at page {index + 1}: {failed} pages in a row are broken")
                break
        properties = _properties(pdfium, document)
    add_blocks(with_joined_tables(found), gathering)
    gathering.warnings.extend(scans.warnings())
    return gathering.reading(PDF, pages=pages, properties=properties, status=_status(pages, gathering))


def _status(pages: Sequence[Page], gathering: Gathering) -> ReadStatus:
    waiting = [page.number for page in pages if page.status == "needs_ocr"]
    if waiting:
        gathering.warnings.append(f"{len(waiting)} of {len(pages)} pages are pictures and need OCR")
    if any(block.kind not in ("header", "footer") for block in gathering.blocks):
        return "read"
    if waiting:
        return "needs_ocr"
    if gathering.blocks:
        return "read"
    if not pages or any(page.status == "failed" for page in pages):
        gathering.warnings.append("no page of this PDF can be opened; ask for a new copy")
        return "malformed"
    return "empty"


@contextmanager
def _opened(path: Path, passwords: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    import pypdfium2.raw as pdfium

    document = None
    for password in (None, *_encoded(passwords)):
        document = pdfium.FPDF_LoadDocument(bytes(path), password)
        if document or pdfium.FPDF_GetLastError() != pdfium.FPDF_ERR_PASSWORD:
            break
    if not document:
        raise _open_error(pdfium, tried=bool(passwords))
    try:
        yield pdfium, document
    finally:
        pdfium.FPDF_CloseDocument(document)


def _encoded(passwords: Sequence[str]) -> Iterator[bytes]:
    """Give each password in UTF-8 (revision 6) and in Latin-1 (older revisions) where these differ."""
    for password in passwords:
        yield password.encode()
        if not password.isascii():
            yield password.encode("latin-1", "replace")


def _open_error(pdfium: Any, *, tried: bool) -> UnreadableError:  # noqa: ANN401 - the bindings module
    error = pdfium.FPDF_GetLastError()
    if error == pdfium.FPDF_ERR_PASSWORD:
        what = "none of the given passwords opens this PDF" if tried else "this PDF is locked with a password"
        return UnreadableError("encrypted", what, "give it with --password")
    if error == pdfium.FPDF_ERR_SECURITY:
        return UnreadableError("encrypted", "the encryption of this PDF is not known", "save it unlocked")
    return UnreadableError("malformed", "this is not a PDF that can be opened", "ask for a new copy")


def _read_page(
    pdfium: Any,  # noqa: ANN401 - the bindings module
    document: Any,  # noqa: ANN401 - a ctypes handle
    index: int,
    limits: ReadingLimits,
    scans: Scans,
    warnings: list[str],
) -> tuple[Page, PageLines]:
    number = index + 1
    handle = pdfium.FPDF_LoadPage(document, index)
    if not handle:
        warnings.append(f"page {number} is broken and was left out")
        return Page(number=number, width=0, height=0, status="failed"), PageLines(number, 0, 0, [])
    try:
        frame = _frame(pdfium, handle)
        status: PageStatus = "failed"
        lines = PageLines(number, frame.width, frame.height, [])
        text_page = pdfium.FPDFText_LoadPage(handle)
        if text_page:
            try:
                layer = TextLayer(text_page, frame, limits.objects_per_page)
                if layer.cut:
                    warnings.append(f"page {number} holds {layer.characters} characters; the rest was left out")
                status = _page_status(pdfium, handle, layer.units, frame)
                if not (status == "needs_ocr" and _is_strange(layer.units)):
                    found = lines_of(layer)
                    tables = page_tables(pdfium, handle, layer, found, frame, limits.objects_per_page)
                    lines = PageLines(number, frame.width, frame.height, found, tables)
            finally:
                pdfium.FPDFText_ClosePage(text_page)
        recognised = scans.lines(handle, frame) if status == "needs_ocr" else []
        if recognised:  # what little text layer there is stands in the picture too
            status, lines = "ocr", PageLines(number, frame.width, frame.height, recognised)
    finally:
        pdfium.FPDF_ClosePage(handle)
    page = Page(
        number=number,
        label=_label(pdfium, document, index),
        width=round(frame.width, 2),
        height=round(frame.height, 2),
        rotation=frame.rotation,
        status=status,
    )
    return page, lines


def _frame(pdfium: Any, handle: Any) -> Frame:  # noqa: ANN401
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(handle, box)  # the crop box where there is one, inside the media box
    return Frame(box.left, box.bottom, box.right, box.top, 90 * max(0, pdfium.FPDFPage_GetRotation(handle)))


def _page_status(pdfium: Any, handle: Any, text: str, frame: Frame) -> PageStatus:  # noqa: ANN401
    letters = sum(1 for _ in islice(_LETTER.finditer(text), _FEW_LETTERS))
    strange = _is_strange(text)
    if letters == _FEW_LETTERS and not strange:
        return "text"
    drawn = letters == 0 and (pdfium.FPDFPage_CountObjects(handle) > 0 or pdfium.FPDFPage_GetAnnotCount(handle) > 0)
    if strange or drawn:
        return "needs_ocr"
    return "needs_ocr" if letters and _picture_fills(pdfium, handle, frame) else "text"


def _is_strange(text: str) -> bool:
    """Tell whether most of a text layer has no meaning: U+FFFD, private use or control characters."""
    strange = len(_STRANGE.findall(text))
    return strange > 0 and strange > _MAX_STRANGE * sum(map(len, text.split()))


def _picture_fills(pdfium: Any, handle: Any, frame: Frame) -> bool:  # noqa: ANN401
    """Tell whether an image, or a form that may hold one, covers most of a page with little text."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    area = frame.width * frame.height
    for index in range(min(pdfium.FPDFPage_CountObjects(handle), _FEW_LETTERS)):
        thing = pdfium.FPDFPage_GetObject(handle, index)
        kind = pdfium.FPDFPageObj_GetType(thing)
        if kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM):
            pdfium.FPDFPageObj_GetBounds(thing, left, bottom, right, top)
            if (right.value - left.value) * (top.value - bottom.value) > _MOST_OF_PAGE * area:
                return True
    return False


def _label(pdfium: Any, document: Any, index: int) -> str | None:  # noqa: ANN401
    buffer = ctypes.create_string_buffer(_LABEL_BYTES)
    size = pdfium.FPDF_GetPageLabel(document, index, buffer, _LABEL_BYTES)
    return _utf16(buffer.raw, size) or None


def _properties(pdfium: Any, document: Any) -> dict[str, str]:  # noqa: ANN401
    buffer = ctypes.create_string_buffer(_TEXT_BYTES)
    found = {}
    for key, name in _PROPERTIES.items():
        size = pdfium.FPDF_GetMetaText(document, key.encode(), buffer, _TEXT_BYTES)
        found[name] = " ".join(_utf16(buffer.raw, size).split())
    units = (ctypes.c_ushort * (_TEXT_BYTES // 2))()
    size = pdfium.FPDFCatalog_GetLanguage(document, units, _TEXT_BYTES)
    found["language"] = _utf16(bytes(units), size)
    return found


def _utf16(raw: bytes, size: int) -> str:
    """Return the text of a buffer that PDFium filled; `size` counts its closing zero, too large means cut."""
    return raw[: max(0, size - 2)].decode("utf-16-le", "replace").rstrip("\x00") if 0 < size <= len(raw) else ""
