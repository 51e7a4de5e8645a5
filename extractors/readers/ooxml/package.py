"""Safety checks of an Office package before it is opened, and the properties that it declares."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeAlias

from configs.settings import ReadingLimits
from extractors.readers.unreadable import UnreadableError

OfficeObject: TypeAlias = Any
"""An object of python-docx or python-pptx, which have no types."""
_MAX_PARTS = 20_000
_MAX_RATIO = 200  # text is compressed about 10 times, a zip bomb 1,000 times
_RATIO_CHECKED_FROM = 1 << 23  # bytes; the ratio of smaller parts is not limited
_XML_SHARE = 8  # the XML may have this fraction of the memory limit: its tree takes several times its size
_HEAD = 4096  # bytes
_DOCTYPE = b"<!DOCTYPE"
_PROLOGUE = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_MIB = 1 << 20


def check_package(path: Path, limits: ReadingLimits) -> None:
    """Check the sizes and the XML of a zip package.

    Raises `UnreadableError`: `malformed` for a broken zip and for XML that declares entities (Office declares none, and
    XML bombs do), `too_large` for parts that unpack to more than the limits allow.
    """
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            _check_sizes(parts, limits)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _check_prologue(package, part)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise UnreadableError(
            "malformed", f"the file is a broken zip package: {error}", "ask for a new copy"
        ) from error
    except RuntimeError as error:  # raised by zipfile for an encrypted member
        raise UnreadableError("encrypted", "parts of the file are locked", "save it without a password") from error


def core_properties(package: OfficeObject) -> dict[str, str]:
    """Return the properties that an opened Office document declares; missing ones are empty."""
    core = package.core_properties
    return {
        "title": core.title or "",
        "author": core.author or "",
        "created": core.created.isoformat() if core.created else "",
        "language": core.language or "",
        "subject": core.subject or "",
    }


@contextmanager
def as_malformed(what: str) -> Iterator[None]:
    """Turn the `KeyError` for a missing part of a package into an `UnreadableError`."""
    try:
        yield
    except KeyError as error:
        raise UnreadableError("malformed", f"the {what} lacks a part: {error}", "save it again") from error


def _check_prologue(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Raise `UnreadableError` for XML whose document type declares entities, in whatever encoding."""
    with package.open(part) as file:
        rest = _after_prologue(file)
        if rest.startswith(_DOCTYPE) and b"<!ENTITY" in rest + file.read().replace(b"\0", b""):
            raise UnreadableError("malformed", f"{part.filename} declares entities, as no Office file does")


def _after_prologue(file: IO[bytes]) -> bytes:
    """Return what follows the comments and instructions at the start of XML, as far as it was read."""
    start = rest = b""
    size = _HEAD
    while chunk := file.read(size):
        start += chunk.replace(b"\0", b"")  # of UTF-16 or UTF-32
        rest = _PROLOGUE.sub(b"", start, count=1)
        if len(rest) >= len(_DOCTYPE) and not rest.startswith((b"<!--", b"<?")):
            break
        size *= 2
    return rest


def _check_sizes(parts: list[zipfile.ZipInfo], limits: ReadingLimits) -> None:
    if len(parts) > _MAX_PARTS:
        raise UnreadableError("too_large", f"the file has {len(parts)} parts")
    for part in parts:
        if part.file_size > _RATIO_CHECKED_FROM and part.file_size > _MAX_RATIO * max(1, part.compress_size):
            raise UnreadableError("too_large", f"{part.filename} unpacks to {part.file_size // _MIB} MiB")
    total = sum(part.file_size for part in parts)
    markup = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    if total > limits.file_mib * _MIB or markup > limits.memory_mib * _MIB // _XML_SHARE:
        raise UnreadableError("too_large", f"the file unpacks to {total // _MIB} MiB")
