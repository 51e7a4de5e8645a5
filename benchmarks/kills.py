"""Kills a writer of the embedded index at many moments, and checks that the index has exactly what it reported safe.

usage: python -m benchmarks.kills [--times 100] [--seed 7] [--readers 1]

Each time a writer (`benchmarks.killed_writer`) works on the same index and is killed by SIGKILL, in a different
function or anywhere. Then the index is opened as any reader does, and every paper is looked at by word, by
meaning and whole. Readers in processes of their own ask all the time. Exit code 1 where anything was wrong.
"""

import argparse
import itertools
import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.killed_writer import MOMENTS, PAPERS, is_gone, paper, size, vectors
from benchmarks.reader_beside import WRONG, reading
from benchmarks.running import CHECKOUT
from configs.system.errors import CustomsLensError
from index.embedded.engine import EmbeddedEngine, open_embedded
from index.filters import EVERY_CLASS, EVERYTHING
from index.results import SearchRequest, Vector

LONGEST_SECONDS = 1.5
"""From the moment that the writer is ready to the kill anywhere."""
_PATIENCE_SECONDS = 60.0
_ALIKE = 0.97
"""Rounding to 8 bits keeps a vector of length one that close to itself."""

Versions = dict[str, int]
"""The version of each paper by its number as text."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of one kill: the safe changes, whether derived parts had to be updated, and how long that took."""

    moment: str
    changes: int
    was_behind: bool
    seconds: float
    problems: tuple[str, ...]


def kill(folder: Path, seed: int, moment: str, versions: Versions, longest: float) -> tuple[Versions, Versions]:
    """Let a writer work on the index and be killed; return the versions that it reported safe, and the last tried."""
    module = [sys.executable, "-m", "benchmarks.killed_writer"]
    command = [*module, str(folder), str(seed), moment, json.dumps(versions)]
    safe, tried = dict(versions), dict(versions)
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        if moment == "anywhere":
            process.stdout.readline()
            seconds = random.Random(seed).uniform(0.0, longest)
            threading.Timer(seconds, process.send_signal, [signal.SIGKILL]).start()
        for line in process.stdout:
            word, *numbers = line.split()
            if numbers and line.endswith("\n"):
                (safe if word == "safe" else tried)[numbers[0]] = int(numbers[1])
    if process.returncode != -signal.SIGKILL:
        raise RuntimeError(f"the writer ended by itself ({process.returncode}) at '{moment}'")
    return safe, tried


def look(folder: Path, moment: str, changes: int, safe: Versions, tried: Versions) -> tuple[Versions, Outcome]:
    """Look at the index after a kill, and return the versions that are there."""
    started = time.perf_counter()
    was_behind = _is_behind(folder)
    with closing(_settled(folder)) as engine:
        seconds = time.perf_counter() - started
        there, problems = inspect(engine, safe, tried)
    return there, Outcome(moment, changes, was_behind, seconds, tuple(problems))


def inspect(engine: EmbeddedEngine, safe: Versions, tried: Versions) -> tuple[Versions, list[str]]:
    """Compare the content of an index with a writer's report; return the versions found, and the problems."""
    problems = [f"{check.name}: {check.detail}" for check in engine.checks() if not check.ok]
    there: Versions = {}
    for name in map(str, range(PAPERS)):
        possible = range(safe.get(name, 0), tried.get(name, 0) + 1)
        found = _version(engine, int(name))
        if found is None:
            gone = [version for version in possible if is_gone(version)]
            there[name] = gone[-1] if gone else safe.get(name, 0)
            problems += [] if gone else [f"paper {name}: lost, {possible} were safe or tried"]
        else:
            there[name] = found
            problems += [] if found in possible else [f"paper {name}: version {found}, not of {possible}"]
            problems += _incomplete_parts(engine, int(name), found)
    held = {name: version for name, version in there.items() if not is_gone(version)}
    counts = engine.counts()
    expected = (len(held), sum(size(int(name), version) for name, version in held.items()))
    if (counts.documents, counts.passages) != expected or counts.vectors != counts.passages:
        problems.append(f"{counts} where documents and passages are {expected}")
    return there, problems


def _version(engine: EmbeddedEngine, name: int) -> int | None:
    document = engine.document(paper(name, 1).id, access_classes=EVERY_CLASS)
    return int(document.title or 0) if document else None


def _incomplete_parts(engine: EmbeddedEngine, name: int, version: int) -> Iterator[str]:
    """Yield what is not whole of a paper: its text, the words that find it, its vectors."""
    expected = paper(name, version)
    if engine.document(expected.id, full=True, access_classes=EVERY_CLASS) != expected:
        yield f"paper {name}: not as version {version} was written"
    for word in (f"zpaper{name}", f"zversion{name}n{version}"):
        found = engine.search(SearchRequest(filters=EVERYTHING, query=word, mode="text"), None)
        if (found.documents, found.passages) != (1, len(expected.passages)):
            yield f"paper {name}: {word} finds {found.documents} papers, {found.passages} passages"
    best = _nearest(engine, vectors(name, version)[-1])
    if best is None or best[0] != expected.passages[-1].id or best[1] < _ALIKE:
        yield f"paper {name}: the vector of its last passage finds {best}"


def _nearest(engine: EmbeddedEngine, vector: Vector) -> tuple[str, float] | None:
    request = SearchRequest(filters=EVERYTHING, query="x", mode="vector", k=1, passages=1)
    hits = engine.search(request, vector).hits
    return (hits[0].passages[0].id, hits[0].passages[0].score or 0.0) if hits else None


def _is_behind(folder: Path) -> bool:
    """Return whether text index and primary store are at different writes, or one does not exist yet."""
    try:
        with closing(EmbeddedEngine(folder, None, write=False)) as engine:
            return engine.is_behind
    except CustomsLensError:
        return True


def _settled(folder: Path) -> EmbeddedEngine:
    """Return a reader when the derived parts have followed; another reader may be letting them follow."""
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        engine = open_embedded(folder, None, write=False)
        if not engine.is_behind or time.monotonic() > give_up:
            return engine
        engine.close()
        time.sleep(0.01)


def run(
    folder: Path, times: int, *, seed: int = 7, readers: int = 0, longest: float = LONGEST_SECONDS
) -> tuple[list[Outcome], list[str]]:
    """Kill a writer so many times; return the outcomes, and what readers beside it said."""
    versions: Versions = {}
    outcomes: list[Outcome] = []
    with ExitStack() as beside:
        for turn, moment in zip(range(times), itertools.cycle(MOMENTS), strict=False):
            safe, tried = kill(folder, seed * 1_000 + turn, moment, versions, longest)
            changes = sum(safe.values()) - sum(versions.values())
            versions, outcome = look(folder, moment, changes, safe, tried)
            outcomes.append(outcome)
            if turn == 0:
                said = [beside.enter_context(reading(folder)) for _ in range(readers)]
    return outcomes, list(itertools.chain.from_iterable(said))


def main() -> int:
    """Kill, look and print a table of moments and outcomes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--times", type=int, default=100, help="how often a writer is killed")
    parser.add_argument("--seed", type=int, default=7, help="of the changes and the moments")
    parser.add_argument("--readers", type=int, default=1, help="processes that ask all the time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcomes, said = run(Path(folder) / "index", options.times, seed=options.seed, readers=options.readers)
    print(f"{'killed in':<28}{'kills':>6}{'changes':>9}{'behind':>8}{'opening, median s':>19}{'wrong':>7}")
    for moment in MOMENTS:
        own = [one for one in outcomes if one.moment == moment]
        if own:
            sums = (len(own), sum(one.changes for one in own), sum(one.was_behind for one in own))
            opening = statistics.median(one.seconds for one in own)
            wrong = sum(bool(one.problems) for one in own)
            print(f"{moment:<28}{sums[0]:>6}{sums[1]:>9}{sums[2]:>8}{opening:>19.2f}{wrong:>7}")
    problems = [f"{one.moment}: {problem}" for one in outcomes for problem in one.problems]
    print(*said, *(problems or ["nothing was lost, doubled, halved or brought"]), sep="\n")
    return 1 if problems or any(WRONG in line for line in said) else 0


if __name__ == "__main__":
    sys.exit(main())
