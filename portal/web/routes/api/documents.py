"""`documents` and `passages`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from configs.system.errors import NotFoundError
from extractors.document import Document, DocumentHeader, Passage, Value
from index.results import MOST_CONTEXT, Context
from pipelines.questions import search
from pipelines.search.requests import SearchParameters
from pipelines.search.service import DocumentTheme
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.routes.api.answers import NOT_FOUND, answer, described, header_of
from portal.web.routes.api.parameters import Paging
from portal.web.routes.documents import original_file, page_image

router = APIRouter(tags=["documents"])
_CONTENTS = ("blocks", "tables", "passages")


class Documents(Value):
    """Some of the papers that filters leave, the latest first, and how many there are in all.

    A paper is shown by one of its versions; the others stand in `twins` and `revisions`. Papers without text, such as
    scans that were not read, stand in `export/documents` alone.
    """

    documents: tuple[DocumentHeader, ...]
    total: int
    offset: int
    limit: int


class DocumentAnswer(Document):
    """A document with its themes, the strongest first; blocks, tables and passages only with `full=true`."""

    themes: tuple[DocumentTheme, ...]


class PassageAnswer(Passage):
    """A passage with the document that it stands in; `context` only where it was asked for."""

    document: DocumentHeader
    context: Context | None = None


class DocumentParameters(BaseModel):
    """What is asked of a document."""

    model_config = ConfigDict(extra="forbid")

    full: bool = Field(default=False, description="Add blocks, tables and passages")


class PassageParameters(BaseModel):
    """What is asked of a passage."""

    model_config = ConfigDict(extra="forbid")

    context: int = Field(default=0, ge=0, le=MOST_CONTEXT, description="Passages to add before and after it")


@router.get("/documents", responses=described(Documents))
def documents(request: Request, reader: AnyReader, given: Annotated[Paging, Query()]) -> Response:
    """List the papers that filters leave, the latest first."""
    asked = SearchParameters(mode="text", limit=given.limit, offset=given.offset, sort="date", sentences=False)
    found = search.answer(portal_of(request).collection, asked, reader, given.filters, passages=1)
    shown = tuple(header_of(hit.document) for hit in found.hits)
    return answer(request, Documents(documents=shown, total=found.documents, offset=given.offset, limit=given.limit))


@router.get("/documents/{document_id}", responses=described(DocumentAnswer) | NOT_FOUND)
def document(
    request: Request, reader: AnyReader, document_id: str, given: Annotated[DocumentParameters, Query()]
) -> Response:
    """Give what is known of a document, by its id or its symbol in any spelling."""
    portal = portal_of(request)
    shown = portal.collection.service.show(document_id, access_classes=reader.access_classes)
    found = DocumentAnswer.model_construct(**dict(shown.document), themes=shown.themes)
    return answer(request, found, exclude=() if given.full else _CONTENTS)


@router.get("/passages/{passage_id}", responses=described(PassageAnswer) | NOT_FOUND)
def passage(
    request: Request, reader: AnyReader, passage_id: str, given: Annotated[PassageParameters, Query()]
) -> Response:
    """Give a passage with the document that it stands in."""
    held = reader.access_classes
    with portal_of(request).collection.engine() as engine:
        found = engine.passage(passage_id, access_classes=held)
        paper = engine.document(passage_id.rpartition("-")[0], access_classes=held) if found else None
        if found is None or paper is None:
            raise NotFoundError(f"there is no passage '{passage_id}'", "take an id that a search shows")
        context = engine.context(passage_id, given.context, access_classes=held) if given.context else None
    complete = PassageAnswer.model_construct(**dict(found), document=header_of(paper), context=context)
    return answer(request, complete, exclude=() if given.context else ("context",))


_FILE = {"schema": {"type": "string", "format": "binary"}}
_PICTURE: dict[int | str, dict[str, Any]] = {200: {"description": "The page as PNG", "content": {"image/png": _FILE}}}
_OF_PICTURE = {
    "parameters": [
        {
            "name": "highlight",
            "in": "query",
            "description": "The id of a passage that is marked",
            "schema": {"type": "string"},
        },
        {
            "name": "width",
            "in": "query",
            "description": "Dots from left to right",
            "schema": {"type": "integer", "minimum": 100, "maximum": 1800, "default": 900},
        },
    ]
}
_ORIGINAL: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file that the paper was read from", "content": {"application/octet-stream": _FILE}}
}

router.get(
    "/documents/{document_id}/pages/{number}.png",
    responses=_PICTURE | NOT_FOUND,
    response_class=Response,
    openapi_extra=_OF_PICTURE,
)(page_image)
router.get("/documents/{document_id}/file", responses=_ORIGINAL | NOT_FOUND, response_class=Response)(original_file)
