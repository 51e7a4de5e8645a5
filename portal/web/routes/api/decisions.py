"""`decisions`: the register over all papers that the key may see."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from pipelines.desk.decisions import DecisionPage, DecisionState
from pipelines.search.requests import filters_of
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.routes.api.answers import answer, described
from portal.web.routes.api.parameters import Limit, Narrowing, Offset, Text

router = APIRouter(tags=["decisions"])


class DecisionParameters(Narrowing):
    """Filters, and which decisions to show."""

    state: DecisionState | None = Field(default=None, description="open: the deadline is ahead; overdue: it passed")
    addressee: Text | None = Field(default=None, description="A part of the addressee's printed name")
    offset: Offset = 0
    limit: Limit = 20


@router.get("/decisions", responses=described(DecisionPage))
def decisions(request: Request, reader: AnyReader, given: Annotated[DecisionParameters, Query()]) -> Response:
    """List decisions, the latest first, each with what later papers say of it."""
    portal = portal_of(request)
    found = portal.decisions.page(
        filters_of(given.filters, reader.access_classes),
        state=given.state,
        addressee=given.addressee,
        offset=given.offset,
        limit=given.limit,
    )
    return answer(request, found)
