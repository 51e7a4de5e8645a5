"""Folders that the program needs: a home, made in one place, and the one for temporary files."""

import errno
import tempfile
from pathlib import Path

from configs.errors import UnavailableError

_OWNER_ALONE = 0o700
_FULL = (errno.ENOSPC, errno.EDQUOT)


def make_home(home: Path) -> None:
    """Make a home where there is none, for its owner alone; one that is there keeps its rights.

    It holds every paper that was ingested, whatever its access class. Missing folders above it get the usual rights.
    Raises `OSError` where it cannot be made.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    home.mkdir(mode=_OWNER_ALONE, exist_ok=True)


def is_private(home: Path) -> bool:
    """Return whether no other user than its owner (and root) can look into a home; raises `OSError`."""
    return not home.stat().st_mode & 0o077


def is_of_temporary_folder(error: OSError, folder: Path) -> bool:
    """Return whether an error is about a temporary file, which lies where `TMPDIR` says and not in a folder of ours.

    That may lie there too, as homes for a trial do.
    """
    if not isinstance(error.filename, str) or tempfile.tempdir is None:  # nobody needed one yet
        return False
    path = Path(error.filename)
    return path.parent == Path(str(tempfile.tempdir)) and not folder.is_relative_to(path)


def temporary_folder_error(error: OSError) -> UnavailableError:
    """Return the error for a folder for temporary files that cannot be used."""
    where = f"{error.filename}: the" if error.filename else "the"
    message = f"{where} folder for temporary files cannot be used: {error.strerror}"
    remedy = "free some space in it" if error.errno in _FULL else "make it again"
    return UnavailableError(message, f"{remedy}, or let TMPDIR name one that this user may write")
