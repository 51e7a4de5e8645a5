"""File systems of other machines, which do not notify this one of changes."""

import re
from pathlib import Path

MOUNTS = Path("/proc/mounts")
_REMOTE = frozenset(
    {
        *(
            "nfs",
            "nfs4",
            "cifs",
            "smb3",
            "smbfs",
            "ncpfs",
            "afs",
            "ceph",
            "glusterfs",
            "lustre",
            "davfs",
            "9p",
            "virtiofs",
        ),
        *("vboxsf", "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.davfs2", "fuse.glusterfs", "fuse.vmhgfs-fuse"),
    }
)
_ESCAPED = re.compile(r"\\([0-7]{3})")
"""How spaces and the like stand in the names of mounts; proc(5)."""


def network_share(path: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the type of the file system of another machine that a path lies on, such as `cifs` or `nfs4`.

    None for one of this machine, and where the system does not tell what is mounted.
    """
    path = path.resolve()
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    found = (line.split(" ") for line in lines)
    at = [(Path(_plain(fields[1])), fields[2]) for fields in found if len(fields) > 2]  # noqa: PLR2004 - device, place, type
    inside = [(len(place.parts), number, kind) for number, (place, kind) in enumerate(at) if path.is_relative_to(place)]
    kind = max(inside)[2] if inside else ""  # of several at one place the last counts
    return kind if kind in _REMOTE else None


def _plain(place: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), place)
