"""The report of an evaluation of understanding: measures by set, themes and dimensions, and the worst mistakes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import mean
from typing import NamedTuple, get_args

from pydantic import Field

from configs.figures import Figure, Figures, PaperSet
from extractors.document import Value
from pipelines.evaluation.understanding.passages import JudgedPassage, JudgedSet
from pipelines.evaluation.understanding.scoring import (
    Answer,
    Counts,
    FrequentLevel,
    dimension_counts,
    frequent_levels,
    measures,
    theme_counts,
)

_MISTAKES = 25
"""Of each kind that a report shows, the surest first."""
_LARGE_SHARE = 0.15
"""Of the stated dimensions of a set: a paper with so many is measured by itself, too."""
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


class PartReport(Value):
    """What was measured on some papers of a set."""

    papers: tuple[str, ...]
    passages: int
    measures: tuple[MeasureByOrganisation, ...]


class SetReport(Value):
    """What was measured on one set of passages.

    Where single papers have many of its stated tags, each of these is a part, all others with such tags are another
    one, and `mean_of_parts` gives each measure as the mean of the parts.
    """

    passages: int
    measures: tuple[MeasureByOrganisation, ...]
    parts: tuple[PartReport, ...] = ()
    mean_of_parts: dict[str, float | None] = Field(default={})
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


def _figures(rows: Iterable[MeasureByOrganisation]) -> Iterator[tuple[str, Figure]]:
    for row in rows:
        if row.value is not None and row.low is not None and row.high is not None:
            value, low, high = (round(one, _DIGITS) for one in (row.value, row.low, row.high))
            mean = None if row.mean is None else round(row.mean, _DIGITS)
            yield row.name, Figure(value=value, low=low, high=high, n=row.n, mean=mean)


def _set(rows: Sequence[JudgedPassage], answers: Sequence[Answer], frequent: FrequentLevel) -> SetReport:
    parts = [
        PartReport(papers=papers, passages=len(places), measures=_measured(rows, answers, places, frequent))
        for papers, places in _parts(rows)
    ]
    wrong, missed = _sorted(_false_positives(rows, answers)), _sorted(_false_negatives(rows, answers))
    return SetReport(
        passages=len(rows),
        measures=_measured(rows, answers, range(len(rows)), frequent),
        parts=tuple(parts),
        mean_of_parts={
            same[0].name: mean(values) if (values := [one.value for one in same if one.value is not None]) else None
            for same in zip(*(part.measures for part in parts), strict=True)
        },
        themes=_labels(theme_counts(rows, answers)),
        dimensions=_labels(dimension_counts(rows, answers)),
        false_positives=wrong[-_MISTAKES:][::-1],
        false_negatives=missed[:_MISTAKES],
    )


def _measured(
    rows: Sequence[JudgedPassage], answers: Sequence[Answer], places: Sequence[int], frequent: FrequentLevel
) -> tuple[MeasureByOrganisation, ...]:
    found = measures([rows[place] for place in places], [answers[place] for place in places], frequent)
    return tuple(MeasureByOrganisation(name=name, **one._asdict()) for name, one in found.items())


def _parts(rows: Sequence[JudgedPassage]) -> list[tuple[tuple[str, ...], list[int]]]:
    """Return the papers of each part of a set and the places of its passages; none where no paper stands out."""
    stated: Counter[str] = Counter()
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        stated[row.group] += len(row.stated)
        places[row.group].append(place)
    large = [name for name, count in stated.items() if count >= _LARGE_SHARE * stated.total() > 0]
    if not large or rows[0].source is None:
        return []
    others = tuple(name for name, count in stated.items() if count and name not in large)
    names = [*((name,) for name in large), *([others] if others else [])]
    return [(one, [place for name in one for place in places[name]]) for one in names]


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
