"""Calibration of scores to probabilities by a logistic regression, shared by all themes or dimensions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from extractors.classifier.states import Floats
from extractors.maturity.fitting import log_odds, sigmoid

STATED_FEATURES, PART_FEATURES = 12, 11
"""How many numbers `stated_features` and `part_features` return."""
_MOST_MENTIONS = np.float32(2)
_OF_SENTENCES = slice(3, 7)
"""Where a claim's numbers on its sentences are."""
_BEST_THEMES, _BEST_DIMENSIONS = 3, 2


@dataclass(frozen=True)
class Calibrator:
    """`weights (f,)` and `bias` over `f` features that do not depend on the single theme or dimension."""

    weights: Floats
    bias: float

    def log_odds(self, features: Floats) -> Floats:
        """Return log-odds `(…,)` of features `(…, f)`."""
        found: Floats = features @ self.weights + self.bias
        return found

    def probabilities(self, features: Floats) -> Floats:
        """Return probabilities `(…,)` of features `(…, f)`."""
        found: Floats = sigmoid(self.log_odds(features).astype(np.float64)).astype(np.float32)
        return found


def theme_features(network: Floats, linear: Floats, mentioned: Floats, near: Floats, about: Floats) -> Floats:
    """Return the features of themes, `(T, 8)`.

    `network` and `linear` are log-odds `(T,)`, `mentioned (T,)` says how often each theme is named, `near (T,)` is its
    share among the nearest training passages, `about (4,)` are the log-probabilities of the subject fields.
    """
    named = np.minimum(mentioned, _MOST_MENTIONS)
    mean = ((network + linear) / 2).astype(np.float32)
    columns = (network, linear, named, named * linear, near, relative_to_best(mean, _BEST_THEMES))
    return np.stack([*columns, *(np.full_like(network, value) for value in (about[0], about[3]))], axis=1)


def dimension_features(
    any_: Sequence[Floats],
    stated: Sequence[Floats],
    evidence: Floats,
    near: Sequence[Floats],
    about: Floats,
    field: Floats,
) -> Floats:
    """Return the features of dimensions, `(D, 14)`.

    `any_` and `stated` are log-odds `(D,)` by the network and by the linear decisions, `evidence (D,)` is the best
    sentence's, `near` the shares of each dimension among the nearest training passages, at all and stated, `about (4,)`
    the log-probabilities of the subject fields, `field (4,)` what its words tell of that.
    """
    fields = (about[0], np.logaddexp(about[0], about[2]), *field)
    margin = relative_to_best(np.mean([*any_, *stated], axis=0, dtype=np.float32), _BEST_DIMENSIONS)
    columns = (*any_, *stated, evidence, *near, margin)
    return np.stack([*columns, *(np.full_like(evidence, value) for value in fields)], axis=1)


def stated_features(about: float, claim: Floats) -> Floats:
    """Return the features for whether a passage states something of a dimension, `(12,)`.

    `about` is the probability that it is about it, `claim (11,)` what its best sentence says of that (see `Claim`).
    """
    return np.array([*log_odds(np.array([about])), *claim], np.float32)


def part_features(about: float, stated: float, modality: Floats, level: float, claim: Floats) -> Floats:
    """Return the features for whether all parts of a claim are right, `(11,)`.

    `about` and `stated` are the probabilities of these, `modality (4,)` those of the modalities if anything is stated,
    `level` that the level is right, or that none is stated where none is given, `claim (11,)` is as in
    `stated_features`; of it counts what its sentences say.
    """
    chances = np.array([about, stated, modality.max(), level], np.float64)
    which = np.eye(len(modality))[modality.argmax()]
    return np.array([*log_odds(chances), *claim[_OF_SENTENCES], *which[1:]], np.float32)


def level_features(readings: Floats) -> Floats:
    """Return the features for whether a level is stated, `(2,)`: the log-odds by two readings `(2, 1 + L)`."""
    odds: Floats = np.logaddexp.reduce(readings[:, 1:], axis=1) - readings[:, 0]
    return odds


def pooled_levels(readings: Floats, pool: Floats) -> Floats:
    """Return the log-probabilities of levels `(L,)`, none left out: a logarithmic pool of two readings `(2, 1 + L)`.

    `pool (2 + L,)` holds the weight of each reading, then what is added to each level (Genest and Zidek 1986).
    """
    return log_softmax(pool[:2] @ log_softmax(readings[:, 1:]) + pool[2:])


def level_chances(readings: Floats, any_level: Calibrator, pool: Floats) -> Floats:
    """Return the probabilities that no level is stated, and of each level, `(1 + L,)`."""
    some = any_level.probabilities(level_features(readings))
    return np.array([1 - some, *some * np.exp(pooled_levels(readings, pool))], np.float32)


def chosen_level(chances: Floats, limit: float) -> tuple[int, float]:
    """Return the likeliest level by its place with its probability; that of none, 0, where it is below the limit."""
    best = 1 + int(chances[1:].argmax())
    place = best if chances[best] >= limit else 0
    return place, float(chances[place])


def relative_to_best(scores: Floats, count: int) -> Floats:
    """Return the difference of each score from the mean of the best `count` of them."""
    moved: Floats = scores - np.sort(scores)[-count:].mean()
    return moved


def log_softmax(scores: Floats) -> Floats:
    """Return the log-probabilities of classes along the last axis."""
    moved = scores - scores.max(axis=-1, keepdims=True)
    found: Floats = (moved - np.log(np.exp(moved).sum(axis=-1, keepdims=True))).astype(np.float32)
    return found
