"""Reads password-protected Office files: decrypts them in memory by msoffcrypto and calls the reader of the content."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from configs.settings import ReadingLimits
from extractors.document import Reading
from extractors.readers.memory_file import file_in_memory
from extractors.readers.unreadable import UnreadableError

_USUAL = ("VelvetSweatshop", "/01Hannes Ruescher/01")
"""With which Excel and PowerPoint lock a file that is to be opened without a password ([MS-OFFCRYPTO] 2.4.2.3)."""
_REMEDY = "take the password off in Office"
_INFO = "EncryptionInfo"


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:
    """Return what the Office file inside a locked one holds.

    Raises `UnreadableError`: `encrypted` where no password opens it, `malformed` where the data on its encryption
    are broken.
    """
    from extractors import readers

    with unlocked(path, passwords) as opened:
        return readers.read(opened, limits=limits)


def is_locked(path: Path) -> bool:
    """Return whether a workbook of before 2007 is locked with a password."""
    from msoffcrypto.exceptions import FileFormatError

    with path.open("rb") as file:
        try:
            return bool(_office_file(file).is_encrypted())
        except (FileFormatError, OSError, AssertionError, struct.error):  # what msoffcrypto raises for a broken file
            return False


@contextmanager
def unlocked(path: Path, passwords: Sequence[str]) -> Iterator[Path]:
    """Unlock an Office file into memory and give a path to it there; raises `UnreadableError` as `read` does."""
    with file_in_memory(_decrypted(path, passwords)) as opened:
        yield opened


def _decrypted(path: Path, passwords: Sequence[str]) -> bytes:
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

    with path.open("rb") as file:
        try:
            office = _office_file(file)
            for password in filter(None, (*_USUAL, *passwords)):
                try:
                    return _with_password(office, password)
                except InvalidKeyError:
                    continue
                except ValueError as error:  # an unsupported cipher
                    raise DecryptionError(str(error)) from error
        except (DecryptionError, FileFormatError, OSError) as error:
            raise UnreadableError("encrypted", f"how this file is locked is not known: {error}", _REMEDY) from error
    what = "none of the given passwords opens this Office file" if passwords else "this Office file is locked"
    raise UnreadableError("encrypted", what, "give its password with --password")


def _office_file(file: Any) -> Any:  # noqa: ANN401 - msoffcrypto has no types
    import msoffcrypto
    import olefile

    with olefile.OleFileIO(file) as ole:
        if ole.exists(_INFO):
            info = ole.openstream(_INFO).read().replace(b"\0", b"")
            if b"<!DOCTYPE" in info or b"<!ENTITY" in info:
                raise UnreadableError(
                    "malformed", "what tells how it is locked declares entities, as Office never does"
                )
    return msoffcrypto.OfficeFile(file)


def _with_password(office: Any, password: str) -> bytes:  # noqa: ANN401
    """Return the file as it is without its lock; raises msoffcrypto's `InvalidKeyError` for a wrong password."""
    if office.format == "ooxml":
        office.load_key(password=password, verify_password=True)
    else:
        office.load_key(password=password)
    out = BytesIO()
    office.decrypt(out)
    return out.getvalue()
