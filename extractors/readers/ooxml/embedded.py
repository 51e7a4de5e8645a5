"""Reads a file embedded in an Office file as an object: extracted from its OLE container where it has one."""

import io

from configs.settings import ReadingLimits
from extractors import media, readers
from extractors.document import Reading
from extractors.readers.memory_file import file_in_memory

_OLE = b"\xd0\xcf\x11\xe0"
_FILE_STREAMS = ("Package", "CONTENTS")  # streams that are the file itself: of Office since 2007, of Acrobat
_NATIVE_STREAM = "\x01Ole10Native"
_NAMES = 2  # before the file in a native stream: the label and the original path
_WORD = 4  # bytes


def read_embedded(content: bytes, limits: ReadingLimits) -> Reading | None:
    """Return the reading of an embedded file, None where it cannot be read or is empty.

    Files embedded in that file are read to the depth of `limits.embedded_depth`.
    """
    file = embedded_file(content)
    if file is None or limits.embedded_depth == 0:
        return None
    kind = media.bytes_media_type(file)
    inside = limits.model_copy(update={"embedded_depth": limits.embedded_depth - 1})
    with file_in_memory(file) as path:
        reading = readers.read(path, media_type=kind, limits=inside)
    return reading if reading.blocks else None


def embedded_file(content: bytes) -> bytes | None:
    """Return the file in an OLE object, None where it has none; other content is the file itself."""
    import olefile

    if not content.startswith(_OLE):
        return content
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as storage:
            for name in _FILE_STREAMS:
                if storage.exists(name):
                    return bytes(storage.openstream(name).read())
            if storage.exists(_NATIVE_STREAM):
                return _packaged_file(storage.openstream(_NATIVE_STREAM).read())
    except (OSError, ValueError, IndexError):  # what olefile raises for a broken one
        return None
    return content


def _packaged_file(stream: bytes) -> bytes | None:
    """Return the file in a stream of the Object Packager ([MS-OLEDS] 2.3.6; its inner format is that of Windows)."""
    at = _WORD + 2  # total size, flags
    for _ in range(_NAMES):
        at = stream.find(b"\0", at) + 1
        if at == 0:
            return None
    at += _WORD  # type: embedded or linked
    at += _WORD + int.from_bytes(stream[at : at + _WORD], "little")  # temporary path, with its length
    size = int.from_bytes(stream[at : at + _WORD], "little")
    file = stream[at + _WORD : at + _WORD + size]
    return file if size and len(file) == size else None
