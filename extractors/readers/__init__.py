"""Readers: one module a format, from the bytes of a file to blocks, tables and pages.

The package does not interpret the content of papers (symbol, body, date).
"""

import logging
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol

from configs.settings import ReadingLimits
from configs.system.controls import storable
from extractors import media
from extractors.document import Reading, ReadStatus
from extractors.readers.unreadable import UnreadableError, remedy

_log = logging.getLogger(__name__)

READERS: dict[str, str] = {
    media.PDF: "pdf.reader",
    media.DOC: "doc.reader",
    media.DOCX: "docx.reader",
    media.PPT: "powerpoint97",
    media.PPTX: "pptx.reader",
    media.HTML: "html.reader",
    media.XHTML: "html.reader",
    media.XML: "treaty_xml",
    media.TEXT: "text",
    media.MARKDOWN: "markdown",
    media.XLSX: "spreadsheet",
    media.XLS: "spreadsheet",
    media.ODS: "spreadsheet",
    media.ENCRYPTED_OFFICE: "locked_office",
    media.ODT: "odt.reader",
    media.RTF: "rtf.reader",
    media.EML: "mail",
    media.MSG: "outlook",
    media.PNG: "picture",
    media.JPEG: "picture",
    media.TIFF: "picture",
}
"""The module that reads each media type."""

_MIB = 1 << 20


class _Reader(Protocol):
    """The protocol of reader modules."""

    def read(self, path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:
        """Return the reading of a file; raises `UnreadableError` and whatever bad input provokes."""


def read(path: Path, *, media_type: str | None = None, passwords: Sequence[str] = (), limits: ReadingLimits) -> Reading:
    """Return the reading of the file at `path` by the reader of its media type.

    Bad input never raises: `status` of the reading is the outcome, `warnings` say why and what to do.
    Raises `OSError` where the file cannot be opened at all, and `MemoryError` past the process's limit.
    """
    kind = media_type or media.media_type(path)
    size = path.stat().st_size
    if size == 0:
        return _failed(media.EMPTY, "empty", "the file has no bytes")
    if size > limits.file_mib * _MIB:
        return _failed(kind, "too_large", f"the file is larger than {limits.file_mib} MiB")
    module = READERS.get(kind)
    if module is None:
        status, sentence = remedy(kind)
        return _failed(kind, status, sentence)
    reader: _Reader = import_module(f"extractors.readers.{module}")
    try:
        return reader.read(path, passwords=passwords, limits=limits)
    except UnreadableError as error:
        return _failed(kind, error.status, str(error))
    except (MemoryError, FileNotFoundError, PermissionError):
        raise
    except Exception as error:  # noqa: BLE001 - the parsers of others raise anything on a broken file
        _log.debug("reading %s failed", path, exc_info=True)
        return _failed(kind, "malformed", f"the file is broken: {_reason(error)}")


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "its parts are nested too deeply"
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _failed(kind: str, status: ReadStatus, sentence: str) -> Reading:
    return Reading(media_type=kind, status=status, warnings=(storable(sentence),))
