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
from pipelines.review.quality import review_quality
from pipelines.review.records import Judgement, Reason, Verdict
from pipelines.review.twins import TwinOffer, same_for_twin, twin_offers
from portal.web import hits
from portal.web.access import Reviewer
from portal.web.context import portal_of
from portal.web.reviewing import (
    MODALITIES,
    Form,
    brought_up_to_date,
    change_of,
    desk_of,
    level_choices,
    subjects_named,
)

router = APIRouter(include_in_schema=False)

_VERDICTS: dict[str, Verdict] = {name: name for name in get_args(Verdict)}
_REASONS: dict[str, Reason] = {name: name for name in get_args(Reason)}


class LastView(NamedTuple):
    """The newest judgement of the reviewer, today's, with its paper and what can be said alike of the twins."""

    judgement: Judgement
    document: Document | None
    offers: tuple[TwinOffer, ...]


@router.get("/review")
def review_page(request: Request, reader: Reviewer) -> Response:
    """Show an item to judge: the one that the address names, else the next."""
    portal = portal_of(request)
    name = request.query_params.get("item")
    with desk_of(portal, reader) as desk:
        later = brought_up_to_date(portal, desk)
        try:
            item = item_at(desk, name) if name else None
        except SettledError:
            return _see_other("/review")
        coming = upcoming(desk, but=item.id if item else None)
        if item is None and coming:
            item, coming = coming[0], coming[1:]
        following = coming[0] if coming else None
        answer = portal.pages.page(
            request,
            "review.html",
            item=item,
            following=_address(following.id) if following else None,
            following_image=hits.page_image(following.document, following.passage) if following else None,
            image=hits.page_image(item.document, item.passage) if item else None,
            progress=progress(desk),
            is_made=desk.records.state(desk.scope) is not None,
            last=_last(desk),
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
    with desk_of(portal_of(request), reader) as desk:
        try:
            record_judgement(desk, form.get("item", ""), verdict, reason=reason, change=change)
        except SettledError:
            return _see_other("/review")
        return _next(desk)


@router.post("/review/undo")
def undo_judgement(request: Request, reader: Reviewer) -> Response:
    """Take back the newest judgement of the reviewer, and show its item again."""
    with desk_of(portal_of(request), reader) as desk:
        taken_back = undo(desk)
        return _see_other(_address(taken_back.item))


@router.post("/review/twin")
def judge_twin(request: Request, reader: Reviewer, form: Form) -> Response:
    """Say the same of another language version, and show the next item."""
    with desk_of(portal_of(request), reader) as desk:
        same_for_twin(desk, form.get("item", ""), form.get("twin", ""))
        return _next(desk)


@router.get("/review/quality")
def quality_page(request: Request, reader: Reviewer) -> Response:
    """Show how good tags are by the audit slice, and how far reviewers agree."""
    portal = portal_of(request)
    with desk_of(portal, reader) as desk:
        quality = review_quality(portal.settings, desk.engine, desk.records, access_classes=reader.access_classes)
    return portal.pages.page(request, "review_quality.html", quality=quality)


def _next(desk: Desk) -> Response:
    return _see_other(next((_address(one.id) for one in upcoming(desk, limit=1)), "/review"))


def _last(desk: Desk) -> LastView | None:
    found = desk.records.last_of(desk.author)
    if found is None or found.at[:10] != f"{dt.datetime.now(dt.UTC):%Y-%m-%d}":
        return None
    return LastView(found, _paper(desk.engine, found.document, desk.access_classes), twin_offers(desk, found))


def _paper(engine: Engine, name: str, access_classes: AccessClasses) -> Document | None:
    return engine.document(name, access_classes=access_classes)


def _concept(vocabulary: Vocabulary, item: DeskItem | None) -> Concept | None:
    """Return what the vocabulary says of the theme of an item."""
    name = item.theme.id if item and item.theme else None
    return next((one for one in vocabulary.concepts if one.id == name), None)


def _address(item: str) -> str:
    return f"/review?{urlencode({'item': item})}"


def _see_other(address: str) -> Response:
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)
