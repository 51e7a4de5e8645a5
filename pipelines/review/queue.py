"""The queue for review: which tags and themes teach the most when a person judges them, the most first."""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple, get_args

import numpy as np

from configs.maturity import load_model
from configs.settings import Settings
from extractors.document import Document, MaturityTag, Passage, PassageTheme, TagStatus
from extractors.maturity.labels import is_by_person
from extractors.maturity.tagger import ACCEPTED, SUGGESTED
from extractors.themes import about
from extractors.themes.annotated import theme_id
from index.encoder import encoder_identity
from index.filters import AccessClasses, Filters, condition
from index.protocol import Engine
from pipelines.search.requests import filters_of
from pipelines.search.service import reader
from pipelines.storage.classifiers import load_classifier

_SAME_DIMENSION, _SAME_PAPER, _SAME_BODY = 0.03, 0.1, 0.02
"""What each tag before it in the queue adds to one with the same dimension, paper or body, on the scale of confidence:
the third tag of a paper comes after a tag of another that is .2 surer. Likewise for themes."""
_UNJUDGED = tuple(status for status in get_args(TagStatus) if status != "rejected")


class _Waiting(NamedTuple):
    document: Document
    passage: Passage
    tag: MaturityTag


class _WaitingTheme(NamedTuple):
    document: Document
    passage: Passage
    theme: PassageTheme


class _Limits(NamedTuple):
    """From which confidence on a tag and a theme is suggested."""

    tag: float
    theme: float


def queue(
    settings: Settings,
    *,
    access_classes: AccessClasses,
    dimension: str | None = None,
    limit: int = 20,
    filters: Sequence[str] = (),
    themes: bool = False,
) -> dict[str, Any]:
    """Return the tags that wait for a person's judgement, those first that the tagger is least sure of.

    `{"tags": [{"id", "tag", "passage", "document"}], "waiting": n, "labels": n, "loose": n}`: all that wait, all
    labels, and those of them whose words are gone; of the papers that the reader may see (see `Engine.labels`).
    With `themes` also the suggested themes, as `"themes": [{"id", "theme", "passage", "document"}]`, and how many of
    them wait, as `"themes_waiting": n`. Raises `UsageError` for an unknown dimension or filter.
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
        suggested = _suggested(engine, filters_of(filters, access_classes)) if themes else []
        labels = engine.labels(access_classes=access_classes)
    limits = _limits(settings)
    found = {
        "tags": [_as_json(waiting[place]) for place in _most_telling(waiting, limits.tag, limit)],
        "waiting": len(waiting),
        "labels": len(labels),
        "loose": sum(one.passage is None for one in labels),
    }
    if themes:
        shown = (suggested[place] for place in _most_telling_themes(suggested, limits.theme, limit))
        found |= {"themes": [_theme_as_json(one) for one in shown], "themes_waiting": len(suggested)}
    return found


def _limits(settings: Settings) -> _Limits:
    """Return the confidences from which on the classifier in use suggests, the usual ones where there is none."""
    classifier = load_classifier(settings, encoder_identity(settings))
    if classifier is None:
        return _Limits(SUGGESTED, about.SUGGESTED)
    tags = classifier.note.suggested_tag if classifier.knows(load_model(settings.model)) else SUGGESTED
    return _Limits(tags, classifier.note.suggested_theme)


def _suggested(engine: Engine, filters: Filters) -> list[_WaitingTheme]:
    """Return the suggested themes of passages that filters leave; of the themes asked for, if any."""
    wanted = filters.narrowed([condition("theme.status", ["suggested"])])
    return [
        _WaitingTheme(document, passage, theme)
        for document, passages in engine.passages(wanted)
        for passage in passages
        for theme in passage.themes
        if theme.status == "suggested" and all(one.accepts(theme.id) for one in wanted.of_themes())
    ]


def _most_telling(waiting: Sequence[_Waiting], suggested: float, limit: int) -> list[int]:
    """Return the places of the tags to show: near a threshold first, spread over dimensions, papers and bodies."""
    cost = _distances([one.tag.confidence for one in waiting], suggested, ACCEPTED)
    return _spread(cost, [one.tag.dimension for one in waiting], [one.document for one in waiting], limit)


def _most_telling_themes(waiting: Sequence[_WaitingTheme], suggested: float, limit: int) -> list[int]:
    """Return the places of the themes to show, likewise."""
    cost = _distances([one.theme.confidence for one in waiting], suggested, about.ACCEPTED)
    return _spread(cost, [one.theme.id for one in waiting], [one.document for one in waiting], limit)


def _distances(confidences: Sequence[float], *thresholds: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return how far each confidence is from the nearest threshold."""
    known = np.array(confidences, np.float64)
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = np.min([abs(known - one) for one in thresholds], axis=0)
    return found


def _spread(
    cost: np.ndarray[tuple[int], np.dtype[np.float64]],
    subjects: Sequence[str],
    documents: Sequence[Document],
    limit: int,
) -> list[int]:
    """Return the places of the least costs, each of which makes those of its subject, paper and body cost more."""
    groups = [
        (_SAME_DIMENSION, _codes(subjects)),
        (_SAME_PAPER, _codes([document.key for document in documents])),
        (_SAME_BODY, _codes([document.body for document in documents])),
    ]
    chosen: list[int] = []
    for _ in range(min(limit, len(cost))):
        chosen.append(int(cost.argmin()))
        for penalty, codes in groups:
            cost[codes == codes[chosen[-1]]] += penalty
        cost[chosen[-1]] = np.inf
    return chosen


def _codes(values: Sequence[Hashable]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return np.array([numbers[value] for value in values], np.int64)


def _as_json(one: _Waiting) -> dict[str, Any]:
    return {"id": one.tag.id, "tag": one.tag.model_dump(mode="json"), **_place(one.document, one.passage)}


def _theme_as_json(one: _WaitingTheme) -> dict[str, Any]:
    theme = one.theme.model_dump(mode="json")
    return {"id": theme_id(one.passage.id, one.theme.id), "theme": theme, **_place(one.document, one.passage)}


def _place(document: Document, passage: Passage) -> dict[str, Any]:
    """Return what is shown of a passage and its document."""
    header = document.header()
    shown = ("id", "key", "symbol", "title", "source", "body", "date", "language")
    return {
        "passage": passage.model_dump(
            mode="json", include={"id", "text", "section", "paragraphs", "pages", "language"}
        ),
        "document": {name: header[name] for name in shown},
    }
