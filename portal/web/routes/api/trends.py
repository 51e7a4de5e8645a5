"""`trends`: themes and dimensions over years and sessions."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from pipelines.desk.trends import MOST_SERIES, TimeField, Trends, trends
from pipelines.search.requests import filters_of
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.routes.api.answers import answer, described
from portal.web.routes.api.parameters import Narrowing, Text
from portal.web.turns import InTurn

router = APIRouter(tags=["collection"])


class TrendParameters(Narrowing):
    """Filters, and which series over what."""

    of: Annotated[list[Text], Field(max_length=MOST_SERIES)] = Field(
        default_factory=list, description="theme:ID or dimension:ID; without any the most frequent themes"
    )
    by: TimeField = Field(default="year", description="Over what; sessions are counted by body")
    each_body: bool = Field(default=False, description="A series for each of the bodies with the most papers, too")


@router.get("/trends", responses=described(Trends))
def trends_over_time(
    request: Request, reader: AnyReader, given: Annotated[TrendParameters, Query()], _: InTurn
) -> Response:
    """Give papers with a theme or dimension, of all papers of each time, with intervals."""
    portal = portal_of(request)
    found = trends(
        portal.settings,
        portal.service,
        filters_of(given.filters, reader.access_classes),
        of=given.of,
        by=given.by,
        each_body=given.each_body,
    )
    return answer(request, found)
