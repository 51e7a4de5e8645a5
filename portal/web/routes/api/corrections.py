"""`corrections`: what a person knows better of papers than their reader and their sidecar."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from extractors.document import DocumentHeader, Value
from pipelines.review.corrections import MOST_CORRECTED, CorrectionDesk, correct
from portal.web.access import Reviewer
from portal.web.context import portal_of
from portal.web.routes.api.answers import FORBIDDEN, NOT_FOUND, answer, described, header_of
from portal.web.routes.api.parameters import Text

router = APIRouter(tags=["documents"])


class CorrectionRequest(Value):
    """What a person corrects of papers, by their ids, symbols or sources; it is stored for all of them or for none.

    `values` has texts by field, null for a field that is to be empty: a date, the id of a body or kind, sessions as
    `80,81`, a symbol, names of access classes joined by `+`, the id of the paper that it is a `version_of`. `undo`
    takes back what was corrected. A class that opens a paper has to be `confirmed`.
    """

    documents: Annotated[tuple[Text, ...], Field(min_length=1, max_length=MOST_CORRECTED)]
    values: dict[str, Annotated[str, Field(max_length=10_000)] | None] = Field(default_factory=dict)
    undo: tuple[str, ...] = ()
    confirmed: bool = False


class CorrectedDocuments(Value):
    """The papers as they are corrected now.

    They are `waiting` where another process writes the index: it, or the next run, applies what was stored.
    """

    documents: tuple[DocumentHeader, ...]
    waiting: bool


@router.post(
    "/corrections",
    status_code=HTTPStatus.CREATED,
    responses=described(CorrectedDocuments, status=201) | FORBIDDEN | NOT_FOUND,
)
def add_corrections(request: Request, reader: Reviewer, said: CorrectionRequest) -> Response:
    """Correct papers in the name of the key: administrators every field, reviewers every one but `access`."""
    portal = portal_of(request)
    with portal.collection.engine() as engine:
        desk = CorrectionDesk(portal.settings, engine, reader)
        done = correct(desk, said.documents, said.values, undo=said.undo, confirmed=said.confirmed)
    with portal.collection.engine() as engine:
        found = (engine.document(name, access_classes=reader.access_classes) for name in done.documents)
        shown = tuple(header_of(one) for one in found if one)
    return answer(request, CorrectedDocuments(documents=shown, waiting=done.waiting), status=HTTPStatus.CREATED)
