"""Whether the disk of a home has room for a run: asked before anything is read, not found out in the middle."""

import shutil
from pathlib import Path

from configs.settings import Settings
from configs.system.errors import UnavailableError

_MIB = 1 << 20


class DiskSpaceError(UnavailableError):
    """A disk with too little space for a run to begin (exit code 3)."""


def free_mib(folder: Path) -> int:
    """Return the MiB that are free for this user on the disk of a folder, which need not exist yet."""
    return shutil.disk_usage(nearest(folder)).free // _MIB


def nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def refuse_full_disk(settings: Settings) -> None:
    """Raise `DiskSpaceError` where less is free for the home than the settings ask for."""
    try:
        free = free_mib(settings.home)
    except OSError:
        return  # no rights to look: what the run itself says of that is clearer
    if free < settings.disk_free_mib:
        raise DiskSpaceError(*short_of_space(settings.home, free, settings.disk_free_mib))


def short_of_space(home: Path, free: int, least: int) -> tuple[str, str]:
    """Return what is to be said of a disk with too little space, and the remedy."""
    message = f"{home}: {free} MiB are free on the disk, and a run is only begun with {least} MiB"
    lower = "lower disk_free_mib in settings.yaml where the papers are few"
    return message, f"free some space, move the home to a larger disk, or {lower}"
