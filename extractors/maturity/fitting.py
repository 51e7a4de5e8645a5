"""Logistic regression with a Gaussian prior, for what is learnt from few labels."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

HALFWAY = 32
"""Labels at which what was learnt from them counts as much as what was known before."""

_STEPS = 50
_TOLERANCE = 1e-8
_SMALLEST_STEP = 1e-4
_LEAST = 1e-7
"""Keeps log-odds finite where a probability is 0 or 1 to the last digit."""


def share(labels: int) -> float:
    """Return the weight of an estimate from so many labels, relative to the prior."""
    return labels / (labels + HALFWAY)


def fit_logistic(
    features: Numbers,
    labels: NDArray[np.bool_],
    *,
    penalties: Numbers,
    offset: Numbers,
    weights: Numbers | None = None,
) -> Numbers:
    """Return the likeliest coefficients `(k,)` of `features` `(n, k)`, by Newton's method with halved steps.

    `offset` `(n,)` is the log-odds known before; the prior of each coefficient is normal around 0, with the precision
    that `penalties` `(k,)` gives. A row counts as often as `weights` `(n,)` says, once without them. Without labels all
    are 0.
    """
    target = labels.astype(np.float64)
    counted = np.ones(len(target)) if weights is None else weights
    coefficients = np.zeros(features.shape[1])
    loss = _loss(features @ coefficients + offset, target, counted, coefficients, penalties)
    for _ in range(_STEPS):
        chances = sigmoid(features @ coefficients + offset)
        gradient = features.T @ (counted * (chances - target)) + penalties * coefficients
        curvature = (features.T * (counted * chances * (1 - chances))) @ features + np.diag(penalties)
        step, size = np.linalg.solve(curvature, gradient), 1.0
        while size >= _SMALLEST_STEP:
            moved = coefficients - size * step
            new = _loss(features @ moved + offset, target, counted, moved, penalties)
            if new <= loss:
                break
            size /= 2
        else:
            return coefficients
        done, coefficients, loss = loss - new < _TOLERANCE, moved, new
        if done:
            break
    return coefficients


def sigmoid(logits: Numbers) -> Numbers:
    """Return probabilities of log-odds, without overflow."""
    return 0.5 * (1.0 + np.tanh(logits / 2.0))


def log_odds(chances: NDArray[np.floating]) -> Numbers:
    """Return the log-odds of probabilities, finite for 0 and 1."""
    known = chances.astype(np.float64)
    odds: Numbers = np.log(np.maximum(known, _LEAST)) - np.log(np.maximum(1 - known, _LEAST))
    return odds


def log_loss(logits: Numbers, labels: NDArray[np.bool_]) -> float:
    """Return the mean negative log-likelihood of labels, in nats."""
    return float(np.logaddexp(0.0, np.where(labels, -logits, logits)).mean())


def _loss(logits: Numbers, target: Numbers, counted: Numbers, coefficients: Numbers, penalties: Numbers) -> float:
    return float(counted @ (np.logaddexp(0.0, logits) - target * logits) + penalties @ coefficients**2 / 2)
