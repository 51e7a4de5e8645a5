"""Functions of PDFium called as cheaply as ctypes can: for calls made for every line or every object of a page.

They check fewer of their arguments than those of the bindings, and keep the lock of the interpreter, which a call of
a tenth of a microsecond need not give away: a third less for each call.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def bare(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:  # noqa: ANN401 - types of ctypes
    """Return a function of PDFium; without types of arguments it takes whole numbers, handles and references."""
    import pypdfium2.raw as pdfium

    function: Callable[..., Any] = ctypes.cast(getattr(pdfium, name), ctypes.PYFUNCTYPE(result, *arguments))
    return function


def handle(pointer: Any) -> Any:  # noqa: ANN401
    """Return a pointer of the bindings as a bare function takes it."""
    return handle_at(ctypes.cast(pointer, ctypes.c_void_p).value)


def handle_at(address: int | None) -> Any:  # noqa: ANN401
    """Return the address that a bare function gave as another one takes it."""
    return ctypes.c_void_p.from_param(address)
