"""What speaks for a sentence of a passage being about a node of a model, as numbers that know nothing of the node.

Each number compares a text with the statements of one node and with those of the others, so a scorer that was
trained on one model's nodes serves another's. The nodes are the model's dimensions.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from configs.maturity import MaturityModel, Statement, in_language
from extractors.maturity.discriminant import Discriminant
from extractors.maturity.ladder import LevelLadder
from extractors.maturity.matter import Matter
from extractors.maturity.words import NodeWords, Terms

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]
"""Texts to unit vectors `(n, d) float32`."""

_MEASURES = (
    "near",
    "near_relative",
    "near_margin",
    "near_other",
    "middle_relative",
    "label_relative",
    "class_relative",
    "class_margin",
    "class_other",
)
FEATURES = (
    *(f"passage_{name}" for name in _MEASURES),
    *(f"sentence_{name}" for name in _MEASURES),
    "words",
    "words_relative",
    "words_margin",
    "themes",
    "any_theme",
    "passage_matter",
    "sentence_matter",
)
"""Names of the numbers, in the order of the last axis of `StatementSet.features`.

`near`: how near the three nearest statements are; `middle`: the mean of all statements; `label`: the node's name;
`class`: what a discriminant that is trained on the statements says. `relative` is less the mean over the nodes,
`margin` less the best other node, `other` less other business where that is ahead, and else 0. Nearness is in
standard deviations over what statements of other nodes reach, so that it means the same for every encoder and every
node. `words`: the passage's words that are the statements' too (`NodeWords`); `themes`, `any_theme`: themes of the
node, and of any, in the sentence. `matter`: whether the words speak of what the model is about at all (`Matter`).
"""

_NEAREST = 3
_COMMON_WEIGHT = 0.75
"""Of what the statements of a level have in common, beside its nearest one: best on the development passages."""
_WORDS_SCALE = 10.0
"""Brings the cosine of words, seldom above a third, to the size of the other numbers."""
_PASSAGE_THEME_SHARE = 0.5
"""What a theme counts that stands elsewhere in the passage, beside one in the sentence itself."""


@dataclass(frozen=True)
class PassageEvidence:
    """A passage, its vector `(d,)`, its sentences, their vectors `(n, d)` and the ids of the themes in each."""

    text: str
    vector: Floats
    parts: Sequence[str]
    sentences: Floats
    themes: Sequence[frozenset[str]]


class StatementSet:
    """A model's statements in one language, with their vectors `(m, d)`."""

    def __init__(
        self,
        model: MaturityModel,
        language: str,
        encode: Encode,
        other: Sequence[Sequence[str]] = (),
        *,
        foreign: bool = False,
    ) -> None:
        """Take a model, and statements in the same language of what is about no model's nodes, by its fields.

        What the model names as outside of it counts as one more field. Of `foreign` texts, which are in another
        language than the statements, words do not tell what they are about.
        """
        outside = [words[language] for words in model.outside if language in words]
        fields = [*other, outside] if outside else other
        elsewhere = [text for field in fields for text in field]
        self.dimensions = [dimension.id for dimension in model.dimensions]
        self.statements = statements_in(model, language)
        self.vectors = encode([one.text for one in self.statements])
        labels = [in_language(dimension.label, language) for dimension in model.dimensions]
        self._members = [
            np.array([n for n, one in enumerate(self.statements) if one.dimension == name], dtype=np.intp)
            for name in self.dimensions
        ]
        middles = np.stack([self.vectors[members].mean(axis=0) for members in self._members])
        self._middles = middles / np.linalg.norm(middles, axis=1, keepdims=True)
        self._labels = encode(labels)
        self._themes = _theme_weights(model)
        own = [[self.statements[n].text for n in members] for members in self._members]
        texts = [[label, *texts] for label, texts in zip(labels, own, strict=True)]
        terms = Terms(language)
        self._words = NodeWords([*texts, *fields], terms)
        self._matter = Matter([text for one in own for text in one], elsewhere, None if foreign else terms)
        self._usual = [self._foreign(values) for values in self._nearness(self.vectors)]
        self._other = encode(elsewhere) if elsewhere else self.vectors[:0]
        self._usual_other = float(_nearest(self.vectors @ self._other.T).mean()) if elsewhere else 0.0
        owners = [self.dimensions.index(one.dimension) for one in self.statements]
        owners += [len(own) + place for place, field in enumerate(fields) for _ in field]
        known = np.concatenate([self.vectors, self._other])
        self._classes = Discriminant(known, np.array(owners, dtype=np.intp), len(own))
        self._ladder = LevelLadder(self.statements, self.vectors)

    def features(self, passage: PassageEvidence) -> Floats:
        """Return `(sentences, nodes, len(FEATURES)) float32`."""
        whole = np.broadcast_to(self._measures(passage.vector[None]), (len(passage.sentences), *self._shape))
        everything = self._words.similarity([passage.text]) * _WORDS_SCALE
        words = everything[:, : len(self.dimensions)]
        shared = np.stack([words, _relative(words), _margin(words)], axis=2)
        own, some = self._theme_measures(passage.themes)
        matter = self._matter.scores([passage.text, *passage.parts])
        spoken_of = np.stack(np.broadcast_arrays(matter[:1], matter[1:]), axis=1)
        columns = (
            whole,
            self._measures(passage.sentences),
            np.broadcast_to(shared, (len(passage.sentences), *shared.shape[1:])),
            own[:, :, None],
            np.broadcast_to(some[:, None, None], (*own.shape, 1)),
            np.broadcast_to(spoken_of[:, None, :], (*own.shape, spoken_of.shape[1])),
        )
        return np.concatenate(columns, axis=2).astype(np.float32)

    def matter(self, texts: Sequence[str]) -> Floats:
        """Return whether each text `(n,)` speaks of what the model is about at all, by its words (`Matter`)."""
        return self._matter.scores(texts)

    def nearest(self, vector: Floats, dimension: str, level: str | None = None) -> tuple[Statement, float]:
        """Return the statement of a dimension (at a level, if given) nearest to a vector, and how near it is."""
        column = self.dimensions.index(dimension)
        chosen = [n for n in self._members[column] if level is None or self.statements[n].level == level]
        similarity = self.vectors[chosen] @ vector
        best = int(similarity.argmax())
        mean, deviation = self._usual[0]
        return self.statements[chosen[best]], float((similarity[best] - mean[column]) / deviation)

    def levels(self, vector: Floats, dimension: str) -> dict[str, float]:
        """Return how much speaks for each level of a dimension that has statements.

        That is how near the level's nearest statement is, and what statements of that level have in common in all
        dimensions.
        """
        column = self.dimensions.index(dimension)
        found = dict.fromkeys(self.statements[n].level for n in self._members[column])
        common = self._ladder.scores(vector, dimension)
        return {
            level: self.nearest(vector, dimension, level)[1] + _COMMON_WEIGHT * common[level]
            for level in found
            if level is not None
        }

    @property
    def _shape(self) -> tuple[int, int]:
        return len(self.dimensions), len(_MEASURES)

    def _measures(self, vectors: Floats) -> Floats:
        near, middle, label = (
            (values - mean) / deviation
            for values, (mean, deviation) in zip(self._nearness(vectors), self._usual, strict=True)
        )
        score, other = self._classes.scores(vectors)
        columns = (near, _relative(near), _margin(near), self._near_other(vectors, near))
        classes = (_relative(score), _margin(score), np.minimum(score - other, 0))
        return np.stack([*columns, _relative(middle), _relative(label), *classes], axis=2)

    def _near_other(self, vectors: Floats, near: Floats) -> Floats:
        """Return by how much other business is nearer than each node, 0 where it is not, `(n, nodes)`."""
        if not len(self._other):
            return np.zeros_like(near)
        _, deviation = self._usual[0]
        other = (_nearest(vectors @ self._other.T) - self._usual_other) / deviation
        return np.minimum(near - other[:, None], 0).astype(np.float32)

    def _nearness(self, vectors: Floats) -> tuple[Floats, Floats, Floats]:
        """Return how near the nearest statements, the middle and the label of each node are, each `(n, nodes)`."""
        similarity = vectors @ self.vectors.T
        near = [_nearest(similarity[:, members]) for members in self._members]
        return np.stack(near, axis=1), vectors @ self._middles.T, vectors @ self._labels.T

    def _foreign(self, values: Floats) -> tuple[Floats, float]:
        """Return the mean for each node of what statements of other nodes reach, and the mean deviation."""
        owners = np.array([self.dimensions.index(one.dimension) for one in self.statements])
        columns = [values[owners != node, node] for node in range(len(self.dimensions))]
        if len(columns) == 1:  # a model of one node
            return np.zeros(1, np.float32), 1.0
        mean = np.array([column.mean() for column in columns], np.float32)
        return mean, float(np.mean([column.std() for column in columns])) or 1.0

    def _theme_measures(self, themes: Sequence[frozenset[str]]) -> tuple[Floats, Floats]:
        everywhere = frozenset[str]().union(*themes)
        own = np.zeros((len(themes), len(self.dimensions)), np.float32)
        for row, here in enumerate(themes):
            for theme in everywhere:
                share = 1.0 if theme in here else _PASSAGE_THEME_SHARE
                for column, name in enumerate(self.dimensions):
                    own[row, column] += share * self._themes.get((name, theme), 0.0)
        some = np.array([len(here) + _PASSAGE_THEME_SHARE * len(everywhere - here) for here in themes], np.float32)
        return np.log1p(own), np.log1p(some)


def statements_in(model: MaturityModel, language: str) -> list[Statement]:
    """Return the model's statements in a language; the label of a dimension that has none there."""
    found = list(model.statements(language=language))
    silent = {dimension.id for dimension in model.dimensions} - {one.dimension for one in found}
    labels = [
        Statement(dimension.id, None, language, in_language(dimension.label, language))
        for dimension in model.dimensions
        if dimension.id in silent
    ]
    return [*found, *labels]


def _nearest(similarity: Floats) -> Floats:
    """Return the mean of the largest similarities of each row, `(n,)`."""
    mean: Floats = np.sort(similarity, axis=1)[:, -_NEAREST:].mean(axis=1)
    return mean


def _relative(values: Floats) -> Floats:
    relative: Floats = values - values.mean(axis=1, keepdims=True)
    return relative


def _margin(values: Floats) -> Floats:
    """Return by how much each column passes the best other column of its row."""
    if values.shape[1] == 1:
        return values
    order = np.sort(values, axis=1)
    largest, second = order[:, -1:], order[:, -2:-1]
    margin: Floats = values - np.where(values == largest, second, largest)
    return margin


def _theme_weights(model: MaturityModel) -> Mapping[tuple[str, str], float]:
    """Return the weight of each theme for each dimension: a theme of several dimensions counts less for each."""
    spread = Counter(theme for dimension in model.dimensions for theme in dimension.themes)
    return {(dimension.id, theme): 1.0 / spread[theme] for dimension in model.dimensions for theme in dimension.themes}
