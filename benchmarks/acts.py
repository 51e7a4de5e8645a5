"""Topics of EU acts: learnt from the acts at even positions of a file, suggested for those at odd ones.

usage: python -m benchmarks.acts [--shared ../shared] [--language en fr both] [--cross-validate] [--encoder NAME]

The acts have a title, their first 4,000 characters and EuroVoc topics that indexers gave them. Only topics of the
acts at even positions can be suggested; those that none of them has count as missed. P@5 is the share of right ones
among the five best, nDCG@5 weighs them by their rank. Beside the suggester: the 5 nearest acts by TF-IDF, linear
support vector machines over the same, and the sum of both, all by scikit-learn. `--cross-validate` leaves the acts at
odd positions alone: it learns from four fifths of the others and tries the last fifth, five times. Choices are made
with it.
"""

import argparse
import gzip
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

from benchmarks.topics import Described, Topic, fit_suggester
from configs.settings import load_settings
from index.analysis import PLACEHOLDER, open_analysis
from index.encoder import Encoder, open_encoder

DEFAULT_SHARED = Path(__file__).parents[2] / "shared"
_DEPTH = 5
_PASSAGE_WORDS = 130
_PARTS = 5
_LANGUAGES = {"en": ("en",), "fr": ("fr",), "both": ("en", "fr")}

Act = dict[str, Any]
Scores = NDArray[np.float64]


def main() -> None:
    """Print a table for each language."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    parser.add_argument("--language", nargs="+", choices=tuple(_LANGUAGES), default=tuple(_LANGUAGES))
    parser.add_argument("--encoder", default=None)
    parser.add_argument("--cross-validate", action="store_true")
    options = parser.parse_args()
    file = options.shared / "benchmarks" / "eurovoc-enfr" / "acts.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        acts = [json.loads(line) for line in lines]
    with tempfile.TemporaryDirectory() as home:
        encoder = open_encoder(load_settings(Path(home), encoder=options.encoder))
        for language in options.language:
            print_measures(acts, language, encoder, cross_validate=options.cross_validate)


def print_measures(acts: Sequence[Act], language: str, encoder: Encoder, *, cross_validate: bool) -> None:
    """Print P@5 and nDCG@5 of each way of suggesting topics."""
    collection = _Collection(acts, _LANGUAGES[language], encoder)
    even, odd = range(0, len(acts), 2), range(1, len(acts), 2)
    rounds = list(_parted(even)) if cross_validate else [(even, odd)]
    measured: dict[str, list[tuple[float, float]]] = {}
    for known, new in rounds:
        for way, found in collection.rankings(known, new).items():
            measured.setdefault(way, []).extend(found)
    tried = "five parts of the even positions" if cross_validate else "odd positions"
    print(f"\n### Topics of EU acts, {language}: {sum(len(new) for _, new in rounds)} acts at {tried}\n")
    print("| way | P@5 | nDCG@5 |\n| --- | --- | --- |")
    for way, found in measured.items():
        precision, gain = np.mean(found, axis=0)
        print(f"| {way} | {precision:.3f} | {gain:.3f} |")


class _Collection:
    """The acts in some languages, analysed and encoded."""

    def __init__(self, acts: Sequence[Act], languages: Sequence[str], encoder: Encoder) -> None:
        self._given = [{one["id"] for one in act["eurovoc"]} for act in acts]
        self._texts = [" ".join(f"{act[f'title_{own}']} {act[f'text_{own}']}" for own in languages) for act in acts]
        self._acts = [_described(act, languages, encoder) for act in acts]
        names = {one["id"]: one for act in acts for one in act["eurovoc"]}
        vectors = {own: encoder.passages([one[own] for one in names.values()]) for own in languages}
        self._topics = {
            name: Topic(
                name,
                [word for own in languages for word in _words(one[own], own)],
                np.mean([vectors[own][number] for own in languages], axis=0),
            )
            for number, (name, one) in enumerate(names.items())
        }

    def rankings(self, known: Sequence[int], new: Sequence[int]) -> dict[str, list[tuple[float, float]]]:
        """Return P@5 and nDCG@5 of each new act by each way taught by the known ones."""
        given = [self._given[number] for number in known]
        topics = [self._topics[name] for name in sorted(set().union(*given))]
        suggester = fit_suggester([self._acts[number] for number in known], given, topics)
        names = [one.id for one in topics]
        ways = {
            **self._baselines(known, new, names),
            "Customs Lens": suggester.scores([self._acts[number] for number in new]),
        }
        return {
            way: [_measures(_ranked(names, row), self._given[number]) for row, number in zip(scores, new, strict=True)]
            for way, scores in ways.items()
        }

    def _baselines(self, known: Sequence[int], new: Sequence[int], names: Sequence[str]) -> dict[str, Scores]:
        has = np.array([[name in self._given[number] for name in names] for number in known], float)
        vectoriser = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2)
        rows = vectoriser.fit_transform([self._texts[number] for number in known])
        others = vectoriser.transform([self._texts[number] for number in new])
        alike = (others @ rows.T).toarray()
        nearest = np.argsort(-alike, axis=1, kind="stable")[:, :_DEPTH]
        neighbours = np.einsum("dn,dns->ds", np.take_along_axis(alike, nearest, axis=1), has[nearest])
        machines = OneVsRestClassifier(LinearSVC()).fit(rows, has).decision_function(others)
        fused = neighbours / neighbours.max() + 1 / (1 + np.exp(-machines))
        return {"TF-IDF, 5 nearest": neighbours, "TF-IDF, SVM": machines, "TF-IDF, 5 nearest and SVM": fused}


def _described(act: Act, languages: Sequence[str], encoder: Encoder) -> Described:
    titles = [word for own in languages for word in _words(act[f"title_{own}"], own)]
    texts = [f"{act[f'title_{own}']} {act[f'text_{own}']}" for own in languages]
    words = [word for own, text in zip(languages, texts, strict=True) for word in _words(text, own)]
    return Described(titles, words, encoder.passages([passage for text in texts for passage in _passages(text)]))


_ANALYSIS = open_analysis()


def _words(text: str, language: str) -> list[str]:
    terms = (token.term for token in _ANALYSIS.tokens(text, language))
    return [term for term in terms if term != PLACEHOLDER and not any(map(str.isdigit, term))]


def _passages(text: str) -> Iterator[str]:
    words = text.split()
    for start in range(0, len(words), _PASSAGE_WORDS):
        yield " ".join(words[start : start + _PASSAGE_WORDS])


def _parted(numbers: Sequence[int]) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    for part in np.array_split(np.random.default_rng(0).permutation(numbers), _PARTS):
        yield np.setdiff1d(numbers, part).tolist(), part.tolist()


def _ranked(names: Sequence[str], scores: Scores) -> list[str]:
    return [names[number] for number in np.argsort(-scores, kind="stable").tolist()]


def _measures(ranking: Sequence[str], given: set[str]) -> tuple[float, float]:
    hits = [name in given for name in ranking[:_DEPTH]]
    ideal = sum(1 / np.log2(rank + 2) for rank in range(min(_DEPTH, len(given))))
    return sum(hits) / _DEPTH, sum(hit / np.log2(rank + 2) for rank, hit in enumerate(hits)) / ideal


if __name__ == "__main__":
    main()
