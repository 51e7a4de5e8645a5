"""Measures the response times of the review page on a large index.

usage: python -m benchmarks.review --samples HOME [--passages 100000] [--folder FOLDER] [--items 40]

The papers of a home with the samples are put again and again under other names, with random vectors, until there are so
many passages. Then the queue is made, and items are judged through the portal as a browser does: the page, the
judgement, the page that follows. Prints medians and slow ends in milliseconds, on the clock and of processor time. The
index stays in the folder and is used again.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from starlette.testclient import TestClient

from configs.settings import Settings, load_settings
from extractors.document import Document, document_id
from index.encoder import encoder_identity
from index.filters import EVERY_CLASS
from pipelines.review import queue_table
from pipelines.review.records import ReviewRecords
from pipelines.search.service import reader
from pipelines.storage.opening import open_storage
from pipelines.storage.state import State
from portal.web.app import create_app
from portal.web.gate import GateRules

T = TypeVar("T")
GUIDE = 100
"""Milliseconds that the next item may take."""


class Took(NamedTuple):
    """Milliseconds on the clock and of processor time."""

    clock: float
    processor: float


def main() -> None:
    """Make the index where it is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--samples", type=Path, required=True, help="a home with the samples")
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where the home is or shall be; else it is made and deleted")
    parser.add_argument("--items", type=int, default=40)
    options = parser.parse_args()
    with ExitStack() as cleaning:
        folder = options.folder or Path(cleaning.enter_context(tempfile.TemporaryDirectory())) / "home"
        settings = load_settings(folder)
        if not (folder / "index").exists():
            build(settings, load_settings(options.samples), options.passages)
        measure(settings, options.items)


def build(settings: Settings, samples: Settings, passages: int) -> None:
    """Put the papers of the samples under other names until there are so many passages."""
    with reader(samples) as engine:
        names = [name for name, _ in engine.documents(access_classes=EVERY_CLASS)]
        papers = [engine.document(name, access_classes=EVERY_CLASS, full=True) for name in names]
    identity, random = encoder_identity(settings), np.random.default_rng(0)
    engine = open_storage(settings).open_engine(identity, write=True)
    made = number = 0
    while made < passages:
        paper = papers[number % len(papers)]
        assert paper is not None  # it was listed
        copied = copy_of(paper, number // len(papers))
        vectors = random.standard_normal((len(copied.passages), identity.dimension)).astype(np.float32)
        engine.put(copied, vectors / np.linalg.norm(vectors, axis=1, keepdims=True), versions={"model": "dcmm-interop"})
        made, number = made + len(copied.passages), number + 1
    engine.close()


def copy_of(paper: Document, number: int) -> Document:
    """Return a paper under another name."""
    source = f"{paper.source}-{number}"
    name = document_id(source)
    passages = tuple(
        passage.model_copy(
            update={
                "id": f"{name}-{passage.ordinal}",
                "maturity": tuple(
                    tag.model_copy(update={"id": f"{name}-{passage.ordinal}:{tag.dimension}:{tag.start}"})
                    for tag in passage.maturity
                ),
            }
        )
        for passage in paper.passages
    )
    return paper.model_copy(update={"id": name, "key": f"{paper.key}-{number}", "source": source, "passages": passages})


def measure(settings: Settings, items: int) -> None:
    """Print how long each step takes."""
    with reader(settings) as engine, ReviewRecords(State(settings)) as records:
        passages = engine.counts().passages
        count, took = _timed(lambda: queue_table.refresh(settings, engine, records, access_classes=EVERY_CLASS))
    print(f"\n### {passages} passages, {count} items in the queue, load average {os.getloadavg()[0]:.1f}\n")
    print(f"the queue was made in {took.clock / 1000:.1f} s ({took.processor / 1000:.1f} s of processor time)\n")
    print(f"| at most {GUIDE} ms | median | 95 % | processor, median | 95 % |\n| --- | --- | --- | --- | --- |")
    steps: dict[str, list[Took]] = {"the page of an item": [], "a judgement": [], "undo": []}
    app = create_app(settings, GateRules(frozenset({"127.0.0.1"})))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1), follow_redirects=False) as client:
        address = "/review"
        client.get(address)
        for number in range(items):
            page, took = _timed(lambda address=address: client.get(address))  # type: ignore[misc]
            steps["the page of an item"].append(took)
            item = page.text.split('name="item" value="', 1)[1].split('"', 1)[0]
            answer, took = _timed(lambda item=item: client.post("/review", data={"item": item, "verdict": "accept"}))  # type: ignore[misc]
            steps["a judgement"].append(took)
            address = answer.headers["location"]
            if number % 4 == 0:
                _, took = _timed(lambda: client.post("/review/undo"))
                steps["undo"].append(took)
    for name, found in steps.items():
        columns = [f"{figure:.0f}" for side in zip(*found, strict=True) for figure in _summed(side)]
        print(f"| {name} | {' | '.join(columns)} |")


def _summed(found: tuple[float, ...]) -> tuple[float, float]:
    return statistics.median(found), float(np.percentile(found, 95))


def _timed(act: Callable[[], T]) -> tuple[T, Took]:
    began, used = time.perf_counter(), time.process_time()
    found = act()
    return found, Took((time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000)


if __name__ == "__main__":
    main()
