"""Closeness: whether a passage is relevant to a query, or merely the best of an index without relevant passages.

Every ranking has a first passage. A passage is close to a query if it has all its words, or if it is near enough by
limits that were fitted on judged questions and on questions of other fields (`benchmarks/fit_closeness.py`).
"""

from typing import NamedTuple

import numpy as np

from configs.closeness import ClosenessRules, load_closeness
from index.encoder import EncoderIdentity
from index.encoder.protocol import Vectors
from index.ranking.fusion import Mask, Scores
from index.ranking.theme_shares import QueryTheme

JUDGED = 100
"""Passages of a ranking that may be near enough, the first ones: what comes later only fills up a list."""
MOST_TOPIC = 0.5
"""A query that is about a theme with this chance is as surely of the field of the vocabulary as any."""


class QueryMeaning(NamedTuple):
    """The meaning of a query: its vector `(dimension,)` before centring, and the themes that it is about."""

    vector: Vectors
    themes: tuple[QueryTheme, ...]

    @property
    def topic(self) -> float:
        """The probability that the query is about any theme, up to a limit."""
        return min(max((theme.confidence for theme in self.themes), default=0.0), MOST_TOPIC)


class Signals(NamedTuple):
    """Features of the first passages of a ranking, `(n,)` each, in its order.

    `words` are the shares of the words of the query that they have, `scores` those of the ranking, and `cosines` those
    of the query's own vector.
    """

    words: Scores
    scores: Scores
    cosines: Scores

    def shares(self) -> Scores:
        """Return the scores as shares of the best one."""
        return self.scores / max(float(self.scores.max(initial=0.0)), 1e-9)

    def ranks(self) -> Scores:
        """Return the negated logarithm of each rank in the order of cosines, from 0 downwards."""
        places = np.empty(len(self.cosines))
        places[np.argsort(-self.cosines, kind="stable")] = np.arange(len(self.cosines))
        return -np.log1p(places)


class Closeness:
    """The limits of one encoder by mode."""

    def __init__(self, rules: ClosenessRules, name: str = "", model_hash: str = "") -> None:
        fitted = rules.encoders.get(name)
        known = fitted and fitted.model_hash == model_hash
        self._limits = {"hybrid": fitted.hybrid, "vector": fitted.vector} if fitted and known else {}
        self._words = rules.words

    def near_enough(self, mode: str, signals: Signals, topic: float) -> Mask:
        """Return a mask of the passages near enough to a query: none where the index may not answer it at all."""
        limits = self._limits.get(mode)
        if limits is None:
            return signals.words >= self._words
        answered, best = limits.answered, limits.best
        nearest = float(signals.cosines.max(initial=-1.0))
        may_answer = answered.nearest * nearest + answered.topic * topic >= answered.limit
        sums = best.words * signals.words + best.scores * signals.shares() + best.ranks * signals.ranks()
        mask: Mask = (sums >= best.limit) & may_answer
        return mask


def closeness_of(identity: EncoderIdentity) -> Closeness:
    """Return the limits of an encoder; where none were fitted, only passages with all words are close."""
    return Closeness(load_closeness(), identity.name, identity.model_hash)
