"""A session of a body: its papers, and what it brought."""

from difflib import SequenceMatcher
from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from markupsafe import Markup, escape
from starlette.responses import RedirectResponse, Response

from configs.system.errors import NotFoundError
from pipelines.questions.since import SinceParameters, answer
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.question import number_within
from portal.web.rendering import language_of
from portal.web.routes.places import body_of, page_of_body, sessions_of
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)


_LAST_SESSION = 9999
_PAPERS = 100


@router.get("/bodies/{body}/sessions/{session}")
def session_page(request: Request, reader: AnyReader, body: str, session: str, _: InTurn) -> Response:
    """Show a session of a body: all of its papers and decisions, cells that moved, and what revised papers change."""
    portal, found = portal_of(request), body_of(body)
    number = number_within(session, 0, _LAST_SESSION)
    if number is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"'{session[:20]}' is no number of a session")
    try:
        since = answer(portal.collection, SinceParameters(body=found.id, session=number), reader, language_of(request))
    except NotFoundError:  # the body itself has no paper of it
        since = None
    nameless = since.without_session if since else ()
    return page_of_body(request, reader, found, number, _PAPERS, since=since, nameless=nameless, changed=_changed)


@router.get("/since/{body}")
def since_page(request: Request, reader: AnyReader, body: str) -> Response:
    """Lead to a session of a body, the latest without one."""
    session = request.query_params.get("session")
    if not session:
        session = next(map(str, sessions_of(portal_of(request), reader, body_of(body).id)), None)
    page = f"/bodies/{quote(body, safe='')}"
    return RedirectResponse(
        f"{page}/sessions/{quote(session, safe='')}" if session else page, status_code=HTTPStatus.SEE_OTHER
    )


def _changed(before: str, after: str) -> Markup:
    """Return a text with the words marked that are out and in."""
    old, new = before.split(), after.split()
    parts = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(escape(" ".join(new[c:d])))
            continue
        if b > a:
            parts.append(Markup("<del>{}</del>").format(" ".join(old[a:b])))
        if d > c:
            parts.append(Markup("<ins>{}</ins>").format(" ".join(new[c:d])))
    return Markup(" ").join(parts)
