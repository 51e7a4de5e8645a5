"""Fits the calibration of the scorer over statements (`extractors/classifier/zero_shot.py`) and prints it.

usage: python -m benchmarks.fit_statements [--shared ../shared] [--encoders NAME …]

By all judged passages and those written for training, read by each encoder. Prints the numbers to write into the
module, and by set how often suggestions are right where neither the dimension nor the organisation, or the paper, was
fitted. Takes some minutes for each encoder.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.running import DEFAULT_SHARED
from configs.settings import load_settings
from extractors.classifier.calibration import Calibrator
from extractors.classifier.zero_shot import CALIBRATED_ON, FEATURES, LIMITS
from extractors.maturity.fitting import fit_logistic
from pipelines.fitting.examples import examples_of
from pipelines.fitting.measures import expected_calibration_error
from pipelines.fitting.passages import JudgedPassage, folds_of, read_judged, read_passages
from pipelines.stages.components import PipelineComponents

PRECISION, BIAS_PRECISION = 3.0, 1e-6
FOLDS = 5
ENCODERS = ("multilingual-e5-small", "all-MiniLM-L6-v2")
WHICH, ANY = slice(0, 2), slice(2, len(FEATURES))


class Rows(NamedTuple):
    """Passages as one encoder reads them: features `(n, D, f)`, what they state and what counts of it `(n, D)`."""

    features: NDArray[np.float64]
    stated: NDArray[np.bool_]
    counts: NDArray[np.bool_]
    folds: NDArray[np.int_]
    sets: NDArray[np.str_]

    def of(self, chosen: NDArray[np.bool_]) -> "Rows":
        """Return some of the rows."""
        features, stated, counts, folds, sets = self
        return Rows(features[chosen], stated[chosen], counts[chosen], folds[chosen], sets[chosen])


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    parser.add_argument("--encoders", nargs="+", default=ENCODERS)
    options = parser.parse_args()
    folder = options.shared / "benchmarks" / "understanding"
    judged = [row for rows in read_judged(folder).values() for row in rows]
    judged += read_passages(folder / "training.jsonl")
    read = {encoder: rows_of(judged, encoder) for encoder in options.encoders}
    dimensions = np.arange(next(iter(read.values())).stated.shape[1])
    which, any_ = fitted(list(read.values()), dimensions)
    print({"which": which, "any": any_})
    for encoder, rows in read.items():
        for name, line in quality(rows, held_out(rows, list(read.values()), dimensions)):
            print(f"{encoder} {name}: {line}")


def rows_of(judged: Sequence[JudgedPassage], encoder: str) -> Rows:
    """Return what an encoder makes of judged passages in its languages."""
    folds = dict(zip((one.id for one in judged), folds_of(judged, FOLDS), strict=True))
    with tempfile.TemporaryDirectory() as home:
        tools = PipelineComponents(load_settings(Path(home), model=CALIBRATED_ON, encoder=encoder))
        names = [dimension.id for dimension in tools.model.dimensions]
        spoken = [one for one in judged if encoder == ENCODERS[0] or one.language == "en"]
        features = [tools.statement_scorer.features(one.read) for one in examples_of(spoken, tools)]
    return Rows(
        np.array(features, np.float64),
        np.array([[name in one.stated for name in names] for one in spoken]),
        np.array([[name in one.stated or name not in one.dimensions for name in names] for one in spoken]),
        np.array([folds[one.id] for one in spoken]),
        np.array([one.set or "written" for one in spoken]),
    )


def fitted(read: Sequence[Rows], dimensions: NDArray[np.intp]) -> tuple[Calibrator, Calibrator]:
    """Return what tells which of some dimensions is stated, where any is, and whether any is."""
    which, any_ = [], []
    for rows in read:
        stated, counts = rows.stated[:, dimensions], rows.counts[:, dimensions]
        some: NDArray[np.bool_] = np.any(stated, axis=1)
        clear = some | np.all(counts, axis=1)
        any_.append((rows.features[clear, 0, ANY], some[clear]))
        pairs = counts & some[:, None]
        which.append((rows.features[:, dimensions][pairs][:, WHICH], stated[pairs]))
    return logistic(which), logistic(any_)


def logistic(parts: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_]]]) -> Calibrator:
    """Return a logistic regression over all parts."""
    features, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
    rows = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    penalties = np.array([PRECISION] * features.shape[1] + [BIAS_PRECISION])
    found = fit_logistic(rows, labels, penalties=penalties, offset=np.zeros(len(rows))).round(2)
    return Calibrator(found[:-1].astype(np.float32), float(found[-1]))


def held_out(rows: Rows, read: Sequence[Rows], dimensions: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the chances `(n, D)` of what was fitted to other dimensions in passages of other papers."""
    chances = np.zeros(rows.stated.shape)
    for fold in range(FOLDS):
        known, own = [one.of(one.folds != fold) for one in read], rows.folds == fold
        for place in dimensions:
            which, any_ = fitted(known, dimensions[dimensions != place])
            found = rows.features[own, place].astype(np.float32)
            chances[own, place] = which.probabilities(found[:, WHICH]) * any_.probabilities(found[:, ANY])
    return chances


def quality(rows: Rows, chances: NDArray[np.float64]) -> Iterator[tuple[str, str]]:
    """Yield by set how good chances are."""
    for name in sorted(set(rows.sets)):
        own = rows.sets == name
        counts = rows.counts[own]
        found, true = chances[own][counts], rows.stated[own][counts]
        shown = found >= LIMITS.suggested
        line = f"{true.sum()} of {len(true)} pairs hold, ECE {expected_calibration_error(found, true):.3f}; "
        line += f"{shown.sum()} suggested, {true[shown].mean():.2f} right, recall {true[shown].sum() / true.sum():.2f}"
        yield name, line


if __name__ == "__main__":
    main()
