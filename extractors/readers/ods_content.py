"""ODS whose XML is written with a line for each element, which calamine refuses."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractors.readers.memory_file import file_in_memory
from extractors.readers.ooxml.usual import changed_copy

_CONTENT = "content.xml"
_BETWEEN = re.compile(rb"(?<=>)\s+(?=</?table:)|(<table:(?:covered-)?table-cell\b[^<>]*>)\s+(?=<)")
"""White space between the elements of a table, which says nothing."""


@contextmanager
def compact(path: Path) -> Iterator[Path]:
    """Give a path to an ODS without white space between cells: the file itself, or a copy in memory.

    To be called after `check_package`.
    """
    with zipfile.ZipFile(path) as package:
        spaced = _CONTENT in package.NameToInfo and _BETWEEN.search(package.read(_CONTENT)) is not None
        content = changed_copy(package, _compacted) if spaced else b""
    if not spaced:
        yield path
        return
    with file_in_memory(content) as copy:
        yield copy


def _compacted(name: str, content: bytes) -> bytes:
    return _BETWEEN.sub(lambda match: match[1] or b"", content) if name == _CONTENT else content
