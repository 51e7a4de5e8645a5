"""The register of decisions, as a page and as a table."""

from difflib import get_close_matches

from fastapi import APIRouter, Request
from starlette.responses import Response

from pipelines.access import audit
from pipelines.desk.decisions import MEMBERS, STATES
from pipelines.questions.decisions import COLUMNS, DecisionParameters, answer, cells_of
from portal.web.access import AnyReader
from portal.web.context import Portal, portal_of
from portal.web.question import PAGE_SIZE, Question, one_of
from portal.web.rendering import catalogue, language_of
from portal.web.routes.places import choices_of
from portal.web.tables import file_response, known_kind
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)

_MOST_ROWS = 100_000
_MOST_NAMES = 12
"""Of addressees where nobody of the name is asked."""


@router.get("/decisions")
def decisions_page(request: Request, reader: AnyReader) -> Response:
    """List what bodies decided, the latest first; a form narrows the list."""
    portal = portal_of(request)
    question = Question.of(request.query_params.multi_items())
    asked = _parameters(request, offset=question.offset, limit=PAGE_SIZE)
    narrowed = question.narrowing(reader.access_classes)
    language = language_of(request)
    found, texts = portal.collection.decisions.by_text(narrowed, language=language, **asked.model_dump())
    named = [_name_of(portal, one, language) for one in portal.collection.decisions.addressees(narrowed)]
    near = get_close_matches(asked.addressee or "", named, n=3) or named[:_MOST_NAMES]
    return portal.pages.page(
        request,
        "decisions.html",
        question=question,
        found=found,
        choices=choices_of(portal, reader),
        state=asked.state or "",
        addressee=asked.addressee or "",
        addressees=named,
        near=near if asked.addressee and not (asked.state or found.total) else [],
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


def _name_of(portal: Portal, addressee: str, language: str) -> str:
    """Return the name of an addressee of the register."""
    if addressee == MEMBERS:
        return catalogue(language).gettext("Members")
    name = portal.names.of("subject", addressee, language)
    return name if name != addressee else portal.names.of("body", addressee, language)


def _parameters(request: Request, *, offset: int, limit: int) -> DecisionParameters:
    state = request.query_params.get("state")
    return DecisionParameters(
        state=one_of("state", state, STATES) if state else None,
        addressee=(request.query_params.get("addressee") or "").strip() or None,
        offset=offset,
        limit=limit,
    )
