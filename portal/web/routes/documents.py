"""The reader: one paper, its passages, and what is said of them."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from portal.web import hits
from portal.web.access import AnyReader
from portal.web.context import portal_of

router = APIRouter(include_in_schema=False)


@router.get("/documents/{document_id}")
def document_page(request: Request, reader: AnyReader, document_id: str) -> Response:
    """Show a paper."""
    portal = portal_of(request)
    shown = portal.service.show(document_id, access_classes=reader.access_classes)
    return portal.pages.page(request, "document.html", document=shown.document, themes=shown.themes, hits=hits)
