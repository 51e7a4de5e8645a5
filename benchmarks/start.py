"""Measures the cold start of commands: whole processes compared with one that only imports the libraries.

usage: python -m benchmarks.start [--rounds 5] [--papers FOLDER] [--only NAME]...

Each round runs, in turn, a process that imports spaCy, OpenVINO, tokenizers and numpy and nothing else, `tag` of one
sentence, `search` over an index of the papers, and `extract` of one paper. Processor time is that of a process and of
all that it starts, memory the most that any one of them held; both as medians. Bytecode and the caches are ready, as
after the first use of an installation: a round before the first fills them.
"""

import argparse
import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.running import CHECKOUT

REFERENCE = "imports alone"
GOALS = {"tag": (0.85, 600), "search": (0.5, 300)}
"""Times the processor time of the reference, and MiB."""
_SENTENCE = "The Single Window connects nine agencies."
_CLI = (sys.executable, "-m", "portal.cli")
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2): whatever a process leaves behind becomes ours, with its times
_KIB_A_MIB = 1024


class Cost(NamedTuple):
    """What a process and its descendants took: seconds of processor time, and the largest one's MiB."""

    seconds: float
    mib: float


class Command(NamedTuple):
    """A command line and what it reads."""

    arguments: Sequence[str | Path]
    given: str = ""


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--papers", type=Path, default=CHECKOUT / "samples" / "papers")
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",
            "PYTHONPATH": str(CHECKOUT),
            "CUSTOMS_LENS_HOME": f"{folder}/home",
        }
        subprocess.run([*_CLI, "ingest", options.papers], env=environment, check=True, capture_output=True)
        commands = {
            name: command
            for name, command in commands_over(options.papers).items()
            if not options.only or name in (*options.only, REFERENCE)
        }
        for command in commands.values():
            cost(command, environment)
        rounds = [
            {name: cost(command, environment) for name, command in commands.items()} for _ in range(options.rounds)
        ]
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, medians of {options.rounds}\n")
    print("| process | s | ratio | goal | MiB | goal |\n| --- | --- | --- | --- | --- | --- |")
    for row in rows(rounds):
        print(f"| {' | '.join(row)} |")


def commands_over(papers: Path) -> dict[str, Command]:
    """Return the processes to be measured by their names."""
    return {
        REFERENCE: Command([sys.executable, "-c", "import spacy, openvino, tokenizers, numpy"]),
        "tag": Command([*_CLI, "tag", "-", "--text"], _SENTENCE),
        "search": Command([*_CLI, "search", "electronic single window"]),
        "extract": Command([*_CLI, "extract", papers / "PC9001E1a.pdf"]),
    }


def cost(command: Command, environment: Mapping[str, str]) -> Cost:
    """Run a process to its end, and wait for what it started too; raises `SystemExit` where it fails."""
    with tempfile.TemporaryFile() as given:
        given.write(command.given.encode())
        given.seek(0)
        process = subprocess.Popen(command.arguments, env=environment, stdin=given, stdout=subprocess.DEVNULL)
    seconds, mib = 0.0, 0.0
    while True:
        try:
            ended, status, used = os.wait4(-1, 0)
        except ChildProcessError:
            return Cost(seconds, mib)
        if ended == process.pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise SystemExit(f"{command.arguments}: exit code {process.returncode}")
        seconds += used.ru_utime + used.ru_stime
        mib = max(mib, used.ru_maxrss / _KIB_A_MIB)


def rows(rounds: Sequence[Mapping[str, Cost]]) -> list[tuple[str, ...]]:
    """Return a row for each process: median seconds, their ratio to the reference's, median memory, and the goals."""
    found: list[tuple[str, ...]] = []
    base = statistics.median(one[REFERENCE].seconds for one in rounds)
    for name in rounds[0]:
        seconds = statistics.median(one[name].seconds for one in rounds)
        mib = statistics.median(one[name].mib for one in rounds)
        ratio_goal, memory_goal = GOALS.get(name, ("", ""))
        found.append((name, f"{seconds:.2f}", f"{seconds / base:.2f}", str(ratio_goal), f"{mib:.0f}", str(memory_goal)))
    return found


if __name__ == "__main__":
    main()
