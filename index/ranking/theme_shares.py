"""Overlap of the themes of a query and of a passage, which boosts the passage in hybrid search."""

from collections.abc import Iterable

import numpy as np

from extractors.document import Value
from index.ranking.fusion import Mask, Scores

_ACCEPTED, _SUGGESTED = 1.0, 0.5
"""A theme that is suggested for a passage is right about half of the time, an accepted one nearly always."""


class QueryTheme(Value):
    """A theme that a query is about, with its probability: 1 where the query has a label of the theme."""

    id: str
    confidence: float


def theme_shares(themes: Iterable[tuple[QueryTheme, Mask, Mask]], count: int) -> Scores:
    """Return the probability that query and passage share a theme, `(count,)`, for each of `count` passages.

    With each theme come two masks `(count,)`: the passages for which it is accepted, and those for which suggested.
    """
    missed = np.ones(count)
    for theme, accepted, suggested in themes:
        about = np.where(accepted, _ACCEPTED, np.where(suggested, _SUGGESTED, 0.0))
        missed *= 1.0 - theme.confidence * about
    return 1.0 - missed
