"""`quotes/verify`: whether the papers say what is quoted from them."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from pipelines.quotations.verify import MOST_CHARACTERS, Verdict
from portal.web.access import AnyReader
from portal.web.routes.api.answers import answer, described
from portal.web.routes.api.parameters import Text
from portal.web.turns import VerifierInTurn

router = APIRouter(tags=["quotations"])


class Quotation(BaseModel):
    """A quotation, and the citation that stands beside it: `PC0345E1a, § 46, p. 12`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    citation: Text | None = None


@router.post("/quotes/verify", responses=described(Verdict))
def verify(request: Request, _: AnyReader, given: Quotation, verifier: VerifierInTurn) -> Response:
    """Say whether a paper that the key may see has these words, and where."""
    return answer(request, verifier.verify(given.text, given.citation))
