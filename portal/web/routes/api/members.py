"""`members`: what the papers that the key may see state of an administration or group."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from pipelines.desk.profile import Profile
from pipelines.search.requests import filters_of
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.routes.api.answers import NOT_FOUND, answer, described
from portal.web.routes.api.parameters import Narrowing
from portal.web.turns import InTurn

router = APIRouter(tags=["collection"])


@router.get("/members/{code}", responses=described(Profile) | NOT_FOUND)
def member(request: Request, reader: AnyReader, code: str, given: Annotated[Narrowing, Query()], _: InTurn) -> Response:
    """Give the statements of a member, the latest first, and how many papers state what."""
    portal = portal_of(request)
    wanted = filters_of(given.filters, reader.access_classes)
    return answer(request, portal.profiles.of(code, wanted))
