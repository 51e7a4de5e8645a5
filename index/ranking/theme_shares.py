"""How much of the themes that a query is about a passage is about, too: what it gains by in hybrid search."""

from collections.abc import Iterable

import numpy as np

from extractors.document import Value
from index.ranking.fusion import Mask, Scores

_ACCEPTED, _SUGGESTED = 1.0, 0.5
"""A theme that is suggested for a passage is right about half of the time, an accepted one nearly always."""


class QueryTheme(Value):
    """A theme that a query is about, and how surely, 0 to 1: surely where it has a label of it."""

    id: str
    confidence: float


def theme_shares(themes: Iterable[tuple[QueryTheme, Mask, Mask]], count: int) -> Scores:
    """Return the chance that query and passage share a theme, `(count,)`, for each of `count` passages.

    With each theme come two masks `(count,)`: the passages for which it is accepted, and those for which suggested.
    """
    missed = np.ones(count)
    for theme, accepted, suggested in themes:
        about = np.where(accepted, _ACCEPTED, np.where(suggested, _SUGGESTED, 0.0))
        missed *= 1.0 - theme.confidence * about
    return 1.0 - missed
