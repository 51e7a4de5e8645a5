"""Files in memory that have a path, where the system supports it; else temporary files."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def file_in_memory(content: bytes) -> Iterator[Path]:
    """Give a path under which bytes can be read; in memory on Linux, in a file of this user alone elsewhere."""
    if not hasattr(os, "memfd_create"):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            yield Path(file.name)
        return
    handle = os.memfd_create("document")
    try:
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(content)
        yield Path(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)
