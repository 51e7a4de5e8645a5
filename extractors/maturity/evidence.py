"""What speaks for a sentence being about a dimension, as numbers that know nothing of the dimension itself.

Each number compares a sentence with the statements of one dimension and with those of the others, so a scorer
that was trained on one model's dimensions serves another's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from configs.maturity import MaturityModel, Statement

Floats = NDArray[np.float32]

FEATURES = ("best", "relative", "margin", "themes", "any_theme")
"""Names of the numbers, in the order of the last axis of `StatementSet.features`.

`best`: how near the nearest statement is; `relative`: how near the three nearest are, less the mean of that
over the dimensions; `margin`: the same, less the best other dimension; `themes`, `any_theme`: themes of the
dimension, and of any, in the sentence. Nearness is in standard deviations over what statements of different
dimensions have in common, so that it means the same for every encoder.
"""

_NEAREST = 3
_PASSAGE_THEME_SHARE = 0.5
"""What a theme counts that stands elsewhere in the passage, beside one in the sentence itself."""


@dataclass(frozen=True)
class Sentences:
    """Sentences of one passage and what is known of them.

    `vectors` is `(n, d)`; `themes` holds the ids of the themes named in each sentence.
    """

    vectors: Floats
    themes: Sequence[frozenset[str]]


class StatementSet:
    """A model's statements in one language, with their vectors `(m, d)`."""

    def __init__(self, model: MaturityModel, statements: Sequence[Statement], vectors: Floats) -> None:
        self.statements = statements
        self.vectors = vectors
        self.dimensions = [dimension.id for dimension in model.dimensions]
        self._members = [
            np.array([n for n, one in enumerate(statements) if one.dimension == name], dtype=np.intp)
            for name in self.dimensions
        ]
        self._weights = _theme_weights(model)

    def features(self, sentences: Sentences) -> Floats:
        """Return `(sentences, dimensions, len(FEATURES)) float32`."""
        nearness = self._standard(sentences.vectors @ self.vectors.T)
        top3 = self._by_dimension(nearness, _NEAREST)
        own, some = self._themes(sentences.themes)
        columns = (
            self._by_dimension(nearness, 1),
            top3 - top3.mean(axis=1, keepdims=True),
            top3 - _best_other(top3),
            own,
            np.repeat(some[:, None], len(self.dimensions), axis=1),
        )
        return np.stack(columns, axis=2).astype(np.float32)

    def nearest(self, vector: Floats, dimension: str, level: str | None = None) -> tuple[Statement, float]:
        """Return the statement of a dimension (at a level, if given) nearest to a vector, and how near it is."""
        members = self._members[self.dimensions.index(dimension)]
        chosen = [n for n in members if level is None or self.statements[n].level == level]
        nearness = self._standard(self.vectors[chosen] @ vector)
        best = int(nearness.argmax())
        return self.statements[chosen[best]], float(nearness[best])

    def _standard(self, similarity: Floats) -> Floats:
        mean, deviation = self._background
        standard: Floats = (similarity - mean) / deviation
        return standard

    @cached_property
    def _background(self) -> tuple[float, float]:
        """Mean and deviation of the similarity of statements of different dimensions: encoders differ in both."""
        owners = np.array([self.dimensions.index(one.dimension) for one in self.statements])
        foreign = (self.vectors @ self.vectors.T)[owners[:, None] != owners[None, :]]
        if foreign.size == 0:
            return 0.0, 1.0
        return float(foreign.mean()), float(foreign.std()) or 1.0

    def _by_dimension(self, nearness: Floats, count: int) -> Floats:
        columns = [np.sort(nearness[:, members], axis=1)[:, -count:].mean(axis=1) for members in self._members]
        return np.stack(columns, axis=1)

    def _themes(self, themes: Sequence[frozenset[str]]) -> tuple[Floats, Floats]:
        everywhere = frozenset[str]().union(*themes)
        own = np.zeros((len(themes), len(self.dimensions)), np.float32)
        for row, here in enumerate(themes):
            for theme in everywhere:
                share = 1.0 if theme in here else _PASSAGE_THEME_SHARE
                for column, name in enumerate(self.dimensions):
                    own[row, column] += share * self._weights.get((name, theme), 0.0)
        some = np.array([len(here) + _PASSAGE_THEME_SHARE * len(everywhere - here) for here in themes], np.float32)
        return np.log1p(own), np.log1p(some)


def _best_other(values: Floats) -> Floats:
    """Return, for each column, the largest value of the other columns of the row."""
    if values.shape[1] == 1:
        return np.zeros_like(values)
    order = np.sort(values, axis=1)
    largest, second = order[:, -1:], order[:, -2:-1]
    return np.where(values == largest, second, largest)


def _theme_weights(model: MaturityModel) -> Mapping[tuple[str, str], float]:
    """Return the weight of each theme for each dimension: a theme of several dimensions counts less for each."""
    spread = Counter(theme for dimension in model.dimensions for theme in dimension.themes)
    return {(dimension.id, theme): 1.0 / spread[theme] for dimension in model.dimensions for theme in dimension.themes}
