"""The report of an evaluation of understanding: measures by set, themes and dimensions, and the worst mistakes."""

from collections.abc import Iterator, Mapping, Sequence

from extractors.document import Value
from pipelines.evaluation.understanding.passages import JudgedPassage, JudgedSet
from pipelines.evaluation.understanding.scoring import Answer, Counts, dimension_counts, measures, theme_counts

_MISTAKES = 25
"""Of each kind that a report shows, the surest first."""
_EXCERPT = 400
"""Characters of a passage in the report."""


class MeasureRow(Value):
    """One measure of one set, with its 95 % interval and what it rests on, unweighted."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int


class LabelRow(Value):
    """How well one theme or dimension is found: weighted numbers of passages, and the measures of them."""

    id: str
    right: float
    wrong: float
    missed: float
    precision: float | None
    recall: float | None
    f1: float | None


class Mistake(Value):
    """A theme or dimension that is shown and should not be (`false_positive`), or the other way round."""

    passage: str
    text: str
    kind: str
    id: str
    confidence: float


class SetReport(Value):
    """What was measured on one set of passages."""

    passages: int
    measures: tuple[MeasureRow, ...]
    themes: tuple[LabelRow, ...]
    dimensions: tuple[LabelRow, ...]
    false_positives: tuple[Mistake, ...]
    false_negatives: tuple[Mistake, ...]


class UnderstandingReport(Value):
    """What was measured, by set: `seen` passages trained the classifier that answered; `folds` is None without."""

    folds: int | None
    seen: int
    passages: int
    sets: dict[str, SetReport]


def report_of(
    rows: Mapping[JudgedSet, Sequence[JudgedPassage]], answers: Mapping[str, Answer], *, folds: int | None, seen: int
) -> UnderstandingReport:
    """Return the report of judged passages by set; `answers` are those of all passages, by id."""
    return UnderstandingReport(
        folds=folds,
        seen=seen,
        passages=sum(map(len, rows.values())),
        sets={name: _set(own, [answers[row.id] for row in own]) for name, own in rows.items() if own},
    )


def _set(rows: Sequence[JudgedPassage], answers: Sequence[Answer]) -> SetReport:
    wrong, missed = _sorted(_false_positives(rows, answers)), _sorted(_false_negatives(rows, answers))
    return SetReport(
        passages=len(rows),
        measures=tuple(MeasureRow(name=name, **one._asdict()) for name, one in measures(rows, answers).items()),
        themes=_labels(theme_counts(rows, answers)),
        dimensions=_labels(dimension_counts(rows, answers)),
        false_positives=wrong[-_MISTAKES:][::-1],
        false_negatives=missed[:_MISTAKES],
    )


def _labels(counts: Mapping[str, Counts]) -> tuple[LabelRow, ...]:
    return tuple(
        LabelRow(id=name, **one._asdict(), precision=one.precision, recall=one.recall, f1=one.f1)
        for name, one in counts.items()
    )


def _false_positives(rows: Sequence[JudgedPassage], answers: Sequence[Answer]) -> Iterator[Mistake]:
    for row, answer in zip(rows, answers, strict=True):
        for name in sorted(answer.shown.difference(row.themes)):
            yield _mistake(row, "theme", name, answer.themes.get(name, 1.0))
        for tag in answer.visible:
            if tag.dimension not in row.dimensions:
                yield _mistake(row, "dimension", tag.dimension, tag.confidence)


def _false_negatives(rows: Sequence[JudgedPassage], answers: Sequence[Answer]) -> Iterator[Mistake]:
    for row, answer in zip(rows, answers, strict=True):
        for name in sorted(set(row.themes) - answer.shown):
            yield _mistake(row, "theme", name, answer.themes.get(name, 0.0))
        shown = {tag.dimension for tag in answer.visible}
        for name in sorted(row.stated - shown):
            yield _mistake(row, "dimension", name, answer.dimensions.get(name, 0.0))


def _mistake(row: JudgedPassage, kind: str, name: str, confidence: float) -> Mistake:
    return Mistake(passage=row.id, text=row.text[:_EXCERPT], kind=kind, id=name, confidence=round(confidence, 4))


def _sorted(mistakes: Iterator[Mistake]) -> tuple[Mistake, ...]:
    """Return mistakes by confidence, the lowest first."""
    return tuple(sorted(mistakes, key=lambda one: (one.confidence, one.passage, one.id)))
