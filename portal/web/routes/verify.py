"""A text's quotations and references, compared with the papers."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from pipelines.quotations.texts import Check, has_quotations, verify_text
from pipelines.quotations.verify import Verifier
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.reviewing import Form

router = APIRouter(include_in_schema=False)


@router.get("/verify")
def verify_page(request: Request, _: AnyReader) -> Response:
    """Ask for a quotation or a text."""
    return portal_of(request).pages.page(request, "verify.html", text="", citation="", checks=None)


@router.post("/verify")
def verify(request: Request, reader: AnyReader, form: Form) -> Response:
    """Show what becomes of each quotation: the text is one where it has no quotation marks, or a citation is given."""
    portal = portal_of(request)
    text, citation = (form.get(name, "").strip() for name in ("text", "citation"))
    verifier = Verifier(portal.settings, portal.service, portal.withdrawn, access_classes=reader.access_classes)
    checks: tuple[Check, ...] = ()
    if text and (citation or not has_quotations(text)):
        checks = (Check(kind="quotation", **dict(verifier.verify(text, citation or None))),)
    elif text:
        checks = verify_text(text, verifier)
    return portal.pages.page(request, "verify.html", text=text, citation=citation, checks=checks if text else None)
