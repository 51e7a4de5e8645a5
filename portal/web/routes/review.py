"""The review queue: one passage at a time, at most two keys a judgement."""

import datetime as dt
from http import HTTPStatus
from typing import NamedTuple, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from configs.system.errors import UsageError
from configs.vocabulary import Concept, Vocabulary
from extractors.document import Document
from index.filters import AccessClasses
from index.protocol import Engine
from pipelines.review.desk import Desk, DeskItem, SettledError, item_at, progress, record_judgement, undo, upcoming
from pipelines.review.judge import TagChange
from pipelines.review.quality import FEWEST, review_quality
from pipelines.review.records import Reason, ReviewRecord, Verdict
from pipelines.review.twins import TwinOffer, same_for_twin, twin_offers
from portal.web import hits
from portal.web.access import Reviewer
from portal.web.context import portal_of
from portal.web.crops import page_crops
from portal.web.reviewing import (
    MODALITIES,
    Form,
    brought_up_to_date,
    change_of,
    choice_view,
    desk_of,
    level_choices,
    subjects_named,
)
from portal.web.routes.login import own_path

router = APIRouter(include_in_schema=False)

_VERDICTS: dict[str, Verdict] = {name: name for name in get_args(Verdict)}
_REASONS: dict[str, Reason] = {name: name for name in get_args(Reason)}


class LastView(NamedTuple):
    """The newest judgement of the reviewer, today's, with its paper and what can be said alike of the twins.

    `number` counts the judgements that were made at once with it.
    """

    judgement: ReviewRecord
    number: int
    document: Document | None
    offers: tuple[TwinOffer, ...]


@router.get("/review")
def review_page(request: Request, reader: Reviewer) -> Response:
    """Show an item to judge: the one that the address names, else the next of what was chosen."""
    portal = portal_of(request)
    name = request.query_params.get("item")
    with desk_of(portal, reader, request.query_params) as desk:
        later = brought_up_to_date(portal, desk)
        try:
            item = item_at(desk, name) if name else None
        except SettledError:
            return _see_other(_address(desk))
        coming = upcoming(desk, but=item.id if item else None)
        if item is None and coming:
            item, coming = coming[0], coming[1:]
        following = coming[0] if coming else None
        answer = portal.pages.page(
            request,
            "review.html",
            item=item,
            following=_address(desk, following.id) if following else None,
            following_crops=page_crops(following.document, following.passage) if following else (),
            crops=page_crops(item.document, item.passage) if item else (),
            progress=progress(desk),
            is_made=desk.records.state(desk.scope) is not None,
            last=last_view(desk),
            chosen=choice_view(portal, desk, "/review"),
            paper=_paper(desk.engine, desk.choice.document, desk.access_classes) if desk.choice.document else None,
            concept=_concept(portal.names.vocabulary, item),
            model=portal.names.model,
            levels=level_choices(portal.names),
            modalities=MODALITIES,
            subjects=subjects_named(item.passage) if item else (),
            hits=hits,
        )
    answer.background = later
    return answer


@router.post("/review")
def judge_item(request: Request, reader: Reviewer, form: Form) -> Response:
    """Store a judgement and show the next item; one that was judged meanwhile is passed over."""
    verdict = _VERDICTS.get(form.get("verdict", ""))
    if verdict is None:
        raise UsageError("this form says nothing of the item", "accept, reject or correct it")
    reason = _REASONS.get(form.get("reason", "other"))
    change = change_of(form) if verdict == "set" else TagChange()
    with desk_of(portal_of(request), reader, request.query_params) as desk:
        try:
            record_judgement(desk, form.get("item", ""), verdict, reason=reason, change=change)
        except SettledError:
            return _see_other(_address(desk))
        return _next(desk)


@router.post("/review/undo")
def undo_judgement(request: Request, reader: Reviewer, form: Form) -> Response:
    """Take back the newest judgement of the reviewer, or the one named, and show its item or the list again."""
    with desk_of(portal_of(request), reader, request.query_params) as desk:
        taken_back = undo(desk, form.get("act") or None)
        if following := form.get("next"):
            return _see_other(own_path(following))
        return _see_other(_address(desk, "" if taken_back.bulk else taken_back.item))


@router.post("/review/twin")
def judge_twin(request: Request, reader: Reviewer, form: Form) -> Response:
    """Say the same of another language version, and show the next item."""
    with desk_of(portal_of(request), reader, request.query_params) as desk:
        same_for_twin(desk, form.get("item", ""), form.get("twin", ""))
        return _next(desk)


@router.get("/review/quality")
def quality_page(request: Request, reader: Reviewer) -> Response:
    """Show how good tags are by the audit slice, and how far reviewers agree."""
    portal = portal_of(request)
    with desk_of(portal, reader) as desk:
        quality = review_quality(portal.settings, desk.engine, desk.records, access_classes=reader.access_classes)
    return portal.pages.page(request, "review_quality.html", quality=quality, fewest=FEWEST)


def _next(desk: Desk) -> Response:
    return _see_other(next((_address(desk, one.id) for one in upcoming(desk, limit=1)), _address(desk)))


def last_view(desk: Desk) -> LastView | None:
    """Return what a page says of the newest judgement of a reviewer; None where it is not of today."""
    found = desk.records.last_of(desk.author)
    if found is None or found.at[:10] != f"{dt.datetime.now(dt.UTC):%Y-%m-%d}":
        return None
    count = len(desk.records.together(found))
    offers = twin_offers(desk, found) if count == 1 else ()
    return LastView(found, count, _paper(desk.engine, found.document, desk.access_classes), offers)


def _paper(engine: Engine, name: str, access_classes: AccessClasses) -> Document | None:
    return engine.document(name, access_classes=access_classes)


def _concept(vocabulary: Vocabulary, item: DeskItem | None) -> Concept | None:
    """Return what the vocabulary says of the theme of an item."""
    name = item.theme.id if item and item.theme else None
    return next((one for one in vocabulary.concepts if one.id == name), None)


def _address(desk: Desk, item: str = "") -> str:
    """Return the address of an item, or of the next one, in what the reviewer chose."""
    query = urlencode({**({"item": item} if item else {}), **desk.choice.given})
    return f"/review?{query}" if query else "/review"


def _see_other(address: str) -> Response:
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)
