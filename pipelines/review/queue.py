"""The queue for review: which tags and themes teach the most when a person judges them, the most first."""

from collections.abc import Hashable, Sequence
from typing import Annotated, Any, NamedTuple, TypeAlias, get_args

import numpy as np
from pydantic import PlainSerializer

from configs.maturity import load_model
from configs.settings import Settings
from extractors.document import Document, MaturityTag, Passage, PassageTheme, TagStatus, Value
from extractors.maturity.labels import is_by_person
from extractors.maturity.tagger import ACCEPTED, SUGGESTED
from extractors.themes import about
from extractors.themes.annotated import theme_id
from index.encoder import encoder_identity
from index.filters import AccessClasses, Filters, condition
from index.protocol import Engine
from pipelines.search.requests import filters_of
from pipelines.storage.classifiers import load_classifier

_SAME_DIMENSION, _SAME_PAPER, _SAME_BODY = 0.03, 0.1, 0.02
"""What each tag before it in the queue adds to one with the same dimension, paper or body, on the scale of confidence:
the third tag of a paper comes after a tag of another that is .2 surer. Likewise for themes."""
_UNJUDGED = tuple(status for status in get_args(TagStatus) if status != "rejected")


def _shown_passage(passage: Passage) -> dict[str, Any]:
    return passage.model_dump(mode="json", include={"id", "text", "section", "paragraphs", "pages", "language"})


def _shown_document(document: Document) -> dict[str, Any]:
    header = document.header()
    return {name: header[name] for name in ("id", "key", "symbol", "title", "source", "body", "date", "language")}


_ShownPassage: TypeAlias = Annotated[Passage, PlainSerializer(_shown_passage)]
_ShownDocument: TypeAlias = Annotated[Document, PlainSerializer(_shown_document)]


class QueuedTag(Value):
    """A tag that waits for a person's judgement, by the `id` that is accepted, rejected or set.

    Passage and document are whole, but for the blocks, tables and passages of the document; JSON shows what a person
    needs to judge.
    """

    id: str
    tag: MaturityTag
    passage: _ShownPassage
    document: _ShownDocument


class QueuedTheme(Value):
    """A suggested theme of a passage that waits, likewise, by the `id` that is accepted or rejected."""

    id: str
    theme: PassageTheme
    passage: _ShownPassage
    document: _ShownDocument


class ReviewQueue(Value):
    """What to judge next, the most telling first, and how far the review is, in the papers that the reader may see.

    `waiting` counts all tags without a judgement, `labels` all judgements, `loose` those of them whose words are gone.
    `themes` is empty, and `themes_waiting` 0, where nobody asked for themes.
    """

    tags: tuple[QueuedTag, ...]
    waiting: int
    labels: int
    loose: int
    themes: tuple[QueuedTheme, ...] = ()
    themes_waiting: int = 0


Thresholds: TypeAlias = tuple[float, float]
"""The confidences from which on something is suggested and accepted."""


class Limits(NamedTuple):
    """From which confidences on a tag and a theme is suggested and accepted."""

    tag: Thresholds
    theme: Thresholds


def queue(
    settings: Settings,
    engine: Engine,
    *,
    access_classes: AccessClasses,
    dimension: str | None = None,
    limit: int = 20,
    filters: Sequence[str] = (),
    themes: bool = False,
) -> ReviewQueue:
    """Return the tags that wait for a person's judgement, those first that the tagger is least sure of.

    With `themes` also the suggested themes; at most `limit` of each. Raises `UsageError` for an unknown dimension or
    filter.
    """
    conditions = [condition("status", _UNJUDGED)]
    if dimension:
        conditions.append(condition("dimension", [load_model(settings.model).dimension(dimension).id]))
    wanted = filters_of(filters, access_classes).narrowed(conditions)
    waiting = [
        QueuedTag(id=tag.id, tag=tag, passage=passage, document=document)
        for document, passages in engine.passages(wanted)
        for passage in passages
        for tag in passage.maturity
        if not is_by_person(tag.by) and all(one.accepts(getattr(tag, one.field)) for one in wanted.of_tags())
    ]
    suggested = _suggested(engine, filters_of(filters, access_classes)) if themes else []
    labels = engine.labels(access_classes=access_classes)
    limits = limits_of(settings)
    return ReviewQueue(
        tags=tuple(waiting[place] for place in _most_telling(waiting, limits.tag, limit)),
        waiting=len(waiting),
        labels=len(labels),
        loose=sum(one.is_loose for one in labels),
        themes=tuple(suggested[place] for place in _most_telling_themes(suggested, limits.theme, limit)),
        themes_waiting=len(suggested),
    )


def limits_of(settings: Settings) -> Limits:
    """Return the confidences from which on the classifier in use suggests, the usual ones where there is none."""
    classifier = load_classifier(settings, encoder_identity(settings))
    if classifier is None:
        return Limits((SUGGESTED, ACCEPTED), (about.SUGGESTED, about.ACCEPTED))
    note = classifier.note
    knows = classifier.knows(load_model(settings.model))
    tags = (note.suggested_tag, note.accepted_tag) if knows else (SUGGESTED, ACCEPTED)
    return Limits(tags, (note.suggested_theme, note.accepted_theme))


def _suggested(engine: Engine, filters: Filters) -> list[QueuedTheme]:
    """Return the suggested themes of passages that filters leave; of the themes asked for, if any."""
    wanted = filters.narrowed([condition("theme.status", ["suggested"])])
    return [
        QueuedTheme(id=theme_id(passage.id, theme.id), theme=theme, passage=passage, document=document)
        for document, passages in engine.passages(wanted)
        for passage in passages
        for theme in passage.themes
        if theme.status == "suggested" and all(one.accepts(theme.id) for one in wanted.of_themes())
    ]


def _most_telling(waiting: Sequence[QueuedTag], limits: Thresholds, limit: int) -> list[int]:
    """Return the places of the tags to show: near a threshold first, spread over dimensions, papers and bodies."""
    cost = _distances([one.tag.confidence for one in waiting], *limits)
    return _spread(cost, [one.tag.dimension for one in waiting], [one.document for one in waiting], limit)


def _most_telling_themes(waiting: Sequence[QueuedTheme], limits: Thresholds, limit: int) -> list[int]:
    """Return the places of the themes to show, likewise."""
    cost = _distances([one.theme.confidence for one in waiting], *limits)
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
