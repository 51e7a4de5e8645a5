"""Statements of papers about an administration or group, alone or side by side with others."""

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from configs.system.errors import NotFoundError
from extractors.document import MODALITIES
from pipelines.access import audit
from pipelines.access.keys import Reader
from pipelines.desk.profile import Profile
from pipelines.desk.sentences import best_first
from pipelines.questions.profile import COLUMNS, MOST_MEMBERS, ProfileParameters, answer, cells_of
from pipelines.search.requests import filters_of
from portal.web.access import AnyReader
from portal.web.charts import Segment, stacked
from portal.web.context import Portal, portal_of
from portal.web.measured import measured_of
from portal.web.question import Question
from portal.web.routes.places import choices_of
from portal.web.tables import file_response, known_kind
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)


@router.get("/members")
def members_page(request: Request, reader: AnyReader, _: InTurn) -> Response:
    """List the administrations and groups of which accepted tags say enough, with their papers and statements."""
    portal = portal_of(request)
    found = portal.collection.profiles.all(filters_of((), reader.access_classes))
    return portal.pages.page(
        request,
        "members.html",
        members=[(one, _modalities(one)) for one in found if not one.is_thin],
        thin=[one for one in found if one.is_thin],
        modalities=MODALITIES,
        measured=measured_of(portal.settings, portal.names.model),
    )


@router.get("/members/go")
def go_to_member(request: Request, code: str) -> Response:
    """Lead to the page of a member named in a form; that of a name that nobody has says which is like it."""
    try:
        found = portal_of(request).collection.profiles.code_of(code)
    except NotFoundError:
        found = code
    return RedirectResponse(f"/members/{quote(found, safe='')}", status_code=HTTPStatus.SEE_OTHER)


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
    question = _asked(request)
    found = _profiles(portal, request, reader, code)
    return portal.pages.page(
        request,
        "member.html",
        question=question,
        choices=choices_of(portal, reader),
        members=[one.code for one in portal.collection.profiles.all(question.narrowing(reader.access_classes))],
        most=MOST_MEMBERS,
        profiles=found,
        best_first=best_first,
        suggested=bool(request.query_params.get("suggested")),
        measured=measured_of(portal.settings, portal.names.model),
        dimensions=[one.id for one in portal.names.model.dimensions],
        query=request.url.query,
    )


def _modalities(profile: Profile) -> tuple[Segment, ...]:
    """Return the statements of a profile by modality, as the parts of a bar."""
    return stacked({one: sum(each.modality == one for each in profile.statements) for one in MODALITIES})


def _profiles(portal: Portal, request: Request, reader: Reader, code: str) -> list[Profile]:
    beside = [one for given in request.query_params.getlist("with") for one in given.replace(",", " ").split()]
    code_of = portal.collection.profiles.code_of
    codes = dict.fromkeys(code_of(one) for one in [code, *beside[: MOST_MEMBERS - 1]])
    filters = _asked(request).given_filters()
    return [answer(portal.collection, ProfileParameters(member=one), reader, filters) for one in codes]


def _asked(request: Request) -> Question:
    """Return the question of an address, which may ask for what is only suggested too."""
    question = Question.of(request.query_params.multi_items())
    if not request.query_params.get("suggested"):
        return question
    return question._replace(filters=(*question.filters, ("status", "accepted"), ("status", "suggested")))
