"""Reads images of pages (PNG, JPEG, TIFF): scanned pages with their size, which need OCR."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from configs.settings import ReadingLimits
from extractors.document import Page, Reading
from extractors.media import JPEG, PNG, TIFF
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.unreadable import UnreadableError

if TYPE_CHECKING:
    from PIL import Image

_TYPES = {"PNG": PNG, "JPEG": JPEG, "TIFF": TIFF}
_POINTS_PER_INCH = 72
_USUAL_DPI = 300.0  # of a scan that does not say, or says nonsense
_LOWEST_DPI, _HIGHEST_DPI = 30, 2400
_ORIENTATION = 0x0112  # Exif: how the picture is to be turned
_TURNED = {6: 90, 8: 270, 3: 180, 5: 90, 7: 270}
_MAX_PAGES = 2_000
_MAX_PIXELS = 250_000_000  # of one page: A0 at 300 dpi has 140 million


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the pages of a picture, every one `needs_ocr`; raises `UnreadableError` for a broken one.

    A page's size is in points, from its pixels and their dots per inch. No pixel is decoded.
    """
    from PIL import Image, UnidentifiedImageError

    pages: list[Page] = []
    try:
        with Image.open(path, formats=list(_TYPES)) as picture:
            kind = _TYPES.get(picture.format or "", JPEG)  # a JPEG with previews has another format name
            # not by `n_frames`, which first visits all pages
            while _turn_to(picture, len(pages)):
                if len(pages) == _MAX_PAGES:
                    raise UnreadableError("too_large", f"the picture has more than {_MAX_PAGES} pages", "split it")
                pages.append(_page(picture, len(pages) + 1))
                if kind != TIFF:
                    break  # what else is in the file are previews
    except (UnidentifiedImageError, Image.DecompressionBombError, EOFError, OSError, SyntaxError, ValueError) as error:
        raise UnreadableError("malformed", f"the picture is broken: {error}", "scan it again") from error
    builder = ReadingBuilder()
    builder.warnings.append(f"{len(pages)} scanned {'page needs' if len(pages) == 1 else 'pages need'} OCR")
    return builder.reading(kind, pages=pages, status="needs_ocr")


def _turn_to(picture: "Image.Image", place: int) -> bool:
    """Go to a page by its place from 0; return whether there is one."""
    try:
        picture.seek(place)
    except EOFError:
        return False
    return True


def _page(picture: "Image.Image", number: int) -> Page:
    width, height = picture.size
    if width * height > _MAX_PIXELS:
        raise UnreadableError("too_large", f"page {number} has {width} × {height} pixels", "scan it at 300 dpi")
    across, down = _dpi(picture)
    rotation = _TURNED.get(picture.getexif().get(_ORIENTATION, 1), 0)
    size = width * _POINTS_PER_INCH / across, height * _POINTS_PER_INCH / down
    shown = size[::-1] if rotation in (90, 270) else size
    return Page(
        number=number, width=round(shown[0], 2), height=round(shown[1], 2), rotation=rotation, status="needs_ocr"
    )


def _dpi(picture: "Image.Image") -> tuple[float, float]:
    given = picture.info.get("dpi") or (_USUAL_DPI, _USUAL_DPI)
    across, down = (float(value) if _LOWEST_DPI <= value <= _HIGHEST_DPI else _USUAL_DPI for value in given)
    return across, down
