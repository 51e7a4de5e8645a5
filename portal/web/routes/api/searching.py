"""`search`, `similar` and `facets`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from extractors.document import Value
from index.results import FacetValue, Mode, SearchResult
from pipelines.search.requests import search_request
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
    options: dict[str, Any] = given.model_dump(
        include={"mode", "expand", "offset", "limit", "sort", "context", "close_only", "explain"}
    )
    asked = search_request(
        portal.settings,
        given.q,
        access_classes=reader.access_classes,
        filters=given.filters,
        facets=given.facet,
        **options,
    )
    return answer(request, portal.service.search(asked, sentences=given.sentences), varying=_VARYING)


@router.get("/similar/{passage_id}", responses=described(SearchResult) | NOT_FOUND)
def similar(
    request: Request, reader: AnyReader, passage_id: str, given: Annotated[SimilarParameters, Query()]
) -> Response:
    """Find passages of other papers that are like one."""
    portal = portal_of(request)
    asked = search_request(
        portal.settings,
        "",
        access_classes=reader.access_classes,
        filters=given.filters,
        limit=given.limit,
        offset=given.offset,
        context=given.context,
    )
    return answer(request, portal.service.similar(passage_id, asked), varying=_VARYING)


@router.get("/facets", responses=described(Facets))
def facets(request: Request, reader: AnyReader, given: Annotated[FacetParameters, Query()]) -> Response:
    """Count the papers that a query matches by fields."""
    portal = portal_of(request)
    asked = search_request(
        portal.settings,
        given.q,
        access_classes=reader.access_classes,
        mode=given.mode,
        filters=given.filters,
        facets=given.facet,
        limit=1,
        passages=1,
        expand=given.expand,
    )
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
