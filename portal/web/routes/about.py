"""What this collection is, the maturity model, how far to trust the answers, and help."""

from importlib.metadata import version

from fastapi import APIRouter, Request
from starlette.responses import Response

from index.encoder import encoder_identity
from index.filters import Filters
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.measured import measured_of

router = APIRouter(include_in_schema=False)


@router.get("/help")
def help_page(request: Request, _: AnyReader) -> Response:
    """Say how to ask, what tags mean, how to cite, and which keys there are."""
    return portal_of(request).pages.page(request, "help.html")


@router.get("/about")
def about_page(request: Request, reader: AnyReader) -> Response:
    """Say what is in the collection, what the maturity model is, and how far the answers can be trusted."""
    portal = portal_of(request)
    counts = portal.collection.service.themes(Filters(access_classes=reader.access_classes))
    return portal.pages.page(
        request,
        "about.html",
        measured=measured_of(portal.settings, portal.names.model),
        total=counts.total,
        model=portal.names.model,
        vocabulary=portal.names.vocabulary,
        encoder=encoder_identity(portal.settings).name,
        version=version("customs-lens"),
    )
