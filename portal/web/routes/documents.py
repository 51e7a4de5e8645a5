"""The reader page of a paper with its pages and passages; permalinks; the original file."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse, Response, StreamingResponse

from extractors.document import Document, Passage
from extractors.media import PDF
from pipelines.access import audit
from pipelines.access.keys import Reader
from pipelines.viewing.citation_forms import citation_forms
from pipelines.viewing.document_view import DocumentView, document_view
from pipelines.viewing.originals import original
from pipelines.viewing.paper_marks import PaperMarks, Span, evidence_marks, query_marks, theme_marks
from pipelines.viewing.parallel import parallel
from pipelines.viewing.permalinks import LinkedPlace, resolve
from portal.web import hits
from portal.web.access import AnyReader
from portal.web.context import Portal, portal_of
from portal.web.gate import OF_READER
from portal.web.question import whole_number
from portal.web.reading import PageMark, ReaderAddress, excerpt, outline_tree, page_marks, text_blocks, ticks
from portal.web.rendering import language_of
from portal.web.reviewing import withheld_on_page
from portal.web.theme_marks import ThemeMarks
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)

_WIDTH = 900
_WIDEST = 1800
_PAGES_AT_ONCE = 5
"""Pages that are shown around the one that is asked for: each is a picture."""
_MOST_HEADINGS = 300
_LAST_PAGE = 99_999
_PLACE = re.compile(
    r"(?:/annex(?P<annex>[^/]+))?(?:/art(?:icle)?(?P<article>[^/]+))?(?:/§(?P<paragraph>[^/]+)|/p(?P<page>\d{1,5}))?/?\Z",
    re.IGNORECASE,
)


class PictureParameters(BaseModel):
    """What is asked of the picture of a page."""

    model_config = ConfigDict(extra="forbid")

    width: int = Field(default=_WIDTH, ge=100, le=_WIDEST, description="Dots")
    highlight: str | None = Field(default=None, max_length=200, description="The id of a passage to mark on it")


class PageWindow(NamedTuple):
    """The pages that are shown, from 1, how many there are, and the one that is asked for."""

    first: int
    last: int
    of: int
    page: int


@router.get("/documents/{document_id}")
def document_page(request: Request, reader: AnyReader, document_id: str) -> Response:
    """Show a paper, at the passage or page that is asked for; `view=text` shows its text alone."""
    portal = portal_of(request)
    shown = portal.collection.service.show(document_id, access_classes=reader.access_classes)
    hidden = withheld_on_page(portal, reader, [shown.document.id])
    document = shown.document.model_copy(update={"passages": tuple(map(hidden.passage, shown.document.passages))})
    view = document_view(document)
    parameters = request.query_params
    address = ReaderAddress.of(document.id, parameters)
    chosen = _chosen(document, address.passage)
    marks = _marks(portal, reader, document, address)
    has_pages = bool(view.pages) and document.media_type == PDF
    as_text = address.view == "text" or not has_pages
    window, missing = _window(parameters, view, chosen)
    address = address._replace(page=window.page if parameters.get("page") else None)
    shown_pages = [] if as_text else [page for page in view.pages if window.first <= page.number <= window.last]
    numbers = None if as_text else {page.number for page in shown_pages}
    marked = page_marks(document, marks, shown_pages, chosen)
    twins = [_header(portal, twin, reader) for twin in document.twins]
    language = language_of(request)
    return portal.pages.page(
        request,
        "document.html",
        document=document,
        withdrawn=portal.collection.withdrawn.since([document.id]),
        themes=shown.themes,
        view=view,
        at=address,
        chosen=chosen,
        marks=marks,
        neighbours=marks.around(document, chosen.id if chosen else None),
        as_text=as_text,
        has_pages=has_pages,
        window=window,
        shown_pages=shown_pages,
        page_marks=marked,
        mark_page=_mark_page(chosen, marked),
        ticks=ticks(document, marks) if has_pages else {},
        outline=outline_tree(view.outline[:_MOST_HEADINGS], chosen),
        blocks=list(text_blocks(document, marks, numbers)) if as_text or address.view is None else [],
        passages={passage.id: passage for passage in document.passages},
        next_of_theme=_next_of_themes(document, chosen),
        citation=citation_forms(document, chosen, _cited_span(chosen, marks), language=language),
        twins=[twin for twin in twins if twin],
        stored=parameters.get("stored"),
        became=parameters.get("became"),
        newest=parameters.get("newest"),
        missing=missing or parameters.get("missing"),
        theme_marks=ThemeMarks(shown.themes, lambda theme: portal.names.of("theme", theme, language)),
        excerpt=excerpt,
        hits=hits,
    )


def _marks(portal: Portal, reader: Reader, document: Document, address: ReaderAddress) -> PaperMarks:
    """Return the marks: answers to the query, else of a theme, else the evidence."""
    if address.q:
        return query_marks(
            portal.settings,
            portal.collection.service,
            document,
            address.q,
            mode=address.mode,
            chosen=address.passage,
            access_classes=reader.access_classes,
        )
    return theme_marks(document, address.theme) if address.theme else evidence_marks(document)


def _next_of_themes(document: Document, chosen: Passage | None) -> dict[str, str]:
    """Return for each theme the next passage after the chosen one, else the first, by its id."""
    found: dict[str, str] = {}
    behind = [one for one in document.passages if chosen and one.ordinal > chosen.ordinal]
    for passage in (*behind, *document.passages):
        for theme in passage.themes:
            if theme.status != "suggested":
                found.setdefault(theme.id, passage.id)
    return found


def _mark_page(chosen: Passage | None, marked: Mapping[int, Sequence[PageMark]]) -> int | None:
    """Return the page of a link to the chosen passage: where its sentence begins, else the passage."""
    of_sentences = (number for number, found in marked.items() if any(one.chosen for one in found))
    return next(of_sentences, chosen.pages[0] if chosen and chosen.pages else None)


def _cited_span(chosen: Passage | None, marks: PaperMarks) -> Span | None:
    """Return the sentence that is cited: the first one that is marked in the chosen passage."""
    return next(iter(marks.sentences.get(chosen.id, ())), None) if chosen else None


@router.get("/documents/{document_id}/pages/{number}.png")
def page_image(
    request: Request, reader: AnyReader, document_id: str, number: int, given: Annotated[PictureParameters, Query()]
) -> Response:
    """Give the picture of a page of a PDF, counted from 1 as the pages lie in the file."""
    image = portal_of(request).images.png(
        document_id,
        number,
        width=given.width,
        highlight=given.highlight,
        access_classes=reader.access_classes,
        client=reader.name,
    )
    headers = {"Cache-Control": "private, max-age=300", **OF_READER}
    return Response(image, media_type="image/png", headers=headers)


@router.get("/documents/{document_id}/file")
def original_file(request: Request, reader: AnyReader, document_id: str) -> Response:
    """Give the file that a paper was read from, to be kept and never to be opened in the page."""
    portal = portal_of(request)
    found = original(portal.settings, portal.collection.service, document_id, access_classes=reader.access_classes)
    audit.record(portal.settings.home, reader.actor, "export", what="file", document=found.document)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.file_name)}",
        "Content-Length": str(found.size),
    }
    return StreamingResponse(found.pieces(), media_type="application/octet-stream", headers=headers)


def _header(portal: Portal, name: str, reader: Reader) -> Document | None:
    with portal.collection.engine() as engine:
        return engine.document(name, access_classes=reader.access_classes)


def _chosen(document: Document, passage_id: str | None) -> Passage | None:
    """Return the passage that is asked for; 404 where the paper has it no more."""
    if passage_id is None:
        return None
    found = next((passage for passage in document.passages if passage.id == passage_id), None)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "the paper has no such passage any more: open the paper itself")
    return found


def _window(parameters: Mapping[str, str], view: DocumentView, chosen: Passage | None) -> tuple[PageWindow, str | None]:
    """Return the pages to show, around the passage or page that is asked for, and a page that is not there."""
    count = len(view.pages)
    if not count:
        return PageWindow(1, 0, 0, 1), None
    usual = chosen.pages[0] if chosen and chosen.pages else 1
    asked = whole_number(parameters, "page", usual, 1, _LAST_PAGE)
    missing = f"p{asked}" if asked > count else None
    page = usual if missing else asked
    first = page if "page" in parameters else max(1, min(page - 1, count - _PAGES_AT_ONCE + 1))
    return PageWindow(first, min(count, first + _PAGES_AT_ONCE - 1), count, page), missing


@router.get("/documents/{document_id}/beside/{other_id}")
def beside(request: Request, reader: AnyReader, document_id: str, other_id: str, _: InTurn) -> Response:
    """Show two language versions of a paper side by side, and what each lacks of the other."""
    portal = portal_of(request)
    held = reader.access_classes
    left, right = (portal.collection.service.show(one, access_classes=held).document for one in (document_id, other_id))
    if left.key != right.key:
        raise HTTPException(HTTPStatus.NOT_FOUND, "these are not versions of one paper")
    return portal.pages.page(request, "beside.html", left=left, right=right, view=parallel(left, right), hits=hits)


@router.get("/d/{path:path}")
def permalink(request: Request, reader: AnyReader, path: str) -> Response:
    """Lead to a place of a paper, or say what became of the paper: `/annex4/art18/§3`, `/§46`, `/p12`.

    Where several places fit they are listed. The place is at the end of the path: symbols hold slashes, too.
    """
    portal = portal_of(request)
    match = _PLACE.search(path)
    printed = match.group() if match else ""
    named = match.groupdict() if match else {}
    paragraph = request.query_params.get("paragraph") or named.get("paragraph")
    place = LinkedPlace(
        annex=named.get("annex"),
        article=named.get("article"),
        paragraph=paragraph,
        page=int(named["page"]) if named.get("page") and not paragraph else None,
    )
    name = path.removesuffix(printed).strip("/")
    found = resolve(
        portal.settings,
        portal.collection.service,
        name,
        place=place,
        language=request.query_params.get("language"),
        preferred=language_of(request),
        access_classes=reader.access_classes,
    )
    if found.document is None:
        status = HTTPStatus.GONE
        return portal.pages.page(request, "gone.html", status=status, name=name, tombstone=found.tombstone, hits=hits)
    if found.places:
        shown = portal.collection.service.show(found.document, access_classes=reader.access_classes).document
        return portal.pages.page(request, "places.html", document=shown, places=found.places, hits=hits)
    asked = {"passage": found.passage, "page": str(found.page) if found.page else None}
    asked |= {"missing": printed.strip("/") or f"§{paragraph}" if found.missing else None}
    asked |= {"became": found.status if found.status != "current" else None, "newest": found.superseded_by}
    query = urlencode({name: value for name, value in asked.items() if value})
    target = f"/documents/{found.document}{'?' if query else ''}{query}{'#mark' if found.passage else ''}"
    return RedirectResponse(target, status_code=HTTPStatus.SEE_OTHER)
