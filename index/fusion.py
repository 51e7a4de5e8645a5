"""Rankings made into one."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.int64]
Scores: TypeAlias = NDArray[np.float64]

RRF_K = 60
"""Dampens the first ranks (Cormack, Clarke and Büttcher 2009)."""


def reciprocal_rank_fusion(*rankings: Rows, k: int = RRF_K) -> tuple[Rows, Scores]:
    """Return the union of rankings (best first, no row twice) and each row's sum of 1 / (k + rank).

    The rows come back in ascending order.
    """
    rows, places = np.unique(np.concatenate(rankings), return_inverse=True)
    ranks = np.concatenate([np.arange(1, len(ranking) + 1) for ranking in rankings])
    scores = np.bincount(places, weights=1.0 / (k + ranks), minlength=len(rows))
    return rows, scores.astype(np.float64)
