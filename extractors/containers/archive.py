"""ZIP archives: their members within limits of number, size and ratio; locked ones by password."""

import lzma
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, BinaryIO

from extractors.containers.contents import ContainerError

MAX_MEMBERS = 10_000
MAX_RATIO = 200
"""Members that unpack to more than this many times their packed size are taken for a bomb."""
_RATIO_MATTERS = 1 << 20  # bytes; the ratio of smaller members is not limited
_LOCKED = 0x1  # bit of the flags
_AES = 99  # method; its packing and its key are those of WinZip, which zipfile does not know
_MIB = 1 << 20


def members(archive: zipfile.ZipFile, *, most_bytes: int) -> list[zipfile.ZipInfo]:
    """Return the members that are files; raises `ContainerError` where number, size or ratio are past the limits.

    A member never unpacks to more than its declared size, so the declared sizes are checked.
    """
    found = [info for info in archive.infolist() if not info.is_dir()]
    if len(found) > MAX_MEMBERS:
        raise ContainerError("too_large", f"the archive has {len(found)} members, more than {MAX_MEMBERS}")
    for info in found:
        if info.file_size > _RATIO_MATTERS and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            sentence = f"a member of {info.compress_size} bytes unpacks to {info.file_size // _MIB} MiB"
            raise ContainerError("too_large", f"the archive is a bomb: {sentence}")
    total = sum(info.file_size for info in found)
    if total > most_bytes:
        raise ContainerError("too_large", f"the archive unpacks to {total // _MIB} MiB, more than {most_bytes // _MIB}")
    return found


@contextmanager
def opened(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """Give the archive in a seekable stream; raises `ContainerError` where it is broken."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise ContainerError("malformed", f"the archive is broken: {error}") from error
    with archive:
        yield archive


@contextmanager
def member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, passwords: Sequence[str]) -> Iterator[IO[bytes]]:
    """Give the bytes of one member as a stream; raises `ContainerError`, also from within, where they are not whole."""
    if info.compress_type == _AES:
        raise ContainerError("encrypted", "it is locked with AES, which is not supported: unpack the archive first")
    try:
        with archive.open(info, pwd=_password(archive, info, passwords)) as stream:
            yield stream
    except NotImplementedError as error:
        raise ContainerError("unsupported", f"it is packed in an unknown way: {error}") from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as error:
        raise ContainerError("malformed", f"it is broken inside its archive: {error}") from error


def _password(archive: zipfile.ZipFile, info: zipfile.ZipInfo, passwords: Sequence[str]) -> bytes | None:
    """Return the password that opens a locked member, None for one that is not locked."""
    if not info.flag_bits & _LOCKED:
        return None
    for password in passwords:
        try:
            # one wrong password in 256 shows in the checksum at the end only
            with archive.open(info, pwd=password.encode()) as stream:
                while stream.read(_MIB):
                    pass
        except (RuntimeError, zipfile.BadZipFile, zlib.error):
            continue
        return password.encode()
    raise ContainerError("encrypted", "it is locked inside its archive: give the password with --password")
