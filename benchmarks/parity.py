"""Compares the answers of both engines over one home: counts, facets and papers for the same questions.

usage: ELASTICSEARCH_URL=… python -m benchmarks.parity --home HOME [--questions 300] [--seed 0]

The home has to be taken in by both engines (`ingest` twice, the second time with `--index elasticsearch`).
"""

import argparse
import statistics
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

from benchmarks.questions import Question, questions
from configs.settings import load_settings
from index.encoder import open_encoder
from index.fields import FIELDS
from index.filters import EVERY_CLASS
from index.protocol import Engine
from index.results import Mode, SearchRequest, SearchResult
from index.search import ReadQuery, search
from pipelines.search.query_reader import QueryReader
from pipelines.search.requests import filters_of
from pipelines.search.service import reader

SHOWN = 10
GOALS: dict[Mode, float] = {"text": 0.9, "vector": 0.95, "hybrid": 0.9}
"""The mean overlap of the first ten papers that is asked for."""
_LISTED = 20
"""Questions with a difference that are printed."""


@dataclass(frozen=True)
class Outcome:
    """How two engines answered one question in one mode."""

    question: Question
    mode: Mode
    counted: bool
    facets: bool
    overlap: float
    first: bool
    numbers: tuple[int, int]

    @property
    def finds(self) -> bool:
        """Whether either engine finds anything: other answers overlap in any case."""
        return any(self.numbers)


def compare(engines: Sequence[Engine], asked: Sequence[Question], mode: Mode, read_query: ReadQuery) -> list[Outcome]:
    """Return how two engines answered questions in a mode, with every facet counted."""
    outcomes = []
    for question in asked:
        filters = filters_of(question.filters, EVERY_CLASS)
        request = SearchRequest(query=question.query, mode=mode, filters=filters, facets=FIELDS, k=SHOWN, passages=1)
        one, other = (search(engine, request, read_query) for engine in engines)
        outcomes.append(_outcome(question, mode, one, other))
    return outcomes


def overlap(outcomes: Sequence[Outcome]) -> float:
    """Return the mean overlap of the questions that find something."""
    return statistics.fmean([one.overlap for one in outcomes if one.finds] or [1.0])


def _outcome(question: Question, mode: Mode, one: SearchResult, other: SearchResult) -> Outcome:
    first, second = ([hit.document.key for hit in result.hits] for result in (one, other))
    longest = max(len(first), len(second))
    return Outcome(
        question=question,
        mode=mode,
        counted=(one.passages, one.documents) == (other.passages, other.documents),
        facets=one.facets == other.facets,
        overlap=len(set(first) & set(second)) / longest if longest else 1.0,
        first=first[:1] == second[:1],
        numbers=(one.documents, other.documents),
    )


def main() -> None:
    """Print a table for each mode, by operator, and the questions that were answered otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    settings = load_settings(options.home)
    read_query = cache(QueryReader(settings, open_encoder(settings)))
    with ExitStack() as opened:
        kinds = ("embedded", "elasticsearch")
        engines = [opened.enter_context(reader(settings.model_copy(update={"index": kind}))) for kind in kinds]
        print(f"{engines[0].counts()}\n{engines[1].counts()}\n")
        asked = questions(engines[0], options.questions, seed=options.seed)
        for mode in get_args(Mode):
            _print(mode, compare(engines, asked, mode, read_query))


def _print(mode: Mode, outcomes: Sequence[Outcome]) -> None:
    by_operator = defaultdict(list)
    for outcome in outcomes:
        by_operator[outcome.question.operator].append(outcome)
    found = sum(one.finds for one in outcomes)
    print(f"## {mode}: {len(outcomes)} questions, {found} find something, goal {GOALS[mode]}\n")
    print("| operator | questions | same counts | same facets | overlap of ten | same first |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, own in [*by_operator.items(), ("all", outcomes)]:
        sums = (sum(one.counted for one in own), sum(one.facets for one in own))
        print(f"| {name} | {len(own)} | {sums[0]} | {sums[1]} | {overlap(own):.3f} | {sum(one.first for one in own)} |")
    other = sorted((one for one in outcomes if one.overlap < 1 or not one.counted), key=lambda one: one.overlap)
    print(f"\n{len(other)} answered otherwise, the first {_LISTED}:\n")
    for one in other[:_LISTED]:
        filters = " ".join(one.question.filters)
        print(f"- {one.overlap:.2f} {one.numbers} {one.question.operator}: {one.question.query!r} {filters}")
    print()


if __name__ == "__main__":
    main()
