"""The trained parts of a classifier, before it is calibrated: what they are fitted for, and how."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from configs.errors import UsageError
from extractors.classifier.linear import passage_input
from extractors.classifier.neighbours import neighbours_of
from extractors.classifier.scorer import FIELDS, MODALITIES, level_input, modality_input, sentence_vectors
from extractors.classifier.states import Floats
from pipelines.fitting.examples import Example
from pipelines.fitting.linear import fit_classes, fit_outputs
from pipelines.fitting.network import Labels, targets, train_network

Parts = dict[str, dict[str, Floats]]


@dataclass(frozen=True)
class Target:
    """What a classifier is fitted for: encoder (its `model_hash`), maturity model, and the labels of both.

    `descriptions (T, d)` are the encoder's vectors of what the vocabulary says of each theme. `cache` is the folder for
    what was fitted, None to keep nothing.
    """

    encoder: str
    model: str
    labels: Labels
    descriptions: Floats
    cache: Path | None = None


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
