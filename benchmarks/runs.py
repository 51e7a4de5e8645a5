"""Measures memory growth in long runs over small documents, and the time of a run without changes.

usage: python -m benchmarks.runs [--grow 5000] [--unchanged 10000] [--encoder dummy|NAME] [--folder DIR]

Every document is a short text of its own, made from its number. `--grow` ingests so many in one run and notes the
memory of the process that works (not of its readers) as it goes: the goal is at most 1.2 times as much in the end as
after 500; a run with nothing changed follows. `--unchanged` ingests so many and then runs again: the goal is ten
seconds. With the encoder `dummy`, that of the tests, the rest of the pipeline is what counts; a real one takes minutes
for thousands of passages.
`--profile` prints where the second run's time goes.
"""

import argparse
import cProfile
import os
import pstats
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from benchmarks.running import CHECKOUT

EARLY = 500
"""Documents after which everything that is loaded once is loaded."""
MOST_GROWTH, MOST_SECONDS = 1.2, 10.0
DUMMY = "dummy"
_STEPS = 10
_AGENCIES = 300
"""So few that all words are met soon: the dummy keeps the vectors of thousands of words."""
_SENTENCES = 48
"""Of a paper: about 2,300 characters, so that spaCy's matcher, which takes over after a million, is loaded by 500."""
_ENGLISH = (
    ("single window", "authorised operator", "data exchange", "transit system", "risk engine", "origin rule"),
    ("serves", "replaces", "connects", "delays", "simplifies", "records"),
    ("the port", "the land border", "the airport", "the free zone", "the post office", "the inland depot"),
    "The {} {} agency {} at {}.",
)
_FRENCH = (
    ("le guichet unique", "le transit", "le moteur de risque", "la règle d'origine", "le bureau de poste"),
    ("dessert", "remplace", "relie", "retarde", "simplifie", "enregistre"),
    ("au port", "à la frontière terrestre", "à l'aéroport", "dans la zone franche", "au dépôt intérieur"),
    "Selon le rapport, {} {} l'agence {} {}.",
)
"""Subjects, verbs and places, and the sentence that they stand in; what languages need is loaded early so."""


def main() -> int:
    """Run both parts, each in a process of its own, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--grow", type=int, default=5_000)
    parser.add_argument("--unchanged", type=int, default=10_000)
    parser.add_argument("--encoder", default=DUMMY)
    parser.add_argument("--folder", type=Path, help="where papers and homes are made")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--part", choices=["grow", "unchanged"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        return {"grow": grow, "unchanged": unchanged}[options.part](options)
    print(f"load average {os.getloadavg()[0]:.1f}, encoder {options.encoder}\n", flush=True)
    codes = []
    for part in ("grow", "unchanged"):
        if getattr(options, part):
            command = [sys.executable, "-m", "benchmarks.runs", *sys.argv[1:], "--part", part]
            codes.append(subprocess.run(command, cwd=CHECKOUT, check=False).returncode)
    return max(codes, default=0)


def grow(options: argparse.Namespace) -> int:
    """Ingest in one run, print the memory as it goes, and return 1 where it grows by more than the goal."""
    marks = {EARLY, *(options.grow * step // _STEPS for step in range(1, _STEPS + 1))}
    seen: dict[int, float] = {}

    def progress(done: int, _: int, __: str) -> None:
        if done in marks:
            seen[done] = resident_mib()
            print(f"{done}: {seen[done]:.0f} MiB", file=sys.stderr, flush=True)

    with papers(options, options.grow) as (folder, home), encoder(options, home):
        seconds, _ = ingested(options, folder, home, progress=progress)
        again, processor = ingested(options, folder, home)
    print(f"{options.grow} documents in one run, {options.grow / seconds:.1f} a second")
    print(f"the next run, with nothing to do, took {again:.1f} s, {processor:.1f} s of processor time\n")
    print("| documents | memory, MiB | of that after 500 |\n| --- | --- | --- |")
    for done, mib in sorted(seen.items()):
        print(f"| {done} | {mib:.0f} | {mib / seen[EARLY]:.2f} |")
    growth = seen[options.grow] / seen[EARLY]
    print(f"\ngrowth {growth:.2f}, goal {MOST_GROWTH}: {'met' if growth <= MOST_GROWTH else 'MISSED'}\n", flush=True)
    return int(growth > MOST_GROWTH)


def unchanged(options: argparse.Namespace) -> int:
    """Ingest, run again with nothing changed, and return 1 where that takes longer than the goal."""
    with papers(options, options.unchanged) as (folder, home), encoder(options, home):
        first, _ = ingested(options, folder, home)
        with cProfile.Profile() if options.profile else nullcontext() as profile:
            second, processor = ingested(options, folder, home)
        if profile:
            pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
    met = "met" if second <= MOST_SECONDS else "MISSED"
    print(f"{options.unchanged} documents: first run {first:.0f} s, second {second:.1f} s, goal {MOST_SECONDS}: {met}")
    print(f"the second took {processor:.1f} s of processor time")
    print(f"load average {os.getloadavg()[0]:.1f}", flush=True)
    return int(second > MOST_SECONDS)


def ingested(options: argparse.Namespace, folder: Path, home: Path, **more: object) -> tuple[float, float]:
    """Ingest a folder and return the seconds that it took, on the clock and of this process's processor time."""
    from configs.settings import load_settings
    from pipelines.ingest.runs import ingest

    name = None if options.encoder == DUMMY else options.encoder
    started, processor = time.perf_counter(), time.process_time()
    report = ingest(load_settings(home, encoder=name), [str(folder)], **more)  # type: ignore[arg-type]
    if report.failed:
        sys.exit(f"{report.failed} documents failed, such as {report.failures[0]}")
    return time.perf_counter() - started, time.process_time() - processor


@contextmanager
def papers(options: argparse.Namespace, count: int) -> Iterator[tuple[Path, Path]]:
    """Give a folder with so many papers, and a place for a home."""
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        folder = Path(made, "papers")
        for number in range(count):
            place = folder / f"{number // 100:03}"
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{number:05}.txt").write_text(paper(number), encoding="utf-8")
        yield folder, Path(made, "home")


@contextmanager
def encoder(options: argparse.Namespace, home: Path) -> Iterator[None]:
    """Let the dummy stand for the encoder, where it is chosen."""
    if options.encoder != DUMMY:
        yield
        return
    from tests.dummy_encoder import dummy_encoders

    with dummy_encoders(home.parent / "cache"):
        yield


def paper(number: int) -> str:
    """Return the text of a paper: two paragraphs, no two papers alike, one in ten in French."""
    draw = random.Random(number)
    subjects, verbs, places, form = _FRENCH if number % 10 == 0 else _ENGLISH
    choices = (subjects, verbs, range(_AGENCIES), places)
    sentences = [form.format(*map(draw.choice, choices)) for _ in range(_SENTENCES)]
    half = _SENTENCES // 2
    return f"Paper {number}\n\n{' '.join(sentences[:half])}\n\n{' '.join(sentences[half:])}\n"


def resident_mib() -> float:
    """Return the MiB of memory that this process has, without its children."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


if __name__ == "__main__":
    sys.exit(main())
