"""Reads the annotations of a PDF page: values of form fields, text boxes, stamps, comments, and attached files."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.document import Box
from extractors.readers.pdf.pdfium.attachments import held_by, name_of
from extractors.readers.pdf.pdfium.bindings import Handle
from extractors.readers.pdf.pdfium.coordinates import Frame
from extractors.readers.pdf.pdfium.document import utf16
from extractors.readers.pdf.text.lines import Line, clean

_TEXT_BYTES = 20_000  # of one field or comment
_MAX_ANNOTATIONS = 10_000  # of a page
_FONT_SIZE = 10.0  # points, in a field without an appearance stream
_FONT_TO_LINE = 0.8  # the font size is at most this share of the height of a line
_HIDDEN = 0x2  # flag (ISO 32000-2, table 167)
_TEXT_FIELDS = ("Tx", "Ch")


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment that a person added to a page, and its place on the page as shown."""

    text: str
    author: str
    box: Box


@dataclass(slots=True)
class Annotations:
    """The annotations of a page: lines of those with and without an appearance stream, comments, names of files."""

    has_appearance: bool
    drawn_lines: list[Line]
    undrawn_lines: list[Line]
    remarks: list[Remark]
    files: list[str]


def annotations_of(pdfium: Handle, page: Handle, frame: Frame) -> Annotations:
    """Return the annotations of a loaded page; links and the pop-up windows of comments are left out."""
    found = Annotations(has_appearance=False, drawn_lines=[], undrawn_lines=[], remarks=[], files=[])
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MAX_ANNOTATIONS)):
        handle = pdfium.FPDFPage_GetAnnot(page, index)
        if not handle:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(handle)
            if kind not in (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP):
                _add_annotation(_Annotation(pdfium, handle, frame), kind, found)
        finally:
            pdfium.FPDFPage_CloseAnnot(handle)
    return found


def _add_annotation(annotation: "_Annotation", kind: int, found: Annotations) -> None:
    pdfium = annotation.pdfium
    if kind == pdfium.FPDF_ANNOT_FILEATTACHMENT:
        found.files.extend(annotation.files())
    elif annotation.is_hidden:
        return
    elif kind in (pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP):
        found.has_appearance = found.has_appearance or annotation.has_appearance
        lines = annotation.lines("V" if kind == pdfium.FPDF_ANNOT_WIDGET else "Contents")
        (found.drawn_lines if annotation.has_appearance else found.undrawn_lines).extend(lines)
    elif text := clean(annotation.text("Contents")):
        found.remarks.append(Remark(text, clean(annotation.text("T")), annotation.box))


class _Annotation:
    """One annotation of a loaded page."""

    def __init__(self, pdfium: Handle, handle: Handle, frame: Frame) -> None:
        self.pdfium, self._handle, self._frame = pdfium, handle, frame

    @property
    def is_hidden(self) -> bool:
        """Return whether the annotation is not shown."""
        return bool(self.pdfium.FPDFAnnot_GetFlags(self._handle) & _HIDDEN)

    @property
    def has_appearance(self) -> bool:
        """Return whether the file holds an appearance stream for the annotation."""
        mode = self.pdfium.FPDF_ANNOT_APPEARANCEMODE_NORMAL
        empty = 2  # bytes: the terminating zero
        return bool(self.pdfium.FPDFAnnot_GetAP(self._handle, mode, None, 0) > empty)

    @property
    def box(self) -> Box:
        """The place on the page as shown."""
        rectangle = self.pdfium.FS_RECTF()
        self.pdfium.FPDFAnnot_GetRect(self._handle, rectangle)
        left, right = sorted((rectangle.left, rectangle.right))
        bottom, top = sorted((rectangle.bottom, rectangle.top))
        x0, top, x1, bottom = self._frame.box(left, bottom, right, top)
        return round(x0, 2), round(top, 2), round(x1, 2), round(bottom, 2)

    def files(self) -> Iterator[str]:
        """Yield the name of the attached file, if the annotation holds one."""
        handle = held_by(self.pdfium, self._handle)
        if handle:
            yield name_of(self.pdfium, handle)

    def text(self, key: str) -> str:
        """Return the text under a key of the annotation's dictionary."""
        buffer = ctypes.create_string_buffer(_TEXT_BYTES)
        units = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
        size = self.pdfium.FPDFAnnot_GetStringValue(self._handle, key.encode(), units, _TEXT_BYTES)
        return utf16(buffer.raw, size)

    def lines(self, key: str) -> Iterator[Line]:
        """Yield the lines of a value, from the top of its box: where the file does not say how they are drawn."""
        if key == "V" and self.text("FT") not in _TEXT_FIELDS:
            return
        texts = [text for line in self.text(key).splitlines() if (text := clean(line))]
        x0, top, x1, bottom = self.box
        step = (bottom - top) / max(1, len(texts))
        size = max(1.0, min(_FONT_SIZE, _FONT_TO_LINE * step))
        for place, text in enumerate(texts):
            baseline = top + (place + 0.5) * step + 0.35 * size  # centres lower-case letters in the height of a line
            box = x0, baseline - size, x1, baseline + 0.2 * size
            yield Line(text, box, x0, x1, baseline, size, bold=False, angle=0)
