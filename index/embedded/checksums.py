"""Whether the files of the text index are as they were written: tantivy sums each up at its end, and looks at it never.

A file ends with a line of JSON that has the CRC-32 of what comes before, the line's length and a magic number
(tantivy 0.20 and later, `common/src/file_slice` and `directory/footer.rs`).
"""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

_END = struct.Struct("<II")
_MAGIC = 1337
_PIECE = 1 << 20


def damaged(folder: Path) -> list[str]:
    """Return the names of the files of the last commit that are not what was written, if they are there."""
    return [path.name for path in _files(folder) if not _is_sound(path)]


def _files(folder: Path) -> Iterator[Path]:
    meta = json.loads((folder / "meta.json").read_bytes())
    segments = {one["segment_id"].replace("-", "") for one in meta["segments"]}
    return (path for path in sorted(folder.iterdir()) if path.name.partition(".")[0] in segments)


def _is_sound(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            end = file.seek(-_END.size, 2)
            length, magic = _END.unpack(file.read(_END.size))
            if magic != _MAGIC or length > end:
                return False
            left = file.seek(end - length)
            wanted = json.loads(file.read(length))["crc"]
            file.seek(0)
            found = 0
            while left and (piece := file.read(min(left, _PIECE))):
                found = zlib.crc32(piece, found)
                left -= len(piece)
    except FileNotFoundError:
        return True  # a writer has merged it into another meanwhile
    except (OSError, ValueError, KeyError):
        return False
    return bool(found == wanted)
