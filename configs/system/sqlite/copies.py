"""Daily copies of the databases that cannot be rebuilt: the newest seven are kept, each verified."""

import datetime as dt
import fcntl
import logging
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from configs.system.errors import CustomsLensError, UnavailableError
from configs.system.files import UNFINISHED, beside
from configs.system.sqlite.database import copy_database, damage

COPIES = "copies"
"""The folder of the home that holds them."""
_MOST = 7
_SECONDS_TO_BEGIN = 2.0
"""By then a process that makes a database has written its first page."""
_PAUSE_SECONDS = 0.01
_log = logging.getLogger(__name__)


class Copy(NamedTuple):
    """A copy and the day (UTC) that it was made on."""

    path: Path
    day: dt.date


def keep_copy(
    path: Path,
    write: Callable[[Path, Path], None] = copy_database,
    wrong: Callable[[Path], str | None] = damage,
) -> bool:
    """Copy a database as it is now, in place of an earlier copy of this day; return whether that could be done.

    `write` creates the copy, and `wrong` returns its damage. A damaged database replaces no copy, nor does an
    incomplete copy: the reason is logged.
    """
    folder = path.parent / COPIES
    target = folder / f"{path.stem}-{dt.datetime.now(dt.UTC):%Y-%m-%d}{path.suffix}"
    try:
        folder.mkdir(exist_ok=True)
        with _exclusive(folder), beside(target) as new:
            write(path, new)
            if found := wrong(new):
                raise UnavailableError(f"{path}: is damaged: {found}", "run customs-lens doctor --repair")
            new.chmod(stat.S_IMODE(path.stat().st_mode))
            sync_file(new)
        for old in copies(path)[_MOST:]:
            old.path.unlink(missing_ok=True)
    except (OSError, sqlite3.Error, CustomsLensError) as error:
        _log.warning("%s: no copy could be kept: %s", path, error)
        return False
    return True


def copies(path: Path) -> list[Copy]:
    """Return the copies of a database, the newest first."""
    found = []
    for one in (path.parent / COPIES).glob(f"{path.stem}-*{path.suffix}"):
        with suppress(ValueError):
            found.append(Copy(one, dt.date.fromisoformat(one.stem.removeprefix(f"{path.stem}-"))))
    return sorted(found, key=lambda copy: copy.day, reverse=True)


def was_emptied(path: Path) -> bool:
    """Return whether a database or a copy is an empty file, which SQLite takes for a new database.

    One that another process is creating is empty for a short time.
    """
    if path.parent.name == COPIES:
        return path.is_file() and not path.stat().st_size
    give_up = time.monotonic() + _SECONDS_TO_BEGIN
    with suppress(FileNotFoundError):
        while path.is_file() and not path.stat().st_size:
            if copies(path) or time.monotonic() > give_up:
                return True
            time.sleep(_PAUSE_SECONDS)
    return False


def damage_of_kept(path: Path) -> str | None:
    """Return the damage to a database that has copies, or to a copy; None for an intact one.

    Raises `UnavailableError` for a file that cannot be opened.
    """
    return "it is empty" if was_emptied(path) else damage(path)


@contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    """Lock out other copies, so that no older copy replaces a newer one; leftovers of killed ones are deleted."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for left in folder.glob(f".*{UNFINISHED}"):
            left.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Flush a file to disk (fsync)."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
