"""Where an answer ends: which passages say what a query asks, and which are only the nearest of all.

Something is always nearest. A passage is close to a query that has all its words, or that is near enough to it in
meaning by limits that were fitted on judged questions and on those of other fields (`benchmarks/fit_closeness.py`).
"""

from typing import NamedTuple

import numpy as np

from configs.closeness import EncoderCloseness, Limit, load_closeness
from index.encoder import EncoderIdentity
from index.encoder.protocol import Vectors
from index.ranking.fusion import Mask, Scores
from index.ranking.theme_shares import QueryTheme

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
    """What says how near passages are to a query, `(n,)` each, and the topic of the query (`Meant.topic`).

    `cosines` are of the query's own vector, and `behind` those less that of the nearest passage; `words` are the shares
    of its words that they have, and `themes` the chances that they share a theme with it (`theme_shares`).
    """

    cosines: Scores
    behind: Scores
    words: Scores
    themes: Scores
    topic: float


class Closeness:
    """The limits of one encoder."""

    def __init__(self, fitted: EncoderCloseness) -> None:
        self._fitted = fitted

    def may_be_near(self, cosines: Vectors, nearest: float, topic: float) -> Mask:
        """Return which passages would be near enough if they had all words and themes of the query."""
        ones, found = np.ones(len(cosines)), cosines.astype(np.float64)
        return self.near_enough(Signals(found, found - nearest, ones, ones, topic))

    def near_enough(self, signals: Signals) -> Mask:
        """Return which passages are near enough to a query."""
        answered, best = self._fitted.answered, self._fitted.best
        mask: Mask = _reach(answered, signals.cosines, signals) & _reach(best, signals.behind, signals)
        return mask


def _reach(limit: Limit, meaning: Scores, signals: Signals) -> Mask:
    score = limit.meaning * meaning + limit.words * signals.words + limit.themes * signals.themes
    mask: Mask = score + limit.topic * signals.topic >= limit.limit
    return mask


def closeness_of(identity: EncoderIdentity) -> Closeness | None:
    """Return the limit of an encoder; None where none was fitted: passages are close by their words alone then."""
    fitted = load_closeness().encoders.get(identity.name)
    return Closeness(fitted) if fitted and fitted.model_hash == identity.model_hash else None
