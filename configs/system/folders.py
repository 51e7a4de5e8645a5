"""Creates homes, manages permissions of files, and explains errors of the temporary folder."""

import errno
import logging
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from configs.system.errors import UnavailableError

_log = logging.getLogger(__name__)

_OWNER_ALONE = 0o700
_GROUP, _EVERYBODY = 0o070, 0o007
_SETTINGS = (".yaml", ".yml")
"""How the names of files end that a person may write before there is a home."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_usual_mask: list[int] = []
"""The umask that this process was started with, once it keeps its files private."""


def keep_private() -> None:
    """Set the umask of this process and its children: new files and folders are private to the user.

    Called at the start of each process: files in a home contain papers of every access class, whatever the mode of
    the folder.
    """
    mask = os.umask(_GROUP | _EVERYBODY)
    if mask != _GROUP | _EVERYBODY:
        _usual_mask[:] = [mask]


@contextmanager
def usual_rights() -> Iterator[None]:
    """Use the user's own umask for files that are created in the block.

    For what a user names, such as a report that a web server is to read, and for caches that users share.
    """
    if not _usual_mask:
        yield
        return
    private = os.umask(_usual_mask[0])
    try:
        yield
    finally:
        os.umask(private)


def open_to_others(home: Path) -> Iterator[Path]:
    """Yield the folders and files of a home, itself included, that other users may read; no links.

    Files of other users are left out: only their owners can change them.
    """
    for folder, _, files in os.walk(home):
        for path in (Path(folder), *(Path(folder, name) for name in files)):
            with suppress(FileNotFoundError):  # another process works on the home
                status = path.lstat()
                is_ours = status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode)
                if is_ours and status.st_mode & (_GROUP | _EVERYBODY):
                    yield path


def close_to_others(path: Path) -> None:
    """Remove the permissions of other users from a file or folder; raises `OSError` where they cannot be changed."""
    path.chmod(path.stat().st_mode & 0o7777 & ~(_GROUP | _EVERYBODY))


def make_home(home: Path) -> None:
    """Create a home that is private to its owner; a folder of this user that has only settings becomes private too.

    It holds every paper that was ingested, whatever its access class. A folder that is in use as a home, holds other
    things, or is another user's keeps its rights. Missing folders above it get the usual rights. Raises `OSError`
    where it cannot be made.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    home.mkdir(mode=_OWNER_ALONE, exist_ok=True)
    status = home.stat()
    if not status.st_mode & (_GROUP | _EVERYBODY) or status.st_uid != os.geteuid() or not _is_fresh(home):
        return
    try:
        close_to_others(home)
    except OSError as error:  # FAT and some network disks have no permissions
        _log.warning("%s: others can look into it, and its rights cannot be changed: %s", home, error.strerror)


def is_private(home: Path) -> bool:
    """Return whether only its owner (and root) can read a home; raises `OSError`."""
    return not home.stat().st_mode & (_GROUP | _EVERYBODY)


def is_open_to_everybody(home: Path) -> bool:
    """Return whether others than its owner and its group can read a home; raises `OSError`."""
    return bool(home.stat().st_mode & _EVERYBODY)


def _is_fresh(folder: Path) -> bool:
    """Return whether a folder holds settings and hidden files alone, and folders of settings such as recipes."""
    paths = [below for path in folder.iterdir() for below in ((path.is_dir() and [*path.iterdir()]) or [path])]
    return all(path.is_file() and (path.suffix in _SETTINGS or path.name.startswith(".")) for path in paths)


def is_of_temporary_folder(error: OSError, folder: Path) -> bool:
    """Return whether an error is about a temporary file, which lies where `TMPDIR` says and not in a folder of ours.

    That may lie there too, as homes for a trial do.
    """
    if not isinstance(error.filename, str) or tempfile.tempdir is None:  # it has not been needed yet
        return False
    path = Path(error.filename)
    return path.parent == Path(str(tempfile.tempdir)) and not folder.is_relative_to(path)


def temporary_folder_error(error: OSError) -> UnavailableError:
    """Return the error for a folder for temporary files that cannot be used."""
    where = f"{error.filename}: the" if error.filename else "the"
    message = f"{where} folder for temporary files cannot be used: {error.strerror}"
    remedy = "free some space in it" if error.errno in _FULL else "create it again"
    return UnavailableError(message, f"{remedy}, or let TMPDIR name one that this user may write")
