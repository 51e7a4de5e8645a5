"""Training of a classifier on judged passages: its parts, calibration on held-out passages, and folds of both."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from extractors.classifier.scorer import PassageScorer, sentence_vectors
from extractors.classifier.weights import ClassifierNote, ClassifierWeights, text_hash
from pipelines.fitting.calibrating import REAL_PAPERS, Scored, calibrate
from pipelines.fitting.examples import Example
from pipelines.fitting.network import Outputs
from pipelines.fitting.parts import Parts, Target, cached_parts
from pipelines.fitting.passages import folds_of

Report = Callable[[str], None]

_SCORED_AT_ONCE = 64
_UNLIKE = 5
"""Percentage of the judged passages that are less like those that trained than all others."""


@dataclass(frozen=True)
class Fold:
    """Parts trained without the passages of one fold, what trained them, and their scores of that fold's."""

    parts: Parts
    trained_on: tuple[Example, ...]
    scored: tuple[Scored, ...]


def held_out(
    always: Sequence[Example],
    judged: Sequence[Example],
    target: Target,
    folds: int,
    report: Report = lambda _: None,
) -> Iterator[Fold]:
    """Yield each fold of the judged examples, scored by parts trained on the others and the permanent examples.

    A paper that is judged is on one side only, passages of it that always train too. Raises as `folds_of` and
    `fit_parts` do.
    """
    every = [*always, *judged]
    numbers = folds_of([one.judged for one in judged], folds)
    for fold in range(folds):
        test = [one for one, number in zip(judged, numbers, strict=True) if number == fold]
        apart = {one.judged.group for one in test}
        report(f"fold {fold + 1} of {folds}")
        others = tuple(one for one in every if one.judged.group not in apart)
        parts = cached_parts(others, target)
        yield Fold(parts, others, tuple(score(parts, test, target.labels)))


def score(parts: Parts, examples: Sequence[Example], labels: Outputs) -> Iterator[Scored]:
    """Yield the examples with their scores."""
    scorer, places = PassageScorer(parts, len(labels.themes), len(labels.dimensions)), range(len(labels.dimensions))
    for start in range(0, len(examples), _SCORED_AT_ONCE):
        window = examples[start : start + _SCORED_AT_ONCE]
        nearest = scorer.nearest([one.read.vector for one in window]).tolist()
        found = scorer.scores([one.read for one in window])
        for one, scores, near in zip(window, found, nearest, strict=True):
            vectors = sentence_vectors(one.read)
            outcomes = scorer.outcomes(one.read, scores, vectors)
            claims = (scorer.claims(one.read, scores, place, vectors, outcomes) for place in places)
            yield Scored(one, scores, tuple(next(own) for own in claims if len(vectors)), near)


def weights_of(
    parts: Parts, trained_on: Sequence[Example], scored: Sequence[Scored], target: Target
) -> ClassifierWeights:
    """Return a classifier from parts, calibrated by passages on which the scoring parts were not trained."""
    calibrators, limits = calibrate(scored, target.labels, target.descriptions)
    arrays = {f"{part}.{name}": array for part, own in parts.items() for name, array in own.items()}
    arrays |= {f"calibration.{name}": array for name, array in calibrators.items()}
    seen = tuple(sorted(text_hash(one.judged.text) for one in trained_on))
    of_papers = sum(one.example.judged.set in REAL_PAPERS for one in scored)
    nearest = float(np.percentile([one.nearest for one in scored], _UNLIKE))
    note = ClassifierNote(
        encoder=target.encoder,
        model=target.model,
        themes=target.labels.themes,
        dimensions=target.labels.dimensions,
        levels=target.labels.levels,
        seen=seen,
        of_papers=of_papers,
        nearest=round(nearest, 3),
        **limits._asdict(),
    )
    return ClassifierWeights(note, arrays)


def fit_classifier(
    always: Sequence[Example], judged: Sequence[Example], target: Target, folds: int, report: Report = lambda _: None
) -> ClassifierWeights:
    """Return a classifier trained on all examples, calibrated on the judged ones while they were held out."""
    scored = [one for fold in held_out(always, judged, target, folds, report) for one in fold.scored]
    every = [*always, *judged]
    report("all passages")
    return weights_of(cached_parts(every, target), every, scored, target)
