"""Rankings made into one."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.int64]
Scores: TypeAlias = NDArray[np.float64]

RRF_K = 60
"""Dampens the first ranks (Cormack, Clarke and Büttcher 2009)."""
COUNTED = 1000
"""Ranks by word that count for a passage that is near, too: as many as there are near ones."""


def share(rank: int | None) -> float:
    """Return what a rank (from 1) gives to the fused score; nothing where there is none."""
    return 1.0 / (RRF_K + rank) if rank else 0.0


def reciprocal_rank_fusion(words: Rows, near: Rows, *, counted: int = COUNTED) -> tuple[Rows, Scores]:
    """Return the union of two rankings (best first, no row twice) and each row's sum of 1 / (k + rank).

    Only the first ranks by word count for rows that are near, so that no score depends on how deep the ranking was
    looked at. The rows come back in ascending order.
    """
    rows, places = np.unique(np.concatenate([words, near]), return_inverse=True)
    shares = np.concatenate([1.0 / (RRF_K + np.arange(1, len(ranking) + 1)) for ranking in (words, near)])
    shares[counted : len(words)][np.isin(words[counted:], near)] = 0.0
    scores = np.bincount(places, weights=shares, minlength=len(rows))
    return rows, scores.astype(np.float64)
