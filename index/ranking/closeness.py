"""Where an answer ends: which passages say what a query asks, and which are only the best of all.

Something always comes first. A passage is close to a query that has all its words, or that is near enough to it by
limits that were fitted on judged questions and on those of other fields (`benchmarks/fit_closeness.py`).
"""

from typing import NamedTuple

import numpy as np

from configs.closeness import ClosenessRules, load_closeness
from index.encoder import EncoderIdentity
from index.encoder.protocol import Vectors
from index.ranking.fusion import Mask, Scores
from index.ranking.theme_shares import QueryTheme

JUDGED = 200
"""Passages of a ranking that may be near enough, the first ones: what comes later only fills up a list."""
MOST_TOPIC = 0.5
"""A query that is about a theme with this chance is as surely of the field of the vocabulary as any."""


class Meant(NamedTuple):
    """What a query says: its vector as the encoder made it `(dimension,)`, and the themes that it is about."""

    vector: Vectors
    themes: tuple[QueryTheme, ...]

    @property
    def topic(self) -> float:
        """The chance that it is about any theme, as far as it counts."""
        return min(max((theme.confidence for theme in self.themes), default=0.0), MOST_TOPIC)


class Signals(NamedTuple):
    """What the first passages of a ranking are, `(n,)` each, in its order.

    `words` are the shares of the words of the query that they have, `themes` the chances that they share a theme with
    it (`theme_shares`), and `scores` those of the ranking.
    """

    words: Scores
    themes: Scores
    scores: Scores

    def shares(self) -> Scores:
        """Return the scores as shares of the best one."""
        return self.scores / max(float(self.scores.max(initial=0.0)), 1e-9)

    def ranks(self) -> Scores:
        """Return the logarithm of each place, which falls from 0."""
        return -np.log1p(np.arange(len(self.scores)))


class Closeness:
    """The limits of one encoder by mode."""

    def __init__(self, rules: ClosenessRules, name: str = "", model_hash: str = "") -> None:
        fitted = rules.encoders.get(name)
        known = fitted and fitted.model_hash == model_hash
        self._limits = {"hybrid": fitted.hybrid, "vector": fitted.vector} if fitted and known else {}
        self._words = rules.words

    def may_answer(self, mode: str, nearest: float, topic: float) -> bool:
        """Return whether papers may answer a query: `nearest` is the highest cosine of the first passages."""
        limits = self._limits.get(mode)
        if limits is None:
            return True
        limit = limits.answered
        return limit.nearest * nearest + limit.topic * topic >= limit.limit

    def near_enough(self, mode: str, signals: Signals) -> Mask:
        """Return which passages are near enough to a query that papers may answer."""
        limits = self._limits.get(mode)
        if limits is None:
            return signals.words >= self._words
        limit = limits.best
        sums = limit.words * signals.words + limit.themes * signals.themes
        mask: Mask = sums + limit.scores * signals.shares() + limit.ranks * signals.ranks() >= limit.limit
        return mask


def closeness_of(identity: EncoderIdentity) -> Closeness:
    """Return the limits of an encoder; where none were fitted, words decide alone."""
    return Closeness(load_closeness(), identity.name, identity.model_hash)
