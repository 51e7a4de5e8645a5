"""What a retraining reports: how good the tags are by people's labels, before and after, and where they are wrong."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from extractors.document import Document, Passage, SourceName, Value
from extractors.maturity.fitting import log_loss
from index.fields import year_of
from pipelines.evaluation.measures import (
    CERTAIN_NO,
    CERTAIN_YES,
    THRESHOLD,
    expected_calibration_error,
    f1_score,
)

_MOST_MISTAKES = 10
_CLOSEST = 1e-6
"""Probabilities are kept this far from 0 and 1 where their logarithm is taken."""


@dataclass(frozen=True)
class Row:
    """A judged sentence and its probability of being evidence, before and after; `author` judged it."""

    document: Document
    passage: Passage
    span: tuple[int, int]
    dimension: str
    holds: bool
    author: str
    before: float
    after: float


class Measures(Value):
    """How good probabilities of evidence are by people's labels, as fractions; None where there is nothing to count."""

    precision: float | None
    recall: float | None
    f1: float
    ece: float
    coverage: float
    accepted_precision: float | None
    log_loss: float


class TotalMeasures(Measures):
    """The same over all nodes; `macro_f1` is the mean of theirs."""

    macro_f1: float


class _Judged(Value):
    """How many sentences were judged, how many of them hold, and in how many documents they stand."""

    labels: int
    positives: int
    documents: int


class Comparison(Measures, _Judged):
    """The measures in force on some judged sentences, those of `after` where that was kept, and both of them."""

    before: Measures
    after: Measures


class _OfValue(Value):
    value: str | None


class Group(Comparison, _OfValue):
    """The same of the sentences with one value of a field, None of those without one."""


class TagMistake(Value):
    """A judged sentence that the probability in force, `confidence`, gets wrong, and where it stands.

    `symbol` is the printed one of the document, `author` who judged the sentence.
    """

    dimension: str
    confidence: float
    before: float
    after: float
    text: str
    passage: str
    pages: tuple[int, ...]
    symbol: str | None
    title: str | None
    source: SourceName
    author: str


class Summary(Comparison):
    """The measures in all, by node, body, language and year, and the worst mistakes."""

    before: TotalMeasures
    after: TotalMeasures
    macro_f1: float
    per_node: dict[str, Comparison]
    by_body: tuple[Group, ...]
    by_language: tuple[Group, ...]
    by_year: tuple[Group, ...]
    false_positives: tuple[TagMistake, ...]
    false_negatives: tuple[TagMistake, ...]


class _Training(Value):
    model: str
    provenance: str
    version: str | None
    at: str
    kept: bool
    reason: str | None
    folds: int
    loose: int


class RetrainReport(Summary, _Training):
    """What a retraining came to for a maturity model of some provenance.

    `kept` says whether its heads are in force, as `version`, or else `reason` why not; `at` is a time in UTC. The
    papers were in `folds` groups. `loose` labels did not count, `tagged` documents were tagged again.
    """

    tagged: int


def summary(rows: Sequence[Row], *, kept: bool) -> Summary:
    """Return the measures of judged sentences and their worst mistakes, by what is in force: `after` where `kept`."""
    each = {name: _compared(own, kept=kept) for name, own in _groups(rows, lambda row: row.dimension).items()}
    total = _compared(rows, kept=kept)
    before, after = (
        TotalMeasures(**dict(of_all), macro_f1=sum(one.f1 for one in of_nodes) / len(of_nodes))
        for of_all, of_nodes in (
            (total.before, [one.before for one in each.values()]),
            (total.after, [one.after for one in each.values()]),
        )
    )
    wrong = sorted(rows, key=lambda row: -_chance(row, kept=kept))
    return Summary(
        **dict(total) | {"before": before, "after": after},
        macro_f1=(after if kept else before).macro_f1,
        per_node=each,
        by_body=_split(rows, lambda row: row.document.body, kept=kept),
        by_language=_split(rows, lambda row: row.passage.language or row.document.language, kept=kept),
        by_year=_split(rows, lambda row: year_of(row.document), kept=kept),
        false_positives=_mistakes(wrong, holds=False, kept=kept),
        false_negatives=_mistakes(wrong[::-1], holds=True, kept=kept),
    )


def _compared(rows: Sequence[Row], *, kept: bool) -> Comparison:
    labels = [row.holds for row in rows]
    before, after = (
        _measures(chances, labels) for chances in ([row.before for row in rows], [row.after for row in rows])
    )
    return Comparison(
        labels=len(rows),
        positives=sum(labels),
        documents=len({row.document.id for row in rows}),
        **dict(after if kept else before),
        before=before,
        after=after,
    )


def _measures(chances: Sequence[float], labels: Sequence[bool]) -> Measures:
    found, true = np.array(chances), np.array(labels)
    said, sure = found >= THRESHOLD, found >= CERTAIN_YES
    hits = int((said & true).sum())
    certain = np.clip(found, _CLOSEST, 1 - _CLOSEST)
    return Measures(
        precision=_share(hits, said.sum()),
        recall=_share(hits, true.sum()),
        f1=f1_score(hits, int(said.sum()) - hits, int(true.sum()) - hits),
        ece=expected_calibration_error(found, true),
        coverage=float((sure | (found <= CERTAIN_NO)).mean()),
        accepted_precision=_share((sure & true).sum(), sure.sum()),
        log_loss=log_loss(np.log(certain / (1 - certain)), true),
    )


def _split(rows: Sequence[Row], field: Callable[[Row], str | None], *, kept: bool) -> tuple[Group, ...]:
    return tuple(Group(value=value, **dict(_compared(own, kept=kept))) for value, own in _groups(rows, field).items())


def _groups(rows: Iterable[Row], field: Callable[[Row], str | None]) -> dict[str | None, list[Row]]:
    """Return the rows by a field's values, in order, those without one last."""
    found: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        found[field(row)].append(row)
    return dict(sorted(found.items(), key=lambda one: (one[0] is None, one[0] or "")))


def _mistakes(rows: Sequence[Row], *, holds: bool, kept: bool) -> tuple[TagMistake, ...]:
    """Return the first rows with this label whose probability says the opposite."""
    wrong = [row for row in rows if row.holds == holds and (_chance(row, kept=kept) >= THRESHOLD) != holds]
    return tuple(
        TagMistake(
            dimension=row.dimension,
            confidence=round(_chance(row, kept=kept), 4),
            before=round(row.before, 4),
            after=round(row.after, 4),
            text=row.passage.text[slice(*row.span)],
            passage=row.passage.id,
            pages=row.passage.pages,
            symbol=row.document.symbol.raw if row.document.symbol else None,
            title=row.document.title,
            source=row.document.source,
            author=row.author,
        )
        for row in wrong[:_MOST_MISTAKES]
    )


def _chance(row: Row, *, kept: bool) -> float:
    return row.after if kept else row.before


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
