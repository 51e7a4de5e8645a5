"""The trained classifier of passages: calibrated themes and dimensions, with evidence, modality and level."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from configs.maturity import MaturityModel
from extractors.classifier.calibration import (
    Calibrator,
    chosen_level,
    level_chances,
    log_softmax,
    part_features,
    stated_features,
)
from extractors.classifier.scorer import MODALITIES, Claim, PassageInput, PassageScorer, PassageScores, sentence_vectors
from extractors.classifier.states import Floats, Span, TokenStates
from extractors.classifier.weights import ClassifierWeights, text_hash
from extractors.document import Modality

VERSION = "1"
"""Raised when other tags come of the same weights."""
WORTH_READING = 0.05
"""Least probability of a dimension for its evidence to be read."""
_MOST_FURTHER = 3
"""Other sentences that are read for what they state of a dimension."""
PARTS = ("network", "neighbours", "passage", "modality", "level")
"""The parts of a classifier before calibration, by the beginnings of the names of their arrays."""
CALIBRATORS = ("themes", "dimensions", "stated", "parts", "any_level", "new_theme")
"""The calibrators of a classifier, by the names of their arrays; the last serves themes that it was not trained for."""
LEVEL_POOL = "level_pool"
"""Name of the array for `pooled_levels`."""


class TagLimits(NamedTuple):
    """The minimum confidences of a suggested tag, of an accepted claim, and of an accepted topic.

    A tag is suggested by `about`, accepted by `confidence`.
    """

    suggested: float
    stated: float
    topic: float


@dataclass(frozen=True)
class StatedDimension:
    """The result of a passage for one dimension.

    `about` is P(the passage is about it), `confidence` P(all parts hold), the same as `about` where nothing is stated.
    `sentence` is the span of the evidence, None where no sentence is any or `about` is next to nothing, `vector (d,)`
    its unit vector. `modality` is None where nothing is stated, and so is `level` then; else `level` is None where none
    is stated. `stated` is P(something is stated of it), as far as that is known.
    """

    about: float
    confidence: float
    sentence: Span | None
    vector: Floats | None
    modality: Modality | None
    level: str | None
    stated: float = 0.0


@dataclass(frozen=True)
class PassageReading:
    """The classification of a passage: probabilities by theme, and each dimension with its evidence.

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
        self._theme, self._dimension, self._is_stated, self._parts, self._any_level, self.new_theme = (
            Calibrator(calibration[name][:-1], float(calibration[name][-1])) for name in CALIBRATORS
        )
        self._level_pool = calibration[LEVEL_POOL]
        self._levels = (None, *self.note.levels)

    @property
    def name(self) -> str:
        """The name of the classifier with its version."""
        return f"customs-lens classifier {VERSION}/{self.version}"

    @property
    def limits(self) -> TagLimits:
        """The minimum confidences of suggested and accepted tags."""
        return TagLimits(self.note.suggested_tag, self.note.accepted_stated, self.note.accepted_topic)

    def knows(self, model: MaturityModel) -> bool:
        """Tell whether it was trained for the dimensions and levels of a maturity model."""
        own = tuple(dimension.id for dimension in model.dimensions)
        return (model.id, own, levels_in(model)) == (self.note.model, self.note.dimensions, self.note.levels)

    def seen_among(self, texts: Iterable[str]) -> int:
        """Return how many of some passages' texts trained it."""
        seen = frozenset(self.note.seen)
        return sum(text_hash(text) in seen for text in texts)

    def unlike(self, vectors: Floats) -> NDArray[np.bool_]:
        """Return a mask of the passages, by their unit vectors `(n, d)`, that are unlike all training passages.

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
        """Return the probability that a query is about each theme, from its `vector` and the states of its `tokens`."""
        named = np.zeros(len(self.note.themes), np.float32)  # whoever asks knows them
        (read,) = self.read([PassageInput(text, vector, tokens, (), named, lambda _: 0)])
        return dict(read.themes)

    def _reading(self, passage: PassageInput, scores: PassageScores) -> PassageReading:
        themes = self._theme.probabilities(scores.themes)
        dimensions = self._dimension.probabilities(scores.dimensions)
        stated = {
            name: StatedDimension(about, about, None, None, None, None)
            for name, about in zip(self.note.dimensions, dimensions.tolist(), strict=True)
        }
        further: dict[str, tuple[StatedDimension, ...]] = {}
        if len(scores.evidence) and max(dimensions) >= WORTH_READING:
            vectors = sentence_vectors(passage)
            outcomes = self._scorer.outcomes(passage, scores, vectors)
            for place in np.flatnonzero(dimensions >= WORTH_READING).tolist():
                name, about = self.note.dimensions[place], float(dimensions[place])
                claims = self._scorer.claims(passage, scores, place, vectors, outcomes)
                read = (self._stated(passage, vectors, about, claim) for claim in claims)
                stated[name] = next(read)
                further[name] = tuple(takewhile(lambda one: one.modality is not None, islice(read, _MOST_FURTHER)))
        return PassageReading(dict(zip(self.note.themes, themes.tolist(), strict=True)), stated, further)

    def _stated(self, passage: PassageInput, vectors: Floats, about: float, claim: Claim) -> StatedDimension:
        """Return the result of a sentence for a dimension that its passage is about with a probability."""
        where = passage.sentences[claim.number], vectors[claim.number]
        chance = float(self._is_stated.probabilities(stated_features(about, claim.stated)))
        if chance < self.note.claimed * about:
            return StatedDimension(about, about, *where, None, None, chance)
        modality = np.exp(log_softmax(claim.modality[1:]))
        chances = level_chances(claim.levels, self._any_level, self._level_pool)
        level, sure = chosen_level(chances, self.note.level_stated)
        right = self._parts.probabilities(part_features(about, chance, modality, sure, claim.stated))
        return StatedDimension(
            about, float(right), *where, MODALITIES[int(modality.argmax())], self._levels[level], chance
        )


def levels_in(model: MaturityModel) -> tuple[str, ...]:
    """Return the ids of all levels of a maturity model, each once: dimensions may have scales of their own."""
    found = dict.fromkeys(level.id for dimension in model.dimensions for level in model.levels_of(dimension))
    return tuple(found)
