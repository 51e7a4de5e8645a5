"""Properties of the characters of a page, queried from PDFium in batches for speed.

A line of text takes about eight such answers. They are written into memory that is allocated once, and `map` asks for
all of them without a step of Python in between: that takes half the time of one question after the other.
"""

import ctypes
import re
import sys
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from itertools import repeat
from struct import Struct
from typing import Any

from extractors.readers.pdf.pdfium.bindings import Handle, bare, handle

Rectangle = tuple[float, float, float, float]
"""Left, top, right and bottom in PDF user space, where the top is higher than the bottom."""

Matrix = tuple[float, float, float, float, float, float]
"""How a character is scaled, turned and placed: a, b, c, d, e and f of its matrix (ISO 32000-2, 8.3.4)."""

_BOLD_WEIGHT = 600  # CSS: semi-bold and up
# Of the names of fonts: those of TeX have the weight in their short names (CMBX12, SFSX1095, ecbx1000).
_BOLD = re.compile(
    r"bold|[-,](?:demi|black|heavy)|(?:^|\+)(?:cm(?:ss)?bx|cmb\d|(?:sf|ec|tc)(?:bx|sx|bi|bl|rb|xc|ssdc))", re.IGNORECASE
)
_NAME_BYTES = 128
_AT_ONCE = 256  # answers that there is memory for
_RECTANGLE, _MATRIX = Struct("4f"), Struct("6f")  # FS_RECTF and FS_MATRIX
_SIDES = Struct("4d")


class Characters:
    """The characters of a loaded text page, each known by its index; places are in PDF user space, in points."""

    def __init__(self, text_page: Handle) -> None:
        self._handle = handle(text_page)
        self._loose_box = bare("FPDFText_GetLooseCharBox", ctypes.c_int)
        self._glyph_box = bare("FPDFText_GetCharBox", ctypes.c_int)
        self._matrix = bare("FPDFText_GetMatrix", ctypes.c_int)
        self._font_size = bare("FPDFText_GetFontSize", ctypes.c_double)
        self._origin = bare("FPDFText_GetCharOrigin", ctypes.c_int)
        self._generated = bare("FPDFText_IsGenerated", ctypes.c_int)
        self._weight = bare("FPDFText_GetFontWeight", ctypes.c_int)
        self._font_info = bare("FPDFText_GetFontInfo", ctypes.c_ulong)
        self._object = bare("FPDFText_GetTextObject", ctypes.c_void_p)
        self._font = bare("FPDFTextObj_GetFont", ctypes.c_void_p, ctypes.c_void_p)
        self._unmapped = bare("FPDFText_HasUnicodeMapError", ctypes.c_int)
        self._unicode = bare("FPDFText_GetUnicode", ctypes.c_uint)
        self._box_out = ctypes.create_string_buffer(_RECTANGLE.size)
        self._bold_fonts: dict[int | None, bool] = {}
        self._font_names: dict[int | None, str] = {}

    def boxes(self, indices: Sequence[int]) -> list[Rectangle]:
        """Return the room that the font gives each character."""
        return self._answers(self._loose_box, indices, _RECTANGLE)

    def box(self, index: int) -> Rectangle:
        """Return the room that the font gives one character."""
        self._loose_box(self._handle, index, self._box_out)
        left, top, right, bottom = _RECTANGLE.unpack(self._box_out)
        return left, top, right, bottom

    def glyph_boxes(self, indices: Sequence[int]) -> list[Rectangle]:
        """Return the room that the shape of each character fills."""
        sides = self._answers(self._glyph_box, indices, _SIDES, parts=4)
        return [(left, top, right, bottom) for left, right, bottom, top in sides]

    def matrices(self, indices: Sequence[int]) -> list[Matrix]:
        """Return the matrix of each character; its last two numbers place the stretch of text that it is drawn in."""
        return self._answers(self._matrix, indices, _MATRIX)

    def sizes(self, indices: Sequence[int]) -> list[float]:
        """Return the size of the type of each character before the page's transformations."""
        return list(map(self._font_size, repeat(self._handle), indices))

    def are_bold(self, indices: Sequence[int]) -> list[bool]:
        """Return for each character whether it is set in bold type, by the weight of its font or the font's name."""
        known, fonts = self._bold_fonts, self._fonts(indices)
        for font in set(fonts) - known.keys():
            known[font] = self._is_bold(indices[fonts.index(font)])
        return list(map(known.__getitem__, fonts))

    def font_names(self, indices: Sequence[int]) -> list[str]:
        """Return the name of the font of each character."""
        known, fonts = self._font_names, self._fonts(indices)
        for font in set(fonts) - known.keys():
            known[font] = self._font_name(indices[fonts.index(font)])
        return list(map(known.__getitem__, fonts))

    def lack_meaning(self, indices: Sequence[int]) -> list[bool]:
        """Return for each character whether its font leaves open what it means: PDFium returns a glyph number then."""
        return [answer == 1 for answer in map(self._unmapped, repeat(self._handle), indices)]

    def letters(self, indices: Sequence[int]) -> list[str]:
        """Return PDFium's Unicode value of each character."""
        codes = map(self._unicode, repeat(self._handle), indices)
        return [chr(code) if code <= sys.maxunicode else "\ufffd" for code in codes]

    def origin(self, index: int) -> tuple[float, float]:
        """Return where a character stands on its baseline."""
        x, y = ctypes.c_double(), ctypes.c_double()
        self._origin(self._handle, index, ctypes.byref(x), ctypes.byref(y))
        return x.value, y.value

    def own_index(self, index: int) -> int:
        """Return the index that PDFium itself gives to a character."""
        return index

    def is_generated(self, index: int) -> bool:
        """Return whether PDFium generated a character that is not in the file."""
        return bool(self._generated(self._handle, index) == 1)

    def _is_bold(self, index: int) -> bool:
        return self._weight(self._handle, index) >= _BOLD_WEIGHT or _BOLD.search(self._font_name(index)) is not None

    def _font_name(self, index: int) -> str:
        name, flags = ctypes.create_string_buffer(_NAME_BYTES), ctypes.c_int()
        self._font_info(self._handle, index, ctypes.byref(name), _NAME_BYTES, ctypes.byref(flags))
        return name.value.decode("utf-8", "replace")

    def _fonts(self, indices: Sequence[int]) -> list[int | None]:
        return list(map(self._font, map(self._object, repeat(self._handle), indices)))

    def _answers(self, ask: Callable[..., Any], indices: Sequence[int], form: Struct, parts: int = 1) -> list[Any]:
        """Return the output of a function for each character; zeros where it fails for one.

        It writes the numbers of one answer to so many places.
        """
        memory, places = _memory(form, parts)
        found: list[Any] = []
        for start in range(0, len(indices), _AT_ONCE):
            some = indices[start : start + _AT_ONCE]
            filled = form.size * len(some)
            memory[:filled] = bytes(filled)
            deque(map(ask, repeat(self._handle), some, *places), maxlen=0)
            found += form.iter_unpack(memory[:filled])
        return found


@cache
def _memory(form: Struct, parts: int) -> tuple[memoryview, list[list[Any]]]:
    """Return memory for many answers of a form, and for each part of them the pointers to its places."""
    block = ctypes.create_string_buffer(_AT_ONCE * form.size)
    starts = range(0, form.size, form.size // parts)
    places = [[ctypes.byref(block, place * form.size + start) for place in range(_AT_ONCE)] for start in starts]
    return memoryview(block).cast("B"), places
