"""Child processes whose output is passed on, and whose descendants end with them."""

import ctypes
import datetime as dt
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

Say = Callable[[str], None]
"""Called with a line for whoever watches."""
Tell = Callable[..., None]
"""As `Say`, with the `level` of a log record and its other fields by name, for programs that read logs."""

_PR_SET_PDEATHSIG = 1  # prctl(2)
_KEPT_LINES = 20
"""The last lines of a process, which say why it ended."""


class Child:
    """A running process with its descendants, in a separate session: Ctrl-C in a terminal is passed on by the parent.

    It is ended by the system where the thread that made it ends, and with it where this process dies.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], say: Say) -> None:
        self.name, self.began, self._say = name, dt.datetime.now(dt.UTC), say
        self.lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - it calls the system alone
        )
        self._reader = threading.Thread(target=self._pass_on, name=f"output of {name}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended by itself or by another."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Its exit code, when its last lines have come too; None as long as it runs."""
        code = self._process.poll()
        if code is not None:
            self._reader.join(timeout=1)
        return code

    def stop(self, seconds: float) -> None:
        """Ask it and what it started to end, and kill what has not ended after so many seconds."""
        started = descendants(self.pid)
        send_signal([self.pid, *started], signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill(started)

    def kill(self, started: Sequence[int] = ()) -> None:
        """End it and what it started at once; `started` are processes known to be of them."""
        send_signal([*descendants(self.pid), *started, self.pid], signal.SIGKILL)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(timeout=1)

    def _pass_on(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        for line in stream:
            self.lines.append(line.rstrip())
            self._say(f"{self.name}: {line.rstrip()}")


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that these did."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found, open_ = [], [pid]
    while open_:
        more = children.get(open_.pop(), [])
        found += more
        open_ += more
    return found


def send_signal(pids: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to those of the processes that are there, and that this user may signal."""
    for pid in dict.fromkeys(pids):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
