"""The questions of `pipelines.questions`: each by its parameters, those of a search in `searching`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from index.results import Matrix, TrendMatrix
from pipelines.desk.briefings import CheckedBriefing
from pipelines.desk.decisions import DecisionPage
from pipelines.desk.profile import Profile
from pipelines.questions import briefing as briefing_question
from pipelines.questions import decisions as decision_question
from pipelines.questions import matrix as matrix_question
from pipelines.questions import profile, since
from pipelines.questions import trends as trend_question
from pipelines.questions import verify as verify_question
from pipelines.quotations.verify import Verdict
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.routes.api.answers import NOT_FOUND, answer, described
from portal.web.routes.api.parameters import (
    DecisionQuery,
    MatrixQuery,
    Narrowing,
    Quotation,
    SessionNumber,
    TrendQuery,
)
from portal.web.turns import InTurn

router = APIRouter()


@router.get("/briefings", tags=["briefings"], responses=described(briefing_question.ListedBriefings))
def briefings(request: Request, reader: AnyReader) -> Response:
    """List the briefings that the key may change."""
    return answer(request, briefing_question.listed(portal_of(request).collection, reader))


@router.get("/briefings/{name:path}", tags=["briefings"], responses=described(CheckedBriefing) | NOT_FOUND)
def briefing(request: Request, reader: AnyReader, name: str, turn: InTurn) -> Response:
    """Give a briefing with what becomes of each quotation now; of papers that the key may not see there is none."""
    return answer(request, briefing_question.answer(portal_of(request).collection, name, reader, turn.check))


@router.get("/decisions", tags=["decisions"], responses=described(DecisionPage))
def decisions(request: Request, reader: AnyReader, given: Annotated[DecisionQuery, Query()]) -> Response:
    """List decisions, the latest first, each with what later papers say of it."""
    return answer(request, decision_question.answer(portal_of(request).collection, given, reader, given.filters))


@router.get("/matrix", tags=["collection"], responses=described(Matrix | TrendMatrix))
def matrix(request: Request, reader: AnyReader, given: Annotated[MatrixQuery, Query()]) -> Response:
    """Count papers by dimension, level and modality; `by` gives one matrix for each value of a field."""
    return answer(request, matrix_question.answer(portal_of(request).collection, given, reader, given.filters))


@router.get("/members/{code}", tags=["collection"], responses=described(Profile) | NOT_FOUND)
def member(request: Request, reader: AnyReader, code: str, given: Annotated[Narrowing, Query()], _: InTurn) -> Response:
    """Give the statements of a member, the latest first, and how many papers state what."""
    asked = profile.ProfileParameters(member=code)
    return answer(request, profile.answer(portal_of(request).collection, asked, reader, given.filters))


@router.post("/quotes/verify", tags=["quotations"], responses=described(Verdict))
def verify(request: Request, reader: AnyReader, given: Quotation, turn: InTurn) -> Response:
    """Say whether a paper that the key may see has these words, and where."""
    return answer(request, verify_question.answer(portal_of(request).collection, given, reader, turn.check))


@router.get("/since/{body}", tags=["collection"], responses=described(since.SinceSession) | NOT_FOUND)
def since_session(request: Request, reader: AnyReader, body: str, _: InTurn, session: SessionNumber = None) -> Response:
    """Give the papers, decisions, moved cells and revisions of a session, the latest of the body without one."""
    asked = since.SinceParameters(body=body, session=session)
    return answer(request, since.answer(portal_of(request).collection, asked, reader))


@router.get("/trends", tags=["collection"], responses=described(trend_question.Trends))
def trends_over_time(request: Request, reader: AnyReader, given: Annotated[TrendQuery, Query()], _: InTurn) -> Response:
    """Give papers with a theme or dimension, of all papers of each time, with intervals."""
    return answer(request, trend_question.answer(portal_of(request).collection, given, reader, given.filters))
