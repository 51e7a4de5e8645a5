"""The vector of a query, moved towards the best passages that it found.

A query has few words, and its vector lies where few texts do; the best passages of the fused ranking say what it is
about in the words of papers. So hybrid search ranks the passages near to the query a second time, by its
vector plus a share of theirs (Rocchio 1971, without judgements: pseudo-relevance feedback). What all passages of an
index have in common is taken out of them before: it says nothing of the query.
"""

import numpy as np

from index.encoder.protocol import Vectors

LEARNT = 5
"""Passages that are learnt from …"""
_WEIGHT = 0.1
"""… and their weight relative to the query; decision 24 in `docs/decisions` has what others gave."""


def moved(query: Vectors, best: Vectors, centre: Vectors) -> Vectors:
    """Return the unit vector `(dimension,)` of a query after a look at the best passages `(n, dimension)`, best first.

    The first counts most: 1, 1/2, 1/3 and so on. `centre` `(dimension,)` is the mean of the passages of the index.
    Passages that are found by word alone have zeros, which say nothing.
    """
    best = best[np.any(best, axis=1)]
    if not len(best):
        return _unit(query)
    shares = 1 / np.arange(1, len(best) + 1, dtype=np.float32)
    found: Vectors = _unit(query) + np.float32(_WEIGHT) * _unit(shares @ (best - centre))
    return _unit(found)


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector
