"""Replaces a set of files of a home by a new one, so that a kill at any time loses neither.

The new files are made in a folder of the home and get a mark when they are whole. From then on the old ones are moved
out, the mark is changed, and the new ones are moved in: each step may be done again. Until it is done, the home is not
to be used (`refuse_unfinished`).
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from configs.system.errors import UnavailableError
from configs.system.files import sync_folder
from configs.system.folders import make_home
from configs.system.sqlite.lock import WriterLock

STAGING = "restoring"
"""The folder of the home in which the new files are made."""
REPLACED = "replaced"
"""The folder of the home that holds the old files until the new ones are in their place."""
_WHOLE, _OLD_ARE_OUT, _LOCK = ".whole", ".moving-in", ".lock"


def begin(home: Path) -> Path:
    """Return an empty folder for the new files; what a killed attempt left of its own is deleted."""
    refuse_unfinished(home)
    tidy(home)
    staging = home / STAGING
    make_home(home)
    staging.mkdir()
    return staging


def replace(home: Path, old: Iterable[Path]) -> None:
    """Replace the old files by the complete new ones, and delete the old ones.

    An existing folder that is none of the old ones keeps its other files.
    """
    os.sync()  # the mark must not reach the disk before the files
    with _locked(home):
        _write_mark(home / STAGING / _WHOLE)
        _move(home, old)
    tidy(home)


def is_unfinished(home: Path) -> bool:
    """Return whether files were being replaced when a process was killed, or are being replaced now."""
    return any((home / STAGING / mark).exists() for mark in (_WHOLE, _OLD_ARE_OUT))


def refuse_unfinished(home: Path) -> None:
    """Raise `UnavailableError` for a home with some of the old files and some of the new."""
    if is_unfinished(home):
        message = f"{home}: a restore is putting its files in place, or was stopped while it did"
        raise UnavailableError(message, "run customs-lens doctor --repair: it finishes that")


def finish(home: Path, old: Iterable[Path]) -> None:
    """Resume an interrupted replacement; `old` are the files and folders that it replaces.

    Raises `UnavailableError` where it was not stopped, but is being done by another process.
    """
    with _locked(home):
        _move(home, old)
    tidy(home)


def leftovers(home: Path) -> list[Path]:
    """Return the unneeded files of a killed attempt."""
    if is_unfinished(home):
        return []
    return [path for path in (home / STAGING, home / REPLACED) if path.exists()]


def tidy(home: Path) -> None:
    """Delete the leftovers."""
    for path in leftovers(home):
        shutil.rmtree(path)


def _move(home: Path, old: Iterable[Path]) -> None:
    staging, replaced = home / STAGING, home / REPLACED
    if (staging / _WHOLE).exists():
        replaced.mkdir(exist_ok=True)
        for path in old:
            path.rename(replaced / path.name)
        sync_folder(home)
        (staging / _WHOLE).rename(staging / _OLD_ARE_OUT)
        sync_folder(staging)
    for path in staging.iterdir():
        if path.name not in (_OLD_ARE_OUT, _LOCK):
            _move_in(path, home / path.name)
    sync_folder(home)
    (staging / _OLD_ARE_OUT).unlink()


def _move_in(source: Path, target: Path) -> None:
    """Move a file or folder to its place; an existing folder is filled file by file, as it may have other files."""
    if source.is_dir() and target.is_dir():
        for path in source.iterdir():
            _move_in(path, target / path.name)
        sync_folder(target)
    else:
        source.rename(target)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    lock = WriterLock(home / STAGING / _LOCK)
    try:
        yield
    finally:
        lock.release()


def _write_mark(path: Path) -> None:
    with path.open("wb") as mark:
        os.fsync(mark.fileno())
    sync_folder(path.parent)
