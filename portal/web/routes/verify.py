"""A text's quotations and references, compared with the papers."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from pipelines.quotations.texts import Check, checks_of_text, has_quotations
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.reviewing import Form
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)
MOST_QUOTATIONS = 50
"""Quotations and references of a text that are compared: more take longer than a browser waits."""


@router.get("/verify")
def verify_page(request: Request, _: AnyReader) -> Response:
    """Ask for a quotation or a text."""
    return portal_of(request).pages.page(request, "verify.html", text="", citation="", checks=None)


@router.post("/verify")
def verify(request: Request, reader: AnyReader, form: Form, turn: InTurn) -> Response:
    """Show what becomes of each quotation: the text is one where it has no quotation marks, or a citation is given."""
    portal = portal_of(request)
    verifier = portal.collection.verifier(reader, turn.check)
    text, citation = (form.get(name, "").strip() for name in ("text", "citation"))
    checks: list[Check] = []
    left_out = 0
    if text and (citation or not has_quotations(text)):
        checks = [Check(kind="quotation", **dict(verifier.verify(text, citation or None)))]
    elif text:
        pending = checks_of_text(text)
        checks = [one.verified(verifier) for one in pending[:MOST_QUOTATIONS]]
        left_out = len(pending) - len(checks)
    return portal.pages.page(
        request,
        "verify.html",
        text=text,
        citation=citation,
        checks=checks if text else None,
        left_out=left_out,
        most=MOST_QUOTATIONS,
    )
