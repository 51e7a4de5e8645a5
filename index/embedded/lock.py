"""One writer at a time: a lock on a file, given up by the system when its process ends, however it ends."""

import fcntl
import os
from pathlib import Path

from configs.errors import UnavailableError


class WriterLock:
    """Held from construction to `release`; raises `UnavailableError` where another process holds it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip()
            os.close(self._file)
            who = f"process {holder}" if holder else "another process"
            remedy = "wait until it has ended, or stop it"
            raise UnavailableError(f"{path.parent}: {who} is writing this index", remedy) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let the next writer in."""
        os.close(self._file)
