"""What is attached to a PDF page besides its content: the values of form fields, text boxes, stamps, and remarks."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.document import Box
from extractors.readers.pdf.pdfium.attachments import held_by, name_of
from extractors.readers.pdf.pdfium.bindings import Handle
from extractors.readers.pdf.pdfium.coordinates import Frame
from extractors.readers.pdf.pdfium.document import utf16
from extractors.readers.pdf.text.lines import Line, clean

_TEXT_BYTES = 20_000  # of one field or remark
_MAX_ANNOTATIONS = 10_000  # of a page
_SIZE = 10.0  # points of type in a field whose look the file does not hold
_LINE = 0.8  # of the room for a line is its type at most
_HIDDEN = 0x2  # flag (ISO 32000-2, table 167)
_TEXT_FIELDS = ("Tx", "Ch")


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody noted on a page, and where it is pinned on the page as shown."""

    text: str
    author: str
    box: Box


@dataclass(slots=True)
class Annotations:
    """The annotations of a page: if some are drawn, what those hold and what others hold, remarks, names of files."""

    drawn: bool
    shown: list[Line]
    values: list[Line]
    remarks: list[Remark]
    files: list[str]


def annotations_of(pdfium: Handle, page: Handle, frame: Frame) -> Annotations:
    """Return what is pinned to a loaded page; links and the windows of remarks are left out."""
    found = Annotations(drawn=False, shown=[], values=[], remarks=[], files=[])
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MAX_ANNOTATIONS)):
        handle = pdfium.FPDFPage_GetAnnot(page, index)
        if not handle:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(handle)
            if kind not in (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP):
                _take(_Annotation(pdfium, handle, frame), kind, found)
        finally:
            pdfium.FPDFPage_CloseAnnot(handle)
    return found


def _take(one: "_Annotation", kind: int, found: Annotations) -> None:
    pdfium = one.pdfium
    if kind == pdfium.FPDF_ANNOT_FILEATTACHMENT:
        found.files.extend(one.files())
    elif one.is_hidden:
        return
    elif kind in (pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP):
        found.drawn = found.drawn or one.has_look
        lines = one.lines("V" if kind == pdfium.FPDF_ANNOT_WIDGET else "Contents")
        (found.shown if one.has_look else found.values).extend(lines)
    elif text := clean(one.text("Contents")):
        found.remarks.append(Remark(text, clean(one.text("T")), one.box))


class _Annotation:
    """One annotation of a loaded page."""

    def __init__(self, pdfium: Handle, handle: Handle, frame: Frame) -> None:
        self.pdfium, self._handle, self._frame = pdfium, handle, frame

    @property
    def is_hidden(self) -> bool:
        """Return whether the annotation is not shown."""
        return bool(self.pdfium.FPDFAnnot_GetFlags(self._handle) & _HIDDEN)

    @property
    def has_look(self) -> bool:
        """Return whether the file holds how the annotation is drawn."""
        look = self.pdfium.FPDF_ANNOT_APPEARANCEMODE_NORMAL
        empty = 2  # bytes: the closing zero
        return bool(self.pdfium.FPDFAnnot_GetAP(self._handle, look, None, 0) > empty)

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
        """Yield the name of the file that the annotation holds."""
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
        """Yield the lines of a value that the file does not say how to draw, from the top of its place."""
        if key == "V" and self.text("FT") not in _TEXT_FIELDS:
            return
        texts = [text for line in self.text(key).splitlines() if (text := clean(line))]
        x0, top, x1, bottom = self.box
        step = (bottom - top) / max(1, len(texts))
        size = max(1.0, min(_SIZE, _LINE * step))
        for place, text in enumerate(texts):
            baseline = top + (place + 0.5) * step + 0.35 * size  # the middle of small letters in the middle of the room
            box = x0, baseline - size, x1, baseline + 0.2 * size
            yield Line(text, box, x0, x1, baseline, size, bold=False, angle=0)
