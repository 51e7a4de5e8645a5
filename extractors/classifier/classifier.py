"""A trained classifier over passages: calibrated themes and dimensions, and where and how dimensions are stated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from configs.maturity import MaturityModel
from extractors.classifier.calibration import Calibrator, level_features, pooled_levels
from extractors.classifier.scorer import MODALITIES, PassageInput, PassageScorer, PassageScores, sentence_vectors
from extractors.classifier.states import Floats, Span, TokenStates
from extractors.classifier.weights import ClassifierWeights, seen_as
from extractors.document import Modality
from extractors.maturity.fitting import log_odds, sigmoid

VERSION = "1"
"""Raised when other tags come of the same weights."""
_WORTH_READING = 0.05
"""Least probability of a dimension for its evidence to be read."""
PARTS = ("network", "neighbours", "passage", "modality", "level")
"""The parts of a classifier before calibration, by the beginnings of the names of their arrays."""
CALIBRATORS = ("themes", "dimensions", "claims", "any_level", "new_theme")
"""The calibrators of a classifier, by the names of their arrays; the last serves themes that it was not trained for."""
LEVEL_POOL = "level_pool"
"""Name of the array for `pooled_levels`."""


class TagLimits(NamedTuple):
    """The confidences from which on a tag is suggested, one that states something accepted, and a topic accepted.

    A tag is suggested by `about`, accepted by `confidence`.
    """

    suggested: float
    stated: float
    topic: float


@dataclass(frozen=True)
class StatedDimension:
    """What a passage says of one dimension.

    `about` is P(the passage is about it), `confidence` P(all parts hold), the same as `about` where nothing is stated.
    `sentence` is the span of the evidence, None where no sentence is any or `about` is next to nothing, `vector (d,)`
    its unit vector. `modality` is None where nothing is stated, and so is `level` then; else `level` is None where none
    is stated.
    """

    about: float
    confidence: float
    sentence: Span | None
    vector: Floats | None
    modality: Modality | None
    level: str | None


@dataclass(frozen=True)
class PassageReading:
    """What a classifier makes of a passage: probabilities by theme, and each dimension with its evidence.

    `further` are other sentences that state the same dimension, the likeliest first: of another administration, maybe.
    """

    themes: Mapping[str, float]
    dimensions: Mapping[str, StatedDimension]
    further: Mapping[str, tuple[StatedDimension, ...]] = field(default_factory=dict)


class Classifier:
    """Reads passages; knows the themes and dimensions that it was trained for."""

    def __init__(self, weights: ClassifierWeights) -> None:
        """Take trained weights. Raises `KeyError` where an array is missing."""
        self.note, self.version = weights.note, weights.version
        self._scorer = PassageScorer(
            {name: weights.part(name) for name in PARTS}, len(self.note.themes), len(self.note.dimensions)
        )
        calibration = weights.part("calibration")
        self._theme, self._dimension, self._claim, self._any_level, self.new_theme = (
            Calibrator(calibration[name][:-1], float(calibration[name][-1])) for name in CALIBRATORS
        )
        self._level_pool = calibration[LEVEL_POOL]

    @property
    def name(self) -> str:
        """What scores, with its version."""
        return f"customs-lens classifier {VERSION}/{self.version}"

    @property
    def limits(self) -> TagLimits:
        """The confidences from which on a tag is suggested and accepted."""
        return TagLimits(self.note.suggested_tag, self.note.accepted_tag, self.note.accepted_tag)

    def knows(self, model: MaturityModel) -> bool:
        """Tell whether it was trained for the dimensions and levels of a maturity model."""
        own = tuple(dimension.id for dimension in model.dimensions)
        return (model.id, own, levels_in(model)) == (self.note.model, self.note.dimensions, self.note.levels)

    def seen_among(self, texts: Iterable[str]) -> int:
        """Return how many of some passages' texts trained it."""
        seen = frozenset(self.note.seen)
        return sum(seen_as(text) in seen for text in texts)

    def unlike(self, vectors: Floats) -> NDArray[np.bool_]:
        """Return which passages, by their unit vectors `(n, d)`, are unlike all that it was trained on.

        They are farther from the nearest training passage than 95 of 100 judged ones were while they were held out.
        """
        found: NDArray[np.bool_] = self._scorer.nearest(list(vectors)) < self.note.nearest
        return found

    def read(self, passages: Sequence[PassageInput]) -> list[PassageReading]:
        """Return the reading of each passage."""
        return [
            self._reading(passage, scores)
            for passage, scores in zip(passages, self._scorer.scores(passages), strict=True)
        ]

    def themes_of_query(self, text: str, vector: Floats, tokens: TokenStates) -> dict[str, float]:
        """Return how likely a query is about each theme; `vector` and `tokens` are what the encoder makes of it."""
        named = np.zeros(len(self.note.themes), np.float32)  # whoever asks knows them
        (read,) = self.read([PassageInput(text, vector, tokens, (), named, lambda _: 0)])
        return dict(read.themes)

    def _reading(self, passage: PassageInput, scores: PassageScores) -> PassageReading:
        themes = self._theme.probabilities(scores.themes)
        dimensions = self._dimension.probabilities(scores.dimensions)
        claims = self._claim.probabilities(scores.claims)
        stated, further = {}, {}
        vectors = None
        for place, name in enumerate(self.note.dimensions):
            confidence = float(dimensions[place])
            stated[name] = StatedDimension(confidence, confidence, None, None, None, None)
            if confidence < _WORTH_READING or not len(scores.evidence):
                continue
            vectors = sentence_vectors(passage) if vectors is None else vectors
            odds = scores.evidence[:, place]
            best, *others = np.argsort(-odds, kind="stable").tolist()
            read = partial(self._stated, passage, scores, place, vectors, claims=float(claims[place]))
            stated[name] = read(best, confidence)
            lower = sigmoid(log_odds(dimensions[place]) + odds[others] - odds[best]).tolist()
            less = zip(others, lower, strict=True)
            further[name] = tuple(read(*one) for one in less if one[1] >= self.note.suggested_tag)
        return PassageReading(dict(zip(self.note.themes, themes.tolist(), strict=True)), stated, further)

    def _stated(
        self,
        passage: PassageInput,
        scores: PassageScores,
        place: int,
        vectors: Floats,
        number: int,
        confidence: float,
        *,
        claims: float,
    ) -> StatedDimension:
        """Return what a sentence says of a dimension; `claims` is the chance that anything is claimed of it."""
        span, vector = passage.sentences[number], vectors[number]
        if claims < self.note.claimed:
            return StatedDimension(confidence, confidence, span, vector, None, None)
        claim = self._scorer.claim(passage, scores, place, vectors, number)
        modality = MODALITIES[int(claim.modality.argmax())]
        return StatedDimension(confidence, confidence, span, vector, modality, self._level(claim.levels))

    def _level(self, readings: Floats) -> str | None:
        """Return the level that is likeliest among the levels, None where probably none is stated."""
        if float(self._any_level.probabilities(level_features(readings))) < self.note.level_stated:
            return None
        return self.note.levels[int(pooled_levels(readings, self._level_pool).argmax())]


def levels_in(model: MaturityModel) -> tuple[str, ...]:
    """Return the ids of all levels of a maturity model, each once: dimensions may have scales of their own."""
    found = dict.fromkeys(level.id for dimension in model.dimensions for level in model.levels_of(dimension))
    return tuple(found)
