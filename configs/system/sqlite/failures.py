"""Converts errors of SQLite, tantivy and the file system into errors for users."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configs.system.errors import UnavailableError
from configs.system.folders import is_of_temporary_folder, temporary_folder_error

_FULL_BYTES = 1 << 20
"""With less space than this nothing can be written."""
_FULL = ("disk is full", "no space left", "disk quota exceeded")


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Convert errors of SQLite and the file system inside the block into `UnavailableError`."""
    try:
        yield
    except BrokenPipeError:
        raise  # the reader of the progress output closed its pipe: not an error of the folder
    except (sqlite3.Error, OSError) as error:
        raise _explain(folder, error) from error


@contextmanager
def tantivy_errors() -> Iterator[None]:
    """Convert the ValueErrors that tantivy raises for its files and threads into `OSError`."""
    try:
        yield
    except ValueError as error:
        raise OSError(str(error)) from error


def is_full(folder: Path, error: Exception) -> bool:
    """Return whether an error of SQLite or the file system means that the disk of a folder is full."""
    if folder.exists() and shutil.disk_usage(folder).free < _FULL_BYTES:
        return True  # a thread of tantivy that it killed does not say why
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return any(words in str(error).casefold() for words in _FULL)


def _explain(folder: Path, error: Exception) -> UnavailableError:
    if isinstance(error, OSError) and is_of_temporary_folder(error, folder):
        return temporary_folder_error(error)
    if is_full(folder, error):
        return UnavailableError(f"{folder}: the disk is full", "free some space and run the same command again")
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        return UnavailableError(f"{folder}: a database is damaged: {error}", "run customs-lens doctor --repair")
    if isinstance(error, FileExistsError | NotADirectoryError):
        return UnavailableError(f"{folder}: a file is in the way of this folder", "name another --home")
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    return UnavailableError(f"{folder}: cannot be used: {reason}", "check the folder and its rights")
