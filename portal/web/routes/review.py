"""The review queue: one passage at a time, with at most two key presses for each judgement."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import NamedTuple, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from configs.system.errors import UsageError
from configs.vocabulary import Concept, Vocabulary
from extractors.document import MODALITIES, Document, Passage, around
from pipelines.review.desk import Desk, DeskItem, SettledError, item_at, progress, record_judgement, undo, upcoming
from pipelines.review.judge import TagChange
from pipelines.review.quality import FEWEST, review_quality
from pipelines.review.records import Reason, Verdict
from pipelines.review.twins import same_for_twin
from portal.web import hits
from portal.web.access import Reviewer
from portal.web.context import portal_of
from portal.web.reviewing import (
    Form,
    change_of,
    choice_view,
    desk_of,
    last_view,
    level_choices,
    refreshed_queue,
    subjects_named,
)
from portal.web.routes.login import own_path

router = APIRouter(include_in_schema=False)

_VERDICTS: dict[str, Verdict] = {name: name for name in get_args(Verdict)}
_REASONS: dict[str, Reason] = {name: name for name in get_args(Reason)}
_MARGIN = 18.0
"""Points around a passage: a line above it and one below."""
_NARROWEST = 300.0
"""Points: a narrower passage, as a cell of a table, would be drawn larger than it is read."""
_WIDTH = 1200
"""Dots of the picture of a page."""
_MOST_PAGES = 2


class PageCrop(NamedTuple):
    """The picture of a page, the size of the page, and the frame that is shown of it, in points from the top left."""

    address: str
    number: int
    width: float
    height: float
    frame: tuple[float, float, float, float]
    """Left, top, width and height."""


@router.get("/review")
def review_page(request: Request, reader: Reviewer) -> Response:
    """Show an item to judge: the one that the address names, else the next of what was chosen."""
    portal = portal_of(request)
    name = request.query_params.get("item")
    with desk_of(portal, reader, request.query_params) as desk:
        later = refreshed_queue(portal, desk)
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
            paper=desk.engine.document(desk.choice.document, access_classes=desk.access_classes)
            if desk.choice.document
            else None,
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
        return _see_other(_address(desk, "" if taken_back.bulk else taken_back.item, undone="yes"))


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


def _concept(vocabulary: Vocabulary, item: DeskItem | None) -> Concept | None:
    """Return what the vocabulary says of the theme of an item."""
    name = item.theme.id if item and item.theme else None
    return next((one for one in vocabulary.concepts if one.id == name), None)


def _address(desk: Desk, item: str = "", **said: str) -> str:
    """Return the address of an item, or of the next one, in what the reviewer chose."""
    query = urlencode({**({"item": item} if item else {}), **desk.choice.given, **said})
    return f"/review?{query}" if query else "/review"


def _see_other(address: str) -> Response:
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


def page_crops(document: Document, passage: Passage) -> tuple[PageCrop, ...]:
    """Return what is shown of the first pages of a passage; nothing of a paper without pages."""
    return tuple(_crops(document, passage))[:_MOST_PAGES]


def _crops(document: Document, passage: Passage) -> Iterator[PageCrop]:
    sizes = {page.number: (page.width, page.height) for page in document.pages}
    for number in dict.fromkeys(place.page for place in passage.boxes if place.page in sizes):
        width, height = sizes[number]
        left, top, right, bottom = around(place.box for place in passage.boxes if place.page == number)
        wider = max(_MARGIN, (_NARROWEST - (right - left)) / 2)
        left, right = max(0.0, left - wider), min(width, right + wider)
        top, bottom = max(0.0, top - _MARGIN), min(height, bottom + _MARGIN)
        if right > left and bottom > top:
            address = f"/documents/{document.id}/pages/{number}.png?width={_WIDTH}&highlight={passage.id}"
            yield PageCrop(address, number, width, height, (left, top, right - left, bottom - top))
