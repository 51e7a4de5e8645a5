"""The register of decisions, as a page and as a table."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from pipelines.access import audit
from pipelines.access.keys import Reader
from pipelines.desk.decisions import STATES, DecisionPage
from pipelines.questions.decisions import COLUMNS, DecisionParameters, answer, cells_of
from portal.web.access import AnyReader
from portal.web.context import Portal, portal_of
from portal.web.question import PAGE_SIZE, Question, one_of
from portal.web.rendering import language_of
from portal.web.routes.places import choices_of
from portal.web.tables import file_response, known_kind
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)

_MOST_ROWS = 100_000


@router.get("/decisions")
def decisions_page(request: Request, reader: AnyReader) -> Response:
    """List what bodies decided, the latest first; a form narrows the list."""
    portal = portal_of(request)
    question = Question.of(request.query_params.multi_items())
    found = _asked(portal, request, reader, question, offset=question.offset, limit=PAGE_SIZE)
    return portal.pages.page(
        request,
        "decisions.html",
        question=question,
        found=found,
        choices=choices_of(portal, reader),
        state=request.query_params.get("state") or "",
        addressee=request.query_params.get("addressee") or "",
        addressees=portal.collection.decisions.addressees(question.narrowing(reader.access_classes)),
        last=max((found.total - 1) // PAGE_SIZE + 1, 1),
    )


@router.get("/decisions.{kind}")
def decisions_file(request: Request, reader: AnyReader, kind: str, _: InTurn) -> Response:
    """Give the decisions that the filters leave as a table."""
    kind = known_kind(kind)
    portal = portal_of(request)
    question = Question.of(request.query_params.multi_items())
    found = _asked(portal, request, reader, question, offset=0, limit=_MOST_ROWS)
    audit.record(portal.settings.home, reader.actor, "export", what="decisions", query=str(request.url.query))
    rows = (COLUMNS, *map(cells_of, found.decisions))
    return file_response("decisions", kind, found, lambda: rows)


def _asked(
    portal: Portal, request: Request, reader: Reader, question: Question, *, offset: int, limit: int
) -> DecisionPage:
    state = request.query_params.get("state")
    asked = DecisionParameters(
        state=one_of("state", state, STATES) if state else None,
        addressee=(request.query_params.get("addressee") or "").strip() or None,
        offset=offset,
        limit=limit,
    )
    return answer(portal.collection, asked, reader, question.given_filters(), language_of(request))
