"""Themes and dimensions over years and sessions, as files; the page of themes draws them."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from pipelines.access import audit
from pipelines.access.keys import Reader
from pipelines.questions.trends import COLUMNS, TIMES, TrendParameters, Trends, answer, cells_of
from portal.web.access import AnyReader
from portal.web.charts import charts_of
from portal.web.context import Portal, portal_of
from portal.web.question import Question, one_of
from portal.web.tables import file_response, known_kind
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)


@router.get("/trends")
def trends_page(request: Request) -> Response:
    """Lead to the trends on the page of themes."""
    return RedirectResponse(f"/vocabulary?{request.url.query}#trends", status_code=HTTPStatus.SEE_OTHER)


@router.get("/trends.svg")
def trends_drawing(request: Request, reader: AnyReader, _: InTurn) -> Response:
    """Give the charts as a drawing, to be kept."""
    portal = portal_of(request)
    found = asked_trends(portal, request, reader)
    page = portal.pages.page(request, "trends.svg", trends=found, charts=charts_of(found))
    page.headers["Content-Type"] = "image/svg+xml; charset=utf-8"
    page.headers["Content-Disposition"] = 'attachment; filename="trends.svg"'
    return page


@router.get("/trends.{kind}")
def trends_file(request: Request, reader: AnyReader, kind: str, _: InTurn) -> Response:
    """Give what the charts show as a table, a row a point."""
    kind = known_kind(kind)
    portal = portal_of(request)
    found = asked_trends(portal, request, reader)
    audit.record(portal.settings.home, reader.actor, "export", what="trends", query=str(request.url.query))
    return file_response("trends", kind, found, lambda: (COLUMNS, *cells_of(found)))


def asked_trends(portal: Portal, request: Request, reader: Reader) -> Trends:
    """Return the trends that an address asks for; `UsageError` for a theme or a time that there is not."""
    question = Question.of(request.query_params.multi_items())
    asked = TrendParameters(
        of=request.query_params.getlist("of"),
        by=one_of("time", request.query_params.get("by") or "year", TIMES),
        each_body=is_each_body(request),
    )
    return answer(portal.collection, asked, reader, question.given_filters())


def is_each_body(request: Request) -> bool:
    """Return whether an address asks for series of each body."""
    return request.query_params.get("each") == "body"
