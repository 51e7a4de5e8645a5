"""Fits the calibration of the scorer over statements (`extractors/classifier/zero_shot.py`) and prints it.

usage: python -m benchmarks.fit_statements [--shared ../shared]

By every third passage that trains classifiers, and by judged ones of real papers: drawn ones and every fourth hard one.
Prints the numbers to write into the module, and how good they are on either set. Takes some minutes.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.running import DEFAULT_SHARED
from configs.classifier import TRAINING
from configs.settings import load_settings
from extractors.classifier.calibration import Calibrator
from extractors.classifier.zero_shot import CALIBRATED_ON, FEATURES, LIMITS
from extractors.maturity.fitting import fit_logistic
from pipelines.evaluation.measures import expected_calibration_error
from pipelines.evaluation.understanding.passages import JudgedPassage, read_judged, read_passages
from pipelines.fitting.examples import examples_of
from pipelines.stages.components import PipelineComponents

PRECISION, BIAS_PRECISION = 3.0, 1e-6


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    judged = read_judged(parser.parse_args().shared / "benchmarks" / "understanding")
    drawn, hard = ([row for row in judged[name] if row.weight] for name in ("papers", "hard"))
    with tempfile.TemporaryDirectory() as home:
        tools = PipelineComponents(load_settings(Path(home), model=CALIBRATED_ON))
        sets = {
            "written": _pairs(read_passages(TRAINING)[::3], tools),
            "papers": _pairs([*drawn, *hard[::4]], tools),
        }
    features, labels = (np.concatenate(column) for column in zip(*sets.values(), strict=True))
    rows = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    penalties = np.array([PRECISION] * len(FEATURES) + [BIAS_PRECISION])
    found = fit_logistic(rows, labels, penalties=penalties, offset=np.zeros(len(rows)))
    print(dict(zip((*FEATURES, "bias"), found.round(2).tolist(), strict=True)))
    calibrator = Calibrator(found[:-1].astype(np.float32), float(found[-1]))
    for name, (own, true) in sets.items():
        chances = calibrator.probabilities(own.astype(np.float32)).astype(np.float64)
        shown = chances >= LIMITS.suggested
        print(
            f"{name}: {true.sum()} of {len(true)} pairs hold, ECE {expected_calibration_error(chances, true):.3f};"
            f" {shown.sum()} suggested, {true[shown].mean():.2f} right, recall {true[shown].sum() / true.sum():.2f}"
        )


def _pairs(rows: Sequence[JudgedPassage], tools: PipelineComponents) -> tuple[np.ndarray, np.ndarray]:
    """Return features `(n, f)` and labels `(n,)` of pairs of passage and dimension, optional ones left out."""
    features, labels = [], []
    for one in examples_of(rows, tools):
        own = tools.statement_scorer.features(one.read)
        for place, dimension in enumerate(tools.model.dimensions):
            if dimension.id in one.judged.stated or dimension.id not in one.judged.dimensions:
                features.append(own[place])
                labels.append(dimension.id in one.judged.stated)
    return np.array(features, np.float64), np.array(labels)


if __name__ == "__main__":
    main()
