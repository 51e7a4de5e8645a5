"""Saved searches and what is new for each of them."""

from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from configs.alerts import portal_address
from configs.system.errors import UsageError
from pipelines.access.keys import Reader
from pipelines.access.ownership import may_change, may_see, owner_of
from pipelines.alerts import feed
from pipelines.alerts.check import Alert, alerts, delete_search, save_search, saved_searches, unknown_search
from pipelines.storage.saved_searches import SavedSearch
from portal.web import hits
from portal.web.access import AnyReader, Reviewer
from portal.web.context import Portal, portal_of
from portal.web.question import Question
from portal.web.reviewing import Form

router = APIRouter(include_in_schema=False)


class SavedView(NamedTuple):
    """A saved search, what is new for it, the question that it asks, and whether its reader may change it."""

    alert: Alert
    question: Question
    is_own: bool


@router.get("/searches")
def searches_page(request: Request, reader: AnyReader) -> Response:
    """List the saved searches with what is new for each, which stays new; a form saves the search of the address."""
    portal = portal_of(request)
    names = [one.name for one in saved_searches(portal.settings) if may_see(reader, one.owner)]
    held = reader.access_classes
    found = alerts(portal.settings, portal.collection.service, names, access_classes=held, peek=True) if names else ()
    return portal.pages.page(
        request,
        "searches.html",
        searches=[SavedView(one, _question(one), may_change(reader, one.search.owner)) for one in found],
        keyed=owner_of(reader) is not None,
        question=Question.of(request.query_params.multi_items()),
        hits=hits,
    )


@router.get("/searches/{name:path}.rss")
def search_feed(request: Request, reader: AnyReader, name: str) -> Response:
    """Give the latest papers of a saved search that the reader may see, for a feed reader."""
    portal = portal_of(request)
    _visible(portal, reader, name)
    address = portal_address(portal.settings.home) or str(request.base_url)
    content = feed.feed(
        portal.settings, portal.collection.service, [name], access_classes=reader.access_classes, portal=address
    )
    return Response(content, media_type=feed.MEDIA_TYPE)


@router.post("/searches")
def save(request: Request, reader: Reviewer, form: Form) -> Response:
    """Save a search under a name."""
    portal = portal_of(request)
    question = Question.of(parse_qsl(form.get("search", "")))
    save_search(
        portal.settings,
        portal.collection.service,
        form.get("name", ""),
        question.query,
        access_classes=reader.access_classes,
        mode=question.mode,
        filters=question.given_filters(),
        owner=owner_of(reader),
    )
    return RedirectResponse("/searches", status_code=HTTPStatus.SEE_OTHER)


@router.post("/searches/seen")
def note_seen(request: Request, reader: Reviewer, form: Form) -> Response:
    """Note that what is new for a search was seen."""
    portal = portal_of(request)
    own = _own(portal, reader, form)
    alerts(portal.settings, portal.collection.service, [own], access_classes=reader.access_classes)
    return RedirectResponse("/searches", status_code=HTTPStatus.SEE_OTHER)


@router.post("/searches/delete")
def delete(request: Request, reader: Reviewer, form: Form) -> Response:
    """Delete a saved search."""
    portal = portal_of(request)
    delete_search(portal.settings, _own(portal, reader, form))
    return RedirectResponse("/searches", status_code=HTTPStatus.SEE_OTHER)


def _own(portal: Portal, reader: Reader, form: dict[str, str]) -> str:
    """Return the name that a form gives, of a search that the reader may change; raises `UsageError` for another."""
    found = _visible(portal, reader, form.get("name", "").strip())
    if not may_change(reader, found.owner):
        raise UsageError(f"'{found.name}': is a search of the whole collection", "ask an administrator to change it")
    return found.name


def _visible(portal: Portal, reader: Reader, name: str) -> SavedSearch:
    """Return the search of a name; raises `UsageError` where there is none that the reader may see."""
    found = next((one for one in saved_searches(portal.settings) if one.name == name), None)
    if found is None or not may_see(reader, found.owner):
        raise unknown_search(name)
    return found


def _question(alert: Alert) -> Question:
    """Return the question of a saved search, for a link to its results, however many filters it has."""
    return Question.saved(alert.search.query, alert.search.filters, alert.search.mode)
