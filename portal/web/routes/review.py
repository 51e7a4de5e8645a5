"""The review queue: one passage at a time, two keys a judgement."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from portal.web.access import Reviewer
from portal.web.context import portal_of

router = APIRouter(include_in_schema=False)


@router.get("/review")
def review_page(request: Request, _: Reviewer) -> Response:
    """Show what waits for a judgement."""
    return portal_of(request).pages.page(request, "review.html")
