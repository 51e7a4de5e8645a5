"""Where too few papers hold all words of a query: how many of the best passages with any of them match."""

import numpy as np
from numpy.typing import NDArray

MOST_OF_ANY = 500
"""Passages with any of the words that match at most."""


def matching(scores: NDArray[np.float64], most: int) -> int:
    """Return how many passages match, from the scores `(n,)` of the best, best first: `most` + 1 or all there are.

    Equals at the end are left out together: to choose among them, an engine would have to rank all of them. Where
    less than half would be left, the first of them match too.
    """
    if len(scores) <= most:
        return len(scores)
    better = int(np.searchsorted(-scores, -scores[most]))
    return better if 2 * better >= most else most
