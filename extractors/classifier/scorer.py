"""Raw scores of passages by the network and the linear decisions together, before anything is calibrated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from extractors.classifier.calibration import dimension_features, log_softmax, theme_features
from extractors.classifier.linear import LinearHeads, LinearInput, passage_input, sentence_input
from extractors.classifier.neighbours import Neighbours
from extractors.classifier.network import AttentionNetwork
from extractors.classifier.states import Floats, Span, TokenStates, span_of_tokens
from extractors.document import Modality

FIELDS = ("customs-digital", "other-digital", "customs-paper", "none")
"""What a passage may be about, in the order of all arrays."""
MODALITIES: tuple[Modality, ...] = ("achieved", "planned", "recommended", "lacking")
"""In the order of all arrays; the rules' answer has none before them."""

_NO_EVIDENCE = np.float32(-8.0)
"""Log-odds of evidence in a passage without a sentence."""


@dataclass(frozen=True)
class PassageInput:
    """A passage for the scorer: its text, unit vector `(d,)`, states, sentences as spans, and the themes it names.

    `mentioned (T,)` is how often each theme is named; `cue` gives, by the number of a sentence, the place in
    `MODALITIES` of what rules say that it claims, plus one, 0 for nothing. `language` is its own, where it is known.
    """

    text: str
    vector: Floats
    tokens: TokenStates
    sentences: tuple[Span, ...]
    mentioned: Floats
    cue: Callable[[int], int]
    language: str | None = None


@dataclass(frozen=True)
class PassageScores:
    """Of a passage with `k` sentences: features for the calibrators, and what the network makes of its sentences.

    `themes (T, f)`, `dimensions (D, g)`; `claims (D, 2)`, log-odds that it states something and that it is about the
    dimension at all; `evidence (k, D)`, log-odds that a sentence is what states it; `modality (k, 4)` and
    `levels (k, D, 1 + L)` by the network.
    """

    themes: Floats
    dimensions: Floats
    claims: Floats
    evidence: Floats
    modality: Floats
    levels: Floats


class Claim(NamedTuple):
    """Log-probabilities of what a sentence claims of a dimension.

    `modality (4,)` is by both readings; `levels (2, 1 + L)` by the network and by its words, none first.
    """

    modality: Floats
    levels: Floats


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
        by_network = self._network.scores([one.tokens for one in passages], [one.sentences for one in passages])
        by_words = self._passage.scores([passage_input(one.text, one.vector, one.mentioned) for one in passages])
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
                    dimension_features((net.any, any_), (net.stated, stated), best, (near_any, near_stated), about),
                    np.stack([(net.stated + stated) / 2, (net.any + any_) / 2], axis=1),
                    net.evidence,
                    net.modality,
                    net.levels,
                )
            )
        return found

    def nearest(self, vectors: Sequence[Floats]) -> Floats:
        """Return how near the nearest training passage is to each passage by its unit vector, `(k,)`: a cosine."""
        return self._neighbours.nearest(vectors)

    def claim(
        self, passage: PassageInput, scores: PassageScores, dimension: int, vectors: Floats, number: int
    ) -> Claim:
        """Return the modality and the level that a sentence, by its number, states of a dimension.

        `vectors (k, d)` are those of all sentences. This takes longer than all scores: ask where it matters.
        """
        count = scores.evidence.shape[1]
        by_words = self._modality.scores([modality_input(passage, vectors, number)])[0]
        level = self._level.scores([level_input(passage, vectors, number, dimension, count)])[0]
        levels = np.stack([log_softmax(scores.levels[number, dimension]), log_softmax(level)])
        return Claim(mixed(scores.modality[number], by_words), levels)


def mixed(one: Floats, other: Floats) -> Floats:
    """Return the log-probabilities of classes by two readings of the same weight, `(…, classes)`."""
    return log_softmax(((log_softmax(one) + log_softmax(other)) / 2).astype(np.float32))


def sentence_vectors(passage: PassageInput) -> Floats:
    """Return the unit vector of each sentence as it stands in its passage, `(k, d)`: the mean of its last states."""
    width = len(passage.vector)
    last = passage.tokens.states[:, -width:]
    owners = span_of_tokens(passage.tokens, passage.sentences)
    found = np.zeros((len(passage.sentences), width), np.float32)
    for number in range(len(found)):
        own = owners == number
        mean = last[own].mean(axis=0) if own.any() else passage.vector
        found[number] = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return found


def modality_input(passage: PassageInput, vectors: Floats, number: int) -> LinearInput:
    """Return a sentence for the decision on its modality: itself, its neighbours, its passage, and the rules."""
    beside = [other for other in (number - 1, number + 1) if 0 <= other < len(vectors)]
    around = vectors[beside].mean(axis=0) if beside else np.zeros_like(passage.vector)
    rules = np.zeros(1 + len(MODALITIES), np.float32)
    rules[passage.cue(number)] = 1.5
    others = np.concatenate([rules, around / 3]).astype(np.float32)
    return sentence_input(_sentence(passage, number), vectors[number], passage.vector / np.float32(3), others)


def level_input(passage: PassageInput, vectors: Floats, number: int, dimension: int, dimensions: int) -> LinearInput:
    """Return a sentence for the decision on the level of a dimension: itself, its passage, rules and dimension."""
    others = np.zeros(1 + len(MODALITIES) + dimensions, np.float32)
    others[passage.cue(number)] = 1.0
    others[1 + len(MODALITIES) + dimension] = 1.0
    return sentence_input(_sentence(passage, number), vectors[number], passage.vector / np.float32(1.5), others)


def _sentence(passage: PassageInput, number: int) -> str:
    start, end = passage.sentences[number]
    return passage.text[start:end]
