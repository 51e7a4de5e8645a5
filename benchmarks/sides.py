"""Runs the sides of the benchmark of the index, each in a separate process on one core.

`python -m benchmarks.sides SIDE FOLDER` opens an index and measures what it is asked on standard input.
"""

import json
import os
import pickle
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from benchmarks.generated import Question
from benchmarks.running import CHECKOUT

SIDES = {"ours": ("benchmarks.side_ours", "Ours"), "lance": ("benchmarks.side_lance", "Lance")}
_THREADS = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "TOKIO_WORKER_THREADS", "LANCE_CPU_THREADS")
_ENVIRONMENT = {**dict.fromkeys(_THREADS, "1"), "RUST_LOG": "error"}


class Took(NamedTuple):
    """What a measure gave, and the milliseconds of processor time and on the clock that it took."""

    result: Any
    cpu: float
    wall: float


class Side:
    """A process with an index opened; `opening` is what that took, without imports."""

    def __init__(self, name: str, folder: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.sides", name, str(folder)]
        environment = {**os.environ, **_ENVIRONMENT}
        self.name = name
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=CHECKOUT, env=environment, bufsize=0
        )
        self.opening = Took(*self._answer())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def take(self, measure: str, question: Question) -> Took:
        """Ask for one measure."""
        assert self._process.stdin
        asked = pickle.dumps((measure, tuple(question)))
        self._process.stdin.write(len(asked).to_bytes(4, "little") + asked)
        return Took(*self._answer())

    def memory(self) -> float:
        """Return the anonymous memory of the process in MiB."""
        with Path(f"/proc/{self._process.pid}/status").open() as lines:
            return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))

    def _answer(self) -> Any:  # noqa: ANN401 - what JSON gives
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name}: the process died")
        return json.loads(line)


def serve(name: str, folder: Path) -> None:
    """Open an index and answer until standard input ends."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    module, kind = SIDES[name]
    make = getattr(import_module(module), kind)
    side, *opening = _timed(make, folder)
    _say(None, *opening)
    while head := sys.stdin.buffer.read(4):
        measure, question = pickle.loads(sys.stdin.buffer.read(int.from_bytes(head, "little")))
        _say(*_timed(getattr(side, measure), Question(*question)))


def _timed(work: Any, given: Any) -> Took:  # noqa: ANN401 - any measure
    wall, cpu = time.perf_counter(), time.process_time()
    result = work(given)
    return Took(result, (time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000)


def _say(*answer: Any) -> None:  # noqa: ANN401 - what JSON takes
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
