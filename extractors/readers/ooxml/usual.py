"""Office files of the strict kind (ISO/IEC 29500 Strict), turned into the usual one, which the libraries open."""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractors.readers.memory_file import file_in_memory

_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_USUAL = rb"http://schemas.openxmlformats.org/\1/2006/"
_ROOT = "_rels/.rels"


@contextmanager
def transitional(path: Path) -> Iterator[Path]:
    """Give a path to an Office package with the usual names of XML: the file itself, or a copy in memory.

    To be called after `check_package`.
    """
    with zipfile.ZipFile(path) as package:
        strict = _ROOT in package.NameToInfo and _STRICT.search(package.read(_ROOT)) is not None
        content = _translated(package) if strict else b""
    if not strict:
        yield path
        return
    with file_in_memory(content) as copy:
        yield copy


def _translated(package: zipfile.ZipFile) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for part in package.infolist():
            content = package.read(part)
            is_xml = part.filename.endswith((".xml", ".rels"))
            copy.writestr(part.filename, _STRICT.sub(_USUAL, content) if is_xml else content)
    return out.getvalue()
