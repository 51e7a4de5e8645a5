"""Quality measures of probabilities, as fractions."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from extractors.document import Value
from extractors.maturity.fitting import log_loss, log_odds

Chances: TypeAlias = NDArray[np.float64]
TrueNodes: TypeAlias = NDArray[np.bool_]

THRESHOLD = 0.5
CERTAIN_YES, CERTAIN_NO = 0.8, 0.2
"""From the first on, and up to the second, a probability decides without a person."""
_BINS = 10


class Measures(Value):
    """How good probabilities are, as fractions; None where there is nothing to count.

    What is likelier than not counts as given. `coverage` is the share that a probability decides, `accepted_precision`
    that of those accepted which are right.
    """

    precision: float | None
    recall: float | None
    f1: float
    ece: float
    coverage: float
    accepted_precision: float | None
    log_loss: float


def measured(chances: Chances, labels: TrueNodes) -> Measures:
    """Return the measures of probabilities `(n,)` beside what holds `(n,)`; n is 1 at least."""
    given, accepted = chances >= THRESHOLD, chances >= CERTAIN_YES
    hits = int((given & labels).sum())
    return Measures(
        precision=share_of(hits, given.sum()),
        recall=share_of(hits, labels.sum()),
        f1=f1_score(hits, int(given.sum()) - hits, int(labels.sum()) - hits),
        ece=expected_calibration_error(chances, labels),
        coverage=float((accepted | (chances <= CERTAIN_NO)).mean()),
        accepted_precision=share_of((accepted & labels).sum(), accepted.sum()),
        log_loss=log_loss(log_odds(chances), labels),
    )


def f1_score(hits: int, wrong: int, missed: int) -> float:
    """Return the harmonic mean of precision and recall; 0 where nothing is right."""
    return 2 * hits / (2 * hits + wrong + missed) if hits else 0.0


def expected_calibration_error(chances: Chances, labels: TrueNodes) -> float:
    """Return how far probabilities are from what comes true, by ten bins of equal width (Guo et al. 2017).

    `chances` is P(label), not the confidence in the likelier answer; a bin counts by the rows in it.
    """
    bins = np.minimum((chances * _BINS).astype(np.intp), _BINS - 1)
    claimed = np.bincount(bins, weights=chances, minlength=_BINS)
    true = np.bincount(bins, weights=labels, minlength=_BINS)
    return float(np.abs(claimed - true).sum() / len(labels))


def share_of(part: float, whole: float) -> float | None:
    """Return a share, None without a base."""
    return float(part / whole) if whole else None
