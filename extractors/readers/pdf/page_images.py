"""Renders pages of PDFs as images by PDFium as displayed: visible part, rotation and annotations.

The documents drawn last stay open, so that the next page of the same paper costs only its drawing. PDFium is not safe
with threads, and papers may be hostile: this runs in one thread of a process of its own.
"""

import ctypes
import io
import math
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from extractors.document import Box, ReadStatus
from extractors.readers.pdf.pdfium.bindings import Handle
from extractors.readers.pdf.pdfium.document import opened
from extractors.readers.pdf.repair import repaired
from extractors.readers.unreadable import UnreadableError

MOST_OPEN = 4
"""Documents that stay open."""
PNG, NO_PAGE, UNREADABLE = b"p", b"n", b"u"
"""What `PageDrawer.draw` returns begins with: a picture follows, the number of pages, or a status and a sentence."""

_MOST_DOTS = 16_000_000  # of a picture: 64 MB in memory while it is drawn
_LONGEST = 16_384
"""Dots of either side of a picture: more than that browsers and programs refuse to show."""
_WHITE = 0xFFFFFFFF
_MARK = (255, 240, 130)
_COMPRESSION = 1  # zlib's fastest


class PageDrawer:
    """Draws pages of the PDFs that it is given the paths of."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, tuple[str, ...]], tuple[ExitStack, Any, Any]] = OrderedDict()

    def draw(
        self, path: str, passwords: tuple[str, ...], number: int, width: int, marked: tuple[Box, ...] = ()
    ) -> bytes:
        """Return the page `number`, from 1, in PNG and so many dots wide, after the byte `PNG`.

        Boxes that are `marked`, in points of the page as shown, are highlighted in yellow.
        A page of grey alone is drawn in grey. A page so long that the picture would have more than 16 million dots, or
        16,384 from top to bottom, is drawn narrower. After `NO_PAGE` stands how many pages there are, where it has none
        of that number; after `UNREADABLE` the status and the reason, with a line feed between, where the file cannot be
        opened or the page is broken. Raises `MemoryError` where there is no room for the picture.
        """
        try:
            pdfium, document = self._document(path, passwords)
            pages = pdfium.FPDF_GetPageCount(document)
            if not 1 <= number <= pages:
                return NO_PAGE + str(pages).encode()
            return PNG + _drawn(pdfium, document, number, width, marked)
        except UnreadableError as error:
            return UNREADABLE + f"{error.status}\n{error.message}".encode()

    def _document(self, path: str, passwords: tuple[str, ...]) -> tuple[Any, Any]:
        key = path, passwords
        if key not in self._open:
            while len(self._open) >= MOST_OPEN:
                _, (stack, *_) = self._open.popitem(last=False)
                stack.close()
            self._open[key] = _opened(Path(path), passwords)
        self._open.move_to_end(key)
        _, pdfium, document = self._open[key]
        return pdfium, document


def _opened(path: Path, passwords: tuple[str, ...]) -> tuple[ExitStack, Any, Any]:
    """Open a PDF as the reader does: one of which PDFium opens no page is rewritten by qpdf."""
    try:
        stack, pdfium, document = _entered(path, passwords)
    except UnreadableError as error:
        again = _entered_repaired(path, passwords) if error.status == "malformed" else None
        if again is None:
            raise
        return again
    if pdfium.FPDF_GetPageCount(document) == 0 and (again := _entered_repaired(path, passwords)):
        stack.close()
        return again
    return stack, pdfium, document


def _entered_repaired(path: Path, passwords: tuple[str, ...]) -> tuple[ExitStack, Any, Any] | None:
    content = repaired(path, passwords)
    try:
        return _entered(content, ()) if content else None
    except UnreadableError:
        return None


def _entered(source: Path | bytes, passwords: tuple[str, ...]) -> tuple[ExitStack, Any, Any]:
    with ExitStack() as stack:
        pdfium, document = stack.enter_context(opened(source, passwords))
        return stack.pop_all(), pdfium, document


def _drawn(pdfium: Handle, document: Handle, number: int, width: int, marked: tuple[Box, ...]) -> bytes:
    page = pdfium.FPDF_LoadPage(document, number - 1)
    if not page:
        raise _broken(number)
    try:
        points_wide = pdfium.FPDF_GetPageWidthF(page)
        columns, rows = _size(points_wide, pdfium.FPDF_GetPageHeightF(page), number, width)
        bitmap = pdfium.FPDFBitmap_CreateEx(columns, rows, pdfium.FPDFBitmap_BGRx, None, 0)
        if not bitmap:
            raise MemoryError
        try:
            pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, columns, rows, _WHITE)
            flags = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
            pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, columns, rows, 0, flags)
            scale = columns / points_wide
            areas = [_dots(box, scale, columns, rows) for box in marked]
            return _png(pdfium, bitmap, columns, rows, [area for area in areas if area])
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)
    finally:
        pdfium.FPDF_ClosePage(page)


def _size(points_wide: float, points_high: float, number: int, width: int) -> tuple[int, int]:
    """Return columns and rows of the picture of a page."""
    if not (points_wide > 0 and points_high > 0 and math.isfinite(points_wide) and math.isfinite(points_high)):
        raise _broken(number)
    ratio = points_high / points_wide
    columns = min(float(width), math.sqrt(_MOST_DOTS / ratio), _LONGEST / ratio)
    return max(1, round(columns)), max(1, round(columns * ratio))


def _broken(number: int) -> UnreadableError:
    status: ReadStatus = "malformed"
    return UnreadableError(status, f"page {number} is broken")


def _dots(box: Box, scale: float, columns: int, rows: int) -> tuple[int, int, int, int] | None:
    """Return a box in dots, cut at the edges of the picture; None where nothing is left of it."""
    left, right = (min(max(round(side * scale), 0), columns) for side in (box[0], box[2]))
    top, bottom = (min(max(round(side * scale), 0), rows) for side in (box[1], box[3]))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _png(pdfium: Handle, bitmap: Handle, columns: int, rows: int, marked: list[tuple[int, int, int, int]]) -> bytes:
    from PIL import Image, ImageChops

    stride = pdfium.FPDFBitmap_GetStride(bitmap)
    size = stride * rows
    buffer = ctypes.cast(pdfium.FPDFBitmap_GetBuffer(bitmap), ctypes.POINTER(ctypes.c_ubyte * size)).contents
    drawn = Image.frombuffer("RGBX", (columns, rows), bytes(buffer), "raw", "RGBX", stride, 1)
    red, green, blue, _ = drawn.split()
    is_grey = not marked and red.tobytes() == green.tobytes() == blue.tobytes()
    image = red if is_grey else Image.merge("RGB", (red, green, blue))
    for area in marked:  # what is black stays black
        part = image.crop(area)
        image.paste(ImageChops.multiply(part, Image.new("RGB", part.size, _MARK)), area)
    written = io.BytesIO()
    image.save(written, "PNG", compress_level=_COMPRESSION)
    return written.getvalue()


def drawer() -> Callable[..., bytes]:
    """Return the function of a new drawer, for a process that draws pages one after the other."""
    return PageDrawer().draw
