"""`since`: what a session of a body brought."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from pipelines.desk.since import SinceSession, since
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.routes.api.answers import NOT_FOUND, answer, described
from portal.web.turns import InTurn

router = APIRouter(tags=["collection"])


@router.get("/since/{body}", responses=described(SinceSession) | NOT_FOUND)
def since_session(
    request: Request,
    reader: AnyReader,
    body: str,
    _: InTurn,
    session: Annotated[int | None, Query(ge=1, le=9999)] = None,
) -> Response:
    """Give the papers, decisions, moved cells and revisions of a session, the latest of the body without one."""
    portal = portal_of(request)
    found = since(portal.service, portal.headers, portal.decisions, body, session, access_classes=reader.access_classes)
    return answer(request, found)
