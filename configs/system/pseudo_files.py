"""Detects pseudo file systems such as /proc, whose files look regular and may never end."""

import os
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_PSEUDO = frozenset(
    {
        "binfmt_misc",
        "bpf",
        "cgroup",
        "cgroup2",
        "configfs",
        "debugfs",
        "efivarfs",
        "fusectl",
        "nsfs",
        "proc",
        "pstore",
        "rpc_pipefs",
        "securityfs",
        "selinuxfs",
        "sysfs",
        "tracefs",
    }
)
"""Types of file systems without files of anybody's; see filesystems(5) and proc_pid_mountinfo(5)."""


def pseudo_file_system(device: int) -> str | None:
    """Return the type of a pseudo file system by its device number (`st_dev`); None for any other.

    None too where the system does not list what is mounted.
    """
    if os.major(device):
        return None  # it lies on a disk
    place = f"{os.major(device)}:{os.minor(device)}"
    try:
        mounts = _MOUNTS.read_bytes().decode("ascii", "replace")
    except OSError:
        return None
    for line in mounts.splitlines():
        mount, _, system = line.partition(" - ")
        if mount.split(" ", 3)[2:3] == [place]:
            kind = system.partition(" ")[0]
            return kind if kind in _PSEUDO else None
    return None
