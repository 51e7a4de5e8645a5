"""Lists the files attached to a PDF: to the document, then to its pages."""

import ctypes
from collections.abc import Iterator

from extractors.readers.pdf.pdfium.bindings import Handle
from extractors.readers.pdf.pdfium.document import utf16

_NAME_BYTES = 2048


def attached(pdfium: Handle, document: Handle) -> Iterator[Handle]:
    """Yield a handle for each file attached to a document as a whole."""
    for index in range(pdfium.FPDFDoc_GetAttachmentCount(document)):
        handle = pdfium.FPDFDoc_GetAttachment(document, index)
        if handle:
            yield handle


def pinned(pdfium: Handle, page: Handle) -> Iterator[Handle]:
    """Yield a handle for each file pinned to a loaded page."""
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            handle = held_by(pdfium, annotation)
            if handle:
                yield handle
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def held_by(pdfium: Handle, annotation: Handle) -> Handle:
    """Return a handle for the file that an open annotation holds, or None."""
    if pdfium.FPDFAnnot_GetSubtype(annotation) != pdfium.FPDF_ANNOT_FILEATTACHMENT:
        return None
    return pdfium.FPDFAnnot_GetFileAttachment(annotation)


def name_of(pdfium: Handle, handle: Handle) -> str:
    """Return the name of an attached file as the PDF has it, which may be empty."""
    buffer = ctypes.create_string_buffer(_NAME_BYTES)
    units = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    size = pdfium.FPDFAttachment_GetName(handle, units, _NAME_BYTES)
    return utf16(buffer.raw, size)


def bytes_of(pdfium: Handle, handle: Handle) -> bytes | None:
    """Return the content of an attached file; None where it cannot be read."""
    size = ctypes.c_ulong()
    if not pdfium.FPDFAttachment_GetFile(handle, None, 0, size):
        return None
    buffer = ctypes.create_string_buffer(max(1, size.value))
    if not pdfium.FPDFAttachment_GetFile(handle, buffer, size.value, size):
        return None
    return buffer.raw[: size.value]
