"""Measures of rankings, each a fraction."""

from collections.abc import Mapping, Sequence

import numpy as np


def ndcg(ranking: Sequence[str], gains: Mapping[str, float], depth: int) -> float:
    """Return the normalised discounted cumulative gain of the first `depth` documents of a ranking.

    Gains are linear, the discount is log2(rank + 1) (Järvelin and Kekäläinen 2002). The ideal ranking holds all
    judged documents; one that is not judged gains nothing, and neither does a gain below zero.
    """
    best = sorted((max(gain, 0.0) for gain in gains.values()), reverse=True)[:depth]
    found = [max(gains.get(name, 0.0), 0.0) for name in ranking[:depth]]
    ideal = _discounted(best)
    return _discounted(found) / ideal if ideal else 0.0


def recall(ranking: Sequence[str], relevant: frozenset[str], depth: int) -> float:
    """Return the share of the relevant documents that are among the first `depth`."""
    return len(relevant.intersection(ranking[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], relevant: frozenset[str], depth: int) -> float:
    """Return 1 / rank of the first relevant document; 0 where none is among the first `depth`."""
    return next((1 / rank for rank, name in enumerate(ranking[:depth], 1) if name in relevant), 0.0)


def _discounted(gains: Sequence[float]) -> float:
    return float(sum(gain / np.log2(rank + 1) for rank, gain in enumerate(gains, 1)))
