"""The command `models fit`: trains a classifier for the encoder, vocabulary and maturity model of a home.

It is trained on the passages that come with the product, and on a folder of judged ones.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from configs.classifier import TRAINING
from configs.settings import Settings
from configs.system.errors import UnavailableError
from configs.system.folders import make_home
from extractors.classifier.about import describing
from extractors.classifier.classifier import levels_in
from extractors.document import Value
from index.filters import AccessClasses
from pipelines.fitting.examples import Example, Progress, examples_of
from pipelines.fitting.fit import fit_classifier
from pipelines.fitting.judged import judged_passages
from pipelines.fitting.network import Outputs, keep_memory
from pipelines.fitting.parts import Target, nothing_stated
from pipelines.fitting.passages import JudgedPassage, read_judged, read_passages, require_folds
from pipelines.stages.components import PipelineComponents
from pipelines.storage.classifiers import fitted_path, retrained_path

_BLOCK = 50
"""Passages of the training file that stay together in a fold: writers came back to a scene within so many."""
FOLDS = 5


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


class FitReport(Value):
    """A classifier that was fitted: for what, on how many passages, and the confidences from which on it shows.

    `of_papers` passages of real papers calibrated it.
    """

    encoder: str
    model: str
    version: str
    themes: int
    dimensions: int
    passages: int
    of_papers: int
    suggested_theme: float
    suggested_tag: float
    accepted_theme: float
    accepted_stated: float
    accepted_topic: float
    file: str
    seconds: float


def fit(
    settings: Settings,
    *,
    access_classes: AccessClasses,
    folder: Path | None = None,
    folds: int = FOLDS,
    progress: Progress = lambda *_: None,
) -> FitReport:
    """Train a classifier and store it in the home, replacing an earlier one for the same encoder.

    It trains on the product's training passages, on those of the home with judgements that the caller may see, and on
    a folder of judged ones, which also calibrate it while they are held out in folds; without a folder the training
    passages do. The next ingestion tags
    all documents again. Raises `UsageError` for a number of folds that the passages do not allow and for a maturity
    model that they say nothing of, `OSError` where the home cannot hold it, and as `read_judged`, `open_encoder` and
    `load_vocabulary` do.
    """
    judged: list[JudgedPassage] = []
    with suppress(UnavailableError):  # no index exists yet
        judged = judged_passages(settings, access_classes=access_classes)
    rows = rows_of(folder, judged)
    require_folds([row for row in rows.judged if row.weight], folds)
    started, tools = time.perf_counter(), PipelineComponents(settings)
    target = target_of(tools)
    if not any(row.stated.intersection(target.labels.dimensions) for row in (*rows.always, *rows.judged)):
        raise nothing_stated()
    path = fitted_path(settings.home, tools.identity)
    make_home(settings.home)
    path.parent.mkdir(exist_ok=True)
    passages = encoded(rows, tools, progress)
    keep_memory()
    done = 0

    def report(_: str) -> None:
        nonlocal done
        done += 1
        progress(done, folds + 1, "fits")

    weights = fit_classifier(passages.always, passages.judged, target, folds, report)
    weights.write(path)
    retrained_path(settings.home, tools.identity).unlink(missing_ok=True)  # of the classifier before; it is passed over
    return FitReport(
        encoder=tools.identity.name,
        model=target.model,
        version=weights.version,
        themes=len(target.labels.themes),
        dimensions=len(target.labels.dimensions),
        passages=len(weights.note.seen),
        of_papers=weights.note.of_papers,
        suggested_theme=weights.note.suggested_theme,
        suggested_tag=weights.note.suggested_tag,
        accepted_theme=weights.note.accepted_theme,
        accepted_stated=weights.note.accepted_stated,
        accepted_topic=weights.note.accepted_topic,
        file=str(path),
        seconds=round(time.perf_counter() - started, 1),
    )
