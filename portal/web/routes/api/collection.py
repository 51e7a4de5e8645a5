"""`themes`, `vocabulary` and `models`: the collection as a whole, and what it is described by."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from configs.maturity import MaturityModel
from configs.vocabulary import Vocabulary
from index.results import ThemeCounts
from pipelines.search.requests import filters_of
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.routes.api.answers import answer, described
from portal.web.routes.api.parameters import Narrowing

router = APIRouter(tags=["collection"])


@router.get("/themes", responses=described(ThemeCounts))
def themes(request: Request, reader: AnyReader, given: Annotated[Narrowing, Query()]) -> Response:
    """Count papers and passages by theme, year and body."""
    wanted = filters_of(given.filters, reader.access_classes)
    return answer(request, portal_of(request).collection.service.themes(wanted))


@router.get("/vocabulary", responses=described(Vocabulary))
def vocabulary(request: Request, _: AnyReader) -> Response:
    """Give the vocabulary in use: themes, their labels and the rules of these."""
    return answer(request, portal_of(request).names.vocabulary)


@router.get("/models", responses=described(MaturityModel))
def models(request: Request, _: AnyReader) -> Response:
    """Give the maturity model in use, with its provenance."""
    return answer(request, portal_of(request).names.model)
