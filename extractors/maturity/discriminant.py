"""A linear discriminant over the statements of a model: which directions of the vectors tell its nodes apart.

What statements of one node differ in is noise; directions in which they differ much count little (Fisher 1936). There
are fewer statements than dimensions of a vector, so their covariance is shrunk towards a sphere.
"""

import numpy as np
from numpy.typing import NDArray

from extractors.maturity.fitting import Numbers

Floats = NDArray[np.float32]

_SHRINKAGE = 0.3
"""Of the mean variance, added to the variance of every direction. From .1 to 1 the scorer does about as well."""


class Discriminant:
    """Scores texts for each node, and for being about something else."""

    def __init__(self, vectors: Floats, owners: NDArray[np.intp], nodes: int) -> None:
        """Take the unit vectors `(n, d)` of statements and the node of each; from the number `nodes` on it is none.

        What is about no node may be of several fields, each with a number of its own.
        """
        points = vectors.astype(np.float64)
        means = np.stack([points[owners == one].mean(axis=0) for one in range(max(nodes, int(owners.max()) + 1))])
        spread = points - means[owners]
        covariance = spread.T @ spread / len(points)
        variance = float(np.trace(covariance)) / len(covariance) or 1.0  # one statement a node: all directions alike
        covariance += _SHRINKAGE * variance * np.eye(len(covariance))
        self._weights: Numbers = np.linalg.solve(covariance, means.T)
        self._bias: Numbers = -0.5 * (means.T * self._weights).sum(axis=0)
        self._nodes, self._scale = nodes, 1.0
        self._scale = _foreign_deviation(self.scores(vectors)[0], owners)

    def scores(self, vectors: Floats) -> tuple[Floats, Floats]:
        """Return the score of each text for each node `(n, nodes)` and for something else `(n, 1)`.

        The unit is the standard deviation, among the nodes, of what statements of other nodes reach. Without statements
        of something else that is always the farther one; of several fields it is the nearest.
        """
        scores = ((vectors @ self._weights + self._bias) / self._scale).astype(np.float32)
        own, other = np.split(scores, [self._nodes], axis=1)
        return own, other.max(axis=1, keepdims=True) if other.shape[1] else own.min(axis=1, keepdims=True)


def _foreign_deviation(scores: Floats, owners: NDArray[np.intp]) -> float:
    """Return the standard deviation of what nodes score on statements of other nodes, beside the mean node."""
    nodes = scores.shape[1]
    relative = scores - scores.mean(axis=1, keepdims=True)
    foreign = (owners[:, None] != np.arange(nodes)) & (owners < nodes)[:, None]
    return float(relative[foreign].std()) if foreign.any() and relative[foreign].std() > 0 else 1.0
