"""A file that an Office file holds as an object on its pages, taken out of the wrapping that it lies in."""

import io

from configs.settings import ReadingLimits
from extractors import media, readers
from extractors.document import Reading
from extractors.readers.memory_file import file_in_memory

_OLE = b"\xd0\xcf\x11\xe0"
_WRAPPED = ("Package", "CONTENTS")  # streams that are a file: of Office since 2007, of Acrobat
_NATIVE = "\x01Ole10Native"
_LABELS = 2  # names before the file in a native stream: the one shown, the one it had
_WORD = 4  # bytes


def read_embedded(content: bytes, limits: ReadingLimits) -> Reading | None:
    """Return the reading of an embedded file with anything in it, None where it cannot be read or is empty.

    Files in that file are read along as long as `limits.embedded_depth` says.
    """
    file = unwrapped(content)
    if file is None or limits.embedded_depth == 0:
        return None
    kind = media.bytes_media_type(file)
    inside = limits.model_copy(update={"embedded_depth": limits.embedded_depth - 1})
    with file_in_memory(file) as path:
        reading = readers.read(path, media_type=kind, limits=inside)
    return reading if reading.blocks else None


def unwrapped(content: bytes) -> bytes | None:
    """Return the file in an OLE object; what is no such object is the file itself. None where there is no file."""
    import olefile

    if not content.startswith(_OLE):
        return content
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as storage:
            for name in _WRAPPED:
                if storage.exists(name):
                    return bytes(storage.openstream(name).read())
            if storage.exists(_NATIVE):
                return _native(storage.openstream(_NATIVE).read())
    except (OSError, ValueError, IndexError):  # what olefile raises for a broken one
        return None
    return content


def _native(stream: bytes) -> bytes | None:
    """Return the file in the stream of the Object Packager ([MS-OLEDS] 2.3.6, and what Windows puts into it)."""
    at = _WORD + 2  # the size of all, a flag
    for _ in range(_LABELS):
        at = stream.find(b"\0", at) + 1
        if at == 0:
            return None
    at += _WORD  # whether it is embedded
    at += _WORD + int.from_bytes(stream[at : at + _WORD], "little")  # a temporary path
    size = int.from_bytes(stream[at : at + _WORD], "little")
    file = stream[at + _WORD : at + _WORD + size]
    return file if size and len(file) == size else None
