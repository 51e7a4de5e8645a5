"""Heads tried on papers that they were not fitted to."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors.maturity.fitting import Numbers, sigmoid
from extractors.maturity.heads import Examples, Head, calibrated, fit_calibration, fit_heads, logits

MOST_FOLDS = 5


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

    All of one paper are in one fold; so are language versions, which share its key. The calibration that a fold is
    judged with was fitted to the other folds.
    """
    folds = _folds(papers)
    heads = fit_heads(examples)
    raw = examples.shared.copy()
    for fold in np.unique(folds):
        raw[folds == fold] = logits(fit_heads(examples.where(folds != fold)), examples.where(folds == fold))
    taught = np.isin(_pairs(examples), [f"{head.dimension}\n{head.encoder}" for head in heads])
    found = raw.copy()
    for fold in np.unique(folds):
        known, own = taught & (folds != fold), taught & (folds == fold)
        slope, intercept = fit_calibration(raw[known], examples.labels[known])
        found[own] = slope * raw[own] + intercept
    final = calibrated(heads, *fit_calibration(raw[taught], examples.labels[taught]))
    return Trial(final, found, len(np.unique(folds)))


def _folds(papers: Sequence[str]) -> NDArray[np.int64]:
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
