"""The desk of a reviewer for one request, and the values of the forms of the review pages."""

import datetime as dt
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Annotated, Literal, NamedTuple, TypeAlias
from urllib.parse import urlencode

from fastapi import Depends
from starlette.background import BackgroundTask

from configs.bodies import load_bodies
from configs.gazetteer import SUBJECTS
from configs.system.errors import MismatchError, UnavailableError, UsageError
from extractors.document import MODALITIES, Document, Passage
from index.filters import AccessClasses
from pipelines.access.keys import Reader
from pipelines.desk.sentences import Sentences, sentences
from pipelines.review import queue_table
from pipelines.review.blinding import NOTHING_WITHHELD, Withheld, withheld
from pipelines.review.choice import STATUSES, Choice, choice_of
from pipelines.review.desk import Desk
from pipelines.review.judge import TagChange
from pipelines.review.records import ReviewRecord, ReviewRecords
from pipelines.review.twins import TwinOffer, twin_offers
from pipelines.storage.state import State
from portal.web.context import Portal
from portal.web.facets import NOT_STATED
from portal.web.names import Names
from portal.web.question import Question
from portal.web.routes.login import form_of

_log = logging.getLogger(__name__)
Form: TypeAlias = Annotated[dict[str, str], Depends(form_of)]
"""The fields of a form that was sent."""
_refreshing = Lock()
"""Held while a queue is rebuilt beside its readers: one at a time."""


class ChoiceView(NamedTuple):
    """The selection of a reviewer, its page, and the alternative values by field."""

    choice: Choice
    path: str
    options: Mapping[str, Sequence[str]]

    def on(self, path: str, **more: str) -> str:
        """Return the address of a page with this choice."""
        query = urlencode({**self.choice.given, **more})
        return f"{path}?{query}" if query else path


class LastView(NamedTuple):
    """The reviewer's newest judgement of today, with its paper and possible transfers to twins.

    `number` counts the judgements that were made at once with it.
    """

    judgement: ReviewRecord
    number: int
    document: Document | None
    offers: tuple[TwinOffer, ...]


@contextmanager
def desk_of(portal: Portal, reader: Reader, given: Mapping[str, str] | None = None) -> Iterator[Desk]:
    """Lend a desk for a block; what the reviewer chose to judge stands in the parameters of an address.

    Raises as `choice_of` does.
    """
    held = reader.access_classes
    with portal.collection.engine() as engine, ReviewRecords(State(portal.settings)) as records:
        choice = choice_of(portal.settings, engine, given or {}, access_classes=held)
        yield Desk(portal.settings, engine, records, reader.actor, held, choice)


def choice_view(portal: Portal, desk: Desk, path: str) -> ChoiceView:
    """Return what a page says of the choice: dimensions, themes and bodies that items of the queue have."""
    known: dict[Literal["dimension", "theme", "body"], list[str]] = {
        "dimension": [one.id for one in portal.names.model.dimensions],
        "theme": [one.id for one in portal.names.vocabulary.concepts],
        "body": [one.id for one in load_bodies().bodies],
    }
    chosen = desk.choice.given
    options: dict[str, Sequence[str]] = {}
    for field, names in known.items():
        there = set(desk.records.values_of(desk.scope, field, names)) | {chosen.get(field, "")}
        options[field] = [name for name in names if name in there]
    return ChoiceView(desk.choice, path, {**options, "status": STATUSES})


def withheld_from(portal: Portal, reader: Reader, documents: Collection[str] | None = None) -> Withheld:
    """Return the first judgements that this reader must not see before giving a second one; see `withheld`."""
    if not reader.may("reviewer"):
        return NOTHING_WITHHELD
    return withheld(portal.records, reader.actor, documents)


def withheld_on_page(portal: Portal, reader: Reader, documents: Collection[str] | None = None) -> Withheld:
    """Return the same for a page that is read without the review, too: where its file cannot be used, nothing."""
    try:
        return withheld_from(portal, reader, documents)
    except (UnavailableError, MismatchError) as error:
        _log.warning("judgements are shown to reviewers who may be asked for a second one: %s", error)
        return NOTHING_WITHHELD


def sentences_for(
    portal: Portal,
    question: Question,
    reader: Reader,
    *,
    naming: str | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> Sentences:
    """Return the sentences of a question, without those that a reviewer is to judge without knowing of another."""
    hidden = withheld_on_page(portal, reader).judgements
    filters = question.narrowing(reader.access_classes)
    return sentences(portal.collection.service, filters, withheld=hidden, naming=naming, offset=offset, limit=limit)


def refreshed_queue(portal: Portal, desk: Desk) -> BackgroundTask | None:
    """Rebuild the queue if the index changed: now if that is quick, else by the returned background task.

    Where it cannot be stored, as on a full disk, the queue stays as it was.
    """
    held = desk.access_classes
    if queue_table.is_current(desk.engine, desk.records, access_classes=held):
        return None
    if queue_table.is_quick(desk.engine, desk.records, access_classes=held):
        try:
            queue_table.refresh(desk.settings, desk.engine, desk.records, access_classes=held)
        except UnavailableError as error:
            _log.warning("the queue of the review stays as it was: %s", error)
        return None
    if queue_table.may_refresh(desk.records, access_classes=held):
        return BackgroundTask(_refresh, portal, held)
    return None


def last_view(desk: Desk) -> LastView | None:
    """Return what a page says of the newest judgement of a reviewer; None where it is not of today."""
    found = desk.records.last_of(desk.author)
    if found is None or found.at[:10] != f"{dt.datetime.now(dt.UTC):%Y-%m-%d}":
        return None
    count = len(desk.records.together(found))
    offers = twin_offers(desk, found) if count == 1 else ()
    return LastView(found, count, desk.engine.document(found.document, access_classes=desk.access_classes), offers)


def change_of(form: Mapping[str, str]) -> TagChange:
    """Return what a form says that a tag should be; raises `UsageError` for a modality that there is not.

    A topic has no level and no subject, whatever else the form says.
    """
    given = {name: form[name].strip() for name in ("dimension", "level", "modality", "subject") if name in form}
    modality = given.get("modality") or NOT_STATED
    if modality not in (*MODALITIES, NOT_STATED):
        raise UsageError(f"'{modality[:40]}' is no modality", f"one of {', '.join(MODALITIES)}, or {NOT_STATED}")
    if "modality" in given and modality == NOT_STATED:
        given |= {"level": "", "subject": ""}
    return TagChange.model_validate(
        {name: None if value in ("", NOT_STATED) else value for name, value in given.items()}
    )


def level_choices(names: Names) -> tuple[str, ...]:
    """Return the levels of the maturity model, those of all dimensions."""
    every = (level.id for one in names.model.dimensions for level in names.model.levels_of(one))
    return tuple(dict.fromkeys(every))


def subjects_named(passage: Passage) -> tuple[str, ...]:
    """Return the ids of the administrations and groups that a passage names, to choose from."""
    return tuple(dict.fromkeys(one.id for one in passage.entities if one.kind in SUBJECTS))


def _refresh(portal: Portal, access_classes: AccessClasses) -> None:
    if not _refreshing.acquire(blocking=False):
        return
    try:
        with portal.collection.engine() as engine, ReviewRecords(State(portal.settings)) as records:
            if not queue_table.is_current(engine, records, access_classes=access_classes):
                queue_table.refresh(portal.settings, engine, records, access_classes=access_classes)
    finally:
        _refreshing.release()
