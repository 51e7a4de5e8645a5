"""OR fallback: how many of the best passages with any word match, where too few papers have all words of a query."""

import numpy as np
from numpy.typing import NDArray

MOST_OF_ANY = 500
"""Passages with any of the words that match at most."""


def matching(scores: NDArray[np.float64], most: int) -> int:
    """Return how many passages match, from the scores `(n,)` of the best `most` + 1 of them, best first.

    Ties at the end are all left out: to choose among them, an engine would have to rank all of them. Where less than
    half would remain, the first of the ties match too.
    """
    if len(scores) <= most:
        return len(scores)
    better = int(np.searchsorted(-scores, -scores[most]))
    return better if 2 * better >= most else most
