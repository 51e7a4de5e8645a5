"""The report of an evaluation of understanding: measures by set, themes and dimensions, and the worst mistakes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, get_args

from benchmarks.evaluate.scoring import (
    Answer,
    Counts,
    FrequentLevel,
    dimension_counts,
    frequent_levels,
    measures,
    theme_counts,
)
from configs.figures import Figure, Figures, PaperSet
from configs.system.controls import page_text
from extractors.document import Value
from pipelines.fitting.passages import JudgedPassage, JudgedSet
from pipelines.pages.environment import page_environment

_MISTAKES = 25
"""Of each kind that a report shows, the surest first."""
_TEMPLATES = Path(__file__).with_name("templates")
_DIGITS = 3
"""Of a figure that pages quote."""
_EXCERPT = 400
"""Characters of a passage in the report."""


class MeasureRow(Value):
    """One measure of one set, its 95 % interval, and what it rests on, unweighted."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int


class MeasureByOrganisation(MeasureRow):
    """A measure with its mean over organisations."""

    mean: float | None = None


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
    measures: tuple[MeasureByOrganisation, ...]
    themes: tuple[LabelRow, ...]
    dimensions: tuple[LabelRow, ...]
    false_positives: tuple[Mistake, ...]
    false_negatives: tuple[Mistake, ...]


class UnderstandingReport(Value):
    """What was measured, by set: `seen` passages trained the classifier that answered; `folds` is None without.

    `encoder` (its `model_hash`) and `model` are what the classifier is for.
    """

    encoder: str
    model: str
    folds: int | None
    seen: int
    passages: int
    sets: dict[str, SetReport]


class Answered(NamedTuple):
    """Who answered: see `UnderstandingReport`."""

    encoder: str
    model: str
    folds: int | None
    seen: int


def report_of(
    rows: Mapping[JudgedSet, Sequence[JudgedPassage]], answers: Mapping[str, Answer], by: Answered
) -> UnderstandingReport:
    """Return the report of judged passages by set; `answers` are those of all passages that were answered, by id.

    A set of which passages without a weight were answered, too, is reported once more with all of them alike.
    """
    frequent = frequent_levels(row for own in rows.values() for row in own)
    sets: dict[str, SetReport] = {}
    for name, own in rows.items():
        answered = [row for row in own if row.id in answers]
        if drawn := [row for row in answered if row.weight]:
            sets[name] = _set(drawn, [answers[row.id] for row in drawn], frequent)
        if len(drawn) < len(answered):
            alike = [row.model_copy(update={"weight": 1.0}) for row in answered]
            sets[f"{name}, unweighted"] = _set(alike, [answers[row.id] for row in alike], frequent)
    passages = sum(bool(row.weight) for own in rows.values() for row in own)
    return UnderstandingReport(**by._asdict(), passages=passages, sets=sets)


def figures_of(report: UnderstandingReport) -> Figures:
    """Return the measures of real papers, for the pages that quote them."""
    sets = {name: own for name in get_args(PaperSet) if (own := report.sets.get(name))}
    return Figures(
        encoder=report.encoder,
        model=report.model,
        folds=report.folds,
        passages={name: own.passages for name, own in sets.items()},
        measures={name: dict(_figures(own.measures)) for name, own in sets.items()},
    )


def page_of(report: UnderstandingReport) -> str:
    """Return the report as a web page for people, in which whatever came from passages is text."""
    return page_text(page_environment("en", _TEMPLATES).get_template("understanding_report.html").render(report=report))


def _figures(rows: Iterable[MeasureByOrganisation]) -> Iterator[tuple[str, Figure]]:
    for row in rows:
        if row.value is not None and row.low is not None and row.high is not None:
            value, low, high = (round(one, _DIGITS) for one in (row.value, row.low, row.high))
            mean = None if row.mean is None else round(row.mean, _DIGITS)
            yield row.name, Figure(value=value, low=low, high=high, n=row.n, mean=mean)


def _set(rows: Sequence[JudgedPassage], answers: Sequence[Answer], frequent: FrequentLevel) -> SetReport:
    found = measures(rows, answers, frequent)
    wrong, missed = _sorted(_false_positives(rows, answers)), _sorted(_false_negatives(rows, answers))
    return SetReport(
        passages=len(rows),
        measures=tuple(MeasureByOrganisation(name=name, **one._asdict()) for name, one in found.items()),
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
