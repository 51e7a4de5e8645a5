"""Uncalibrated scores of passages by the network and the linear classifiers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from configs.paper_kinds import PAPER_KINDS, PaperKind
from extractors.classifier.calibration import dimension_features, log_softmax, theme_features
from extractors.classifier.linear import LinearHeads, LinearInput, passage_input, sentence_input
from extractors.classifier.neighbours import Neighbours
from extractors.classifier.network import AttentionNetwork
from extractors.classifier.states import Floats, Span, TokenStates, mean_states
from extractors.document import Modality

FIELDS = ("customs-digital", "other-digital", "customs-paper", "none")
"""What a passage may be about, in the order of all arrays."""
MODALITIES: tuple[Modality, ...] = ("achieved", "planned", "recommended", "lacking")
OUTCOMES: tuple[Modality | None, ...] = (None, *MODALITIES)
"""What a sentence may state, in the order of all arrays: nothing, or with a modality."""

_NO_EVIDENCE = np.float32(-8.0)
"""Log-odds of evidence in a passage without a sentence."""
_MOST_WORDS = 6
"""Words of the field that count."""
_SURE_OF_NONE = np.float32(-1e-4)
"""Largest log-probability of stating nothing that still leaves a finite one of stating something."""
_ALONE = 4.0
"""By how much better evidence the only sentence of a passage is than a next one, and the most that counts."""


@dataclass(frozen=True)
class PassageInput:
    """A passage for the scorer: its text, unit vector `(d,)`, states, sentences as spans, and the themes it names.

    `mentioned (T,)` is how often each theme is named; `cue` gives, by the number of a sentence, the place in `OUTCOMES`
    of what rules say that it claims. `language` is its own, where it is known, `kind` that of its paper. `words` is how
    often words of the field occur in it, `of_field` whether they do in the title and the headings, None without any.
    """

    text: str
    vector: Floats
    tokens: TokenStates
    sentences: tuple[Span, ...]
    mentioned: Floats
    cue: Callable[[int], int]
    language: str | None = None
    kind: PaperKind = "unknown"
    words: int = 0
    of_field: bool | None = None

    @cached_property
    def means(self) -> Floats:
        """The means of its states and of those of each sentence, `(1 + k, width)`."""
        return mean_states(self.tokens, self.sentences)

    @property
    def field(self) -> Floats:
        """Whether it is of the field, as numbers `(4,)`: words in it, none, words in the headings, none there."""
        own = min(self.words, _MOST_WORDS) / 2, self.words == 0
        return np.array([*own, self.of_field is True, self.of_field is False], np.float32)

    @property
    def paper(self) -> Floats:
        """The kind of its paper as numbers, `(K,)`: 1 for the one, 0 for all others and where it is unknown."""
        return np.array([self.kind == kind for kind in PAPER_KINDS[1:]], np.float32)


@dataclass(frozen=True)
class PassageScores:
    """Of a passage with `k` sentences: features for the calibrators, and what the network makes of its sentences.

    `themes (T, f)`, `dimensions (D, g)`; `claims (D, 3)`, log-odds that it states something, by network and words, and
    the share of its nearest training passages that do; `evidence (k, D)`, log-odds that a sentence is what states it;
    `modality (k, 5)` and `levels (k, D, 1 + L)` by the network, none first.
    """

    themes: Floats
    dimensions: Floats
    claims: Floats
    evidence: Floats
    modality: Floats
    levels: Floats


class Claim(NamedTuple):
    """What a sentence, by its number, claims of a dimension, as log-probabilities with none first.

    `modality (5,)` is by both readings; `levels (2, 1 + L)` by the network and by its words. `stated (11,)` is what
    decides whether anything is claimed: those of `PassageScores.claims`, the log-odds that the sentence is evidence and
    that it states anything, the best of all sentences, by how much better evidence it is than the next one, and the
    passage's `field`.
    """

    number: int
    modality: Floats
    levels: Floats
    stated: Floats


class PassageScorer:
    """Scores passages: `parts` are the arrays of the network, the neighbours and three sets of linear decisions."""

    def __init__(self, parts: Mapping[str, Mapping[str, Floats]], themes: int, dimensions: int) -> None:
        """Take the arrays by part. Raises `KeyError` where one is missing."""
        self._network = AttentionNetwork(parts["network"], themes, dimensions)
        self._passage = LinearHeads(parts["passage"])
        self._modality, self._level = LinearHeads(parts["modality"]), LinearHeads(parts["level"])
        self._neighbours = Neighbours(parts["neighbours"])
        self._splits = list(np.cumsum([themes, dimensions, dimensions]))

    def scores(self, passages: Sequence[PassageInput]) -> list[PassageScores]:
        """Return the scores of each passage."""
        by_network = self._network.scores([one.means for one in passages])
        by_words = self._passage.scores(
            [passage_input(one.text, one.vector, one.mentioned, one.paper) for one in passages]
        )
        if not passages:
            return []
        shares = self._neighbours.shares([one.vector for one in passages])
        found = []
        for passage, net, words, near in zip(passages, by_network, by_words, shares, strict=True):
            themes, stated, any_, fields = np.split(words, self._splits)
            near_themes, near_stated, near_any = np.split(near, self._splits[:2])
            about = mixed(net.about, fields)
            best = net.evidence.max(axis=0) if len(net.evidence) else np.full(len(stated), _NO_EVIDENCE)
            found.append(
                PassageScores(
                    theme_features(net.themes, themes, passage.mentioned, near_themes, about),
                    dimension_features(
                        (net.any, any_), (net.stated, stated), best, (near_any, near_stated), about, passage.field
                    ),
                    np.stack([net.stated, stated, near_stated], axis=1),
                    net.evidence,
                    net.modality,
                    net.levels,
                )
            )
        return found

    def nearest(self, vectors: Sequence[Floats]) -> Floats:
        """Return how near the nearest training passage is to each passage by its unit vector, `(k,)`: a cosine."""
        return self._neighbours.nearest(vectors)

    def outcomes(self, passage: PassageInput, scores: PassageScores, vectors: Floats) -> Floats:
        """Return the log-probabilities of the modality of each sentence, `(k, 5)`, with vectors `vectors (k, d)`."""
        rows = [modality_input(passage, vectors, number) for number in range(len(vectors))]
        return mixed(scores.modality, self._modality.scores(rows))

    def claims(
        self, passage: PassageInput, scores: PassageScores, dimension: int, vectors: Floats, outcomes: Floats
    ) -> Iterator[Claim]:
        """Yield the claims of the sentences of a passage about a dimension, the best evidence first.

        Evidence is a sentence that states something, and states it of the dimension.
        """
        states = np.log1p(-np.exp(np.minimum(outcomes[:, 0], _SURE_OF_NONE)))
        odds = scores.evidence[:, dimension] + states
        order = np.argsort(-odds, kind="stable").tolist()
        for place, number in enumerate(order):
            others = order[1] if place == 0 and len(order) > 1 else order[0]
            gap = min(float(odds[number] - odds[others]), _ALONE) if len(order) > 1 else _ALONE
            levels = self._level.scores([level_input(passage, vectors, number, dimension, scores.evidence.shape[1])])[0]
            own = (scores.evidence[number, dimension], states[number] - outcomes[number, 0], states.max())
            yield Claim(
                number,
                outcomes[number],
                np.stack([log_softmax(scores.levels[number, dimension]), log_softmax(levels)]),
                np.array([*scores.claims[dimension], *own, gap, *passage.field], np.float32),
            )


def mixed(one: Floats, other: Floats) -> Floats:
    """Return the log-probabilities of classes by two readings of the same weight, `(…, classes)`."""
    return log_softmax(((log_softmax(one) + log_softmax(other)) / 2).astype(np.float32))


def sentence_vectors(passage: PassageInput) -> Floats:
    """Return the unit vector of each sentence as it stands in its passage, `(k, d)`: the mean of its last states."""
    last = passage.means[1:, -len(passage.vector) :]
    found: Floats = last / np.maximum(np.linalg.norm(last, axis=1, keepdims=True), np.float32(1e-9))
    return found


def modality_input(passage: PassageInput, vectors: Floats, number: int) -> LinearInput:
    """Return a sentence for the decision on its modality: itself, its neighbours, its passage, and the rules."""
    beside = [other for other in (number - 1, number + 1) if 0 <= other < len(vectors)]
    around = vectors[beside].mean(axis=0) if beside else np.zeros_like(passage.vector)
    rules = np.zeros(len(OUTCOMES), np.float32)
    rules[passage.cue(number)] = 1.5
    others = np.concatenate([rules, passage.paper, around / 3]).astype(np.float32)
    return sentence_input(_sentence(passage, number), vectors[number], passage.vector / np.float32(3), others)


def level_input(passage: PassageInput, vectors: Floats, number: int, dimension: int, dimensions: int) -> LinearInput:
    """Return a sentence for the decision on the level of a dimension: itself, its passage, rules and dimension."""
    others = np.zeros(len(OUTCOMES) + dimensions, np.float32)
    others[passage.cue(number)] = 1.0
    others[len(OUTCOMES) + dimension] = 1.0
    return sentence_input(_sentence(passage, number), vectors[number], passage.vector / np.float32(1.5), others)


def _sentence(passage: PassageInput, number: int) -> str:
    start, end = passage.sentences[number]
    return passage.text[start:end]
