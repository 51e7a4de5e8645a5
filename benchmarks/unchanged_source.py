"""Measures nightly runs over a home of 200,000 known papers: without changes, with one new paper, and the metrics.

usage: python -m benchmarks.unchanged_source [--documents 200000] [--others 49] [--folder DIR] [--before CHECKOUT]

One folder source holds most of the papers; there are others of 100 each. `benchmarks.known_home` makes the home. The
encoder is that of the tests, so that loading a model is not measured. Each figure is the processor time of a whole
process and of those that it started, the median of three, and the peak of its memory. With `--before`, the checkout of
another version, its product does the same in turn over a home of its own. What lies in a `--folder` that was used
before is gone on with. In a file system in memory, such as /dev/shm, the homes are made several times as fast.

Exit code 1 where a goal is missed: a run without change takes at most .4 of the time before and 200 MiB; one with a new
paper at most that and 1.3 times what it takes to ingest the paper into an empty home; metrics at most 1.2 times what
they take in a home of ten papers.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.known_home import ENCODER, write_paper
from benchmarks.running import CHECKOUT

_ROUNDS = 3
_OF_OTHERS = 100
"""Papers of each of the other sources."""
_FEW = 10
"""Papers of the home that the metrics are compared with."""
_MAKER = CHECKOUT / "benchmarks" / "known_home.py"
_MEASURED = ("unchanged", "new", "ingest", "metrics", "metrics of few")
_MOST_OF_BEFORE, _MOST_MIB, _MOST_OF_INGEST, _MOST_OF_FEW = 0.4, 200, 1.3, 1.2


class Cost(NamedTuple):
    """Seconds of processor time of a process and those that it started, and the peak of its memory in MiB."""

    seconds: float
    mib: int


def main() -> int:
    """Make the homes, measure the sides in turn, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--others", type=int, default=49)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--before", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = (options.folder or Path(name)).resolve()
        sides = [Side("now", CHECKOUT, folder)]
        if options.before:
            sides.append(Side("before", options.before.resolve(), folder))
        for side in sides:
            side.make(options.documents, options.others)
        for number in range(_ROUNDS):
            print(f"round {number + 1}, load average {os.getloadavg()[0]:.1f}", flush=True)
            for side in sides:
                side.measure()
        return report(*sides)


class Side:
    """A version of the product with homes of its own."""

    def __init__(self, name: str, product: Path, folder: Path) -> None:
        self.name, self._product, self._folder = name, product, folder / name
        self._costs: dict[str, list[Cost]] = defaultdict(list)

    def make(self, documents: int, others: int) -> None:
        """Make the large home and the one of few papers, where they are not there yet."""
        more = [f"other{number}={_OF_OTHERS}" for number in range(others)]
        for size, counts in (("large", [f"papers={documents}", *more]), ("small", [f"papers={_FEW}"])):
            folder = self._folder / size
            if (folder / "made").exists():
                continue
            shutil.rmtree(folder, ignore_errors=True)
            print(f"{self.name}: a home of {counts[0]}", flush=True)
            self._run("-P", _MAKER, folder, *counts)
            (folder / "made").touch()

    def measure(self) -> None:
        """Measure every command once; the new paper is another one each time, and stays."""
        large, small, empty = (self._folder / size / "home" for size in ("large", "small", "empty"))
        papers = large.parent / "papers" / "new"
        self._take("unchanged", "-m", "portal.cli", "sources", "run", "papers", home=large)
        paper = write_paper(papers, f"new{sum(1 for _ in papers.glob('*'))}")
        self._take("new", "-P", _MAKER, "run", "sources", "run", "papers", home=large)
        shutil.rmtree(empty.parent, ignore_errors=True)
        self._take("ingest", "-P", _MAKER, "run", "ingest", paper, home=empty)
        self._take("metrics", "-m", "portal.cli", "metrics", home=large)
        self._take("metrics of few", "-m", "portal.cli", "metrics", home=small)

    def cost(self, what: str) -> Cost:
        """Return the median of what was measured, and the highest peak."""
        costs = self._costs[what]
        return Cost(median(one.seconds for one in costs), max(one.mib for one in costs))

    def _take(self, what: str, *command: str | Path, home: Path) -> None:
        cost = self._run(*command, "--home", home, "--encoder", ENCODER, "--json")
        self._costs[what].append(cost)
        print(f"  {self.name}: {what}: {cost.seconds:.2f} s, {cost.mib} MiB", flush=True)

    def _run(self, *arguments: str | Path) -> Cost:
        """Run Python over the modules of the product; raises `SystemExit` where that fails.

        With -P the folder of the file that is run is not searched: modules in it have the names of packages.
        """
        command = [sys.executable, *map(str, arguments)]
        cache = str(self._folder / "cache")
        environment = {**os.environ, "PYTHONPATH": str(self._product), "CUSTOMS_LENS_CACHE": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # to compile what is imported is not what is measured
        with tempfile.TemporaryFile() as out:
            process = subprocess.Popen(command, cwd=self._product, env=environment, stdout=out)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            if process.returncode:
                raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}: {out.read().decode()}")
        return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)


def report(now: Side, before: Side | None = None) -> int:
    """Print the medians, and how each goal is met; return 1 where one is missed."""
    print("\n| medians of processor time and peaks of memory | " + " | ".join(_MEASURED) + " |")
    for side in (now, before) if before else (now,):
        costs = (side.cost(what) for what in _MEASURED)
        print(f"| {side.name} | " + " | ".join(f"{cost.seconds:.2f} s, {cost.mib} MiB" for cost in costs) + " |")
    unchanged, new, ingest, metrics, of_few = map(now.cost, _MEASURED)
    found = [
        ("a run without change, in MiB", unchanged.mib, _MOST_MIB),
        ("a new paper beside that, by its ingest", (new.seconds - unchanged.seconds) / ingest.seconds, _MOST_OF_INGEST),
        ("metrics, by those of few papers", metrics.seconds / of_few.seconds, _MOST_OF_FEW),
    ]
    if before:
        ratio = unchanged.seconds / before.cost("unchanged").seconds
        found.append(("a run without change, by that before", ratio, _MOST_OF_BEFORE))
    for what, value, most in found:
        print(f"{what}: {value:.2f} (at most {most})")
    return int(any(value > most for _, value, most in found))


if __name__ == "__main__":
    sys.exit(main())
