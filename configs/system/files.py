"""Reading of regular files with a size limit, and atomic writing of files that users name."""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path

from configs.system.pseudo_files import pseudo_file_system

UNFINISHED = ".unfinished"
"""How the names of files end that are not whole yet; those that a killed process left may be deleted."""
MOST_BYTES = 256 << 20
"""Of a data file that is read at once, unless its reader knows better."""
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_NO_FILE_BESIDE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY)
"""What the system says of a folder that takes no new file, and of a file that is mounted by itself."""


class IrregularFileError(OSError):
    """A path that is no regular file; `strerror` names its type."""


def expanded(name: str | Path) -> Path:
    """Return a path with `~` or `~name` expanded, unchanged where there is no such user."""
    return Path(os.path.expanduser(name))  # noqa: PTH111 - that of Path raises for `~$x`


def is_utf8(text: str) -> bool:
    """Return whether a text can be encoded: undecodable bytes of names and arguments are surrogates in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def open_regular(path: Path) -> BufferedReader:
    """Return a regular file opened to be read.

    Raises `OSError`, with a readable `strerror`, for any other path: a pipe, a socket, a device or a pseudo file is
    rejected at once (`IrregularFileError`), without being opened.
    """
    refuse_irregular(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _refuse_irregular(os.fstat(descriptor), path)  # another file may have been renamed to the path meanwhile
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def refuse_irregular(path: Path) -> None:
    """Raise `OSError` as `open_regular` does for a path that is no regular file, without opening it."""
    try:
        _refuse_irregular(path.stat(), path)
    except ValueError as error:
        raise OSError(errno.EINVAL, "its name holds a NUL", str(path)) from error


def read_file(path: Path, *, most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a regular file; raises `OSError` as `open_regular`, and for more than `most` bytes."""
    with open_regular(path) as file:
        content = file.read(most + 1) if os.fstat(file.fileno()).st_size <= most else None
    if content is None or len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most >> 20} MiB", str(path))
    return content


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8, so that a full disk or a kill leaves what was there, or nothing where nothing was.

    It is written beside and renamed. Where the folder takes no new file, and for a pipe or a device, it is written in
    place. Raises `OSError` where it cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    path = Path(os.path.realpath(path))  # a symbolic link stays
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(path.stat().st_mode):
            _write_in_place(path, data)
            return
    try:
        with beside(path) as unfinished:
            _write_new(unfinished, data)
    except OSError as error:
        if error.errno not in _NO_FILE_BESIDE or not path.exists():
            raise OSError(error.errno, error.strerror, str(path)) from error
        _write_in_place(path, data)


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside a file; it replaces the file when the block succeeds, and is deleted otherwise."""
    unfinished = path.with_name(f".{secrets.token_hex(8)}{UNFINISHED}")  # the name may have the maximum length already
    try:
        yield unfinished
        with suppress(OSError):
            unfinished.chmod(stat.S_IMODE(path.stat().st_mode))
        unfinished.replace(path)
        sync_folder(path.parent)
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """Flush the entries of a folder to disk (fsync); raises `OSError`."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refuse_irregular(found: os.stat_result, path: Path) -> None:
    kind = stat.S_IFMT(found.st_mode)
    if kind == stat.S_IFDIR:
        raise IsADirectoryError(errno.EISDIR, "it is a folder, not a file", str(path))
    what = _KINDS.get(kind, "something else") if kind != stat.S_IFREG else None
    if what is None and (system := pseudo_file_system(found.st_dev)):
        what = f"made up by the system ({system})"
    if what:
        raise IrregularFileError(errno.EINVAL, f"it is {what}, not a regular file", str(path))


def _write_new(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _write_in_place(path: Path, data: bytes) -> None:
    # do not block on a pipe without a reader
    descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "wb") as file:
        os.set_blocking(descriptor, True)
        file.write(data)
