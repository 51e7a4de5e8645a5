"""`search`, `similar` and `facets`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from extractors.document import Value
from index.results import FacetValue, Mode, SearchResult
from pipelines.questions import search as search_question
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
    found = search_question.answer(portal_of(request).collection, given, reader, given.filters)
    return answer(request, found, varying=_VARYING)


@router.get("/similar/{passage_id}", responses=described(SearchResult) | NOT_FOUND)
def similar(
    request: Request, reader: AnyReader, passage_id: str, given: Annotated[SimilarParameters, Query()]
) -> Response:
    """Find passages of other papers that are like one."""
    asked = requests.SearchParameters(offset=given.offset, limit=given.limit, context=given.context)
    found = search_question.similar(portal_of(request).collection, passage_id, asked, reader, given.filters)
    return answer(request, found, varying=_VARYING)


@router.get("/facets", responses=described(Facets))
def facets(request: Request, reader: AnyReader, given: Annotated[FacetParameters, Query()]) -> Response:
    """Count the papers that a query matches by fields."""
    asked = requests.SearchParameters(
        q=given.q, mode=given.mode, expand=given.expand, facet=given.facet, limit=1, sentences=False
    )
    found = search_question.answer(portal_of(request).collection, asked, reader, given.filters, passages=1)
    return answer(request, Facets(**{name: getattr(found, name) for name in Facets.model_fields}))
