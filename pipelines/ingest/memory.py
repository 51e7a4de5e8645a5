"""How the C library keeps memory for a long run.

Threads that read documents get heaps of their own, each as large as what they held at most, and a freed block stays
with its heap. Over thousands of documents that is what grows in a run (`python -m benchmarks.runs`).
"""

import ctypes

_TRIM_THRESHOLD, _ARENA_MAX = -1, -8
"""Parameters of glibc's `mallopt`."""
_ARENAS = 2
_FREE_BYTES = 128 << 10
"""Free memory at the end of a heap that is given back to the system."""


def share_heaps() -> None:
    """Let all threads of this process share two heaps, and give back what is free; nothing where there is no glibc."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_ARENA_MAX, _ARENAS)
        library.mallopt(_TRIM_THRESHOLD, _FREE_BYTES)
