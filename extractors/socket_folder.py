"""The folder of the sockets between this process and its child processes.

multiprocessing creates one in the temporary folder, which a killed process never removes. Here each folder has a
file that its process holds locked, so that the next process recognises abandoned folders.
"""

import errno
import fcntl
import os
import shutil
import tempfile
import time
from multiprocessing import process, util
from pathlib import Path

PREFIX = "lens-"
"""As short as that of multiprocessing: the name of a socket may have 108 bytes."""
_LOCK = "lock"
_SECONDS_TO_LOCK = 60
"""By then a process that has made its folder has locked it."""


def prepare_socket_folder(*, in_use: bool) -> None:
    """Let multiprocessing use a folder that is deleted when this process ends, however it ends.

    Folders that killed processes of this user left are deleted. Once multiprocessing has a folder, nothing is done
    while it is there. Raises `OSError` where none can be made, and where one that is `in_use` is gone.
    """
    config = process.current_process()._config  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
    if (before := config.get("tempdir")) is not None:
        if os.path.isdir(before):  # noqa: PTH112 - at every document
            return
        if in_use:
            raise FileNotFoundError(errno.ENOENT, "it is gone", before)
    _delete_abandoned(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    _locked(folder / _LOCK, os.O_CREAT)
    config["tempdir"] = str(folder)
    util.Finalize(None, shutil.rmtree, args=(folder,), kwargs={"ignore_errors": True}, exitpriority=-100)


def _delete_abandoned(place: Path) -> None:
    """Delete the folders of processes that are gone."""
    for folder in place.glob(f"{PREFIX}*"):
        try:
            found = folder.lstat()
            if found.st_uid != os.getuid() or time.time() - found.st_mtime < _SECONDS_TO_LOCK:
                continue
            lock = _locked(folder / _LOCK)
        except OSError:  # another process deletes it too, or holds it
            continue
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked(path: Path, flags: int = 0) -> int:
    """Return an open, locked file, which is not handed on to other programs; raises `OSError` where it is locked."""
    lock = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock
