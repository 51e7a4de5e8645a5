"""What PDFium says of single characters of a page, asked for many of them at once: as cheaply as Python can.

A line of text takes about eight such answers. They are written into memory that is set aside once, and `map` asks for
all of them without a step of Python in between: that takes half the time of one question after the other.
"""

import ctypes
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from itertools import repeat
from struct import calcsize, iter_unpack
from typing import Any

from extractors.document import Box

Matrix = tuple[float, float, float, float, float, float]
"""How a character is scaled, turned and placed: a, b, c, d, e and f of its matrix (ISO 32000-2, 8.3.4)."""

_BOLD_WEIGHT = 600  # CSS: semi-bold and up
_NAME_BYTES = 128
_AT_ONCE = 256  # answers that there is memory for
_RECTANGLE, _MATRIX = "4f", "6f"  # FS_RECTF and FS_MATRIX


class Characters:
    """The characters of a loaded text page, each told by its index; places are in PDF user space, in points."""

    def __init__(self, text_page: Any) -> None:  # noqa: ANN401 - a ctypes handle
        import pypdfium2.raw as pdfium

        self._handle = ctypes.cast(text_page, ctypes.c_void_p)
        self._loose_box = _bare("FPDFText_GetLooseCharBox", ctypes.c_int)
        self._matrix = _bare("FPDFText_GetMatrix", ctypes.c_int)
        self._font_size = _bare("FPDFText_GetFontSize", ctypes.c_double)
        self._origin = _bare("FPDFText_GetCharOrigin", ctypes.c_int)
        self._generated = _bare("FPDFText_IsGenerated", ctypes.c_int)
        self._weight = _bare("FPDFText_GetFontWeight", ctypes.c_int)
        self._font_info = _bare("FPDFText_GetFontInfo", ctypes.c_ulong)
        self._object = _bare("FPDFText_GetTextObject", ctypes.c_void_p)
        self._font = _bare("FPDFTextObj_GetFont", ctypes.c_void_p, ctypes.c_void_p)
        self._box_out = pdfium.FS_RECTF()
        self._to_box = ctypes.byref(self._box_out)
        self._bold_fonts: dict[int | None, bool] = {}

    def boxes(self, indices: Sequence[int]) -> list[Box]:
        """Return left, bottom, right and top of the room that the font gives each character."""
        rectangles = self._answers(self._loose_box, indices, _RECTANGLE)
        return [(left, bottom, right, top) for left, top, right, bottom in rectangles]

    def box(self, index: int) -> Box:
        """Return the box of one character."""
        self._loose_box(self._handle, index, self._to_box)
        box = self._box_out
        return box.left, box.bottom, box.right, box.top

    def matrices(self, indices: Sequence[int]) -> list[Matrix]:
        """Return the matrix of each character; its last two numbers place the stretch of text that it is drawn in."""
        return self._answers(self._matrix, indices, _MATRIX)

    def sizes(self, indices: Sequence[int]) -> list[float]:
        """Return the size of the type of each character before the page's transformations."""
        return list(map(self._font_size, repeat(self._handle), indices))

    def are_bold(self, indices: Sequence[int]) -> list[bool]:
        """Tell of each character whether it is set in bold type, by the weight of its font or the font's name."""
        known = self._bold_fonts
        fonts = list(map(self._font, map(self._object, repeat(self._handle), indices)))
        for font, index in zip(fonts, indices, strict=True):
            if font not in known:
                known[font] = self._is_bold(index)
        return [known[font] for font in fonts]

    def origin(self, index: int) -> tuple[float, float]:
        """Return where a character stands on its baseline."""
        x, y = ctypes.c_double(), ctypes.c_double()
        self._origin(self._handle, index, ctypes.byref(x), ctypes.byref(y))
        return x.value, y.value

    def is_generated(self, index: int) -> bool:
        """Tell whether PDFium made a character up: the file has none there."""
        return bool(self._generated(self._handle, index) == 1)

    def _is_bold(self, index: int) -> bool:
        if self._weight(self._handle, index) >= _BOLD_WEIGHT:
            return True
        name, flags = ctypes.create_string_buffer(_NAME_BYTES), ctypes.c_int()
        self._font_info(self._handle, index, ctypes.byref(name), _NAME_BYTES, ctypes.byref(flags))
        return b"bold" in name.value.lower()

    def _answers(self, ask: Callable[..., Any], indices: Sequence[int], form: str) -> list[Any]:
        """Return what a function writes for each character; zeros where it knows nothing of one."""
        memory, places = _memory(form)
        found: list[Any] = []
        for start in range(0, len(indices), _AT_ONCE):
            some = indices[start : start + _AT_ONCE]
            filled = calcsize(form) * len(some)
            memory[:filled] = bytes(filled)
            deque(map(ask, repeat(self._handle), some, places), maxlen=0)
            found += iter_unpack(form, memory[:filled])
        return found


@cache
def _memory(form: str) -> tuple[memoryview, list[Any]]:
    """Return memory for many answers of a form, and a pointer to the place of each."""
    size = calcsize(form)
    block = ctypes.create_string_buffer(_AT_ONCE * size)
    return memoryview(block).cast("B"), [ctypes.byref(block, place * size) for place in range(_AT_ONCE)]


@cache
def _bare(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:  # noqa: ANN401 - types of ctypes
    """Return a function of PDFium that checks fewer of its arguments: each check adds to the price of a call."""
    import pypdfium2.raw as pdfium

    bare: Callable[..., Any] = ctypes.cast(getattr(pdfium, name), ctypes.CFUNCTYPE(result, *arguments))
    return bare
