"""Heads tried on papers that they were not fitted to."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors.maturity.fitting import Numbers, sigmoid
from extractors.maturity.heads import Examples, Head, calibrated, fit_calibration, fit_heads, logits

MOST_FOLDS = 5
Folds = NDArray[np.int64]


class Trial(NamedTuple):
    """Calibrated heads over all examples, and the log-odds `(n,)` of each by heads that knew nothing of its paper."""

    heads: tuple[Head, ...]
    logits: Numbers
    folds: int

    @property
    def chances(self) -> Numbers:
        """The same as probabilities."""
        return sigmoid(self.logits)


def cross_validate(examples: Examples, papers: Sequence[str]) -> Trial:
    """Return heads for the examples and what such heads make of papers that they do not know.

    All of one paper are in one fold; so are language versions, which share its key.
    """
    folds = _folds(papers)
    return Trial(_fit(examples, folds), _unseen(examples, folds, _fit), len(np.unique(folds)))


def _fit(examples: Examples, folds: Folds) -> tuple[Head, ...]:
    """Return heads, calibrated on what heads that did not know a fold made of it."""
    heads = fit_heads(examples)
    raw = _unseen(examples, folds, lambda known, _: fit_heads(known))
    taught = np.isin(_pairs(examples), [f"{head.dimension}\n{head.encoder}" for head in heads])
    return calibrated(heads, *fit_calibration(raw[taught], examples.labels[taught]))


def _unseen(examples: Examples, folds: Folds, fit: Callable[[Examples, Folds], tuple[Head, ...]]) -> Numbers:
    """Return the log-odds of each example by heads that were fitted to the other folds."""
    found = examples.shared.copy()
    for fold in np.unique(folds):
        own = folds == fold
        found[own] = logits(fit(examples.where(~own), folds[~own]), examples.where(own))
    return found


def _folds(papers: Sequence[str]) -> Folds:
    """Return the fold of each example, the largest papers first into whichever fold has the fewest."""
    sizes = Counter(papers)
    full = [0] * min(MOST_FOLDS, len(sizes))
    fold_of = {}
    for paper, size in sorted(sizes.items(), key=lambda one: (-one[1], one[0])):
        fold_of[paper] = full.index(min(full))
        full[fold_of[paper]] += size
    return np.array([fold_of[paper] for paper in papers], np.int64)


def _pairs(examples: Examples) -> NDArray[np.str_]:
    return np.char.add(np.char.add(examples.dimensions, "\n"), examples.encoders)
