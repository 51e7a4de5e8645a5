"""What the papers state of an administration or group, alone or side by side with others."""

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from configs.gazetteer import load_gazetteer
from extractors.document import MODALITIES
from pipelines.access import audit
from pipelines.access.keys import Reader
from pipelines.desk.profile import Profile, member_of
from pipelines.questions.profile import COLUMNS, MOST_MEMBERS, ProfileParameters, answer, cells_of
from portal.web.access import AnyReader
from portal.web.context import Portal, portal_of
from portal.web.measured import measured_of
from portal.web.question import Question
from portal.web.routes.places import bodies_of
from portal.web.tables import file_response, known_kind
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)


@router.get("/members")
def members_page(request: Request, reader: AnyReader) -> Response:
    """List the administrations and groups that accepted tags speak of, with their papers."""
    portal = portal_of(request)
    matrix = portal.collection.service.matrix(Question().narrowing(reader.access_classes), "subject")
    counts: dict[str, int] = {}
    for cell in matrix.cells:
        if value := getattr(cell, "value", None):
            counts[str(value)] = counts.get(str(value), 0) + cell.documents
    known = {entry.id for entry in load_gazetteer().entries}
    listed = sorted(((one, count) for one, count in counts.items() if one in known), key=lambda one: (-one[1], one[0]))
    return portal.pages.page(request, "members.html", members=listed)


@router.get("/members/go")
def go_to_member(code: str) -> Response:
    """Lead to the page of a member named in a form."""
    return RedirectResponse(f"/members/{quote(member_of(code), safe='')}", status_code=HTTPStatus.SEE_OTHER)


@router.get("/members/{code}.{kind}")
def member_file(request: Request, reader: AnyReader, code: str, kind: str, _: InTurn) -> Response:
    """Give the statements of a member, and of those beside it, as a table."""
    kind = known_kind(kind)
    portal = portal_of(request)
    found = _profiles(portal, request, reader, code)
    audit.record(portal.settings.home, reader.actor, "export", what=f"profile {code}", query=str(request.url.query))
    return file_response(f"profile-{found[0].code}", kind, found[0], lambda: (COLUMNS, *cells_of(found)))


@router.get("/members/{code}")
def member_page(request: Request, reader: AnyReader, code: str, _: InTurn) -> Response:
    """Show the statements of a member by dimension; `with` sets others beside it."""
    portal = portal_of(request)
    found = _profiles(portal, request, reader, code)
    question = Question.of(request.query_params.multi_items())
    return portal.pages.page(
        request,
        "member.html",
        question=question,
        bodies=bodies_of(portal, reader),
        profiles=found,
        suggested=_with_suggested(request),
        measured=measured_of(portal.settings, portal.names.model),
        by_tag={said.tag: said for one in found for said in one.statements},
        dimensions=[one.id for one in portal.names.model.dimensions],
        modalities=MODALITIES,
        query=request.url.query,
    )


def _profiles(portal: Portal, request: Request, reader: Reader, code: str) -> list[Profile]:
    question = Question.of(request.query_params.multi_items())
    if _with_suggested(request):
        question = question._replace(filters=(*question.filters, ("status", "accepted"), ("status", "suggested")))
    beside = [one for given in request.query_params.getlist("with") for one in given.replace(",", " ").split()]
    codes = dict.fromkeys(member_of(one) for one in [code, *beside[: MOST_MEMBERS - 1]])
    filters = question.given_filters()
    return [answer(portal.collection, ProfileParameters(member=one), reader, filters) for one in codes]


def _with_suggested(request: Request) -> bool:
    return bool(request.query_params.get("suggested"))
