"""Briefings: collected beside the pages, arranged, and exported as files."""

import datetime as dt
import logging
from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from configs.alerts import portal_address
from configs.system.errors import MismatchError, UnavailableError, UsageError
from pipelines.access import audit
from pipelines.access.keys import Reader
from pipelines.desk.briefings import CurrentBriefing
from pipelines.questions.briefing import answer, docx_of, rows_of
from pipelines.storage.briefings import MOST_PINS
from portal.web.access import AnyReader
from portal.web.context import Portal, portal_of
from portal.web.question import whole_number
from portal.web.rendering import catalogue, language_of
from portal.web.reviewing import Form
from portal.web.routes.login import own_path
from portal.web.tables import file_response
from portal.web.turns import InTurn

_log = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_KINDS = ("docx", "xlsx", "csv", "json")
_ACTS = ("pin", "heading", "comment", "change", "remove", "choose", "begin", "rename", "delete")
_UNPINNED = "unpinned"
"""Parameter of the page that a pin came from, where nothing could be pinned."""


def briefing_of(request: Request) -> CurrentBriefing | None:
    """Return the briefing that stands beside a page; None where none can be read: papers are read all the same."""
    reader: Reader = request.state.reader
    try:
        return portal_of(request).collection.briefings.current(reader)
    except (UnavailableError, MismatchError) as error:
        _log.warning("%s; no briefing is shown beside the papers", error)
        return None


@router.get("/briefings")
def briefings_page(request: Request, reader: AnyReader) -> Response:
    """Lead to the briefing that the reader changed last, or begin one; `part=panel` is what stands beside papers."""
    portal = portal_of(request)
    if request.query_params.get("part") == "panel":
        return portal.pages.page(request, "panel.html")
    own = portal.collection.briefings.listed(reader)
    if own:
        return _to(own[0].name)
    return portal.pages.page(request, "briefing.html", checked=None, own=own)


@router.get("/briefings/{name:path}.{kind}")
def briefing_file(request: Request, reader: AnyReader, name: str, kind: str, turn: InTurn) -> Response:
    """Give a briefing as a file, each quotation compared again."""
    if kind not in _KINDS:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no .{kind[:10]} here: ask for .{', .'.join(_KINDS)}")
    portal = portal_of(request)
    found = answer(portal.collection, name, reader, turn.check)
    audit.record(portal.settings.home, reader.actor, "export", what="briefing", query=name)
    address = (portal_address(portal.settings.home) or "").rstrip("/")
    if kind == "docx":
        disposition = {"Content-Disposition": 'attachment; filename="briefing.docx"'}
        return Response(docx_of(found, address), media_type=DOCX, headers=disposition)
    return file_response("briefing", kind, found, lambda: rows_of(found, address))


@router.get("/briefings/{name:path}")
def briefing_page(request: Request, reader: AnyReader, name: str, turn: InTurn) -> Response:
    """Show a briefing with what changed since; it prints as it stands."""
    portal = portal_of(request)
    checked = answer(portal.collection, name, reader, turn.check)
    return portal.pages.page(
        request, "briefing.html", checked=checked, own=portal.collection.briefings.listed(reader), here=request.url.path
    )


@router.post("/briefings")
def change(request: Request, reader: AnyReader, form: Form) -> Response:
    """Pin something to a briefing, write, change, move or remove an entry; begin, choose, rename or delete a briefing.

    What names no briefing goes to the one that the reader changed last, or to a new one.
    """
    portal = portal_of(request)
    desk = portal.collection.briefings
    act, entry, text = form.get("act", ""), form.get("pin", ""), form.get("text", "")
    if act not in _ACTS:
        raise UsageError(f"act={act[:20]}: is nothing that is done to a briefing", f"one of {', '.join(_ACTS)}")
    if act == "begin":
        return _to(desk.add(reader, form.get("name", "")).name)
    name = form.get("briefing") or _current_briefing(portal, reader, language_of(request))
    if act == "rename":
        return _to(desk.rename(reader, name, form.get("name", "")).name)
    if act == "delete":
        desk.delete(reader, name)
        return _to("")
    target = own_path(form["next"]) if form.get("next") else f"/briefings/{quote(name, safe='/')}"
    place = whole_number(form, "place", 1, 1, MOST_PINS) if form.get("place") else None
    if act == "pin":
        try:
            _pin(portal, reader, name, form)
        except UsageError:  # nobody is led off the results for it: the panel says it
            target += f"{'&' if '?' in target else '?'}{_UNPINNED}=1"
    elif act == "remove":
        desk.remove(reader, name, entry)
    elif act in {"heading", "comment"}:
        desk.write(reader, name, act, text, place=place)
    else:
        desk.arrange(reader, name, entry, text, place)
    passage = form.get("passage", "").partition(" ")[0]
    return RedirectResponse(f"{target}#p-{passage}" if passage else target, status_code=HTTPStatus.SEE_OTHER)


def _current_briefing(portal: Portal, reader: Reader, language: str) -> str:
    """Return the name of the last changed briefing of a reader; a new one is created if there is none."""
    desk = portal.collection.briefings
    own = desk.listed(reader)
    if own:
        return own[0].name
    return desk.add(reader, f"{catalogue(language).gettext('Briefing')} {dt.datetime.now(dt.UTC):%Y-%m-%d}").name


def _pin(portal: Portal, reader: Reader, name: str, form: dict[str, str]) -> None:
    """Pin the target of a button: the id of a passage, or the address of a figure, followed by the words."""
    if figure := form.get("figure"):
        address, _, title = figure.partition(" ")
        portal.collection.briefings.write(reader, name, "figure", title, address=address)
    else:
        passage, _, words = form.get("passage", "").partition(" ")
        portal.collection.briefings.pin_passage(reader, name, passage, words or None)


def _to(name: str) -> Response:
    return RedirectResponse(f"/briefings/{quote(name, safe='/')}".rstrip("/"), status_code=HTTPStatus.SEE_OTHER)
