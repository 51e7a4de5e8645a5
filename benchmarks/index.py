"""Compares the speed of the embedded engine on a large index with LanceDB on the same passages.

usage: python -m benchmarks.index [--passages 100000] [--folder FOLDER] [--questions 40] [--parts search readers]

`search`: both sides open the same generated passages (`benchmarks/generated.py`), each in a process of its own on one
core, and answer the same questions in turn; medians of processor time, the ratio to LanceDB, and the shares of the 20
nearest passages that are found. A ranking gives the ids of the best 20 passages. An answer of ours is what `search`
gives: ten papers with three passages each, marked words, and how many match; LanceDB's is 20 passages with their
fields. `readers`: four processes search while one writes. Indexes stay in the folder and are used again.
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import readers, side_ours
from benchmarks.generated import PASSAGES, Question, papers, questions, source_of, vectors
from benchmarks.sides import Side
from extractors.document import document_id

FASTER = 2.0
"""Goal: times faster than LanceDB."""
RECALL, NEAREST = 0.97, 20
MEASURES = {
    "words": ("BM25, 3 words", 1.5),
    "phrase": ("phrase", 1.0),
    "near": ("nearest", 10.0),
    "near_narrow": ("nearest, 1 % filter", 4.0),
    "hybrid": ("hybrid", 15.0),
    "hybrid_narrow": ("hybrid, 1 % filter", 6.0),
    "facets": ("facets of a word", 20.0),
}
"""Names, and guides for a million passages in milliseconds."""
ANSWERED = ("words", "phrase", "near", "near_narrow", "hybrid", "hybrid_narrow")
_OPENINGS = 3
_BLOCK = 2000
"""Papers whose vectors are compared at once."""


def main() -> None:
    """Make what is missing of the indexes and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where the indexes are or shall be; else they are made and deleted")
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--parts", nargs="+", default=["search", "readers"], choices=["search", "readers"])
    options = parser.parse_args()
    with ExitStack() as cleaning:
        folder = options.folder or Path(cleaning.enter_context(tempfile.TemporaryDirectory()))
        folders = {"ours": folder / "ours", "lance": folder / "lance"}
        build(folders, options.passages // PASSAGES)
        asked = questions(options.questions)
        if "search" in options.parts:
            print_search(folders, options.passages // PASSAGES, asked)
        if "readers" in options.parts:
            readers.print_company(folders["ours"], asked)


def build(folders: dict[str, Path], count: int) -> None:
    """Make the indexes that are missing."""
    for name, folder in folders.items():
        if not folder.exists():
            folder.mkdir(parents=True)
            if name == "ours":
                side_ours.build(folder, papers(count))
            else:
                from benchmarks import side_lance

                side_lance.build(folder, papers(count))


def print_search(folders: dict[str, Path], count: int, asked: Sequence[Question]) -> None:
    """Print what both sides take."""
    openings = {name: [_opening(name, folder, asked[0]) for _ in range(_OPENINGS)] for name, folder in folders.items()}
    with ExitStack() as running:
        ours, lance = (running.enter_context(Side(name, folder)) for name, folder in folders.items())
        print(f"\n### {count * PASSAGES} passages, load average {os.getloadavg()[0]:.1f}\n")
        print("| | ours, ms | 95 % | LanceDB, ms | 95 % | times faster | guide at 1 M, ms |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for measure, (name, guide) in MEASURES.items():
            print_row(name, compared(ours, lance, measure, asked), f"{guide:g}")
        for measure in ANSWERED:
            print_row(f"{MEASURES[measure][0]}, whole answer", compared(ours, lance, f"{measure}_answer", asked), "")
        for place, what in enumerate(("opening", "opening and first answer")):
            times = (statistics.median(one[place] for one in openings[side.name]) for side in (ours, lance))
            print_row(what, Compared(*([one] for one in times)), "200" if not place else "")
        memory, disk = [side.memory() for side in (ours, lance)], [size(folder) for folder in folders.values()]
        print(f"| anonymous memory, MiB | {memory[0]:.0f} | | {memory[1]:.0f} | | {memory[1] / memory[0]:.1f} | 150 |")
        print(f"| disk, GB | {disk[0]:.2f} | | {disk[1]:.2f} | | {disk[1] / disk[0]:.1f} | 2 |")
        print_recall(ours, lance, count, asked)


class Compared(NamedTuple):
    """Milliseconds of processor time of both sides."""

    ours: list[float]
    theirs: list[float]


def compared(ours: Side, lance: Side, measure: str, asked: Sequence[Question]) -> Compared:
    """Take a measure of both sides in turn."""
    for question in asked[:3]:
        ours.take(measure, question)
        lance.take(measure, question)
    taken = [(ours.take(measure, question).cpu, lance.take(measure, question).cpu) for question in asked]
    return Compared([one for one, _ in taken], [other for _, other in taken])


def print_row(name: str, took: Compared, guide: str) -> None:
    """Print medians, the slow ends and the ratio."""
    middle = [statistics.median(side) for side in took]
    slow = [float(np.percentile(side, 95)) for side in took]
    columns = (f"{middle[0]:.2f} | {slow[0]:.2f} | {middle[1]:.2f} | {slow[1]:.2f}", f"{middle[1] / middle[0]:.1f}")
    print(f"| {name} | {' | '.join(columns)} | {guide} |", flush=True)


def print_recall(ours: Side, lance: Side, count: int, asked: Sequence[Question]) -> None:
    """Print which share of the truly nearest passages both sides find."""
    narrow = set(ours.take("narrow", asked[0]).result)
    print(f"\n| of the {NEAREST} nearest | ours (goal {RECALL}) | LanceDB |\n| --- | --- | --- |")
    for measure, documents in (("near", None), ("near_narrow", narrow)):
        truths = [set(truth) for truth in exact(count, asked, documents)]
        shares = []
        for side in (ours, lance):
            found = (names(side.take(measure, question).result) for question in asked)
            shares.append(statistics.mean(len(truth & one) / NEAREST for truth, one in zip(truths, found, strict=True)))
        print(f"| {MEASURES[measure][0]} | {shares[0]:.3f} | {shares[1]:.3f} |")


def names(found: Sequence[str | int]) -> set[str]:
    """Return the ids of passages; LanceDB has them by number."""
    return {passage_id(one) if isinstance(one, int) else one for one in found}


def passage_id(row: int) -> str:
    """Return the id of the passage with a number."""
    return f"{document_id(source_of(row // PASSAGES))}-{row % PASSAGES}"


def exact(count: int, asked: Sequence[Question], documents: set[str] | None) -> Iterator[list[str]]:
    """Yield for each question the nearest passages, of some documents or of all."""
    queries = np.array([question.vector for question in asked]).T
    numbers = [n for n in range(count) if documents is None or document_id(source_of(n)) in documents]
    scores = np.empty((len(numbers) * PASSAGES, len(asked)), np.float32)
    for start in range(0, len(numbers), _BLOCK):
        block = np.concatenate([vectors(number) for number in numbers[start : start + _BLOCK]])
        scores[start * PASSAGES : start * PASSAGES + len(block)] = block @ queries
    rows = np.repeat(np.array(numbers) * PASSAGES, PASSAGES) + np.tile(np.arange(PASSAGES), len(numbers))
    for column in scores.T:
        yield [passage_id(row) for row in rows[np.argpartition(-column, NEAREST)[:NEAREST]].tolist()]


def size(folder: Path) -> float:
    """Return what a folder takes on disk, in GB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e9


def _opening(name: str, folder: Path, question: Question) -> tuple[float, float]:
    """Return the processor time of opening alone, and with the first answer, of a new process."""
    with Side(name, folder) as side:
        return side.opening.cpu, side.opening.cpu + side.take("words_answer", question).cpu


if __name__ == "__main__":
    main()
