"""The queue for review: which tags teach the most when a person judges them, the most first."""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple, get_args

import numpy as np

from configs.maturity import load_model
from configs.settings import Settings
from extractors.document import Document, MaturityTag, Passage, TagStatus
from extractors.maturity.labels import is_by_person
from extractors.maturity.tagger import ACCEPTED, SUGGESTED
from index.filters import AccessClasses, condition
from pipelines.asking import filters_of, reader

_SAME_DIMENSION, _SAME_PAPER, _SAME_BODY = 0.03, 0.1, 0.02
"""What each tag before it in the queue adds to one with the same dimension, paper or body, on the scale of confidence:
the third tag of a paper comes after a tag of another that is .2 surer."""
_UNJUDGED = tuple(status for status in get_args(TagStatus) if status != "rejected")


class _Waiting(NamedTuple):
    document: Document
    passage: Passage
    tag: MaturityTag


def queue(
    settings: Settings,
    *,
    access_classes: AccessClasses,
    dimension: str | None = None,
    limit: int = 20,
    filters: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the tags that wait for a person's judgement, those first that the tagger is least sure of.

    `{"tags": [{"id", "tag", "passage", "document"}], "waiting": n, "labels": n, "loose": n}`: all that wait, all
    labels, and those of them whose words are gone; of the papers that the reader may see (see `Engine.labels`).
    Raises `UsageError` for an unknown dimension or filter.
    """
    conditions = [condition("status", _UNJUDGED)]
    if dimension:
        conditions.append(condition("dimension", [load_model(settings.model).dimension(dimension).id]))
    wanted = filters_of(filters, access_classes).narrowed(conditions)
    with reader(settings) as engine:
        waiting = [
            _Waiting(document, passage, tag)
            for document, passages in engine.passages(wanted)
            for passage in passages
            for tag in passage.maturity
            if not is_by_person(tag.by) and all(one.accepts(getattr(tag, one.field)) for one in wanted.of_tags())
        ]
        labels = engine.labels(access_classes=access_classes)
    return {
        "tags": [_as_json(waiting[place]) for place in _most_telling(waiting, limit)],
        "waiting": len(waiting),
        "labels": len(labels),
        "loose": sum(one.passage is None for one in labels),
    }


def _most_telling(waiting: Sequence[_Waiting], limit: int) -> list[int]:
    """Return the places of the tags to show: near a threshold first, spread over dimensions, papers and bodies."""
    confidence = np.array([one.tag.confidence for one in waiting])
    cost = np.minimum(abs(confidence - SUGGESTED), abs(confidence - ACCEPTED))
    groups = [
        (_SAME_DIMENSION, _codes([one.tag.dimension for one in waiting])),
        (_SAME_PAPER, _codes([one.document.key for one in waiting])),
        (_SAME_BODY, _codes([one.document.body for one in waiting])),
    ]
    chosen: list[int] = []
    for _ in range(min(limit, len(waiting))):
        chosen.append(int(cost.argmin()))
        for penalty, codes in groups:
            cost[codes == codes[chosen[-1]]] += penalty
        cost[chosen[-1]] = np.inf
    return chosen


def _codes(values: Sequence[Hashable]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return np.array([numbers[value] for value in values], np.int64)


def _as_json(one: _Waiting) -> dict[str, Any]:
    header = one.document.header()
    passage = one.passage.model_dump(mode="json", include={"id", "text", "section", "paragraphs", "pages", "language"})
    about = ("id", "key", "symbol", "title", "source", "body", "date", "language")
    return {
        "id": one.tag.id,
        "tag": one.tag.model_dump(mode="json"),
        "passage": passage,
        "document": {name: header[name] for name in about},
    }
