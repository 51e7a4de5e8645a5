"""Verification of the quotations and references of a text against the papers."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from configs.settings import Settings
from configs.system.errors import UsageError
from extractors.reading import read_document
from pipelines.quotations.texts import Check, PendingCheck, checks_of_document, checks_of_text, is_quotation
from pipelines.sources.source import uri_of
from pipelines.stages.language_model import prepare_languages
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.gate import MOST_VERIFIED, VERIFY
from portal.web.multipart import FormReader
from portal.web.routes.login import form_of
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)
MOST_QUOTATIONS = 50
"""Quotations and references of a text that are compared: more take longer than a browser waits."""
_MOST_PASTED = 200_000
"""Bytes of a text that is pasted."""


@dataclass
class SentText:
    """What was sent to be verified: the fields of the form, and a file where one was chosen."""

    fields: dict[str, str] = field(default_factory=dict)
    name: str = ""
    content: bytearray = field(default_factory=bytearray)

    def begin(self, name: str) -> None:
        """Begin to receive the file."""
        self.name = name

    def write(self, piece: bytes) -> None:
        """Receive a piece of the file; raises `UsageError` for one that is too large."""
        self.content += piece
        if len(self.content) > MOST_VERIFIED:
            remedy = "verify it with the command line: customs-lens verify FILE"
            raise UsageError(f"{self.name[:80]}: is larger than {MOST_VERIFIED >> 20} MiB", remedy)

    def end(self) -> None:
        """Do nothing: the file is held until it was read."""


async def _sent(request: Request) -> SentText:
    found = SentText()
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/"):
        form = FormReader(kind, found, most_files=1, most_bytes=_MOST_PASTED)
        found.fields = await form.read(request.stream())
    else:
        found.fields = await form_of(request)
    return found


Sent: TypeAlias = Annotated[SentText, Depends(_sent)]


@router.get(VERIFY)
def verify_page(request: Request, _: AnyReader) -> Response:
    """Ask for a quotation or a text."""
    return portal_of(request).pages.page(request, "verify.html", text="", citation="", checks=None)


@router.post(VERIFY)
def verify(request: Request, reader: AnyReader, sent: Sent, turn: InTurn) -> Response:
    """Show what becomes of each quotation: the text is one where it has no quotation marks, or a citation is given."""
    portal = portal_of(request)
    verifier = portal.collection.verifier(reader, turn.check)
    text, citation = (sent.fields.get(name, "").strip()[:_MOST_PASTED] for name in ("text", "citation"))
    pending: list[PendingCheck] = []
    if sent.name:
        text, pending = "", _checks_of_file(portal.settings, sent)
        checks = [one.verified(verifier) for one in pending[:MOST_QUOTATIONS]]
    elif text and (citation or is_quotation(text)):
        checks = [Check(kind="quotation", **dict(verifier.verify(text, citation or None)))]
    else:
        pending = checks_of_text(text)
        checks = [one.verified(verifier) for one in pending[:MOST_QUOTATIONS]]
    return portal.pages.page(
        request,
        "verify.html",
        text=text,
        citation=citation,
        file=sent.name,
        checks=checks,
        counts=tuple(_counts(checks)),
        left_out=max(len(pending) - MOST_QUOTATIONS, 0),
        most=MOST_QUOTATIONS,
    )


def _checks_of_file(settings: Settings, sent: SentText) -> list[PendingCheck]:
    """Return the pending checks of a file, which is read as a paper is, without text recognition, and not kept.

    Raises `UsageError` for one that has no text that could be read.
    """
    prepare_languages(settings.cache)
    ocr = settings.reading.ocr.model_copy(update={"enabled": "off"})
    with tempfile.NamedTemporaryFile(prefix="customs-lens-") as copy:
        copy.write(sent.content)
        copy.flush()
        document = read_document(
            Path(copy.name),
            source=uri_of(copy.name),
            sha256=hashlib.sha256(sent.content).hexdigest(),
            limits=settings.reading.model_copy(update={"ocr": ocr}),
        )
    if document.status != "read":
        message = f"{sent.name[:80]}: has no text that can be read: {document.status.replace('_', ' ')}"
        raise UsageError(message, "choose a DOCX, PDF or TXT file, or paste the text")
    return checks_of_document(document)


def _counts(checks: Sequence[Check]) -> Iterator[tuple[str, int, int]]:
    """Yield how many checks have each status, and how many are of papers that have another one, with the first."""
    for status in ("verified", "repaired", "differs", "not_found", "superseded", "withdrawn"):
        found = [place for place, one in enumerate(checks, 1) if status in (one.status, one.paper)]
        if found:
            yield status, len(found), found[0]
