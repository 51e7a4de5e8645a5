"""Zero-shot scorer of a maturity model by its statements, for models and encoders without a trained classifier.

Each feature compares the evidence for a node with that for the others, so that it means the same for every model and
encoder, and one calibration serves them all. The nodes are the model's dimensions.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import Stemmer  # type: ignore[import-not-found]  # an extension module without stubs
from numpy.typing import NDArray

from configs.maturity import MaturityModel, in_language
from configs.other_business import load_other_business
from configs.stopwords import load_stopwords
from extractors.classifier.calibration import Calibrator
from extractors.classifier.classifier import PassageReading, StatedDimension, TagLimits
from extractors.classifier.linear import centred
from extractors.classifier.scorer import MODALITIES, PassageInput, sentence_vectors
from extractors.classifier.statements import ModelStatements, StatementsIn
from extractors.classifier.states import Floats
from extractors.maturity.fitting import log_odds, sigmoid

VERSION = "2"
FEATURES = ("discriminant", "words", "topicality", "margin")
"""Names of the features, in the order of the last axis of `StatementScorer.features`.

Which node it is: `discriminant` is the score of a linear discriminant (Fisher 1936) over all statements, `words` are
the log-odds of the words in statements of the node. Both are less their mean over the nodes, in standard deviations
over statements of other nodes.

Whether it is any node: `topicality` are the log-odds of the words in the statements against other business, `margin` is
how much nearer the nearest statements are than those of other business, as some statement is nearest to any text.
"""
_WHICH, _ANY = slice(0, 2), slice(2, 4)
WHICH = Calibrator(np.array([1.08, 0.15], np.float32), -2.10)
ANY = Calibrator(np.array([1.00, 1.04], np.float32), -3.32)
"""Fitted by `benchmarks/fit_statements.py` to judged passages, for two encoders together."""
CALIBRATED_ON = "dcmm-interop"
"""The maturity model of the judgements on these passages."""
LIMITS = TagLimits(suggested=0.15, stated=math.inf, topic=math.inf)
"""From .15 on about half of what readers find is shown. No confidence reaches a precision of three quarters in real
papers, so nothing is accepted automatically."""

_NEAREST = 3
_SHRINKAGE = 6.0
"""Multiples of the mean variance, added to that of every direction: there are fewer statements than dimensions of a
vector, and passages vary in more ways than statements."""
_SMOOTHING = 1.0
"""Pseudo-count of each word in a node, distributed as the words of all nodes."""
_LEAST_SHARE = 0.005
"""Added to the share of statements that use a word: about one in two hundred."""
_TOPICALITY_RANGE, _TOPICALITY_SCALE = (-8.0, 10.0), 4.0
"""Bounds of the log-odds, as the length of a text adds no certainty; and their unit."""
_FOREIGN_TOPICALITY = 1.0
"""Topicality of a text in another language than the statements: its words tell nothing."""
_MARGIN_SCALE = np.float32(0.1)
"""Unit of the margin, as a cosine."""
_LEAST_CHANCE = 0.05
"""Least probability of a dimension for which evidence is sought."""
_SHORTEST_EVIDENCE = 5
"""Words that a sentence needs to be evidence: shorter ones are headings and labels."""
_LEVEL_GAP = 1.5
"""How much nearer a statement of a level has to be than those of all others, in standard deviations over statements of
other nodes."""
_WORD = re.compile(r"[^\W\d_]{3,}")


def chances_of(features: Floats) -> Floats:
    """Return the probability that texts are about nodes, `(…,)`: that of any node, times that of this node if of any.

    As a product: a text that is surely about some node is no more likely to be about each of them.
    """
    found: Floats = ANY.probabilities(features[..., _ANY]) * WHICH.probabilities(features[..., _WHICH])
    return found


class StatementScorer:
    """Scores passages for the dimensions of one model; see `NodeScorer`."""

    name = f"customs-lens statements {VERSION}"
    limits = LIMITS

    def __init__(self, model: MaturityModel, statements: ModelStatements) -> None:
        """Take the model and its statements."""
        self._model, self._dimensions = model, tuple(one.id for one in model.dimensions)
        self._statements = statements
        self._known: dict[str, _Nodes] = {}

    def features(self, passage: PassageInput) -> Floats:
        """Return the features of each dimension in a passage, `(D, len(FEATURES))`."""
        found: Floats = self._features(passage, [passage.text], passage.vector[None])[0]
        return found

    def read(self, passages: Sequence[PassageInput]) -> list[PassageReading]:
        """Return the reading of each passage, without themes."""
        return [self._reading(one) for one in passages]

    def _reading(self, passage: PassageInput) -> PassageReading:
        chances = chances_of(self.features(passage))
        stated = {
            name: StatedDimension(float(chance), float(chance), None, None, None, None)
            for name, chance in zip(self._dimensions, chances, strict=True)
        }
        further: dict[str, tuple[StatedDimension, ...]] = {}
        candidates = [place for place, chance in enumerate(chances) if chance >= _LEAST_CHANCE]
        rows = list(_evidence(passage)) if candidates else []
        if not rows:
            return PassageReading({}, stated, further)
        spans = [passage.sentences[row] for row in rows]
        vectors = sentence_vectors(passage)[rows]
        nodes = self._nodes(passage)
        odds = log_odds(chances_of(self._features(passage, [passage.text[slice(*span)] for span in spans], vectors)))
        for place in candidates:
            own = odds[:, place]
            best, *others = np.argsort(-own, kind="stable").tolist()
            likely = sigmoid(log_odds(chances[place]) + own - own[best]).tolist()

            def stated_by(number: int, likely: Sequence[float] = likely, place: int = place) -> StatedDimension:
                cue = passage.cue(rows[number])
                claim = MODALITIES[cue - 1] if cue else None
                level = nodes.level(vectors[number], self._dimensions[place]) if claim else None
                return StatedDimension(likely[number], likely[number], spans[number], vectors[number], claim, level)

            name = self._dimensions[place]
            stated[name] = stated_by(best)
            further[name] = tuple(stated_by(other) for other in others if likely[other] >= LIMITS.suggested)
        return PassageReading({}, stated, further)

    def _features(self, passage: PassageInput, texts: Sequence[str], vectors: Floats) -> Floats:
        """Return the features of texts of a passage, `(n, D, len(FEATURES))`."""
        nodes = self._nodes(passage)
        return nodes.features(texts, vectors, foreign=passage.language not in (None, nodes.language))

    def _nodes(self, passage: PassageInput) -> "_Nodes":
        found = self._statements.of(passage.language)
        if found.language not in self._known:
            labels = [in_language(one.label, found.language) for one in self._model.dimensions]
            named = _Texts(labels, self._statements.encoded(labels))
            self._known[found.language] = _Nodes(found, self._dimensions, named, self._other_business(found.language))
        return self._known[found.language]

    def _other_business(self, language: str) -> "_Texts":
        """Return the statements of other business in a language, in English where it has none."""
        texts = load_other_business().in_language(language) or load_other_business().in_language("en")
        outside = [words[language] for words in self._model.outside if language in words]
        return _Texts([*texts, *outside], self._statements.encoded([*texts, *outside]))


class _Texts(NamedTuple):
    """Texts with their unit vectors `(n, d)`."""

    texts: Sequence[str]
    vectors: Floats


class _Nodes:
    """The dimensions of a model by its statements and labels in one language, and statements of other business."""

    def __init__(self, found: StatementsIn, dimensions: Sequence[str], labels: _Texts, other_business: _Texts) -> None:
        self._statements, self.language = found.statements, found.language
        self._count = len(dimensions)
        self._owners = np.array([dimensions.index(one.dimension) for one in found.statements], np.intp)
        self._centre = found.vectors.mean(axis=0)
        self._vectors = _centred(found.vectors, self._centre)
        vectors, owners = np.concatenate([found.vectors, labels.vectors]), [*self._owners, *range(self._count)]
        texts = [*(one.text for one in found.statements), *labels.texts]
        self._words = _Words(texts, np.array(owners, np.intp), other_business.texts, found.language)
        self._background = other_business.vectors.mean(axis=0)
        self._own, self._other = _centred(vectors, self._background), _centred(other_business.vectors, self._background)
        self._weights, self._bias = _discriminant(self._own, np.array(owners, np.intp))
        foreign = self._owners[:, None] != np.arange(self._count)
        near, words = self._nearness(), _relative(self._words.scores(texts[: len(foreign)])[0])
        means = np.array([near[own, place].mean() if own.any() else 0.0 for place, own in enumerate(foreign.T)])
        self._deviation = _deviation(near - means, foreign)
        self._scale = _deviation(_relative(self._discriminant(self._own[: len(foreign)])), foreign)
        self._scale_of_words = _deviation(words, foreign)

    def features(self, texts: Sequence[str], vectors: Floats, *, foreign: bool) -> Floats:
        """Return the features of texts with their vectors `(n, d)`, `(n, D, len(FEATURES))`.

        The words of `foreign` texts, in another language than the statements, count for nothing.
        """
        words, topicality = self._words.scores(texts)
        if foreign:
            words, topicality = np.zeros_like(words), np.full_like(topicality, _FOREIGN_TOPICALITY)
        moved = _centred(vectors, self._background)
        which = _relative(self._discriminant(moved)) / self._scale, _relative(words) / self._scale_of_words
        any_ = (np.broadcast_to(one, words.shape) for one in (topicality, self._margin(moved)))
        return np.stack([*which, *any_], axis=2).astype(np.float32)

    def level(self, vector: Floats, dimension: str) -> str | None:
        """Return the level whose nearest statement is clearly nearer than those of all others, None without any."""
        similarity = self._vectors @ centred(vector, self._centre) / self._deviation
        best: dict[str | None, float] = {}
        for one, near in zip(self._statements, similarity.tolist(), strict=True):
            if one.dimension == dimension:
                best[one.level] = max(near, best.get(one.level, near))
        first, *rest = sorted(best, key=lambda level: -best[level])
        return first if not rest or best[first] - best[rest[0]] >= _LEVEL_GAP else None

    def _nearness(self) -> Floats:
        """Return the mean similarity of each statement to the nearest ones of each dimension, `(n, D)`."""
        similarity = self._vectors @ self._vectors.T
        return np.stack([_nearest(similarity[:, self._owners == place]) for place in range(self._count)], axis=1)

    def _margin(self, vectors: Floats) -> Floats:
        found: Floats = (_nearest(vectors @ self._own.T) - _nearest(vectors @ self._other.T))[:, None] / _MARGIN_SCALE
        return found

    def _discriminant(self, vectors: Floats) -> Floats:
        scores: Floats = vectors @ self._weights + self._bias
        return scores


class _Words:
    """Naive Bayes (Maron 1961) over words: of each dimension against the others, and of all against other business."""

    def __init__(self, texts: Sequence[str], owners: NDArray[np.intp], others: Sequence[str], language: str) -> None:
        rules = load_stopwords().languages.get(language)
        self._stop = rules.words if rules else frozenset[str]()
        self._stemmer = Stemmer.Stemmer(rules.stemmer) if rules else None
        own = [self._terms(text) for text in texts]
        other = [self._terms(text) for text in others]
        self._places = {term: place for place, term in enumerate(dict.fromkeys(chain(*own, *other)))}
        counts, used, used_by_others = (np.zeros((rows, len(self._places))) for rows in (int(owners.max()) + 1, 1, 1))
        for terms, owner in zip(own, owners.tolist(), strict=True):
            np.add.at(counts[owner], self._placed(terms), 1)
            used[0, self._placed(set(terms))] += 1
        for terms in other:
            used_by_others[0, self._placed(set(terms))] += 1
        everywhere = counts.sum(axis=0)
        kinds = np.count_nonzero(everywhere)
        spread = everywhere / everywhere.sum()
        sizes = counts.sum(axis=1, keepdims=True) + _SMOOTHING * kinds
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = np.log((counts + _SMOOTHING * kinds * spread) / sizes / spread)
        self._odds = np.where(everywhere > 0, odds, 0.0)
        self._topicality = np.log(used[0] / len(own) + _LEAST_SHARE) - np.log(
            used_by_others[0] / max(1, len(other)) + _LEAST_SHARE
        )

    def scores(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """Return the log-odds of each dimension in texts `(n, D)`, and their topicality `(n, 1)`."""
        found = [np.unique(self._placed(self._terms(text)), return_counts=True) for text in texts]
        words = np.stack([self._odds[:, places] @ (1 + np.log(counts)) for places, counts in found])
        topicality = [self._topicality[places].sum() for places, _ in found]
        scaled = np.clip(topicality, *_TOPICALITY_RANGE) / _TOPICALITY_SCALE
        return words.astype(np.float32), scaled.astype(np.float32)[:, None]

    def _placed(self, terms: Iterable[str]) -> NDArray[np.intp]:
        return np.array([self._places[term] for term in terms if term in self._places], np.intp)

    def _terms(self, text: str) -> list[str]:
        words = [word for word in _WORD.findall(text.lower()) if word not in self._stop]
        return self._stemmer.stemWords(words) if self._stemmer else words


def _evidence(passage: PassageInput) -> Iterator[int]:
    """Yield the indices of sentences that are neither headings nor rows of a table, whose cells tabs separate."""
    for number, (start, end) in enumerate(passage.sentences):
        sentence = passage.text[start:end]
        if "\t" not in sentence and len(sentence.split()) >= _SHORTEST_EVIDENCE:
            yield number


def _discriminant(vectors: Floats, owners: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return weights `(d, D)` and biases `(D,)` of a linear discriminant, which discounts variance within a node."""
    points = vectors.astype(np.float64)
    means = np.stack([points[owners == one].mean(axis=0) for one in range(int(owners.max()) + 1)])
    spread = points - means[owners]
    covariance = spread.T @ spread / len(points)
    variance = float(np.trace(covariance)) / len(covariance) or 1.0  # one statement a node: all directions alike
    covariance += _SHRINKAGE * variance * np.eye(len(covariance))
    weights = np.linalg.solve(covariance, means.T)
    bias = -0.5 * (means.T * weights).sum(axis=0)
    return weights.astype(np.float32), bias.astype(np.float32)


def _deviation(values: Floats, chosen: NDArray[np.bool_]) -> float:
    """Return the standard deviation of the chosen values, 1 where there are none, as in a model of one node."""
    return float(values[chosen].std()) or 1.0 if chosen.any() else 1.0


def _centred(vectors: Floats, centre: Floats) -> Floats:
    return np.stack([centred(one, centre) for one in vectors])


def _nearest(similarity: Floats) -> Floats:
    """Return the mean of the largest values of each row, `(n,)`."""
    found: Floats = np.sort(similarity, axis=1)[:, -_NEAREST:].mean(axis=1)
    return found


def _relative(values: Floats) -> Floats:
    relative: Floats = values - values.mean(axis=1, keepdims=True)
    return relative
