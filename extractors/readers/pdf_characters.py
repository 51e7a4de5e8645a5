"""What PDFium says of single characters of a page, asked as cheaply as Python can.

A line of text takes about ten such answers: they are most of what reading costs beyond PDFium itself.
"""

import ctypes
from collections.abc import Callable
from typing import Any

from extractors.document import Box

_BOLD_WEIGHT = 600  # CSS: semi-bold and up
_NAME_BYTES = 128
_NOWHERE = (0.0, 0.0, 0.0, 0.0)


class Characters:
    """The characters of a loaded text page, each told by its index; places are in PDF user space, in points."""

    def __init__(self, pdfium: Any, text_page: Any) -> None:  # noqa: ANN401 - the bindings module, a ctypes handle
        self._handle = ctypes.cast(text_page, ctypes.c_void_p)
        self._loose_box = _bare(pdfium.FPDFText_GetLooseCharBox, ctypes.c_int)
        self._font_size = _bare(pdfium.FPDFText_GetFontSize, ctypes.c_double)
        self._origin = _bare(pdfium.FPDFText_GetCharOrigin, ctypes.c_int)
        self._matrix = _bare(pdfium.FPDFText_GetMatrix, ctypes.c_int)
        self._weight = _bare(pdfium.FPDFText_GetFontWeight, ctypes.c_int)
        self._generated = _bare(pdfium.FPDFText_IsGenerated, ctypes.c_int)
        self._font = _bare(pdfium.FPDFText_GetFontInfo, ctypes.c_ulong)
        self._box_out, self._matrix_out = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
        self._x_out, self._y_out = ctypes.c_double(), ctypes.c_double()
        self._name_out, self._flags_out = ctypes.create_string_buffer(_NAME_BYTES), ctypes.c_int()
        self._to_box, self._to_matrix = ctypes.byref(self._box_out), ctypes.byref(self._matrix_out)
        self._to_x, self._to_y = ctypes.byref(self._x_out), ctypes.byref(self._y_out)
        self._to_name, self._to_flags = ctypes.byref(self._name_out), ctypes.byref(self._flags_out)
        self._bold_names: dict[bytes, bool] = {}

    def box(self, index: int) -> Box:
        """Return left, bottom, right and top of the room that the font gives a character."""
        if not self._loose_box(self._handle, index, self._to_box):
            return _NOWHERE
        box = self._box_out
        return box.left, box.bottom, box.right, box.top

    def size(self, index: int) -> float:
        """Return the size of the type before the page's transformations."""
        size: float = self._font_size(self._handle, index)
        return size

    def is_generated(self, index: int) -> bool:
        """Tell whether PDFium made a character up: the file has none there."""
        return bool(self._generated(self._handle, index) == 1)

    def origin(self, index: int) -> tuple[float, float]:
        """Return where a character stands on its baseline."""
        self._origin(self._handle, index, self._to_x, self._to_y)
        return self._x_out.value, self._y_out.value

    def matrix(self, index: int) -> tuple[float, float, float, float]:
        """Return how a character is scaled and turned: a, b, c and d of its matrix."""
        self._matrix(self._handle, index, self._to_matrix)
        matrix = self._matrix_out
        return matrix.a, matrix.b, matrix.c, matrix.d

    def is_bold(self, index: int) -> bool:
        """Tell whether a character is set in bold type, by the weight of its font or the font's name."""
        if self._weight(self._handle, index) >= _BOLD_WEIGHT:
            return True
        self._font(self._handle, index, self._to_name, _NAME_BYTES, self._to_flags)
        name = self._name_out.value
        bold = self._bold_names.get(name)
        if bold is None:
            bold = self._bold_names[name] = b"bold" in name.lower()
        return bold


def _bare(function: Any, result: Any) -> Callable[..., Any]:  # noqa: ANN401 - of ctypes
    """Return a function of PDFium without declared arguments: checking each one doubles the price of a call."""
    bare: Callable[..., Any] = ctypes.cast(function, ctypes.CFUNCTYPE(result))
    return bare
