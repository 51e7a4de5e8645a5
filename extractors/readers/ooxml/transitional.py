"""Converts Office packages to the form that the libraries open: transitional (ISO/IEC 29500-4), without errors.

Office also opens the strict form (ISO/IEC 29500-1), files with macros, templates, and packages with relationships to
missing parts, which it ignores.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from extractors.readers.memory_file import file_in_memory
from extractors.readers.package_xml import RELATIONSHIP, parse_xml

Opened = TypeVar("Opened")

_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_TRANSITIONAL = rb"http://schemas.openxmlformats.org/\1/2006/"
_ROOT = "_rels/.rels"
_TYPES = "[Content_Types].xml"
_FORMAT = rb"application/vnd.openxmlformats-officedocument."
_MAIN_TYPES = (
    (
        re.compile(
            rb"application/vnd\.(?:ms-word\.(?:document|template)\.macroEnabled\w*"
            rb"|openxmlformats-officedocument\.wordprocessingml\.template)\.main\+xml"
        ),
        _FORMAT + rb"wordprocessingml.document.main+xml",
    ),
    (
        re.compile(
            rb"application/vnd\.(?:ms-powerpoint\.(?:template|slideshow|addin)\.macroEnabled"
            rb"|openxmlformats-officedocument\.presentationml\.(?:template|slideshow))\.main\+xml"
        ),
        _FORMAT + rb"presentationml.presentation.main+xml",
    ),
)
_UNIQUE = "core-properties"  # end of the type of a relationship that a package has once


@contextmanager
def transitional(path: Path) -> Iterator[Path]:
    """Give a path to an Office package with transitional XML namespaces: the file itself, or a copy in memory.

    Call it after `check_package`.
    """
    with zipfile.ZipFile(path) as package:
        strict = _ROOT in package.NameToInfo and _STRICT.search(package.read(_ROOT)) is not None
        content = changed_copy(package, lambda _, part: _STRICT.sub(_TRANSITIONAL, part)) if strict else b""
    if not strict:
        yield path
        return
    with file_in_memory(content) as copy:
        yield copy


def open_package(path: Path, library: Callable[[str], Opened]) -> Opened:
    """Return an Office package opened by a library, or a repaired copy where it refuses the package itself.

    Call it after `check_package`. Raises what the library raises for the copy.
    """
    with transitional(path) as standard:
        try:
            return library(str(standard))
        except (KeyError, ValueError):  # a missing part, a main part of another type
            with zipfile.ZipFile(standard) as package:
                content = changed_copy(package, lambda name, part: _repaired(name, part, package.NameToInfo))
            with file_in_memory(content) as copy:
                return library(str(copy))


def changed_copy(package: zipfile.ZipFile, change: Callable[[str, bytes], bytes]) -> bytes:
    """Return a copy of a package with changed XML; `change` gets the name and the content of each XML part."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for part in package.infolist():
            content = package.read(part)
            is_xml = part.filename.endswith((".xml", ".rels"))
            copy.writestr(part.filename, change(part.filename, content) if is_xml else content)
    return out.getvalue()


def _repaired(name: str, content: bytes, parts: dict[str, zipfile.ZipInfo]) -> bytes:
    """Return the XML of a part, with the standard type of the main part, without relationships to missing parts."""
    if name == _TYPES:
        for kind, standard in _MAIN_TYPES:
            content = kind.sub(standard, content)
        return content
    return _without_broken_relationships(name, content, parts) if name.endswith(".rels") else content


def _without_broken_relationships(name: str, content: bytes, parts: dict[str, zipfile.ZipInfo]) -> bytes:
    from lxml import etree

    root, folder, seen = parse_xml(content, name), posixpath.dirname(posixpath.dirname(name)), False
    for item in list(root.iter(RELATIONSHIP)):
        target = posixpath.normpath(posixpath.join("/", folder, item.get("Target", ""))).lstrip("/")
        is_unique = item.get("Type", "").endswith(_UNIQUE)
        if item.get("TargetMode") != "External" and (target not in parts or (is_unique and seen)):
            next(item.iterancestors()).remove(item)
        seen = seen or is_unique
    repaired: bytes = etree.tostring(root)
    return repaired
