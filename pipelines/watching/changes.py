"""Changes in a folder, by notifications of the system, or by polling: other machines do not notify this one."""

import re
from collections.abc import Iterator
from pathlib import Path

from configs.system.errors import UnavailableError

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

_DEBOUNCE_MS = 200
"""Changes so close to each other are yielded together: a paper that is copied is written in thousands of pieces."""
_STEP_MS = 50


def changes(folder: Path, *, poll_seconds: float | None, tick_seconds: float) -> Iterator[set[Path]]:
    """Yield the paths at which something changed in a folder and below it; an empty set after each tick without.

    With `poll_seconds` the folder is polled at this interval, which network shares need; without, the system notifies.
    Ends where the folder is not there any more, and raises `KeyboardInterrupt` where the program is to end. Raises
    `UnavailableError` where the folder cannot be watched.
    """
    from watchfiles import watch

    watching = watch(
        folder,
        watch_filter=None,
        debounce=_DEBOUNCE_MS,
        step=_STEP_MS,
        rust_timeout=max(_STEP_MS, round(tick_seconds * 1000)),
        yield_on_timeout=True,
        force_polling=poll_seconds is not None,
        poll_delay_ms=round((poll_seconds or tick_seconds) * 1000),
        ignore_permission_denied=True,
    )
    place = _identity(folder)
    try:
        for found in watching:
            yield {Path(path) for _, path in found}
            if _identity(folder) != place:  # gone, or another disk is mounted there
                return
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unwatchable(folder, error) from error


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _unwatchable(folder: Path, error: OSError) -> UnavailableError:
    message = f"{folder}: cannot be watched: {error.strerror or error}"
    return UnavailableError(message, "add --polling, or raise fs.inotify.max_user_watches")


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
