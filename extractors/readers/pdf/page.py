"""Reads one page of a PDF: its size and status, its lines and tables, and its annotations."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

from configs.settings import ReadingLimits
from extractors.document import MarkKind, Page, PageStatus
from extractors.readers.pdf.layout.footer import with_foot
from extractors.readers.pdf.layout.redaction_marks import marks_of
from extractors.readers.pdf.layout.rotation import Turn, turn_for
from extractors.readers.pdf.layout.style import PageLines, TableArea
from extractors.readers.pdf.pdfium.annotations import annotations_of
from extractors.readers.pdf.pdfium.bindings import Handle
from extractors.readers.pdf.pdfium.coordinates import Frame, MirroredFrame
from extractors.readers.pdf.pdfium.document import label_of
from extractors.readers.pdf.pdfium.drawn_paths import drawn_on
from extractors.readers.pdf.pdfium.structure_tags import StructureTags
from extractors.readers.pdf.scans import Scans
from extractors.readers.pdf.tables.finder import page_tables
from extractors.readers.pdf.tables.unassigned_lines import with_unassigned_lines
from extractors.readers.pdf.text.line_splitting import lines_of
from extractors.readers.pdf.text.lines import Line
from extractors.readers.pdf.text.text_layer import TextLayer, text_units

_FEW_LETTERS = 40  # a page with fewer and a picture that fills it is a scan with a stamp
_MOST_OF_PAGE = 0.6  # of its area
_MAX_STRANGE = 0.5  # share of characters without a meaning; beyond it the text layer is useless
_MAX_CODES = 0.05  # the same where the fonts do not say what their letters mean
_MAX_LOST = 0.2  # the same where they look like letters of a script that no paper is written in
_FEW_LOST = 8  # such characters are signs
_MOST_LOST = 0.05  # of the letters of a page by making annotations part of it
_SAMPLE = 16  # characters
_LETTER = re.compile(r"[^\W_]")
_STRANGE = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1b]")


class PageReader:
    """Reads the pages of an open document, one after the other."""

    def __init__(self, pdfium: Handle, document: Handle, limits: ReadingLimits, scans: Scans) -> None:
        self.warnings: list[str] = []
        self.files: list[str] = []  # attached to the pages
        self._pdfium, self._document = pdfium, document
        self._limits, self._scans = limits, scans
        self._tags = StructureTags(pdfium) if pdfium.FPDFCatalog_IsTagged(document) else None

    def read(self, index: int) -> tuple[Page, PageLines]:
        """Return the page at an index and what was found on it."""
        number = index + 1
        handle = self._pdfium.FPDF_LoadPage(self._document, index)
        if not handle:
            self.warnings.append(f"page {number} is broken and was left out")
            return Page(number=number, width=0, height=0, status="failed"), PageLines(number, 0, 0, [])
        try:
            frame = _frame(self._pdfium, handle)
            annotations = annotations_of(self._pdfium, handle, frame)
            self.files += annotations.files
            if annotations.has_appearance:
                handle, flat = self._flattened(handle, index)
                if not flat:
                    annotations.undrawn_lines += annotations.drawn_lines
            status, lines = self._lines(handle, number, frame)
        finally:
            self._pdfium.FPDF_ClosePage(handle)
        page = Page(
            number=number,
            label=label_of(self._pdfium, self._document, index),
            width=round(frame.width, 2),
            height=round(frame.height, 2),
            rotation=frame.rotation,
            status=status,
        )
        if annotations.undrawn_lines or annotations.remarks:
            lines = replace(_with_values(lines, annotations.undrawn_lines), remarks=annotations.remarks)
        return page, lines

    def _flattened(self, handle: Handle, index: int) -> tuple[Handle, bool]:
        """Return the page with what its annotations show as its content, or as it is, and whether that was done.

        PDFium leaves the page without its fonts where it has them from the page tree; such a page stays as it is.
        """
        letters = self._letters(handle)
        if not self._pdfium.FPDFPage_Flatten(handle, self._pdfium.FLAT_NORMALDISPLAY):
            return handle, False
        flat = self._pdfium.FPDF_LoadPage(self._document, index)
        kept = bool(flat) and (letters - self._letters(flat)).total() <= _MOST_LOST * letters.total()
        self._pdfium.FPDF_ClosePage(handle if kept else flat)
        return (flat if kept else handle), kept

    def _letters(self, handle: Handle) -> Counter[int]:
        """Return how often each unit stands in the text of a page, blank ones and control characters aside."""
        with _text_page(self._pdfium, handle) as text_page:
            units = memoryview(text_units(self._pdfium, text_page, self._limits.objects_per_page)).cast("H")
        return Counter(unit for unit in units if unit > ord(" "))

    def _lines(self, handle: Handle, number: int, frame: Frame) -> tuple[PageStatus, PageLines]:
        status: PageStatus = "failed"
        lines: PageLines | None = None
        with _text_page(self._pdfium, handle) as text_page:
            if text_page:
                layer = TextLayer(text_page, frame, self._limits.objects_per_page)
                if layer.cut:
                    self.warnings.append(f"page {number} holds {layer.characters} characters; the rest was left out")
                strange = _is_strange(self._pdfium, text_page, layer)
                status = "needs_ocr" if strange else _page_status(self._pdfium, handle, layer.units, frame)
                if not strange:
                    lines = self._lines_and_tables(handle, text_page, layer, number, frame)
        recognised = self._scans.lines(handle, frame) if status == "needs_ocr" else []
        if recognised:  # the picture contains the text of the small text layer too
            return "ocr", PageLines(number, frame.width, frame.height, recognised)
        return status, lines or PageLines(number, frame.width, frame.height, [])

    def _lines_and_tables(
        self, handle: Handle, text_page: Handle, layer: TextLayer, number: int, frame: Frame
    ) -> PageLines:
        """Return the lines of a page with its tables, all of it turned where the text lies on its side."""
        limit = self._limits.objects_per_page
        lines = found = lines_of(layer)
        beside = None
        turn = turn_for(found, frame)
        if turn:
            rest = [line for line in found if line.angle != turn.angle]
            beside = PageLines(number, frame.width, frame.height, rest)
            frame, layer = turn.read, TextLayer(text_page, turn.read, limit)
            found = lines_of(layer)
            lines = [line for line in found if line.angle == 0]
        elif layer.mirrored:
            turn = Turn(MirroredFrame(frame.left, frame.bottom, frame.right, frame.top, 0), frame)
            frame = turn.read
        if self._tags:
            lines = self._tags.with_levels(handle, text_page, layer, lines)
        drawn = drawn_on(self._pdfium, handle, frame, limit)
        tables: tuple[TableArea, ...] = ()
        marks: list[MarkKind] = []
        if drawn is not None:
            lines = with_foot(lines, drawn.rulings, number, frame.height)
            marks = marks_of(self._pdfium, text_page, layer, lines, drawn, frame)
            tables = with_unassigned_lines(page_tables(layer, found, drawn, number), lines)
        return PageLines(number, frame.width, frame.height, lines, tables, marks=marks, turn=turn, beside=beside)


def _with_values(page: PageLines, values: Sequence[Line]) -> PageLines:
    """Return what was found on a page with the values of its fields, which are in points of the page as shown."""
    turn = page.turn
    if page.beside:
        return replace(page, beside=replace(page.beside, lines=[*page.beside.lines, *values]))
    if turn:
        boxes = [turn.read.box(*turn.shown.user_box(line.box)) for line in values]
        values = [line._replace(box=box, start=box[0], end=box[2]) for line, box in zip(values, boxes, strict=True)]
    return replace(page, lines=[*page.lines, *values])


@contextmanager
def _text_page(pdfium: Handle, handle: Handle) -> Iterator[Handle]:
    text_page = pdfium.FPDFText_LoadPage(handle)
    try:
        yield text_page
    finally:
        if text_page:
            pdfium.FPDFText_ClosePage(text_page)


def _frame(pdfium: Handle, handle: Handle) -> Frame:
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(handle, box)  # the crop box where there is one, inside the media box
    return Frame(box.left, box.bottom, box.right, box.top, 90 * max(0, pdfium.FPDFPage_GetRotation(handle)))


def _page_status(pdfium: Handle, handle: Handle, text: str, frame: Frame) -> PageStatus:
    letters = sum(1 for _ in islice(_LETTER.finditer(text), _FEW_LETTERS))
    if letters == _FEW_LETTERS:
        return "text"
    if letters == 0:
        drawn = pdfium.FPDFPage_CountObjects(handle) > 0 or pdfium.FPDFPage_GetAnnotCount(handle) > 0
        return "needs_ocr" if drawn else "text"
    return "needs_ocr" if _picture_fills(pdfium, handle, frame) else "text"


def _is_strange(pdfium: Handle, text_page: Handle, layer: TextLayer) -> bool:
    """Return whether most of a text layer has no meaning: U+FFFD, private use or control characters.

    Fewer of them say so where the fonts do not say what their letters mean: PDFium gives the codes of such letters
    then, some of which look like text.
    """
    if layer.lost > max(_FEW_LOST, _MAX_LOST * sum(map(len, layer.units.split()))):
        return True
    strange = len(_STRANGE.findall(layer.units))
    if not strange:
        return False
    share = strange / sum(map(len, layer.units.split()))
    return share > _MAX_STRANGE or (share > _MAX_CODES and _lacks_meanings(pdfium, text_page, layer.characters))


def _lacks_meanings(pdfium: Handle, text_page: Handle, characters: int) -> bool:
    """Return whether, in a sample, the fonts of a page leave open what most of their letters mean."""
    sample = range(0, characters, max(1, characters // _SAMPLE))
    unknown = sum(pdfium.FPDFText_HasUnicodeMapError(text_page, index) == 1 for index in sample)
    return bool(unknown > _MAX_STRANGE * len(sample))


def _picture_fills(pdfium: Handle, handle: Handle, frame: Frame) -> bool:
    """Return whether an image, or a form that may hold one, covers most of a page with little text."""
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
