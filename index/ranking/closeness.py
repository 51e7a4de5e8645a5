"""Where an answer ends: which passages say what a query asks, and which are only the nearest of all.

Something is always nearest. A passage is close to a query that has all its words, or that is near enough to it in
meaning by a limit that was fitted on questions without an answer (`benchmarks/fit_closeness.py`).
"""

from typing import NamedTuple

import numpy as np

from configs.closeness import EncoderCloseness, load_closeness
from index.encoder import EncoderIdentity
from index.encoder.protocol import Vectors
from index.ranking.fusion import Mask, Scores
from index.ranking.theme_shares import QueryTheme


class Meant(NamedTuple):
    """What a query says: its vector as the encoder made it `(dimension,)`, and the themes that it is about."""

    vector: Vectors
    themes: tuple[QueryTheme, ...]


class Closeness:
    """The limit of one encoder."""

    def __init__(self, fitted: EncoderCloseness) -> None:
        self._fitted = fitted

    def may_be_near(self, cosines: Scores) -> Mask:
        """Return which passages would be near enough if they had all words and themes of the query."""
        return self.near_enough(cosines, np.ones(len(cosines)), np.ones(len(cosines)))

    def near_enough(self, cosines: Scores, words: Scores, themes: Scores) -> Mask:
        """Return which passages are near enough to a query, of `(n,)` signals each.

        `cosines` are of the query's own vector, `words` the shares of its words that they have, and `themes` the
        chances that they share a theme with it (`theme_shares`).
        """
        fitted = self._fitted
        mask: Mask = fitted.cosine * cosines + fitted.words * words + fitted.themes * themes >= fitted.limit
        return mask


def closeness_of(identity: EncoderIdentity) -> Closeness | None:
    """Return the limit of an encoder; None where none was fitted: passages are close by their words alone then."""
    fitted = load_closeness().encoders.get(identity.name)
    return Closeness(fitted) if fitted and fitted.model_hash == identity.model_hash else None
