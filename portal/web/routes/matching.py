"""All passages of one paper that match a search, beside the page of one of them."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from configs.system.errors import NotFoundError
from index.results import EVERY_PASSAGE, PassageHit
from pipelines.search.reasons import answer_span
from portal.web import hits
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.question import Question
from portal.web.reviewing import withheld_on_page

router = APIRouter(include_in_schema=False)


@router.get("/documents/{document_id}/matching")
def matching_page(request: Request, reader: AnyReader, document_id: str) -> Response:
    """Show the passages of a paper that a question lists, in their order, and the page of the one that is chosen."""
    portal = portal_of(request)
    question = Question.of(request.query_params.multi_items())
    with portal.collection.engine() as engine:
        document = engine.document(document_id, access_classes=reader.access_classes)
    if document is None:
        raise NotFoundError(f"'{document_id[:80]}': no document of this id is in the index", "try a search")
    asked = question.request(portal.settings, reader.access_classes, passages=EVERY_PASSAGE)
    found = portal.collection.service.search(asked.model_copy(update={"of_document": document.id}), sentences=False)
    result = withheld_on_page(portal, reader, [document.id]).result(found)
    passages = [one for hit in result.hits for one in hit.passages]
    close, others = (sorted((one for one in passages if one.close is way), key=_ordinal) for way in (True, False))
    chosen = _chosen([*close, *others], request.query_params.get("passage"))
    return portal.pages.page(
        request,
        "matching.html",
        question=question,
        document=document,
        result=result,
        close=close,
        others=others,
        chosen=chosen,
        picture=hits.page_image(document, chosen, answer_span(chosen)) if chosen else None,
        hits=hits,
    )


def _chosen(passages: Sequence[PassageHit], asked: str | None) -> PassageHit | None:
    """Return the passage that is asked for, else the first."""
    return next((one for one in passages if one.id == asked), next(iter(passages), None))


def _ordinal(passage: PassageHit) -> int:
    """Return the place of a passage in its paper: it is the end of its id."""
    return int(passage.id.rpartition("-")[2])
