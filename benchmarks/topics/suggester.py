"""Topics suggested by neighbours, by linear heads and by their own names, fused by one logistic regression.

The regression knows seven marks of a document and a topic and nothing of the topic itself, so that it also serves
topics that few documents have. It is fitted to marks of documents that did not teach them.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.topics.likeness import Likeness
from benchmarks.topics.values import Described, Floats, Topic, unit
from extractors.maturity.fitting import fit_logistic

_NEIGHBOURS = (5, 20)
_RIDGE = 0.3
"""Precision of the prior of the linear heads. This and the neighbours did best in cross-validation over the EU acts at
even positions of `benchmarks/acts.py`."""
_PARTS = 5
"""Parts of the documents; the marks of each are made by the others."""
_PRECISION = 1.0
_SEED = 7

Topics = Sequence[Collection[str]]


class Suggester:
    """Suggests topics for documents."""

    def __init__(self, marks: "_Marks", topics: Sequence[Topic], weights: Floats, scale: tuple[Floats, Floats]) -> None:
        self.topics = tuple(one.id for one in topics)
        self._marks, self._weights, self._scale = marks, weights, scale

    def scores(self, documents: Sequence[Described]) -> Floats:
        """Return the log-odds that each document has each topic, `(documents, topics)`."""
        marks = _standard(self._marks.of(documents), self._scale)
        scores: Floats = marks @ self._weights
        return scores

    def suggest(self, document: Described, most: int = 5) -> list[tuple[str, float]]:
        """Return the likeliest topics of a document with their probabilities, the likeliest first."""
        scores = self.scores([document])[0]
        best = np.argsort(-scores, kind="stable")[:most]
        return [(self.topics[number], float(1 / (1 + np.exp(-scores[number])))) for number in best.tolist()]


def fit_suggester(documents: Sequence[Described], given: Topics, topics: Sequence[Topic]) -> Suggester:
    """Return a suggester taught by documents and the ids of the topics that people gave each of them.

    Ids that are none of `topics` are passed over. Raises `ValueError` for fewer documents than are needed to learn
    from some and try on others.
    """
    if len(documents) < _PARTS:
        raise ValueError(f"a suggester needs {_PARTS} documents at least, there are {len(documents)}")
    columns = {one.id: number for number, one in enumerate(topics)}
    has = np.zeros((len(documents), len(topics)), bool)
    for row, ids in zip(has, given, strict=True):
        row[[columns[one] for one in ids if one in columns]] = True
    marks = _tried_marks(documents, has, topics)
    flat = marks.reshape(-1, marks.shape[-1])
    scale = (flat.mean(axis=0), flat.std(axis=0))
    rows = _standard(marks, scale).reshape(len(flat), -1)
    penalties = np.append(np.full(flat.shape[1], _PRECISION), 0.0)
    weights = fit_logistic(rows, has.ravel(), penalties=penalties, offset=np.zeros(len(rows)))
    return Suggester(_Marks(documents, has, topics), topics, weights, scale)


def _tried_marks(documents: Sequence[Described], has: NDArray[np.bool_], topics: Sequence[Topic]) -> Floats:
    """Return the marks of each document, made by documents of other parts, `(documents, topics, marks)`."""
    parts = np.random.default_rng(_SEED).permutation(len(documents)) % _PARTS
    made: list[tuple[NDArray[np.intp], Floats]] = []
    for part in range(_PARTS):
        known, new = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        marks = _Marks([documents[number] for number in known.tolist()], has[known], topics)
        made.append((new, marks.of([documents[number] for number in new.tolist()])))
    order = np.argsort(np.concatenate([numbers for numbers, _ in made]))
    tried: Floats = np.concatenate([marks for _, marks in made])[order]
    return tried


class _Marks:
    """What known documents and the names of topics say of other documents."""

    def __init__(self, documents: Sequence[Described], has: NDArray[np.bool_], topics: Sequence[Topic]) -> None:
        self._likeness = Likeness(documents)
        self._has = has.astype(np.float64)
        self._base = self._has.mean(axis=0)
        alike = self._likeness(documents) + _RIDGE * np.eye(len(documents))
        self._heads = np.linalg.solve(alike, self._has - self._base)
        self._topics = topics
        vectors = np.stack([one.vector for one in topics]).astype(np.float64)
        self._names = unit(vectors - vectors.mean(axis=0))

    def of(self, documents: Sequence[Described]) -> Floats:
        """Return the marks of documents, `(documents, topics, marks)`."""
        alike = self._likeness(documents)
        texts, titles = ([set(one.words) for one in documents], [set(one.title) for one in documents])
        return np.stack(
            (
                *(self._among_neighbours(alike, most) for most in _NEIGHBOURS),
                alike @ self._heads + self._base,
                self._named(texts),
                self._named(titles),
                *self._meant(documents),
            ),
            axis=-1,
        )

    def _among_neighbours(self, alike: Floats, most: int) -> Floats:
        """Return the share of the nearest documents that have each topic, the more alike counting more."""
        nearest = np.argsort(-alike, axis=1, kind="stable")[:, :most]
        weights = np.maximum(np.take_along_axis(alike, nearest, axis=1), 0.0)
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        share: Floats = np.einsum("dn,dns->ds", weights, self._has[nearest])
        return share

    def _named(self, texts: Sequence[set[str]]) -> Floats:
        """Return which share of each topic's name each text has, rare words counting more."""
        rarities = [{word: self._likeness.words.rarity(word) for word in one.words} for one in self._topics]
        totals = [sum(one.values()) or 1.0 for one in rarities]
        return np.array(
            [
                [
                    sum(one[word] for word in one.keys() & text) / total
                    for one, total in zip(rarities, totals, strict=True)
                ]
                for text in texts
            ]
        )

    def _meant(self, documents: Sequence[Described]) -> tuple[Floats, Floats]:
        """Return the mean and the highest cosine of each document's passages with each topic's name."""
        centre = self._likeness.centre
        cosines = [unit(one.vectors - centre) @ self._names.T for one in documents]
        return np.stack([one.mean(axis=0) for one in cosines]), np.stack([one.max(axis=0) for one in cosines])


def _standard(marks: Floats, scale: tuple[Floats, Floats]) -> Floats:
    """Return marks at mean 0 and deviation 1, and a constant after them."""
    mean, deviation = scale
    scaled = (marks - mean) / np.where(deviation > 0, deviation, 1.0)
    return np.concatenate([scaled, np.ones((*marks.shape[:-1], 1))], axis=-1)
