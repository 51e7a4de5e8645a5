"""Reads PDF by PDFium: pages with their size and status, and the text of each as blocks with boxes.

PDFium is not safe with threads: this runs in one thread of a process of its own.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from configs.settings import ReadingLimits
from extractors.document import Page, Reading, ReadStatus
from extractors.media import PDF
from extractors.readers.pdf.layout.blocks import add_blocks
from extractors.readers.pdf.layout.furniture import with_printed_numbers
from extractors.readers.pdf.layout.style import PageLines
from extractors.readers.pdf.page import PageReader
from extractors.readers.pdf.pdfium.attachments import attached, name_of
from extractors.readers.pdf.pdfium.document import opened, outline_of, properties_of
from extractors.readers.pdf.repair import repaired
from extractors.readers.pdf.scans import Scans
from extractors.readers.pdf.tables.continuation import with_joined_tables
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.unreadable import UnreadableError

_MAX_FAILED_IN_A_ROW = 50  # pages; a page tree may claim millions that do not exist


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:
    """Return the pages, blocks and properties of a PDF; raises `UnreadableError` where it does not open.

    One of which PDFium opens no page is rewritten by qpdf and read once more.
    """
    with _without_cycle_collection():
        try:
            reading = _read(path, passwords, limits)
        except UnreadableError as error:
            again = _read_repaired(path, passwords, limits) if error.status == "malformed" else None
            if again is None:
                raise
            return again
        return reading if reading.status != "malformed" else _read_repaired(path, passwords, limits) or reading


def _read_repaired(path: Path, passwords: Sequence[str], limits: ReadingLimits) -> Reading | None:
    """Return the reading of a PDF that was broken, None where it cannot be repaired."""
    content = repaired(path, passwords)
    try:
        reading = _read(content, (), limits) if content else None
    except UnreadableError:
        return None
    if reading is None or reading.status == "malformed":
        return None
    warning = "the file is damaged and was repaired for reading: check that nothing is missing"
    return reading.model_copy(update={"warnings": (*reading.warnings, warning)})


def _read(source: Path | bytes, passwords: Sequence[str], limits: ReadingLimits) -> Reading:
    builder = ReadingBuilder()
    pages: list[Page] = []
    found: list[PageLines] = []
    scans = Scans(limits.ocr)
    with opened(source, passwords) as (pdfium, document):
        reader = PageReader(pdfium, document, limits, scans)
        failed = 0
        for index in range(pdfium.FPDF_GetPageCount(document)):
            page, lines = reader.read(index)
            pages.append(page)
            found.append(lines)
            failed = failed + 1 if page.status == "failed" else 0
            if failed == _MAX_FAILED_IN_A_ROW:
                reader.warnings.append(f"gave up at page {index + 1}: {failed} pages in a row are broken")
                break
        properties = properties_of(pdfium, document)
        outline = outline_of(pdfium, document)
        files = {*(name_of(pdfium, handle) for handle in attached(pdfium, document)), *reader.files}
    builder.warnings.extend(reader.warnings)
    builder.warn_of_attached(len(files))
    add_blocks(with_joined_tables(found), outline, builder)
    builder.warnings.extend(scans.warnings())
    pages = with_printed_numbers(pages, builder.blocks)
    return builder.reading(PDF, pages=pages, properties=properties, status=_status(pages, builder))


@contextmanager
def _without_cycle_collection() -> Iterator[None]:
    """Disable Python's cycle collector: for so many lines and words it takes a tenth of the time, and finds none."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _status(pages: Sequence[Page], builder: ReadingBuilder) -> ReadStatus:
    waiting = [page.number for page in pages if page.status == "needs_ocr"]
    if waiting:
        builder.warnings.append(f"{len(waiting)} of {len(pages)} pages have no usable text and need OCR")
    if any(block.kind not in ("header", "footer") for block in builder.blocks):
        return "read"
    if waiting:
        return "needs_ocr"
    if builder.blocks:
        return "read"
    if not pages or any(page.status == "failed" for page in pages):
        builder.warnings.append("no page of this PDF can be opened; ask for a new copy")
        return "malformed"
    return "empty"
