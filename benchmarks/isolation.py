"""Measures the overhead of reading in isolated processes, and the scaling with the number of workers.

usage: python -m benchmarks.isolation [--rounds 15] [--papers FOLDER] [--parts cost scaling]

`cost`: each document is read in a child of ours and in a bare child of the same server (multiprocessing's
forkserver, the same modules loaded), which reads the same and sends the same bytes, without limits or statuses;
in turn, medians of the seconds on the clock. `scaling`: the papers are read by the threads that an ingestion reads
with, one and two of them in turn, medians of documents per second, and the processor time of all processes, which
would grow where workers get into each other's way. The machine is noisy: the load average of the last minute stands
beside the figures, and the ratio of each round is taken within it.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from configs.settings import OcrSettings, ReadingLimits
from extractors import isolation, reading

LIMITS = ReadingLimits(ocr=OcrSettings(enabled="off"))
SAMPLES = Path(__file__).parents[1] / "samples" / "papers"
_COST_GOAL, _SCALING_GOAL = 1.5, 1.8
_WORKERS = (1, 2)
_SHORT = "The Committee took note of the report on the single window.\n"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--papers", type=Path, default=SAMPLES, help="the documents, those of the samples by default")
    parser.add_argument("--parts", nargs="+", default=["cost", "scaling"], choices=["cost", "scaling"])
    options = parser.parse_args()
    papers = sorted(path for path in options.papers.rglob("*") if path.is_file() and path.suffix in (".pdf", ".docx"))
    isolated(papers[0])  # starts the server
    if "cost" in options.parts:
        print_cost(papers, options.rounds)
    if "scaling" in options.parts:
        print_scaling(papers, options.rounds)
    isolation.shutdown()


def print_cost(papers: Sequence[Path], rounds: int) -> None:
    """Print the milliseconds of a document in our child, in a bare one and in this process."""
    ways: dict[str, Callable[[Path], bytes]] = {"isolated": isolated, "bare child": bare, "no child": here}
    here(papers[0])
    ratios: list[float] = []
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for paper in papers:
            spent = {way: seconds(read, paper) for way, read in ways.items()}
            ratios.append(spent["isolated"] / spent["bare child"])
            for way, one in spent.items():
                taken[way].append(one)
    print(f"\n### Cost of isolation: {len(papers)} documents, {rounds} rounds, {_load()}\n")
    print("| way | ms a document (median) |\n| --- | --- |")
    for way, all_seconds in taken.items():
        print(f"| {way} | {1000 * statistics.median(all_seconds):.1f} |")
    print(f"\nisolated / bare child: {statistics.median(ratios):.2f} (goal at most {_COST_GOAL})")


def print_scaling(papers: Sequence[Path], rounds: int) -> None:
    """Print the documents per second of one and of two reading workers, and the processor time that they take."""
    speeds: dict[int, list[float]] = {workers: [] for workers in _WORKERS}
    spent: dict[int, list[float]] = {workers: [] for workers in _WORKERS}
    for _ in range(rounds):
        for workers, found in speeds.items():
            before = cpu_seconds()
            with ThreadPoolExecutor(workers) as pool:
                found.append(len(papers) / seconds(lambda pool=pool: list(pool.map(document, papers))))
            spent[workers].append((cpu_seconds() - before) / len(papers))
    ratios = [two / one for one, two in zip(*speeds.values(), strict=True)]
    print(f"\n### Reading workers: {len(papers)} documents, {rounds} rounds, {os.cpu_count()} cores, {_load()}\n")
    print("| workers | documents per second (median) | processor ms a document |\n| --- | --- | --- |")
    for workers, found in speeds.items():
        print(f"| {workers} | {statistics.median(found):.1f} | {1000 * statistics.median(spent[workers]):.1f} |")
    print(f"\ntwo workers / one: {statistics.median(ratios):.2f} (goal at least {_SCALING_GOAL})")


def cpu_seconds() -> float:
    """Return the processor time of this process, of the server and of its children that have ended."""
    servers = [child.cpu_times()[:4] for child in psutil.Process().children()]  # user and system, its own and theirs
    return time.process_time() + sum(map(sum, servers))


def document(path: Path) -> None:
    """Read a document as an ingestion does."""
    reading.read_document(path, source=path.as_uri(), sha256="", limits=LIMITS)


def isolated(path: Path) -> bytes:
    """Read a document in a child of ours; return its JSON."""
    return isolation.run_isolated(reading._read_here, *_arguments(path), limits=LIMITS).value or b""  # noqa: SLF001


def bare(path: Path) -> bytes:
    """Read a document in a child with nothing round it; return its JSON."""
    from benchmarks import isolation as importable  # this file by its name, not as the main module

    context = get_context("forkserver")
    receiver, sender = context.Pipe(duplex=False)
    with receiver:
        process = context.Process(target=importable.send, args=(sender, path))
        with isolation._without_main():  # noqa: SLF001 - or the child would run the main module first
            process.start()
        sender.close()
        content = receiver.recv_bytes()
        process.join()
    return content


def here(path: Path) -> bytes:
    """Read a document in this process; return its JSON."""
    return reading._read_here(*_arguments(path))  # noqa: SLF001 - the very work of the child


def seconds(work: Callable[..., object], *arguments: object) -> float:
    """Return the seconds on the clock of a piece of work."""
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


def send(sender: Connection, path: Path) -> None:
    """Read a document and send its JSON; what a bare child does."""
    sender.send_bytes(here(path))


def _arguments(path: Path) -> tuple[str, str, str, None, tuple[str, ...], ReadingLimits]:
    return str(path), path.as_uri(), "", None, (), LIMITS


def _load() -> str:
    return f"load average {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
