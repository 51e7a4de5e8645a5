"""The register of decisions, as a page and as a table."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from pipelines.access import audit
from pipelines.desk.decisions import STATES
from pipelines.questions.decisions import COLUMNS, DecisionParameters, answer, cells_of
from portal.web.access import AnyReader
from portal.web.context import portal_of
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
    asked = _parameters(request, offset=question.offset, limit=PAGE_SIZE)
    narrowed = question.narrowing(reader.access_classes)
    found, texts = portal.collection.decisions.by_text(narrowed, language=language_of(request), **asked.model_dump())
    return portal.pages.page(
        request,
        "decisions.html",
        question=question,
        found=found,
        choices=choices_of(portal, reader),
        state=asked.state or "",
        addressee=asked.addressee or "",
        addressees=portal.collection.decisions.addressees(narrowed),
        last=max((texts - 1) // PAGE_SIZE + 1, 1),
    )


@router.get("/decisions.{kind}")
def decisions_file(request: Request, reader: AnyReader, kind: str, _: InTurn) -> Response:
    """Give the decisions that the filters leave as a table."""
    kind = known_kind(kind)
    portal = portal_of(request)
    question = Question.of(request.query_params.multi_items())
    asked = _parameters(request, offset=0, limit=_MOST_ROWS)
    found = answer(portal.collection, asked, reader, question.given_filters(), language_of(request))
    audit.record(portal.settings.home, reader.actor, "export", what="decisions", query=str(request.url.query))
    rows = (COLUMNS, *map(cells_of, found.decisions))
    return file_response("decisions", kind, found, lambda: rows)


def _parameters(request: Request, *, offset: int, limit: int) -> DecisionParameters:
    state = request.query_params.get("state")
    return DecisionParameters(
        state=one_of("state", state, STATES) if state else None,
        addressee=(request.query_params.get("addressee") or "").strip() or None,
        offset=offset,
        limit=limit,
    )
