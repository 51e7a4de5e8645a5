"""The review queue as a table, rebuilt from the index when it changes, so that the next item needs one query.

A passage is read for themes (named by its words, or by meaning) and for dimensions apart; the vocabulary says which
dimensions a theme belongs to. So each checks the other, at no cost: where they disagree, an item comes sooner.
"""

import datetime as dt
import time
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from configs.maturity import load_model
from configs.settings import Settings
from configs.vocabulary import load_vocabulary
from extractors.classifier import about, zero_shot
from extractors.classifier.classifier import TagLimits
from extractors.document import Document, MaturityTag, Passage, PassageTheme
from extractors.maturity.judgements import is_by_person
from extractors.themes.judgements import theme_id
from index.encoder import encoder_identity
from index.filters import AccessClasses, Filters, condition
from index.protocol import Engine
from pipelines.review.ordering import Item, ordered
from pipelines.review.queue_rows import QueueRow
from pipelines.review.records import QueueState, ReviewRecords, row_of, scope_of
from pipelines.storage.classifiers import load_classifier

AT_ONCE_SECONDS = 1.0
"""A queue that took no longer than this to make is rebuilt while its reader waits."""
AT_ONCE_PASSAGES = 2000
"""Likewise for a queue that was never made: an index of no more passages."""
PAUSE = dt.timedelta(minutes=1)
"""At least so long a queue is used before it is rebuilt beside its readers: papers may be coming in all the time."""

_SILENCE = 0.3
"""How much the absence of a theme or tag counts beside the presence of one: most passages name none."""

Dimensions: TypeAlias = Mapping[str, tuple[str, ...]]
"""The dimensions of each theme of the vocabulary, the main one first."""
Thresholds: TypeAlias = tuple[float, float]
"""The confidences from which on something is suggested and accepted."""


class Limits(NamedTuple):
    """The confidences above which a tag and a theme are suggested and accepted."""

    tag: TagLimits
    theme: Thresholds


def is_current(engine: Engine, records: ReviewRecords, *, access_classes: AccessClasses) -> bool:
    """Return whether the queue of these readers was built from the current index."""
    state = records.state(scope_of(access_classes))
    return state is not None and state.revision == engine.revision()


def is_quick(engine: Engine, records: ReviewRecords, *, access_classes: AccessClasses) -> bool:
    """Return whether building a queue is so fast that its reader may wait for it."""
    state = records.state(scope_of(access_classes))
    return state.seconds <= AT_ONCE_SECONDS if state else engine.counts().passages <= AT_ONCE_PASSAGES


def may_refresh(records: ReviewRecords, *, access_classes: AccessClasses) -> bool:
    """Return whether an outdated queue is old enough to be rebuilt."""
    state = records.state(scope_of(access_classes))
    return state is None or dt.datetime.now(dt.UTC) - state.made >= PAUSE


def refresh(settings: Settings, engine: Engine, records: ReviewRecords, *, access_classes: AccessClasses) -> int:
    """Build the queue of the items that these readers may see, and return the number of waiting items."""
    began, revision, made = time.monotonic(), engine.revision(), dt.datetime.now(dt.UTC)
    rows = list(ordered(list(waiting_items(settings, engine, access_classes=access_classes)), records.seed()))
    done = list(_judged_rows(engine, records, {row.item for row in rows}, access_classes))
    state = QueueState(revision=revision, made=made, seconds=round(time.monotonic() - began, 3))
    records.replace_queue(scope_of(access_classes), rows, state, done=done)
    return len(rows)


def waiting_items(settings: Settings, engine: Engine, *, access_classes: AccessClasses) -> Iterator[Item]:
    """Yield the tags, accepted or suggested, and the suggested themes that no person judged.

    They are read dimension by dimension and theme by theme: so the passages of all of them are never in memory at once.
    """
    model, vocabulary = load_model(settings.model), load_vocabulary(settings.vocabulary)
    limits = limits_of(settings)
    of_themes = {concept.id: concept.dimensions for concept in vocabulary.concepts}
    every = Filters(access_classes=access_classes)
    for dimension in model.dimensions:
        asked = every.narrowed([condition("model", [model.id]), condition("dimension", [dimension.id])])
        for document, passage, tag in unjudged_tags(engine, asked):
            accepted = limits.tag.stated if tag.claim == "stated" else limits.tag.topic
            distance = min(_distance(tag.confidence_about, limits.tag.suggested), _distance(tag.confidence, accepted))
            item = _item(tag.id, dimension.id, document, distance, tag_disagreement(tag, passage, of_themes))
            yield item._replace(status="accepted" if tag.status == "accepted" else "suggested")
    for concept in vocabulary.concepts:
        for document, passage, theme in suggested_themes(engine, every.narrowed([condition("theme", [concept.id])])):
            if theme.id == concept.id:
                name, distance = theme_id(passage.id, concept.id), _distance(theme.confidence, *limits.theme)
                item = _item(name, concept.id, document, distance, theme_disagreement(theme, passage, of_themes))
                yield item._replace(is_theme=True)


def _judged_rows(
    engine: Engine, records: ReviewRecords, waiting: Collection[str], access_classes: AccessClasses
) -> Iterator[QueueRow]:
    """Yield judged items, each once, of papers that these readers may see, without waiting ones."""
    judged = {one.item: one for one in records.judgements("first") if one.verdict != "unsure" and one.slice}
    papers = {
        name: engine.document(name, access_classes=access_classes) for name in {one.document for one in judged.values()}
    }
    for name, judgement in judged.items():
        paper = papers[judgement.document]
        row = row_of(judgement, paper.body) if paper and name not in waiting else None
        if row:
            yield row


def limits_of(settings: Settings) -> Limits:
    """Return the thresholds of the classifier in use, default ones without a classifier."""
    classifier = load_classifier(settings, encoder_identity(settings))
    if classifier is None:
        return Limits(zero_shot.LIMITS, (about.SUGGESTED, about.ACCEPTED))
    note = classifier.note
    tags = classifier.limits if classifier.knows(load_model(settings.model)) else zero_shot.LIMITS
    return Limits(tags, (note.suggested_theme, note.accepted_theme))


def unjudged_tags(engine: Engine, filters: Filters) -> Iterator[tuple[Document, Passage, MaturityTag]]:
    """Yield the tags that filters leave, accepted or suggested, and that no person judged, with where they stand."""
    filters = filters.narrowed([condition("status", ["accepted", "suggested"])])
    for document, passages in engine.passages(filters):
        for passage in passages:
            for tag in passage.maturity:
                if not is_by_person(tag.by) and all(one.accepts(getattr(tag, one.field)) for one in filters.of_tags()):
                    yield document, passage, tag


def suggested_themes(engine: Engine, filters: Filters) -> Iterator[tuple[Document, Passage, PassageTheme]]:
    """Yield the suggested themes of passages that filters leave; of the themes asked for, if any."""
    filters = filters.narrowed([condition("theme.status", ["suggested"])])
    for document, passages in engine.passages(filters):
        for passage in passages:
            for theme in passage.themes:
                if theme.status == "suggested" and all(one.accepts(theme.id) for one in filters.of_themes()):
                    yield document, passage, theme


def tag_disagreement(tag: MaturityTag, passage: Passage, dimensions: Dimensions) -> float:
    """Return how much the themes of a passage contradict the confidence of one of its tags, 0 to about 1.

    A theme of the dimension speaks for the tag, so a low confidence disagrees; without any, a high one does a little.
    """
    themes = {one.id for one in passage.themes if one.status != "suggested"}
    speaks_for = any(tag.dimension in dimensions.get(theme, ()) for theme in themes)
    return 1 - tag.confidence_about if speaks_for else _SILENCE * tag.confidence_about


def theme_disagreement(theme: PassageTheme, passage: Passage, dimensions: Dimensions) -> float:
    """Return how much the tags of a passage contradict the confidence of one of its themes, 0 to about 1.

    Of a theme that belongs to several dimensions the main one counts.
    """
    accepted = {tag.dimension for tag in passage.maturity if tag.status == "accepted"}
    speaks_for = not accepted.isdisjoint(dimensions.get(theme.id, ())[:1])
    return 1 - theme.confidence if speaks_for else _SILENCE * theme.confidence


def _item(name: str, subject: str, document: Document, distance: float, disagreement: float) -> Item:
    return Item(name, subject, document.key, document.body, distance, disagreement)


def _distance(confidence: float, *thresholds: float) -> float:
    """Return how far a confidence is from the nearest threshold."""
    return min(abs(confidence - one) for one in thresholds)
