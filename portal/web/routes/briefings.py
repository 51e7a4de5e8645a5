"""Briefings: gathered on the pages, put in order here, and given as files."""

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from configs.alerts import portal_address
from configs.system.errors import UsageError
from pipelines.access import audit
from pipelines.access.keys import Reader
from pipelines.questions.briefing import answer, docx_of, rows_of
from portal.web.access import AnyReader
from portal.web.context import Portal, portal_of
from portal.web.reviewing import Form
from portal.web.routes.login import own_path
from portal.web.tables import file_response
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_KINDS = ("docx", "xlsx", "csv", "json")


@router.get("/briefings")
def briefings_page(request: Request, reader: AnyReader) -> Response:
    """List the briefings that the reader may change."""
    portal = portal_of(request)
    pinned = {
        name: request.query_params.get(name, "") for name in ("passage", "quotation", "kind", "text", "address", "next")
    }
    return portal.pages.page(
        request, "briefings.html", briefings=portal.collection.briefings.listed(reader), pinned=pinned
    )


@router.get("/briefings/{name:path}.{kind}")
def briefing_file(request: Request, reader: AnyReader, name: str, kind: str, turn: InTurn) -> Response:
    """Give a briefing as a file, each quotation compared again."""
    if kind not in _KINDS:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no .{kind[:10]} here: ask for .{', .'.join(_KINDS)}")
    portal = portal_of(request)
    found = answer(portal.collection, name, reader, turn.check)
    audit.record(portal.settings.home, reader.actor, "export", what="briefing", query=name)
    address = (portal_address(portal.settings.home) or str(request.base_url)).rstrip("/")
    if kind == "docx":
        disposition = {"Content-Disposition": 'attachment; filename="briefing.docx"'}
        return Response(docx_of(found, address), media_type=DOCX, headers=disposition)
    return file_response("briefing", kind, found, lambda: rows_of(found, address))


@router.get("/briefings/{name:path}")
def briefing_page(request: Request, reader: AnyReader, name: str, turn: InTurn) -> Response:
    """Show a briefing with what changed since; it prints as it stands."""
    portal = portal_of(request)
    return portal.pages.page(request, "briefing.html", checked=answer(portal.collection, name, reader, turn.check))


@router.post("/briefings")
def add_briefing(request: Request, reader: AnyReader, form: Form) -> Response:
    """Begin a briefing, and pin what was to be pinned."""
    portal = portal_of(request)
    made = portal.collection.briefings.add(reader, form.get("name", ""))
    _pin(portal, reader, made.name, form)
    return _to(made.name, form)


@router.post("/briefings/pin")
def pin(request: Request, reader: AnyReader, form: Form) -> Response:
    """Pin a passage, words of it, a figure, a heading or a comment to a briefing."""
    name = form.get("briefing", "")
    _pin(portal_of(request), reader, name, form)
    return _to(name, form)


@router.post("/briefings/change")
def change(request: Request, reader: AnyReader, form: Form) -> Response:
    """Move an entry, take it out, or delete the briefing."""
    portal = portal_of(request)
    name, act, entry = (form.get(field, "") for field in ("briefing", "act", "pin"))
    if act in {"up", "down"}:
        portal.collection.briefings.move(reader, name, entry, -1 if act == "up" else 1)
    elif act == "remove":
        portal.collection.briefings.remove(reader, name, entry)
    elif act == "delete":
        portal.collection.briefings.delete(reader, name)
        return RedirectResponse("/briefings", status_code=HTTPStatus.SEE_OTHER)
    else:
        raise UsageError(f"act={act[:20]}: is nothing that is done to a briefing", "one of up, down, remove, delete")
    return _to(name, {})


def _pin(portal: Portal, reader: Reader, name: str, form: dict[str, str]) -> None:
    if passage := form.get("passage"):
        portal.collection.briefings.pin_passage(reader, name, passage, form.get("quotation") or None)
    elif text := form.get("text"):
        portal.collection.briefings.write(reader, name, form.get("kind", ""), text, form.get("address") or None)


def _to(name: str, form: dict[str, str]) -> Response:
    target = own_path(form["next"]) if form.get("next") else f"/briefings/{quote(name, safe='/')}"
    return RedirectResponse(target, status_code=HTTPStatus.SEE_OTHER)
