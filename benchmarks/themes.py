"""Compares the speed of the theme matcher with an Aho-Corasick automaton over the same forms.

usage: python -m benchmarks.themes [--shared ../shared] [--rounds 5]      (pip install ahocorasick_rs)

Words per second of processor time, in one thread. "End to end" is what the stage does with the passages of a document:
folding, matching, rules, mentions. "Matching" is the look-up of all forms in folded text, and for spaCy's matcher in
folded text that is cut into words. "The same with Aho-Corasick" puts the automaton and a test for whole words in the
place of tokenizer and matcher; both sides find the same. The texts are the sample papers, which are full of themes, and
EU acts in English and French, which have few, as passages of 150 words. Rounds are taken in turn; medians.
"""

import argparse
import gzip
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.running import DEFAULT_SHARED
from configs.vocabulary import load_vocabulary
from extractors.themes import LabelMatcher, compile_themes
from extractors.themes.folding import FoldedText, fold_text
from extractors.themes.matcher import Candidate, _SpacyMatcher

SAMPLES = Path(__file__).parents[1] / "samples" / "sources"
_WORDS = 150
"""Words of a passage."""
_SAMPLE_ROUNDS = 10
"""The samples are short: each round reads them so often."""

Documents = list[list[tuple[str, str | None]]]


class AutomatonMatcher(LabelMatcher):
    """The product's matcher with an Aho-Corasick automaton in the place of spaCy."""

    def __init__(self, automaton: Any, matcher: LabelMatcher) -> None:  # noqa: ANN401 - of a package without types
        self.__dict__.update(matcher.__dict__)
        self._automaton = automaton

    def _candidates(self, text: FoldedText) -> list[Candidate]:
        folded = text.folded
        return [
            Candidate(start, end, rule)
            for _, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True)
            if _is_break(folded[start - 1 : start]) and _is_break(folded[end : end + 1])
            for rule in self._rules.of(folded[start:end])
        ]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    acts = options.shared / "benchmarks" / "eurovoc-enfr" / "acts.jsonl.gz"
    sets = {"sample papers": samples() * _SAMPLE_ROUNDS}
    if acts.exists():
        sets |= {f"EU acts, {language}": eu_acts(acts, language) for language in ("en", "fr")}
    print_speed(sets, options.rounds)


def print_speed(sets: dict[str, Documents], rounds: int) -> None:
    """Print million words per second of processor time of each way through each set, and the ratios."""
    print(f"\n### Themes: million words per CPU second, {rounds} rounds, load average {os.getloadavg()[0]:.1f}\n")
    beside = find_spec("ahocorasick_rs") is not None
    print("| texts | words | end to end | the same with Aho-Corasick | ratio | matching | Aho-Corasick | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    matcher = compile_themes(load_vocabulary("digital-customs"))
    automaton = _automaton(matcher) if beside else None
    for name, documents in sets.items():
        words = sum(len(text.split()) for document in documents for text, _ in document)
        taken = _measure(matcher, automaton, documents, rounds)
        speeds = {way: words / statistics.median(seconds) / 1e6 for way, seconds in taken.items()}
        cells = [
            _cell(speeds, "end to end"),
            _cell(speeds, "with automaton"),
            _ratio(speeds, "end to end", "with automaton"),
            _cell(speeds, "matching"),
            _cell(speeds, "automaton"),
            _ratio(speeds, "matching", "automaton"),
        ]
        print(f"| {name} | {words:,} |", " | ".join(cells), "|")


def samples() -> Documents:
    """Return the sources of the sample papers."""
    papers = sorted(SAMPLES.glob("*.md"))
    return [
        list(_passages(paper.read_text(encoding="utf-8"), "fr" if paper.stem[6] == "F" else "en")) for paper in papers
    ]


def eu_acts(file: Path, language: str) -> Documents:
    """Return the acts of a file in one language."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [list(_passages(json.loads(line)[f"text_{language}"], language)) for line in lines]


def _measure(matcher: LabelMatcher, automaton: Any, documents: Documents, rounds: int) -> dict[str, list[float]]:  # noqa: ANN401
    folded = [fold_text(text) for document in documents for text, _ in document]
    machine = _SpacyMatcher.of(matcher._rules)  # noqa: SLF001 - the parts are what is measured
    matcher._machine = machine  # noqa: SLF001 - as after many texts
    cut = [machine.tokenize(text.folded) for text in folded]
    ways: dict[str, Callable[[], object]] = {
        "end to end": lambda: [matcher.find_in_document(document) for document in documents],
        "matching": lambda: [machine.match(words) for words in cut],
    }
    if automaton is not None:
        other = AutomatonMatcher(automaton, matcher)
        if ways["end to end"]() != [other.find_in_document(document) for document in documents]:
            raise AssertionError("both sides should find the same")
        ways["with automaton"] = lambda: [other.find_in_document(document) for document in documents]
        ways["automaton"] = lambda: [
            automaton.find_matches_as_indexes(text.folded, overlapping=True) for text in folded
        ]
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, run in ways.items():
            began = time.process_time()
            run()
            taken[way].append(time.process_time() - began)
    return taken


def _automaton(matcher: LabelMatcher) -> Any:  # noqa: ANN401
    return import_module("ahocorasick_rs").AhoCorasick(list(matcher._rules))  # noqa: SLF001


def _passages(text: str, language: str) -> Iterator[tuple[str, str | None]]:
    words = text.split()
    for start in range(0, len(words), _WORDS):
        yield " ".join(words[start : start + _WORDS]), language


def _is_break(character: str) -> bool:
    return character in ("", " ", "\t")


def _cell(speeds: dict[str, float], way: str) -> str:
    return f"{speeds[way]:.2f}" if way in speeds else "–"


def _ratio(speeds: dict[str, float], way: str, other: str) -> str:
    return f"{speeds[way] / speeds[other]:.2f}" if other in speeds else "–"


if __name__ == "__main__":
    main()
