"""What the store's own errors mean to a user."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configs.errors import UnavailableError

_FULL = ("disk is full", "no space left", "disk quota exceeded")


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn errors of SQLite, tantivy and the file system inside the block into `UnavailableError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explain(folder, error) from error
    except OSError as error:
        raise _explain(folder, error) from error
    except ValueError as error:
        # tantivy reports its input and output errors as ValueError
        if not _is_full(error) and "IoError" not in str(error) and "Failed to" not in str(error):
            raise
        raise _explain(folder, error) from error


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return any(words in str(error).casefold() for words in _FULL)


def _explain(folder: Path, error: Exception) -> UnavailableError:
    if _is_full(error):
        return UnavailableError(
            f"{folder}: the disk is full", "free some space and run the same command again"
        )
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        return UnavailableError(f"{folder}: the index is damaged: {error}", "ingest again into a new --home")
    return UnavailableError(f"{folder}: cannot be used: {error}", "check the folder and its rights")
