"""Quick retraining of a classifier: judgements of a home are added, and its network is unchanged.

A weight's prior is its value before: few judgements change little. So it is with the calibration, which is fitted to
what was made of papers while they were held out, and which has the weight n / (n + 32) with n judgements.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors.classifier.calibration import Calibrator
from extractors.classifier.classifier import PARTS
from extractors.classifier.weights import ClassifierWeights, text_hash
from extractors.maturity.fitting import Numbers, fit_logistic, share
from pipelines.fitting.examples import Example
from pipelines.fitting.fit import score
from pipelines.fitting.network import Outputs
from pipelines.fitting.parts import Parts, add_to_parts
from pipelines.fitting.passages import folds_of

_KINDS = ("themes", "dimensions")
"""What is calibrated apart, by the name of the calibrator."""


class Pair(NamedTuple):
    """A passage, by its index in the examples, and a judged theme or dimension."""

    place: int
    kind: int
    column: int
    name: str
    holds: bool


class Trial(NamedTuple):
    """The classifier with all judgements added, and its scores on held-out papers.

    `before` and `after` are the log-odds of each pair `(n,)`, by the classifier as it was, and by one that was fitted
    and calibrated without the paper of the pair.
    """

    weights: ClassifierWeights
    pairs: Sequence[Pair]
    before: Numbers
    after: Numbers

    @property
    def labels(self) -> NDArray[np.bool_]:
        """Whether each pair holds."""
        return _labels(self.pairs)


def add_judgements(base: ClassifierWeights, examples: Sequence[Example], folds: int) -> Trial:
    """Return a classifier with the judgements on some passages added, tested by this many folds of held-out papers.

    One fold holds nothing out, so that nothing is tried.
    """
    labels = Outputs(base.note.themes, base.note.dimensions, base.note.levels)
    pairs = list(_pairs(examples, labels))
    parts = {name: base.part(name) for name in PARTS}
    calibrators = [base.part("calibration")[name] for name in _KINDS]
    judged = [one.judged for one in examples]
    numbers = np.array(folds_of(judged, folds) if folds > 1 else [0] * len(judged))
    fold_of = numbers[[pair.place for pair in pairs]]

    def odds(by: Parts, chosen: NDArray[np.bool_]) -> Numbers:
        """Return the log-odds of the pairs of chosen examples by some parts and the calibrators of before."""
        places = np.flatnonzero(chosen).tolist()
        found = dict(zip(places, score(by, [examples[place] for place in places], labels), strict=True))
        features = [(found[pair.place].scores, pair) for pair in pairs if pair.place in found]
        return np.array(
            [
                Calibrator(calibrators[pair.kind][:-1], float(calibrators[pair.kind][-1])).log_odds(
                    (scores.themes, scores.dimensions)[pair.kind][pair.column]
                )
                for scores, pair in features
            ],
            np.float64,
        )

    def without(*left_out: int) -> Parts:
        """Return the parts with the judgements of all folds but some."""
        others = [one for one, number in zip(examples, numbers, strict=True) if number not in left_out]
        return add_to_parts(parts, others, labels) if others else parts

    before = odds(parts, np.ones(len(examples), bool))
    raw, known = before.copy(), np.tile(before, (folds, 1))
    for fold in range(folds if folds > 1 else 0):
        raw[fold_of == fold] = odds(without(fold), numbers == fold)
    for one, other in combinations(range(folds), 2):  # what calibrates a fold knows nothing of it, either
        by = without(one, other)
        known[one, fold_of == other] = odds(by, numbers == other)
        known[other, fold_of == one] = odds(by, numbers == one)
    kinds, true = np.array([pair.kind for pair in pairs]), _labels(pairs)
    after = raw.copy()
    arrays = {f"{part}.{name}": array for part, own in without().items() for name, array in own.items()}
    arrays |= {f"calibration.{name}": array for name, array in base.part("calibration").items()}
    for kind, name in enumerate(_KINDS):
        own = kinds == kind
        for fold in range(folds):
            others, chosen = own & (fold_of != fold), own & (fold_of == fold)
            slope, intercept = _calibration(known[fold, others], true[others])
            after[chosen] = slope * raw[chosen] + intercept
        slope, intercept = _calibration(raw[own], true[own])
        moved = slope * calibrators[kind]
        moved[-1] += intercept
        arrays[f"calibration.{name}"] = moved.astype(np.float32)
    seen = sorted({*base.note.seen, *(text_hash(one.judged.text) for one in examples)})
    note = base.note.model_copy(update={"base": base.version, "seen": tuple(seen)})
    return Trial(ClassifierWeights(note, arrays), pairs, before, after)


def _pairs(examples: Sequence[Example], labels: Outputs) -> Iterator[Pair]:
    for place, one in enumerate(examples):
        holding = (frozenset(one.judged.themes), one.judged.dimensions)
        for kind, names in enumerate((labels.themes, labels.dimensions)):
            for column, name in enumerate(names):
                if one.judged.speaks_of(name):
                    yield Pair(place, kind, column, name, name in holding[kind])


def _labels(pairs: Sequence[Pair]) -> NDArray[np.bool_]:
    return np.array([pair.holds for pair in pairs], bool)


def _calibration(raw: Numbers, labels: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and intercept that calibrate log-odds (Platt 1999), near 1 and 0 where there are few labels."""
    features = np.stack([raw, np.ones(len(raw))], axis=1)
    found = share(len(raw)) * fit_logistic(features, labels, penalties=np.ones(2), offset=raw)
    return 1.0 + float(found[0]), float(found[1])
