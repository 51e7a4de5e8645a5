"""The desk of a reviewer for one request, and what the forms of the review pages say."""

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Annotated, TypeAlias, get_args

from fastapi import Depends
from starlette.background import BackgroundTask

from configs.gazetteer import SUBJECTS
from configs.system.errors import MismatchError, UnavailableError, UsageError
from extractors.document import Modality, Passage
from index.filters import AccessClasses
from pipelines.access.keys import Reader
from pipelines.review import queue_table
from pipelines.review.blinding import NOTHING, Withheld, withheld
from pipelines.review.desk import Desk
from pipelines.review.judge import TagChange
from pipelines.review.records import ReviewRecords
from pipelines.storage.state import State
from portal.web.context import Portal
from portal.web.facets import NOT_STATED
from portal.web.names import Names
from portal.web.routes.login import form_of

_log = logging.getLogger(__name__)
Form: TypeAlias = Annotated[dict[str, str], Depends(form_of)]
"""The fields of a form that was sent."""
MODALITIES: tuple[Modality, ...] = get_args(Modality)
_refreshing = Lock()
"""Held while a queue is rebuilt beside its readers: one at a time."""


@contextmanager
def desk_of(portal: Portal, reader: Reader) -> Iterator[Desk]:
    """Lend a desk for a block."""
    with portal.service.engine() as engine, ReviewRecords(State(portal.settings)) as records:
        yield Desk(portal.settings, engine, records, reader.actor, reader.access_classes)


def withheld_from(portal: Portal, reader: Reader, documents: Collection[str] | None = None) -> Withheld:
    """Return what others judged and this reader may be asked to judge without knowing that; see `withheld`."""
    if not reader.may("reviewer"):
        return NOTHING
    return withheld(portal.records, reader.actor, documents)


def withheld_on_page(portal: Portal, reader: Reader, documents: Collection[str]) -> Withheld:
    """Return the same for a page that is read without the review, too: where its file cannot be used, nothing."""
    try:
        return withheld_from(portal, reader, documents)
    except (UnavailableError, MismatchError) as error:
        _log.warning("judgements are shown to reviewers who may be asked for a second one: %s", error)
        return NOTHING


def brought_up_to_date(portal: Portal, desk: Desk) -> BackgroundTask | None:
    """Rebuild the queue where the index changed: now if that is quick, else by the task returned, after the answer.

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


def change_of(form: Mapping[str, str]) -> TagChange:
    """Return what a form says that a tag should be; raises `UsageError` for a modality that there is not."""
    given = {name: form[name].strip() for name in ("dimension", "level", "modality", "subject") if name in form}
    modality = given.get("modality") or NOT_STATED
    if modality not in (*MODALITIES, NOT_STATED):
        raise UsageError(f"'{modality[:40]}' is no modality", f"one of {', '.join(MODALITIES)}, or {NOT_STATED}")
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
        with portal.service.engine() as engine, ReviewRecords(State(portal.settings)) as records:
            if not queue_table.is_current(engine, records, access_classes=access_classes):
                queue_table.refresh(portal.settings, engine, records, access_classes=access_classes)
    finally:
        _refreshing.release()
