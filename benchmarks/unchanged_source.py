"""How long `sources run` takes over a configured folder in which nothing changed, and what memory its runs take.

usage: python -m benchmarks.unchanged_source [--documents 10000] [--folder DIR]

The papers are small texts; the encoder is that of the tests, so that opening a model is not measured. The second run is
a process of its own from its start to its end: the goal is ten seconds. Exit code 1 where it takes longer. A `--folder`
that was used before is gone on with.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.running import CHECKOUT
from portal.cli import main as command_line
from tests.dummy_encoder import dummy_encoders

MOST_SECONDS = 10.0
_IN_A_FOLDER = 500


def main() -> int:
    """Make the papers, run twice, print and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        return _run_here(options.folder)
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        make(folder, options.documents)
        print(f"load average {os.getloadavg()[0]:.1f}")
        first = run(folder)
        print(f"first run: {first}")
        second = run(folder)
        print(f"second run: {second}, load average {os.getloadavg()[0]:.1f}")
    is_unchanged = second["unchanged"] == options.documents
    return 0 if is_unchanged and second["seconds"] <= MOST_SECONDS else 1


def make(folder: Path, count: int) -> None:
    """Write small papers of their own, and configure their folder as a source."""
    for number in range(count):
        path = folder / "papers" / str(number // _IN_A_FOLDER) / f"{number}.txt"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"Note {number}\n\nThe single window of port {number} was opened.\n", encoding="utf-8")
    (folder / "home").mkdir(mode=0o700, exist_ok=True)
    row = f"{{name: papers, kind: folder, path: {folder / 'papers'}, quiet_seconds: 0}}"
    (folder / "home" / "sources.yaml").write_text(f"sources: [{row}]\n", encoding="utf-8")


def run(folder: Path) -> dict[str, float]:
    """Run the source in a process of its own; return its counts, the seconds it took, and its peak of memory in MiB."""
    command = [sys.executable, "-m", "benchmarks.unchanged_source", "--once", "--folder", str(folder)]
    began = time.monotonic()
    done = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=False)
    seconds = time.monotonic() - began
    report, memory = (json.loads(line) for line in done.stdout.splitlines())
    counts = {name: report[0][name] for name in ("indexed", "unchanged", "failed")}
    return {**counts, "seconds": round(seconds, 1), "mib": memory}


def _run_here(folder: Path) -> int:
    options = ["--home", str(folder / "home"), "--encoder", "all-MiniLM-L6-v2", "--json"]
    with dummy_encoders(folder / "cache"):
        try:
            command_line(["sources", "run", "papers", *options])
        except SystemExit as ended:
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
            return int(ended.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
