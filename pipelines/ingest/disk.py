"""Check of the free disk space of a home at the beginning of a run."""

import shutil
from pathlib import Path

from configs.settings import Settings
from configs.system.errors import UnavailableError

_MIB = 1 << 20


class DiskSpaceError(UnavailableError):
    """Too little disk space for a run to begin (exit code 3)."""


def free_mib(folder: Path) -> int:
    """Return the free MiB for this user on the disk of a folder, which may not exist yet."""
    return shutil.disk_usage(nearest(folder)).free // _MIB


def nearest(folder: Path) -> Path:
    """Return the folder or its nearest existing parent."""
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def refuse_full_disk(settings: Settings) -> None:
    """Raise `DiskSpaceError` if the home has less free space than the settings require."""
    try:
        free = free_mib(settings.home)
    except OSError:
        return  # no permission: the error of the run itself is clearer
    if free < settings.disk_free_mib:
        raise DiskSpaceError(*short_of_space(settings.home, free, settings.disk_free_mib))


def short_of_space(home: Path, free: int, least: int) -> tuple[str, str]:
    """Return the message about a disk with too little space, and the remedy."""
    message = f"{home}: {free} MiB are free on the disk, and a run is only begun with {least} MiB"
    lower = "lower disk_free_mib in settings.yaml where the papers are few"
    return message, f"free some space, move the home to a larger disk, or {lower}"
