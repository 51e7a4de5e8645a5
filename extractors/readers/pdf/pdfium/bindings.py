"""Fast ctypes bindings of PDFium functions that are called for every line or object of a page.

They check fewer arguments than pypdfium2's, and hold the interpreter lock, which a call of a tenth of a microsecond
need not release: each call takes a third less time.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

Handle: TypeAlias = Any
"""The bindings of PDFium, a type of theirs, or what they give: a document, a page, an object on it."""


@cache
def bare(name: str, result: Handle, *arguments: Handle) -> Callable[..., Handle]:
    """Return a function of PDFium; without types of arguments it takes whole numbers, handles and references."""
    import pypdfium2.raw as pdfium

    function: Callable[..., Any] = ctypes.cast(getattr(pdfium, name), ctypes.PYFUNCTYPE(result, *arguments))
    return function


def handle(pointer: Handle) -> Handle:
    """Return a pointer of the bindings as a bare function takes it."""
    return handle_at(ctypes.cast(pointer, ctypes.c_void_p).value)


def handle_at(address: int | None) -> Handle:
    """Return the address that a bare function gave as another one takes it."""
    return ctypes.c_void_p.from_param(address)
