"""`evaluate understanding`: themes and tags of judged passages, by the current classifier or by cross-validation.

Without judged passages, the distance of the papers of a home from the training papers, which shows where answers are
less reliable.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.evaluate.report import Answered, UnderstandingReport, report_of
from benchmarks.evaluate.scoring import Answer
from configs.settings import Settings
from configs.system.errors import UnavailableError, UsageError
from extractors.classifier.classifier import Classifier
from extractors.document import Passage, Value
from extractors.entities.subjects import Subjects
from index.filters import AccessClasses, Filters
from pipelines.fitting.examples import Example, Progress, examples_of, judged_passages
from pipelines.fitting.fit import Fold, held_out, weights_of
from pipelines.fitting.network import keep_memory
from pipelines.fitting.parts import Target
from pipelines.fitting.passages import JudgedPassage, JudgedSet, read_judged, require_folds
from pipelines.fitting.run import Passages, encoded, rows_of, target_of
from pipelines.search.service import reader
from pipelines.stages import components
from pipelines.stages.components import PipelineComponents
from pipelines.stages.tagging import guiding_subjects
from pipelines.storage.classifiers import no_classifier

_WINDOW = 256
_MOST = 100
"""Passages of one body and kind that are looked at."""
_SEED = 20260


class UnlikeGroup(Value):
    """The papers of one body and kind: so many passages were looked at, and which share of them is unlike training."""

    body: str | None
    kind: str | None
    passages: int
    unlike: float


class UnlikeReport(Value):
    """What was found of a home; `nearest` is the cosine below which a passage is unlike (see `ClassifierNote`)."""

    nearest: float
    passages: int
    unlike: float | None
    groups: tuple[UnlikeGroup, ...]


def evaluate_understanding(
    settings: Settings,
    folder: Path,
    *,
    folds: int | None = None,
    progress: Progress = lambda *_: None,
) -> UnderstandingReport:
    """Return the measures of themes and tags on the judged passages of a folder, each tagged alone.

    Without `folds` the classifier in use answers, and the report says how many of the passages trained it. With folds
    it is fitted again for each, weights, calibration and limits, and answers the passages of that fold alone. Raises
    `UnavailableError` where there is no classifier for encoder and maturity model or no judged passage, `UsageError`
    for a maturity model that the passages were not judged for and for folds that they do not allow, and as
    `read_judged` does.
    """
    tools = components.PipelineComponents(settings)
    rows = read_judged(folder)
    _check(tools, [row for own in rows.values() for row in own])
    if folds is None:
        answers, seen = _by_classifier(tools, rows, progress), _seen(tools, rows)
    else:
        require_folds([row for own in rows.values() for row in own if row.weight], folds)
        passages, target = encoded(rows_of(folder), tools, progress), target_of(tools)
        answers, seen = _by_folds(tools, passages, target, folds, progress), 0
    return report_of(rows, answers, Answered(tools.identity.model_hash, tools.model.id, folds, seen))


def unlike_papers(
    settings: Settings, *, access_classes: AccessClasses, progress: Progress = lambda *_: None
) -> UnlikeReport:
    """Return how many passages of the papers that the caller may see are unlike all that trained the classifier.

    At most 100 passages of each body and kind are drawn, always the same ones. Raises `UnavailableError` where there is
    no classifier for encoder and maturity model, and as `reader`.
    """
    tools = PipelineComponents(settings)
    if tools.classifier is None:
        raise no_classifier(tools.identity, tools.model)
    texts: dict[tuple[str | None, str | None], list[str]] = defaultdict(list)
    with reader(settings) as engine:
        for document, passages in engine.passages(Filters(access_classes=access_classes)):
            texts[document.body, document.kind] += [one.text for one in passages if one.is_read]
    chance = random.Random(_SEED)
    drawn = {group: chance.sample(own, min(_MOST, len(own))) for group, own in texts.items() if own}
    total, done, far = sum(map(len, drawn.values())), 0, 0
    groups = []
    for (body, kind), own in drawn.items():
        unlike = int(tools.classifier.unlike(tools.encoder.passages(own)).sum())
        groups.append(UnlikeGroup(body=body, kind=kind, passages=len(own), unlike=round(unlike / len(own), 3)))
        done, far = done + len(own), far + unlike
        progress(done, total, "passages")
    return UnlikeReport(
        nearest=tools.classifier.note.nearest,
        passages=total,
        unlike=round(far / total, 3) if total else None,
        groups=tuple(sorted(groups, key=lambda one: (-one.unlike, one.body or "", one.kind or ""))),
    )


def _by_classifier(
    tools: components.PipelineComponents, rows: dict[JudgedSet, tuple[JudgedPassage, ...]], progress: Progress
) -> dict[str, Answer]:
    if tools.classifier is None or tools.node_scorer is not tools.classifier:
        raise no_classifier(tools.identity, tools.model)
    scored = [row for own in rows.values() for row in own if row.weight]
    found: dict[str, Answer] = {}
    answering = _Answering(tools, tools.classifier)
    for start in range(0, len(scored), _WINDOW):
        window = scored[start : start + _WINDOW]
        found |= answering.answers(examples_of(window, tools))
        progress(len(found), len(scored), "passages")
    return found


def _by_folds(
    tools: components.PipelineComponents, passages: Passages, target: Target, folds: int, progress: Progress
) -> dict[str, Answer]:
    keep_memory()
    done: list[Fold] = []
    for fold in held_out(passages.always, passages.judged, target, folds):
        done.append(fold)
        progress(len(done), folds, "folds")
    return answers_of_folds(tools, done, target)


def answers_of_folds(tools: components.PipelineComponents, folds: Sequence[Fold], target: Target) -> dict[str, Answer]:
    """Return the answers of each fold's passages, by their ids: by its parts, calibrated on the other folds."""
    found: dict[str, Answer] = {}
    for number, fold in enumerate(folds):
        others = [one for place, other in enumerate(folds) if place != number for one in other.scored]
        classifier = Classifier(weights_of(fold.parts, fold.trained_on, others, target))
        found |= _Answering(tools, classifier).answers([one.example for one in fold.scored])
    return found


class _Answering:
    """Answers judged passages by a classifier and the pipeline components, exactly as the tag stage does."""

    def __init__(self, tools: components.PipelineComponents, classifier: Classifier) -> None:
        self._tools, self._classifier = tools, classifier
        self._about, self._tagger = tools.about_themes(classifier), tools.tagger_of(classifier)

    def answers(self, examples: Sequence[Example]) -> dict[str, Answer]:
        """Return the answers by the passages' ids."""
        rows, inputs = [one.judged for one in examples], [one.read for one in examples]
        passages = judged_passages(rows, self._tools)
        readings = self._classifier.read(inputs)
        vectors = np.stack([one.vector for one in inputs])
        about = self._about.score(passages, vectors, readings)
        return {
            passage.id: Answer(
                reading.themes,
                frozenset(theme.id for theme in themes),
                {name: one.about for name, one in reading.dimensions.items()},
                self._tagger.tags(passage, reading, self._subjects(passage, example.judged), self._guiding(example)),
                {name: one.stated for name, one in reading.dimensions.items()},
                example.evidence(),
            )
            for passage, reading, themes, example in zip(passages, readings, about, examples, strict=True)
        }

    def _guiding(self, example: Example) -> frozenset[str]:
        return guiding_subjects(example.judged.title, example.judged.source, self._tools)

    def _subjects(self, passage: Passage, judged: JudgedPassage) -> Subjects:
        """Return the subjects of a passage's sentences, as far as it, its headings and its title tell them."""
        (entities,) = self._tools.entities.find_in_document([(passage.text, passage.language)])
        section = tuple(judged.section.split(" > ")) if judged.section else ()
        named = passage.model_copy(update={"entities": entities, "section": section})
        return self._tools.subjects.find([named], None, judged.title)[0]


def _check(tools: components.PipelineComponents, rows: Sequence[JudgedPassage]) -> None:
    if not any(row.weight for row in rows):
        raise UnavailableError("no passage has a weight, so there is nothing to score", "give the judged passages")
    known = {dimension.id for dimension in tools.model.dimensions}
    if other := sorted({tag.dimension for row in rows for tag in row.tags} - known):
        raise UsageError(
            f"the passages were judged for other dimensions than those of {tools.model.id}: {', '.join(other)}",
            "name the maturity model that they were judged for with --model",
        )


def _seen(tools: components.PipelineComponents, rows: dict[JudgedSet, tuple[JudgedPassage, ...]]) -> int:
    """Return how many of the passages that are scored trained the classifier in use."""
    texts = (row.text for own in rows.values() for row in own if row.weight)
    return tools.classifier.seen_among(texts) if tools.classifier else 0
