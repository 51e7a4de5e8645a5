"""Labels of the training passages nearest to a passage (k nearest neighbours, Cover and Hart 1967).

Passages on one subject form a few clusters that a linear classifier averages; nearest neighbours keep them apart.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from extractors.classifier.linear import centred
from extractors.classifier.states import Floats

_NEAREST = 15
_SHARPNESS = 8.0
"""How fast a neighbour counts for less: by a factor e for each eighth of a unit of cosine."""


class Neighbours:
    """The training passages: `vectors (n, d)`, centred and of length one, `labels (n, m)`, and the `centre (d,)`."""

    def __init__(self, arrays: Mapping[str, Floats]) -> None:
        """Take the arrays. Raises `KeyError` where one is missing."""
        self._vectors, self._labels, self._centre = arrays["vectors"], arrays["labels"], arrays["centre"]

    def nearest(self, vectors: Sequence[Floats]) -> Floats:
        """Return the similarity of each vector to the nearest training passage, `(k,)`: the cosine after centring."""
        found: Floats = self._similarity(vectors).max(axis=1)
        return found

    def shares(self, vectors: Sequence[Floats]) -> Floats:
        """Return the weighted share of the nearest training passages that have each label, `(k, m)`."""
        similarity = self._similarity(vectors)
        count = min(_NEAREST, len(self._vectors))
        nearest = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
        found = np.empty((len(similarity), self._labels.shape[1]), np.float32)
        for row, own in enumerate(nearest):
            near = similarity[row, own]
            weights = np.exp(_SHARPNESS * (near - near.max()))
            found[row] = weights @ self._labels[own] / weights.sum()
        return found

    def _similarity(self, vectors: Sequence[Floats]) -> Floats:
        found: Floats = np.stack([centred(vector, self._centre) for vector in vectors]) @ self._vectors.T
        return found


def neighbours_of(
    vectors: Sequence[Floats], labels: Floats, known: Mapping[str, Floats] | None = None
) -> dict[str, Floats]:
    """Return the arrays for training passages with these unit vectors and labels `(n, m)`, which are 0 or 1.

    The arrays `known` are extended, and keep their centre.
    """
    centre = known["centre"] if known else np.mean(vectors, axis=0).astype(np.float32)
    own = np.stack([centred(one, centre) for one in vectors])
    if known:
        own, labels = np.concatenate([known["vectors"], own]), np.concatenate([known["labels"], labels])
    return {"vectors": own, "labels": labels, "centre": centre}
