"""Citations of a paper or a passage in every form, to be copied or downloaded."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from configs.alerts import portal_address
from configs.system.errors import NotFoundError
from extractors.document import Document, Passage
from pipelines.viewing.citation_forms import BIBTEX, RIS, CitationForms, bibtex, citation_forms, joined, ris
from pipelines.viewing.permalinks import permalink_of
from portal.web import hits
from portal.web.access import AnyReader
from portal.web.context import Portal, portal_of
from portal.web.rendering import language_of

router = APIRouter(include_in_schema=False)
FORMS = {"bib": BIBTEX, "ris": RIS}
"""Endings of files of citations, with their media types."""


class Cited(NamedTuple):
    """A paper, the passage of it that is cited if it is one, and the forms of the citation."""

    document: Document
    passage: Passage | None
    forms: CitationForms


@router.get("/documents/{document_id}/citation")
def citation_page(request: Request, reader: AnyReader, document_id: str) -> Response:
    """Show how a paper, or a passage of it (`passage`), is cited."""
    portal = portal_of(request)
    cited = _cited(portal, request, reader, document_id)
    return portal.pages.page(request, "citation.html", cited=cited, hits=hits)


@router.get("/documents/{document_id}/citation.{kind}")
def citation_file(request: Request, reader: AnyReader, document_id: str, kind: str) -> Response:
    """Give the citation as a file for a reference manager: `bib` or `ris`."""
    if kind not in FORMS:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no .{kind[:10]} here: ask for .{', .'.join(FORMS)}")
    forms = _cited(portal_of(request), request, reader, document_id).forms
    return _file("citation", kind, (forms.bibtex if kind == "bib" else forms.ris).encode())


def citations_file(request: Request, kind: str, documents: Iterable[Document]) -> Response:
    """Return a file with a record of each paper, for a reference manager; `kind` is one of `FORMS`."""
    record = bibtex if kind == "bib" else ris
    language = language_of(request)
    records = (record(one, url=address_of(request, one), language=language) for one in documents)
    return _file("search", kind, b"".join(joined(records)))


def address_of(request: Request, document: Document, passage: Passage | None = None) -> str:
    """Return the whole address at which a paper or a passage of it is read, which survives another reading."""
    base = portal_address(portal_of(request).settings.home) or str(request.base_url)
    places = passage.places if passage else ()
    link = permalink_of(document, next((one for one in places if one.paragraph), None))
    if link is None:
        page = next((f"/p{one.page}" for one in places if one.page is not None), "")
        link = f"/d/{quote(document.symbol.raw if document.symbol else document.id, safe='')}{page}"
    return base.rstrip("/") + quote(link, safe="/%")


def _file(name: str, kind: str, content: bytes) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(content, media_type=FORMS[kind], headers=disposition)


def _cited(portal: Portal, request: Request, reader: AnyReader, document_id: str) -> Cited:
    passage_id = request.query_params.get("passage")
    with portal.collection.engine() as engine:
        document = engine.document(document_id, access_classes=reader.access_classes)
        passage = engine.passage(passage_id, access_classes=reader.access_classes) if passage_id else None
    if document is None:
        raise NotFoundError(f"'{document_id[:80]}': no document of this id is in the index", "try a search")
    if passage_id and (passage is None or passage.id.rpartition("-")[0] != document.id):
        raise NotFoundError("the paper has no such passage any more", "cite the paper itself")
    url = address_of(request, document, passage)
    return Cited(document, passage, citation_forms(document, passage, url=url, language=language_of(request)))
