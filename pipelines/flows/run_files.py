"""Files of flow runs in a home: each is locked by the process of its run, which shows whether the process is alive.

The system releases the lock when the process ends in any way, so dead runs of a killed worker are detected without
waiting for a heartbeat. The file names the ledger run, which has the result of the work.
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
"""The lock file for flow runs that write the home."""
_SUFFIX = ".json"

Process = Literal["alive", "gone", "unknown"]


class DeadRun(Value):
    """A flow run whose process `pid` has died, by its id; `ledger_run` is its ledger run, "" if none started."""

    flow_run: str
    ledger_run: str
    pid: int = 0
    name: str = ""
    """Of its source, or its flow."""


class RunFile:
    """The file of a flow run of this process; it is locked until `close`, or the end of the process."""

    def __init__(self, home: Path, flow_run: str, name: str = "") -> None:
        make_home(home)
        folder = home / FLOW_RUNS
        folder.mkdir(exist_ok=True)
        self._run = DeadRun(flow_run=flow_run, ledger_run="", pid=os.getpid(), name=name)
        self._file = os.open(folder / f"{flow_run}{_SUFFIX}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self.note("")

    def note(self, ledger_run: str) -> None:
        """Store the id of the ledger run."""
        line = self._run.model_copy(update={"ledger_run": ledger_run}).model_dump_json().encode()
        os.pwrite(self._file, line, 0)
        os.ftruncate(self._file, len(line))

    def close(self) -> None:
        """Release the lock, as the end of the process does."""
        os.close(self._file)


def process_of(home: Path, flow_run: str) -> Process:
    """Return the state of the process of a flow run; `unknown` if it never started on this home."""
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


def dead_runs(home: Path) -> Iterator[DeadRun]:
    """Yield the flow runs of this home whose processes have died, finished or not."""
    for path in sorted((home / FLOW_RUNS).glob(f"*{_SUFFIX}")):
        if process_of(home, path.stem) == "gone":
            yield _read(path)


def waiting_for(home: Path) -> list[str]:
    """Return the names of the live flow runs that wait for the home."""
    alive = [path for path in sorted((home / FLOW_RUNS).glob(f"*{_SUFFIX}")) if process_of(home, path.stem) == "alive"]
    return [run.name for run in map(_read, alive) if not is_writer(home, run.pid)]


def forget(home: Path, flow_run: str) -> None:
    """Delete the file of a flow run that was recovered."""
    (home / FLOW_RUNS / f"{flow_run}{_SUFFIX}").unlink(missing_ok=True)


def _read(path: Path) -> DeadRun:
    with suppress(ValueError):  # it was killed before it wrote
        return DeadRun.model_validate_json(path.read_bytes())
    return DeadRun(flow_run=path.stem, ledger_run="")
