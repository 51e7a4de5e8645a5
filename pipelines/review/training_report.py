"""What a retraining reports: how good the tags are by people's labels, before and after, and where they are wrong."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from extractors.document import Document, Passage
from extractors.maturity.fitting import log_loss
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

Measures = dict[str, float | None]


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


def summary(rows: Sequence[Row], *, kept: bool) -> dict[str, Any]:
    """Return the measures in all, by node, body, language and year, and the worst mistakes.

    The measures are those of what is in force: of `after` where that was kept. Fractions; those of which there is
    nothing to count are null.
    """
    nodes = _groups(rows, lambda row: row.dimension)
    each = {name: _both(own, kept=kept) for name, own in nodes.items()}
    total = _both(rows, kept=kept)
    for name in ("before", "after"):
        scores = [node[name]["f1"] for node in each.values()]
        total[name]["macro_f1"] = sum(scores) / len(scores)
    total["macro_f1"] = total["after" if kept else "before"]["macro_f1"]
    wrong = sorted(rows, key=lambda row: -_chance(row, kept=kept))
    return {
        **total,
        "per_node": each,
        "by_body": _split(rows, lambda row: row.document.body, kept=kept),
        "by_language": _split(rows, lambda row: row.passage.language or row.document.language, kept=kept),
        "by_year": _split(rows, lambda row: _year(row.document), kept=kept),
        "false_positives": _mistakes(wrong, holds=False, kept=kept),
        "false_negatives": _mistakes(wrong[::-1], holds=True, kept=kept),
    }


def _both(rows: Sequence[Row], *, kept: bool) -> dict[str, Any]:
    labels = [row.holds for row in rows]
    before, after = (
        _measures(chances, labels) for chances in ([row.before for row in rows], [row.after for row in rows])
    )
    about = {"labels": len(rows), "positives": sum(labels), "documents": len({row.document.id for row in rows})}
    return {**about, **(after if kept else before), "before": before, "after": after}


def _measures(chances: Sequence[float], labels: Sequence[bool]) -> Measures:
    found, true = np.array(chances), np.array(labels)
    said, sure = found >= THRESHOLD, found >= CERTAIN_YES
    hits = int((said & true).sum())
    certain = np.clip(found, _CLOSEST, 1 - _CLOSEST)
    return {
        "precision": _share(hits, said.sum()),
        "recall": _share(hits, true.sum()),
        "f1": f1_score(hits, int(said.sum()) - hits, int(true.sum()) - hits),
        "ece": expected_calibration_error(found, true),
        "coverage": float((sure | (found <= CERTAIN_NO)).mean()),
        "accepted_precision": _share((sure & true).sum(), sure.sum()),
        "log_loss": log_loss(np.log(certain / (1 - certain)), true),
    }


def _split(rows: Sequence[Row], field: Callable[[Row], str | None], *, kept: bool) -> list[dict[str, Any]]:
    return [{"value": value, **_both(own, kept=kept)} for value, own in _groups(rows, field).items()]


def _groups(rows: Iterable[Row], field: Callable[[Row], str | None]) -> dict[Any, list[Row]]:
    """Return the rows by a field's values, in order, those without one last."""
    found: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        found[field(row)].append(row)
    return dict(sorted(found.items(), key=lambda one: (one[0] is None, one[0] or "")))


def _mistakes(rows: Sequence[Row], *, holds: bool, kept: bool) -> list[dict[str, Any]]:
    """Return the first rows with this label whose probability says the opposite."""
    wrong = [row for row in rows if row.holds == holds and (_chance(row, kept=kept) >= THRESHOLD) != holds]
    return [
        {
            "dimension": row.dimension,
            "confidence": round(_chance(row, kept=kept), 4),
            "before": round(row.before, 4),
            "after": round(row.after, 4),
            "text": row.passage.text[slice(*row.span)],
            "passage": row.passage.id,
            "pages": list(row.passage.pages),
            "symbol": row.document.symbol.raw if row.document.symbol else None,
            "title": row.document.title,
            "source": row.document.source,
            "author": row.author,
        }
        for row in wrong[:_MOST_MISTAKES]
    ]


def _chance(row: Row, *, kept: bool) -> float:
    return row.after if kept else row.before


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None


def _year(document: Document) -> str | None:
    meeting = document.meeting_dates
    date = document.date or (meeting and (meeting.start or meeting.end))
    return str(date.year) if date else None
