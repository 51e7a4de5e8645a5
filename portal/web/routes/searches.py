"""Saved searches and what is new for each of them."""

from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from configs.alerts import portal_address
from pipelines.alerts import feed
from pipelines.alerts.check import Alert, alerts, delete_search, save_search
from portal.web import hits
from portal.web.access import AnyReader, Reviewer
from portal.web.context import portal_of
from portal.web.question import Question
from portal.web.reviewing import Form

router = APIRouter(include_in_schema=False)


class SavedView(NamedTuple):
    """A saved search, what is new for it, and the question that it asks."""

    alert: Alert
    question: Question


@router.get("/searches")
def searches_page(request: Request, reader: AnyReader) -> Response:
    """List the saved searches with what is new for each, which stays new; a form saves the search of the address."""
    portal = portal_of(request)
    found = alerts(portal.settings, portal.service, access_classes=reader.access_classes, peek=True)
    return portal.pages.page(
        request,
        "searches.html",
        searches=[SavedView(one, _question(one)) for one in found],
        question=Question.of(request.query_params.multi_items()),
        hits=hits,
    )


@router.get("/searches/{name:path}.rss")
def search_feed(request: Request, reader: AnyReader, name: str) -> Response:
    """Give the latest papers of a saved search that the reader may see, for a feed reader."""
    portal = portal_of(request)
    address = portal_address(portal.settings.home) or str(request.base_url)
    content = feed.feed(portal.settings, portal.service, [name], access_classes=reader.access_classes, portal=address)
    return Response(content, media_type=feed.MEDIA_TYPE)


@router.post("/searches")
def save(request: Request, reader: Reviewer, form: Form) -> Response:
    """Save a search under a name."""
    portal = portal_of(request)
    question = Question.of(parse_qsl(form.get("search", "")))
    save_search(
        portal.settings,
        portal.service,
        form.get("name", ""),
        question.query,
        access_classes=reader.access_classes,
        mode=question.mode,
        filters=question.given_filters(),
    )
    return RedirectResponse("/searches", status_code=HTTPStatus.SEE_OTHER)


@router.post("/searches/seen")
def note_seen(request: Request, reader: Reviewer, form: Form) -> Response:
    """Note that what is new for a search was seen."""
    portal = portal_of(request)
    alerts(portal.settings, portal.service, [form.get("name", "")], access_classes=reader.access_classes)
    return RedirectResponse("/searches", status_code=HTTPStatus.SEE_OTHER)


@router.post("/searches/delete")
def delete(request: Request, _: Reviewer, form: Form) -> Response:
    """Delete a saved search."""
    delete_search(portal_of(request).settings, form.get("name", ""))
    return RedirectResponse("/searches", status_code=HTTPStatus.SEE_OTHER)


def _question(alert: Alert) -> Question:
    """Return the question of a saved search, for a link to its results."""
    search = alert.search
    filters = ((name.strip(), value) for name, _, value in (one.partition("=") for one in search.filters))
    return Question.of([("q", search.query), ("mode", search.mode), *filters])
