"""Compares the speed of the Elasticsearch engine with the embedded one, on the same generated passages.

usage: ELASTICSEARCH_URL=… python -m benchmarks.cluster [--passages 100000] [--folder FOLDER] [--questions 40]

Whole answers as `search` gives them, of the two engines in turn, by the clock: a cluster works in processes of its own.
The index in the folder (`benchmarks/index.py` makes the same) and the one in the cluster stay and are used again.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np

from benchmarks import side_ours
from benchmarks.generated import NARROW, PASSAGES, Question, papers, questions
from benchmarks.index import MEASURES
from configs.elasticsearch import ElasticsearchSettings, from_environment
from index.elastic.engine import ElasticEngine
from index.embedded.engine import open_embedded
from index.filters import EVERY_CLASS, EVERYTHING
from index.protocol import Engine
from index.results import Mode, SearchRequest
from tests.crew import Member

_MODES: dict[str, Mode] = {"words": "text", "phrase": "text", "facets": "text", "near": "vector", "hybrid": "hybrid"}


def main() -> None:
    """Make what is missing of the indexes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where the embedded index is or shall be; else it is deleted")
    parser.add_argument("--questions", type=int, default=40)
    options = parser.parse_args()
    count = options.passages // PASSAGES
    settings = ElasticsearchSettings(**from_environment() | {"name": f"benchmark-{count}"})
    with ExitStack() as opened:
        folder = (options.folder or Path(opened.enter_context(tempfile.TemporaryDirectory()))) / "ours"
        if not folder.exists():
            folder.mkdir(parents=True)
            side_ours.build(folder, papers(count))
        fill(settings, count)
        engines = [
            opened.enter_context(closing(engine))
            for engine in (open_embedded(folder, None, write=False), ElasticEngine(settings, None, write=False))
        ]
        print(f"\n### {engines[1].counts().passages} passages, load average {os.getloadavg()[0]:.1f}\n")
        print("| | embedded, ms | 95 % | Elasticsearch, ms | 95 % | of the first ten papers the same |")
        print("| --- | --- | --- | --- | --- | --- |")
        for measure, (name, _) in MEASURES.items():
            print_row(name, engines, measure, questions(options.questions))


def fill(settings: ElasticsearchSettings, count: int) -> None:
    """Put the papers into the cluster that it lacks."""
    with closing(ElasticEngine(settings, side_ours.IDENTITY, write=True, worker=Member())) as engine:
        held = len(list(engine.documents(access_classes=EVERY_CLASS)))
        for paper in papers(count - held, first=held):
            engine.put(paper.document, paper.vectors, versions={})


def request(measure: str, question: Question) -> SearchRequest:
    """Return what a measure of `benchmarks.index` asks."""
    kind, _, narrow = measure.partition("_")
    query = {"phrase": f'"{question.phrase}"', "facets": question.word}.get(kind, question.words)
    facets = side_ours.FACETS if kind == "facets" else ()
    filters = NARROW if narrow else EVERYTHING
    return SearchRequest(query=query, mode=_MODES[kind], filters=filters, facets=facets)


def print_row(name: str, engines: Sequence[Engine], measure: str, asked: Sequence[Question]) -> None:
    """Ask both engines in turn and print how long they took."""
    took: list[list[float]] = [[], []]
    shared = []
    for question in (*asked[:3], *asked):
        keys = []
        for engine, times in zip(engines, took, strict=True):
            began = time.perf_counter()
            found = engine.search(request(measure, question), question.vector)
            times.append((time.perf_counter() - began) * 1000)
            keys.append({hit.document.key for hit in found.hits})
        longest = max(map(len, keys))
        shared.append(len(keys[0] & keys[1]) / longest if longest else 1.0)
    columns = (f"{statistics.median(one[3:]):.1f} | {np.percentile(one[3:], 95):.1f}" for one in took)
    print(f"| {name} | {' | '.join(columns)} | {statistics.mean(shared[3:]):.3f} |", flush=True)


if __name__ == "__main__":
    main()
