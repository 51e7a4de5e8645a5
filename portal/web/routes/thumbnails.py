"""Small pictures of pages with a passage marked, beside hits; another state of a file has another address."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from portal.web import hits
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.gate import OF_READER

router = APIRouter(include_in_schema=False)
_DOTS = 2 * hits.THUMBNAIL
"""Width: sharp on screens with two dots a pixel."""
_CACHING = {"Cache-Control": "private, max-age=86400", **OF_READER}


class ThumbnailParameters(BaseModel):
    """What is asked of a small picture; `version` is for caches: another file has another address."""

    model_config = ConfigDict(extra="forbid")

    passage: str | None = Field(default=None, max_length=200, description="The id of a passage to mark on it")
    version: str = Field(default="", max_length=64)


@router.get("/thumbnails/{document_id}/{number}.png")
def thumbnail(
    request: Request, reader: AnyReader, document_id: str, number: int, given: Annotated[ThumbnailParameters, Query()]
) -> Response:
    """Give a small picture of a page of a PDF, counted from 1 as the pages lie in the file."""
    image = portal_of(request).images.png(
        document_id,
        number,
        width=_DOTS,
        highlight=given.passage,
        access_classes=reader.access_classes,
        client=reader.name,
    )
    return Response(image, media_type="image/png", headers=_CACHING)
