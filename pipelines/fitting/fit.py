"""A classifier fitted to judged passages: its parts, its calibration on passages held out, and folds of both."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from configs.errors import UsageError
from extractors.classifier.linear import passage_input
from extractors.classifier.neighbours import neighbours_of
from extractors.classifier.scorer import (
    FIELDS,
    MODALITIES,
    PassageScorer,
    PassageScores,
    level_input,
    modality_input,
    sentence_vectors,
)
from extractors.classifier.states import Floats
from extractors.classifier.weights import ClassifierNote, ClassifierWeights, seen_as
from pipelines.evaluation.understanding.passages import folds_of
from pipelines.fitting.calibrating import Limits, Scored, calibrate
from pipelines.fitting.examples import Example
from pipelines.fitting.linear import fit_classes, fit_outputs
from pipelines.fitting.network import Labels, targets, train_network

Parts = dict[str, dict[str, Floats]]
Report = Callable[[str], None]

_SCORED_AT_ONCE = 64


@dataclass(frozen=True)
class Target:
    """What a classifier is fitted for: encoder (its `model_hash`), maturity model, and the labels of both.

    `descriptions (T, d)` are the encoder's vectors of what the vocabulary says of each theme.
    """

    encoder: str
    model: str
    labels: Labels
    descriptions: Floats


@dataclass(frozen=True)
class Fold:
    """Parts trained without the passages of one fold, what trained them, and their scores of that fold's."""

    parts: Parts
    trained_on: tuple[Example, ...]
    scored: tuple[Scored, ...]


def fit_parts(examples: Sequence[Example], labels: Labels) -> Parts:
    """Return the trained arrays by part: the network, the neighbours and three sets of linear decisions.

    Raises `UsageError` where no example states anything of a dimension.
    """
    fields = np.eye(len(FIELDS), dtype=np.float32)[[FIELDS.index(one.judged.about) for one in examples]]
    wanted = np.concatenate([targets(examples, labels).numpy(), fields], axis=1)
    inputs = [passage_input(one.read.text, one.read.vector, one.read.mentioned) for one in examples]
    claims, modalities, stages, levels = [], [], [], []
    for one in examples:
        vectors = sentence_vectors(one.read)
        for tag, sentence in one.stated():
            if tag.dimension not in labels.dimensions or tag.modality is None:
                continue
            place = labels.dimensions.index(tag.dimension)
            claims.append(modality_input(one.read, vectors, sentence))
            modalities.append(MODALITIES.index(tag.modality))
            stages.append(level_input(one.read, vectors, sentence, place, len(labels.dimensions)))
            levels.append(1 + labels.levels.index(tag.level) if tag.level in labels.levels else 0)
    if not claims:
        raise nothing_stated()
    return {
        "network": train_network(examples, labels),
        "neighbours": neighbours_of([one.read.vector for one in examples], wanted[:, : -len(FIELDS)]),
        "passage": fit_outputs(inputs, wanted),
        "modality": fit_classes(claims, modalities, len(MODALITIES)),
        "level": fit_classes(stages, levels, 1 + len(labels.levels)),
    }


def nothing_stated() -> UsageError:
    """Return the error of passages that were not judged for a maturity model."""
    message = "the passages state nothing of a dimension of the maturity model, so there is nothing to learn of it"
    return UsageError(message, "name the model that they were judged for with --model, or judge passages for this one")


def held_out(
    always: Sequence[Example], judged: Sequence[Example], labels: Labels, folds: int, report: Report = lambda _: None
) -> Iterator[Fold]:
    """Yield each fold of the judged examples, scored by parts trained on the others and on those that always train.

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
        parts = fit_parts(others, labels)
        yield Fold(parts, others, tuple(score(parts, test, labels)))


def score(parts: Parts, examples: Sequence[Example], labels: Labels) -> Iterator[Scored]:
    """Yield the examples with their scores."""
    scorer = PassageScorer(parts, len(labels.themes), len(labels.dimensions))
    for start in range(0, len(examples), _SCORED_AT_ONCE):
        window = examples[start : start + _SCORED_AT_ONCE]
        for one, scores in zip(window, scorer.scores([one.read for one in window]), strict=True):
            vectors = sentence_vectors(one.read)
            stated = tuple(
                _level_chance(scorer, one, scores, labels.dimensions.index(tag.dimension), vectors)
                if tag.dimension in labels.dimensions
                else 0.0
                for tag, _ in one.stated()
            )
            yield Scored(one, scores, stated)


def _level_chance(
    scorer: PassageScorer, example: Example, scores: PassageScores, dimension: int, vectors: Floats
) -> float:
    """Return the probability that a level is stated, at the sentence that is taken for the evidence."""
    best = int(scores.evidence[:, dimension].argmax())
    return 1 - float(np.exp(scorer.claim(example.read, scores, dimension, vectors, best).levels[0]))


def weights_of(
    parts: Parts, trained_on: Sequence[Example], scored: Sequence[Scored], target: Target
) -> ClassifierWeights:
    """Return a classifier of parts, calibrated by passages whose scores are of parts that had not seen them."""
    calibrators, limits = calibrate(scored, target.labels, target.descriptions)
    arrays = {f"{part}.{name}": array for part, own in parts.items() for name, array in own.items()}
    arrays |= {f"calibration.{name}": array for name, array in calibrators.items()}
    seen = tuple(sorted(seen_as(one.judged.text) for one in trained_on))
    return ClassifierWeights(_note(target, limits, seen), arrays)


def fit_classifier(
    always: Sequence[Example], judged: Sequence[Example], target: Target, folds: int, report: Report = lambda _: None
) -> ClassifierWeights:
    """Return a classifier trained on all examples, calibrated on the judged ones while they were held out."""
    scored = [one for fold in held_out(always, judged, target.labels, folds, report) for one in fold.scored]
    every = [*always, *judged]
    report("all passages")
    return weights_of(fit_parts(every, target.labels), every, scored, target)


def _note(target: Target, limits: Limits, seen: tuple[int, ...]) -> ClassifierNote:
    return ClassifierNote(
        encoder=target.encoder,
        model=target.model,
        themes=target.labels.themes,
        dimensions=target.labels.dimensions,
        levels=target.labels.levels,
        seen=seen,
        **limits._asdict(),
    )
