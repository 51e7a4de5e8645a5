"""Measures four readers of an index, alone and beside a writer, each in a separate process.

Each reader asks for three words and for the nearest passages, a pair, again and again for some seconds: for rankings,
and for whole answers as `search` gives them. The writer stores other editions of papers, and every reader sees them.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.generated import Question, paper, questions
from benchmarks.running import CHECKOUT
from benchmarks.side_ours import IDENTITY, Ours
from configs.settings import load_settings
from configs.system.errors import CustomsLensError
from index.embedded.engine import open_embedded

READERS = 4
PAIRS, SLOWER = 200, 2.0
"""Goals: pairs of rankings a second of all readers, and how much slower a reader's slow end may be beside a writer."""
_SECONDS = 10.0
_PAPERS = 2000
"""The writer changes the first so many papers."""
_ASKED = {"read": ("words", "near"), "read_whole": ("words_answer", "near_answer")}
"""What a reader asks for, by its role."""


def print_company(folder: Path, asked: Sequence[Question]) -> None:
    """Print the throughput of four readers alone and beside a writer."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = shutil.copytree(folder, Path(scratch) / "index")  # the writer changes it
        print("\n| four readers | pairs/s | errors | BM25, 95 % ms | nearest, 95 % ms | papers written/s | slower |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for role, what, goal in (("read", "rankings", f" (goal {PAIRS})"), ("read_whole", "whole answers", "")):
            alone = run(copy, len(asked), role, writing=False)
            beside = run(copy, len(asked), role, writing=True)
            ratio = max(beside[measure] / alone[measure] for measure in ("words", "near"))
            print_row(what, alone, goal, "")
            print_row(f"{what}, beside a writer", beside, goal, f"{ratio:.2f} (goal {SLOWER})")


def print_row(name: str, found: dict[str, float], goal: str, ratio: str) -> None:
    """Print the joint throughput of the readers."""
    slow = f"{found['words']:.1f} | {found['near']:.1f}"
    print(f"| {name} | {found['pairs']:.0f}{goal} | {found['errors']} | {slow} | {found['written']:.0f} | {ratio} |")


def run(folder: Path, asked: int, role: str, *, writing: bool) -> dict[str, float]:
    """Let readers of a role, and a writer if wanted, work for some seconds."""
    roles = [role] * READERS + ["write"] * writing
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.readers", role, str(folder), str(asked), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=CHECKOUT,
            text=True,
        )
        for number, role in enumerate(roles)
    ]
    for process in processes:
        assert process.stdout
        process.stdout.readline()  # it is ready
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [json.loads(process.communicate()[0]) for process in processes]
    found: list[dict[str, Any]] = answers[:READERS]
    return {
        "pairs": sum(len(one["words"]) for one in found) / _SECONDS,
        "errors": sum(one["errors"] for one in found),
        **{measure: max(float(np.percentile(one[measure], 95)) for one in found) for measure in ("words", "near")},
        "written": answers[-1]["written"] / _SECONDS if writing else 0,
    }


def read(folder: Path, asked: Sequence[Question], seed: int, role: str) -> dict[str, Any]:
    """Ask for pairs of answers; return the milliseconds on the clock of each, and how many failed."""
    index, random = Ours(folder), np.random.default_rng(seed)
    taken: dict[str, list[float]] = {"words": [], "near": []}
    measures = {name: getattr(index, method) for name, method in zip(taken, _ASKED[role], strict=True)}
    for question in asked:
        for answer in measures.values():
            answer(question)
    errors, end = 0, _start() + _SECONDS
    while time.perf_counter() < end:
        question = asked[int(random.integers(len(asked)))]
        for measure, answer in measures.items():
            began = time.perf_counter()
            try:
                answer(question)
            except CustomsLensError as error:
                print(error, file=sys.stderr)
                errors += 1
            taken[measure].append((time.perf_counter() - began) * 1000)
    return {**taken, "errors": errors}


def write(folder: Path) -> dict[str, Any]:
    """Store other editions of papers, one after the other, with the priority of `ingest`; return how many."""
    os.setpriority(os.PRIO_PROCESS, 0, load_settings().niceness)
    engine = open_embedded(folder, IDENTITY, write=True)
    edition = int(time.time())  # one that was never stored
    made = [paper(number, edition) for number in range(_PAPERS)]
    written, end = 0, _start() + _SECONDS
    while time.perf_counter() < end:
        document, vectors = made[written % _PAPERS]
        engine.put(document, vectors, versions={})
        written += 1
    engine.close()
    return {"written": written}


def _start() -> float:
    """Say that this process is ready and wait for the others; return the time."""
    print("ready", flush=True)
    sys.stdin.readline()
    return time.perf_counter()


if __name__ == "__main__":
    role, place, count, number = sys.argv[1:]
    if role in _ASKED:
        print(json.dumps(read(Path(place), questions(int(count)), int(number), role)))
    else:
        print(json.dumps(write(Path(place))))
