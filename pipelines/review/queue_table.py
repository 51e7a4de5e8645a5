"""The queue as a table: rebuilt from the index when it changed, so that the next item costs one look-up."""

import datetime as dt
import time
from collections.abc import Iterator

from configs.maturity import load_model
from configs.settings import Settings
from configs.vocabulary import load_vocabulary
from extractors.document import Document
from extractors.maturity.labels import is_by_person
from extractors.themes.annotated import theme_id
from index.filters import AccessClasses, Filters, condition
from index.protocol import Engine
from pipelines.review.ordering import Item, ordered
from pipelines.review.queue import Limits, limits_of
from pipelines.review.records import QueueState, ReviewRecords, scope_of
from pipelines.review.signals import Dimensions, tag_disagreement, theme_disagreement

AT_ONCE_SECONDS = 1.0
"""A queue that took no longer than this to make is made again while its reader waits."""
AT_ONCE_PASSAGES = 2000
"""Likewise for a queue that was never made: an index of no more passages."""
PAUSE = dt.timedelta(minutes=1)
"""At least so long a queue is used before it is made again beside its readers: papers may be coming in all the time."""


def is_current(engine: Engine, records: ReviewRecords, *, access_classes: AccessClasses) -> bool:
    """Return whether the queue of these readers is of the index as it is now."""
    state = records.state(scope_of(access_classes))
    return state is not None and state.revision == engine.revision()


def is_quick(engine: Engine, records: ReviewRecords, *, access_classes: AccessClasses) -> bool:
    """Return whether a queue is made so quickly that its reader may wait for it."""
    state = records.state(scope_of(access_classes))
    return state.seconds <= AT_ONCE_SECONDS if state else engine.counts().passages <= AT_ONCE_PASSAGES


def may_refresh(records: ReviewRecords, *, access_classes: AccessClasses) -> bool:
    """Return whether a queue that is not current was made long enough ago to be made again."""
    state = records.state(scope_of(access_classes))
    return state is None or dt.datetime.now(dt.UTC) - state.made >= PAUSE


def refresh(settings: Settings, engine: Engine, records: ReviewRecords, *, access_classes: AccessClasses) -> int:
    """Make the queue of what these readers may see, and return how many items wait."""
    began, revision, made = time.monotonic(), engine.revision(), dt.datetime.now(dt.UTC)
    rows = list(ordered(list(waiting_items(settings, engine, access_classes=access_classes)), records.seed()))
    state = QueueState(revision=revision, made=made, seconds=round(time.monotonic() - began, 3))
    records.replace_queue(scope_of(access_classes), rows, state)
    return len(rows)


def waiting_items(settings: Settings, engine: Engine, *, access_classes: AccessClasses) -> Iterator[Item]:
    """Yield the tags, accepted or suggested, and the suggested themes that no person judged.

    They are read dimension by dimension and theme by theme: so the passages of all of them are never in memory at once.
    """
    model, vocabulary = load_model(settings.model), load_vocabulary(settings.vocabulary)
    limits = limits_of(settings)
    of_themes = {concept.id: concept.dimensions for concept in vocabulary.concepts}
    every = Filters(access_classes=access_classes)
    of_model = every.narrowed([condition("status", ["accepted", "suggested"]), condition("model", [model.id])])
    for dimension in model.dimensions:
        yield from _tags(engine, of_model, dimension.id, limits, of_themes)
    for concept in vocabulary.concepts:
        yield from _themes(engine, every, concept.id, limits, of_themes)


def _tags(engine: Engine, filters: Filters, dimension: str, limits: Limits, of_themes: Dimensions) -> Iterator[Item]:
    filters = filters.narrowed([condition("dimension", [dimension])])
    for document, passages in engine.passages(filters):
        for passage in passages:
            for tag in passage.maturity:
                meets = all(one.accepts(getattr(tag, one.field)) for one in filters.of_tags())
                if meets and not is_by_person(tag.by):
                    distance = _distance(tag.confidence, *limits.tag)
                    yield _item(tag.id, dimension, document, distance, tag_disagreement(tag, passage, of_themes))


def _themes(engine: Engine, filters: Filters, concept: str, limits: Limits, of_themes: Dimensions) -> Iterator[Item]:
    filters = filters.narrowed([condition("theme", [concept]), condition("theme.status", ["suggested"])])
    for document, passages in engine.passages(filters):
        for passage in passages:
            for theme in passage.themes:
                if theme.id == concept and theme.status == "suggested":
                    distance = _distance(theme.confidence, *limits.theme)
                    disagreement = theme_disagreement(theme, passage, of_themes)
                    yield _item(theme_id(passage.id, concept), concept, document, distance, disagreement)


def _item(name: str, subject: str, document: Document, distance: float, disagreement: float) -> Item:
    return Item(name, subject, document.key, document.body, distance, disagreement)


def _distance(confidence: float, *thresholds: float) -> float:
    """Return how far a confidence is from the nearest threshold."""
    return min(abs(confidence - one) for one in thresholds)
