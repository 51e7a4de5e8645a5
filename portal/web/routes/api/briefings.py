"""`briefings`: what readers gathered, each quotation compared again."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from extractors.document import Value
from pipelines.desk.briefings import CheckedBriefing
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.routes.api.answers import NOT_FOUND, answer, described
from portal.web.turns import VerifierInTurn

router = APIRouter(tags=["briefings"])


class ListedBriefing(Value):
    """A briefing of the key."""

    name: str
    owner: str | None
    pins: int


class ListedBriefings(Value):
    """The briefings of the key, those changed last first."""

    briefings: tuple[ListedBriefing, ...]


@router.get("/briefings", responses=described(ListedBriefings))
def briefings(request: Request, reader: AnyReader) -> Response:
    """List the briefings that the key may change."""
    listed = portal_of(request).briefings.listed(reader)
    rows = tuple(ListedBriefing(name=one.name, owner=one.owner, pins=len(one.pins)) for one in listed)
    return answer(request, ListedBriefings(briefings=rows))


@router.get("/briefings/{name:path}", responses=described(CheckedBriefing) | NOT_FOUND)
def briefing(request: Request, reader: AnyReader, name: str, verifier: VerifierInTurn) -> Response:
    """Give a briefing with what becomes of each quotation now; of papers that the key may not see there is none."""
    return answer(request, portal_of(request).briefings.checked(reader, name, verifier))
