"""The lock that admits one writer at a time: a file lock, which the system releases when the process ends."""

import datetime as dt
import fcntl
import os
import socket
import time
from pathlib import Path

from configs.system.errors import BusyError

LOCK = "lock"
"""The file of the lock in the folder of an index."""
_MOST_BYTES = 512
"""More than a process, a host's name (at most 253 characters) and a time take."""
_TRIES, _TRY_SECONDS = 25, 0.02
"""How often the lock is asked for, and seconds in between: whoever asks who holds it has it for some microseconds, or
for as long as the system lets others work meanwhile.
"""


class WriterLock:
    """Held from construction to `release`; raises `BusyError` where another process holds it.

    The file says who holds it and since when: process, host and time. Without its lock that is the last holder.
    """

    def __init__(self, path: Path) -> None:
        self._file = _locked(path)
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        line = f"{os.getpid()} {socket.gethostname()} {now}\n".encode()
        try:
            os.pwrite(self._file, line, 0)
            os.ftruncate(self._file, len(line))
        except BaseException:  # on a full disk: release it, or this process would lock itself out
            if not os.fstat(self._file).st_size:
                path.unlink(missing_ok=True)  # nobody held it before; a waiting process creates a new one
            self.release()
            raise

    def release(self) -> None:
        """Release the lock."""
        os.close(self._file)


def holder(path: Path) -> int | None:
    """Return the process that holds the lock of a file now; None where nobody does.

    Raises `OSError` where that cannot be known.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        process = os.pread(file, _MOST_BYTES, 0).split(b" ")[0]
        return int(process) if process.isdigit() else None
    finally:
        os.close(file)
    return None


def _locked(path: Path) -> int:
    """Return the open and locked file that lies at the path now: a restore may put another in its place."""
    tries = 0
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            tries += 1
            if tries < _TRIES:
                os.close(file)
                time.sleep(_TRY_SECONDS)
                continue
            who = _holder(os.pread(file, _MOST_BYTES, 0).decode(errors="replace"))
            os.close(file)
            remedy = "wait until it has ended, or stop it"
            raise BusyError(f"{path.parent}: {who} is writing this index", remedy) from error
        if _is_at(path, file):
            return file
        os.close(file)


def _is_at(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _holder(line: str) -> str:
    """Return the holder from the line of a lock file, as far as it can be read."""
    match line.split():
        case [process, host, since]:
            return f"process {process} on {host}, since {since},"
        case _:  # it has taken the lock and not written yet
            return "another process"
