"""Training: people's labels made into heads, tried on papers that they were not fitted to, kept if they help."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from configs.errors import UsageError
from configs.sentences import SentenceRules
from configs.settings import Settings
from extractors.annotations import Placed
from extractors.document import Document, Passage
from extractors.maturity.fitting import sigmoid
from extractors.maturity.heads import Examples, Head, Heads
from extractors.maturity.labels import Judged, Label, judgements
from extractors.text.sentences import sentence_spans
from index.filters import AccessClasses, may_read_all
from index.protocol import Engine
from index.results import PlacedLabel
from pipelines.ingest.run import ProgressListener
from pipelines.ingest.runs import tag_again
from pipelines.review.cross_validation import Trial, cross_validate
from pipelines.review.training_report import RetrainReport, Row, Summary, summary
from pipelines.search.service import reader
from pipelines.stages import components
from pipelines.storage.opening import open_storage

_ROUNDING = 1e-9
"""Differences below this are none."""


class _Lesson(NamedTuple):
    """A judged sentence, as a span of its passage."""

    document: Document
    passage: Passage
    span: tuple[int, int]
    judged: Judged


def retrain(
    settings: Settings, *, access_classes: AccessClasses, progress: ProgressListener = lambda *_: None
) -> RetrainReport:
    """Fit heads to the labels of the home, keep them if they help, tag the documents again with them; report.

    Only labels of papers that the caller may see count. All documents are tagged again, and those of them are counted
    that the caller may see. The heads help where log loss and macro F1, on papers that they were not fitted to, are
    not worse than without them. Raises `UsageError` where nothing was judged yet, and as `ingest` does.
    """
    tools = components.PipelineComponents(settings)
    known = {dimension.id for dimension in tools.model.dimensions}
    with reader(settings) as engine:
        labels = [
            one
            for one in engine.labels(access_classes=access_classes)
            if isinstance(one.label, Label) and one.label.model == tools.model.id
        ]
        found = _lessons(engine, labels, tools.sentences, access_classes)
        lessons = [one for one in found if one.judged.span[0] in known]
    if not lessons:
        raise UsageError(f"no tag of the model {tools.model.id} was judged yet", "begin with 'review list'")
    examples = _examples(lessons, tools)
    trial = cross_validate(examples, [one.document.key for one in lessons])
    chances = zip(sigmoid(examples.shared).tolist(), trial.chances.tolist(), strict=True)
    rows = [_row(lesson, *pair) for lesson, pair in zip(lessons, chances, strict=True)]
    reason = _refusal(trial, summary(rows, kept=True))
    heads = _heads(tools, trial.heads, labels, len(lessons))
    if reason is None:
        open_storage(settings).save_heads(heads)
    return RetrainReport(
        model=tools.model.id,
        provenance=tools.model.provenance,
        version=heads.version if reason is None else None,
        at=heads.at,
        kept=reason is None,
        reason=reason,
        folds=trial.folds,
        loose=sum(one.is_loose for one in labels),
        **dict(summary(rows, kept=reason is None)),
        tagged=_tag_again(settings, access_classes, progress) if reason is None else 0,
    )


def _tag_again(settings: Settings, access_classes: AccessClasses, progress: ProgressListener) -> int:
    """Tag all documents again; return how many of those that a reader may see have other tags now.

    The run names each document as it comes to it, so only who may see every paper is told how far it is.
    """
    before = _tagged_by(settings, access_classes)
    tag_again(settings, progress=progress if may_read_all(access_classes) else lambda *_: None)
    return len(_tagged_by(settings, access_classes) - before)


def _tagged_by(settings: Settings, access_classes: AccessClasses) -> set[tuple[str, str | None]]:
    """Return the id of each document that a reader may see, with the version of what tagged it."""
    with reader(settings) as engine:
        return {(name, versions.get("tag")) for name, versions in engine.documents(access_classes=access_classes)}


def _refusal(trial: Trial, found: Summary) -> str | None:
    """Return why heads are not kept, None where they are."""
    if trial.folds == 1:
        return "all judged tags are of one paper; judge some of another"
    if not trial.heads:
        return "no dimension has both tags that are right and tags that are wrong"
    before, after = found.before, found.after
    if after.log_loss > before.log_loss + _ROUNDING:
        return f"log loss on unknown papers would rise from {before.log_loss:.4f} to {after.log_loss:.4f}"
    if after.macro_f1 < before.macro_f1 - _ROUNDING:
        return f"macro F1 on unknown papers would fall from {before.macro_f1:.4f} to {after.macro_f1:.4f}"
    return None


def _lessons(
    engine: Engine, labels: Sequence[PlacedLabel], rules: SentenceRules, access_classes: AccessClasses
) -> Iterator[_Lesson]:
    """Yield what the labels say of the sentences that they stand in; loose labels do not count."""
    by_passage: dict[str, dict[str, list[PlacedLabel]]] = defaultdict(lambda: defaultdict(list))
    for one in labels:
        if one.passage is not None:
            by_passage[one.label.document][one.passage].append(one)
    for name, found in by_passage.items():
        document = engine.document(name, access_classes=access_classes, full=True)
        if document is None:
            continue
        for passage in document.passages:
            placed = [
                Placed(one.label, passage.ordinal, one.start, one.end)
                for one in found.get(passage.id, ())
                if isinstance(one.label, Label)
            ]
            for judged in judgements(placed):
                yield _Lesson(document, passage, _sentence(passage.text, judged, rules), judged)


def _sentence(text: str, judged: Judged, rules: SentenceRules) -> tuple[int, int]:
    """Return the sentence that has the most of the judged words: the tagger looks at whole ones."""
    _, start, end = judged.span
    spans = sentence_spans(text, rules)
    return max(spans, key=lambda span: min(span[1], end) - max(span[0], start))


def _examples(lessons: Sequence[_Lesson], tools: components.PipelineComponents) -> Examples:
    scores = components.shared_scores([one.passage for one in lessons], [one.span for one in lessons], tools)
    dimensions = [one.judged.span[0] for one in lessons]
    return Examples(
        np.array(dimensions),
        np.array([score.encoder for score in scores]),
        np.array([one.judged.holds for one in lessons]),
        np.array([score.logits[name] for score, name in zip(scores, dimensions, strict=True)], np.float64),
        np.array([score.vector for score in scores], np.float64),
    )


def _row(lesson: _Lesson, before: float, after: float) -> Row:
    dimension, label = lesson.judged.span[0], lesson.judged.placed.label
    return Row(
        lesson.document, lesson.passage, lesson.span, dimension, lesson.judged.holds, label.author, before, after
    )


def _heads(
    tools: components.PipelineComponents, heads: tuple[Head, ...], labels: Sequence[PlacedLabel], taught: int
) -> Heads:
    digest = hashlib.sha256("\n".join(head.model_dump_json() for head in heads).encode()).hexdigest()
    return Heads(
        version=digest[:8],
        model=tools.model.id,
        at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        tagger=tools.tagger_name,
        labels=taught,
        last_label=max(one.label.id for one in labels),
        heads=heads,
    )
