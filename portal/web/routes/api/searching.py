"""`search`, `similar` and `facets`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from extractors.document import Value
from index.results import FacetValue, Mode, SearchResult
from pipelines.search import requests
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.routes.api.answers import NOT_FOUND, answer, described
from portal.web.routes.api.parameters import FacetParameters, SearchParameters, SimilarParameters

router = APIRouter(tags=["search"])
_VARYING = ("took_ms",)


class Facets(Value):
    """The values of some fields in what a query matches, with papers; see `SearchResult`."""

    query: str
    mode: Mode
    passages: int
    documents: int
    facets: dict[str, tuple[FacetValue, ...]]


@router.get("/search", responses=described(SearchResult))
def search(request: Request, reader: AnyReader, given: Annotated[SearchParameters, Query()]) -> Response:
    """Find passages by word and by meaning."""
    portal = portal_of(request)
    asked = requests.search_request(portal.settings, given, given.filters, access_classes=reader.access_classes)
    return answer(request, portal.service.search(asked, sentences=given.sentences), varying=_VARYING)


@router.get("/similar/{passage_id}", responses=described(SearchResult) | NOT_FOUND)
def similar(
    request: Request, reader: AnyReader, passage_id: str, given: Annotated[SimilarParameters, Query()]
) -> Response:
    """Find passages of other papers that are like one."""
    portal = portal_of(request)
    wanted = requests.SearchParameters(offset=given.offset, limit=given.limit, context=given.context)
    asked = requests.search_request(portal.settings, wanted, given.filters, access_classes=reader.access_classes)
    return answer(request, portal.service.similar(passage_id, asked), varying=_VARYING)


@router.get("/facets", responses=described(Facets))
def facets(request: Request, reader: AnyReader, given: Annotated[FacetParameters, Query()]) -> Response:
    """Count the papers that a query matches by fields."""
    portal = portal_of(request)
    wanted = requests.SearchParameters(q=given.q, mode=given.mode, expand=given.expand, facet=given.facet, limit=1)
    held = reader.access_classes
    asked = requests.search_request(portal.settings, wanted, given.filters, access_classes=held, passages=1)
    found = portal.service.search(asked, sentences=False)
    return answer(
        request,
        Facets(
            query=found.query,
            mode=found.mode,
            passages=found.passages,
            documents=found.documents,
            facets=found.facets,
        ),
    )
