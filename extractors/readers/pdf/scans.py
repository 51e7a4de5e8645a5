"""Recognises scanned pages of a PDF: renders them in grey and returns the recognised lines."""

import ctypes
import math
from collections.abc import Iterator
from statistics import fmean

import numpy as np

from configs.settings import OcrSettings
from configs.system.progress import step_done
from extractors.document import Box
from extractors.ocr import Picture, Recogniser, Recognition, TextLine, why_not
from extractors.readers.pdf.pdfium.bindings import Handle
from extractors.readers.pdf.pdfium.coordinates import Frame
from extractors.readers.pdf.text.lines import Line, clean

_POINTS_PER_INCH = 72
_MOST_DOTS = 40_000_000  # of a picture: A3 at 300 dots per inch is 17 million
_WHITE = 0xFFFFFFFF
_GAP = 2.2  # em; a wider gap parts two lines of one row, as in pages with a text layer
_MANY_WORDS = 20  # that are not legible: they are a text, and no drawing
_SAME_SIZE = 0.1  # share; the heights of recognised lines vary by that much within one size of type


class Scans:
    """Recognises the pages of one PDF that need it, as many as the settings allow."""

    def __init__(self, settings: OcrSettings) -> None:
        self._settings = settings
        self._recogniser: Recogniser | None = None
        self._asked = 0
        self._found: list[Recognition] = []
        self._illegible: list[Recognition] = []

    def lines(self, page: Handle, frame: Frame) -> list[Line]:
        """Return the lines on a loaded page in reading order; none where nothing legible is on it.

        None too where recognition is off or not installed, or the document's page limit is reached.
        """
        if why_not(self._settings):
            return []
        self._asked += 1
        if self._asked > self._settings.pages:
            return []
        self._recogniser = self._recogniser or Recogniser(self._settings)
        recognition = self._recogniser.recognise(_picture(page, frame, self._settings.dpi))
        step_done()
        if not recognition.lines:
            if recognition.dropped >= _MANY_WORDS:
                self._illegible.append(recognition)
            return []
        self._found.append(recognition)
        return list(_lines(recognition))

    def warnings(self) -> list[str]:
        """Return the warnings about the recognised text."""
        said = []
        if self._found:
            words = [word.confidence for page in self._found for line in page.lines for word in line.words]
            dropped = sum(page.dropped for page in self._found)
            left_out = f"; {dropped} illegible words were left out" if dropped else ""
            said.append(
                f"the text of {len(self._found)} pages was recognised from pictures, with a mean confidence of"
                f" {fmean(words):.0f} of 100{left_out}"
            )
        if self._illegible:
            scripts = sorted({page.script for page in self._illegible if page.script})
            taken = f", which looks {' or '.join(scripts)}," if scripts else ""
            said.append(
                f"the text of {len(self._illegible)} pages{taken} is not legible in the languages that Tesseract has"
                " here: where it is in another, install its data (tesseract-ocr-LANGUAGE)"
            )
        if self._asked > self._settings.pages:
            said.append(f"only the first {self._settings.pages} pages without text were recognised")
        return said


def _picture(page: Handle, frame: Frame, dpi: int) -> Picture:
    """Return a page as shown, in grey; a page too large for that resolution is drawn coarser."""
    import pypdfium2.raw as pdfium

    inches = frame.width * frame.height / _POINTS_PER_INCH**2
    dots = min(float(dpi), math.sqrt(_MOST_DOTS / inches))
    width, height = (max(1, round(side * dots / _POINTS_PER_INCH)) for side in (frame.width, frame.height))
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_Gray, None, 0)
    if not bitmap:
        raise MemoryError
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, _WHITE)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT | pdfium.FPDF_GRAYSCALE)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        buffer = ctypes.cast(pdfium.FPDFBitmap_GetBuffer(bitmap), ctypes.POINTER(ctypes.c_uint8 * (stride * height)))
        grey = np.frombuffer(buffer.contents, dtype=np.uint8).reshape(height, stride)[:, :width].copy()
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return Picture(grey, dots)


def _lines(recognition: Recognition) -> Iterator[Line]:
    usual = _usual_size(recognition)
    for row in recognition.lines:
        size = usual if abs(row.size - usual) <= _SAME_SIZE * usual else row.size
        first = 0
        for place in range(1, len(row.words)):
            if row.spans[place][0] - row.spans[place - 1][1] > _GAP * size:
                yield _line(row, first, place, size, recognition.turn)
                first = place
        yield _line(row, first, len(row.words), size, recognition.turn)


def _usual_size(recognition: Recognition) -> float:
    """Return the median size of the letters' lines."""
    sizes = sorted((line.size, len(line.text)) for line in recognition.lines)
    half = sum(letters for _, letters in sizes) / 2
    for size, letters in sizes:
        half -= letters
        if half <= 0:
            return size
    return sizes[-1][0]


def _line(row: TextLine, first: int, last: int, size: float, turn: int) -> Line:
    words, spans = row.words[first:last], row.spans[first:last]
    text = clean(" ".join(word.text for word in words))
    hyphen = len(text) > 1 and text.endswith("-") and text[-2].isalpha()
    box = _around([word.box for word in words])
    return Line(text, box, spans[0][0], spans[-1][1], row.baseline, size, bold=False, angle=turn, hyphen=hyphen)


def _around(boxes: list[Box]) -> Box:
    x0, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return x0, top, max(box[2] for box in boxes), max(box[3] for box in boxes)
