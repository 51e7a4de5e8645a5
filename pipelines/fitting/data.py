"""Training passages of a classifier: those that come with the product, and a folder of judged ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from configs.classifier import TRAINING
from extractors.classifier.about import describing
from extractors.classifier.classifier import levels_in
from pipelines.fitting.examples import Example, Progress, examples_of
from pipelines.fitting.network import Outputs
from pipelines.fitting.parts import Target
from pipelines.fitting.passages import JudgedPassage, read_judged, read_passages
from pipelines.stages.components import PipelineComponents

_BLOCK = 50
"""Passages of the training file that stay together in a fold: writers came back to a scene within so many."""


class Rows(NamedTuple):
    """Passages that always train, and those that are held out in folds to calibrate and to measure."""

    always: list[JudgedPassage]
    judged: list[JudgedPassage]


class Passages(NamedTuple):
    """Passages as `Rows` has them, encoded."""

    always: list[Example]
    judged: list[Example]


def rows_of(folder: Path | None, of_home: Sequence[JudgedPassage] = ()) -> Rows:
    """Return the passages of the product's training file and of a folder of judged passages.

    Passages of the folder without a weight always train, and so do those `of_home`; those of `papers.jsonl` are held
    out with their papers all the same, so that they can be answered. Without a folder those of the
    training file are held out, in blocks. Raises as `read_judged` does.
    """
    own = read_passages(TRAINING)
    if folder is None:
        blocks = [
            row.model_copy(update={"weight": 1.0, "source": f"block {number // _BLOCK}"})
            for number, row in enumerate(own)
        ]
        return Rows([*of_home], blocks)
    judged = [row for rows in read_judged(folder).values() for row in rows]
    held = [bool(row.weight) or row.set == "papers" for row in judged]
    always = [*own, *of_home, *(row for row, is_held in zip(judged, held, strict=True) if not is_held)]
    return Rows(always, [row for row, is_held in zip(judged, held, strict=True) if is_held])


def encoded(rows: Rows, tools: PipelineComponents, progress: Progress = lambda *_: None) -> Passages:
    """Return passages encoded."""
    found = examples_of([*rows.always, *rows.judged], tools, progress)
    return Passages(found[: len(rows.always)], found[len(rows.always) :])


def target_of(tools: PipelineComponents) -> Target:
    """Return the training target for the encoder, vocabulary and maturity model of the components."""
    labels = Outputs(tools.theme_ids, tuple(one.id for one in tools.model.dimensions), levels_in(tools.model))
    texts = [describing(tools.vocabulary, name) for name in tools.theme_ids]
    return Target(
        tools.identity.model_hash, tools.model.id, labels, tools.encoder.passages(texts), tools.settings.cache
    )
