"""Which flow runs have a living process on a home: a file for each, locked by the process for as long as it lives.

The system gives up the lock when the process ends, however it ends, so what a killed worker left is found without
waiting for a heartbeat. The file names the run of the ledger, which decides what became of the work.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

from configs.system.folders import make_home
from extractors.document import Value
from pipelines.workspace import FLOW_RUNS, is_writer

LOCK = "lock"
"""Flow runs that write the home wait for each other at this file."""
_SUFFIX = ".json"

Process = Literal["alive", "gone", "unknown"]


class LeftRun(Value):
    """A flow run whose process `pid` is gone, by its id; `ledger_run` is its run of the ledger, "" where none began."""

    flow_run: str
    ledger_run: str
    pid: int = 0
    name: str = ""
    """Of its source, or its flow."""


class RunFile:
    """The file of a flow run of this process; the lock is held until `close`, or the process ends."""

    def __init__(self, home: Path, flow_run: str, name: str = "") -> None:
        make_home(home)
        folder = home / FLOW_RUNS
        folder.mkdir(exist_ok=True)
        self._run = LeftRun(flow_run=flow_run, ledger_run="", pid=os.getpid(), name=name)
        self._file = os.open(folder / f"{flow_run}{_SUFFIX}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self.note("")

    def note(self, ledger_run: str) -> None:
        """Note the run of the ledger that does the work."""
        line = self._run.model_copy(update={"ledger_run": ledger_run}).model_dump_json().encode()
        os.pwrite(self._file, line, 0)
        os.ftruncate(self._file, len(line))

    def close(self) -> None:
        """Give up the lock, as the end of the process would."""
        os.close(self._file)


def process_of(home: Path, flow_run: str) -> Process:
    """Return whether the process of a flow run lives; `unknown` where it never began on this home."""
    try:
        file = os.open(home / FLOW_RUNS / f"{flow_run}{_SUFFIX}", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return "unknown"
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "alive"
    finally:
        os.close(file)
    return "gone"


def left_runs(home: Path) -> Iterator[LeftRun]:
    """Yield the flow runs of this home whose processes are gone, finished or not."""
    for path in sorted((home / FLOW_RUNS).glob(f"*{_SUFFIX}")):
        if process_of(home, path.stem) == "gone":
            yield _read(path)


def waiting_for(home: Path) -> list[str]:
    """Return the names of the flow runs that live and do not write the home."""
    alive = [path for path in sorted((home / FLOW_RUNS).glob(f"*{_SUFFIX}")) if process_of(home, path.stem) == "alive"]
    return [run.name for run in map(_read, alive) if not is_writer(home, run.pid)]


def forget(home: Path, flow_run: str) -> None:
    """Remove the file of a flow run that is dealt with."""
    (home / FLOW_RUNS / f"{flow_run}{_SUFFIX}").unlink(missing_ok=True)


def _read(path: Path) -> LeftRun:
    with suppress(ValueError):  # it was killed before it wrote
        return LeftRun.model_validate_json(path.read_bytes())
    return LeftRun(flow_run=path.stem, ledger_run="")
