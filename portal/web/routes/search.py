"""The search page, and the same result as JSON, CSV and a spreadsheet."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from index.query.parser import QueryError
from index.results import EVERY_PASSAGE, SearchResult
from pipelines.access import audit
from pipelines.access.keys import Reader
from pipelines.search.completion import Completion
from pipelines.search.reasons import answer_span
from pipelines.viewing.citations import cite
from portal.web import hits
from portal.web.access import AnyReader
from portal.web.context import Portal, portal_of
from portal.web.facets import carried_by_filters, facets_of, shown_facets, year_axis
from portal.web.question import LAST_PAGE, PAGE_SIZE, Question, hidden_fields
from portal.web.rendering import language_of
from portal.web.reviewing import withheld_on_page
from portal.web.routes.citations import FORMS, citations_file
from portal.web.routes.start import is_start, start_page
from portal.web.tables import file_response, known_kind
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)
_LONGEST_TYPED = 200
"""Characters of a query that is completed."""
_MOST_EXPORTED = 1000
"""Papers in a file of results; the command line and the API export more."""


@router.get("/")
def search_page(request: Request, reader: AnyReader) -> Response:
    """Answer a question, or show what the collection is and what it can be asked."""
    portal = portal_of(request)
    question = Question.of(request.query_params.multi_items())
    if is_start(question):
        return start_page(request, portal, reader)
    try:
        result = _answer(portal, question, reader)
    except QueryError as error:
        return portal.pages.page(
            request,
            "search.html",
            status=HTTPStatus.BAD_REQUEST,
            question=question,
            carried=hidden_fields(question),
            mistake=error,
            result=None,
        )
    facets = list(shown_facets(question, result.facets, portal.names, language_of(request)))
    return portal.pages.page(
        request,
        "search.html",
        question=question,
        carried=hidden_fields(question),
        mistake=None,
        result=result,
        elsewhere=_elsewhere(portal, question, result, reader),
        withdrawn=portal.collection.withdrawn.since([hit.document.id for hit in result.hits]),
        hits=hits,
        facets=facets,
        facet_state=carried_by_filters(question, facets),
        year_axis=year_axis,
        page_count=min(-(-result.listed // PAGE_SIZE), LAST_PAGE),
        most_exported=_MOST_EXPORTED,
    )


@router.get("/search.{kind}")
def search_file(request: Request, reader: AnyReader, kind: str, _: InTurn) -> Response:
    """Give what is close to a question as a file, with every passage that is: `json`, `csv` or `xlsx`.

    A file for reference managers, `bib` or `ris`, has the papers alone.
    """
    portal, kind = portal_of(request), kind if kind in FORMS else known_kind(kind)
    question = Question.of(request.query_params.multi_items())
    passages = 1 if kind in FORMS else EVERY_PASSAGE
    asked = question.request(portal.settings, reader.access_classes, limit=_MOST_EXPORTED, offset=0, passages=passages)
    asked = asked.model_copy(update={"close_only": True})
    result = _blind(portal, portal.collection.service.search(asked, sentences=False), reader)
    audit.record(portal.settings.home, reader.actor, "export", what="search", query=question.address())
    if kind in FORMS:
        return citations_file(request, kind, [hit.document for hit in result.hits])
    rows = partial(_rows, portal, result)
    return file_response("search", kind, result, partial(_named, portal, rows) if kind == "xlsx" else rows)


@router.get("/complete")
def completions(request: Request, reader: AnyReader) -> list[Completion]:
    """Give what is typed into the search box a few ends."""
    typed = request.query_params.get("q", "")[:_LONGEST_TYPED]
    language = language_of(request)
    return list(portal_of(request).completer.complete(typed, access_classes=reader.access_classes, language=language))


@router.get("/similar/{passage_id}")
def similar_page(request: Request, reader: AnyReader, passage_id: str) -> Response:
    """Show the passages of other papers that are like one."""
    portal = portal_of(request)
    question = Question.of(request.query_params.multi_items())._replace(query="", mode="vector")
    asked = question.request(portal.settings, reader.access_classes, context=1)
    with portal.collection.engine() as engine:
        passage = engine.passage(passage_id, access_classes=reader.access_classes)
        if passage is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such passage, or not any more")
        of = engine.document(passage_id.rpartition("-")[0], access_classes=reader.access_classes)
    result = _blind(portal, portal.collection.service.similar(passage_id, asked), reader)
    return portal.pages.page(
        request, "similar.html", passage=passage, of=of, result=result, hits=hits, question=question
    )


def _answer(portal: Portal, question: Question, reader: Reader) -> SearchResult:
    """Return the answer; a facet is counted for every value of its own field but the excluded ones."""
    request = question.request(portal.settings, reader.access_classes, facets=facets_of(question), context=1)
    request = request.model_copy(update={"explain": True, "disjunctive": True})
    return _blind(portal, portal.collection.service.search(request), reader)


def _elsewhere(portal: Portal, question: Question, result: SearchResult, reader: Reader) -> tuple[Question, int] | None:
    """Return the question without its years, else without its filters, and the papers that have its words there.

    None where the filters do not matter: words are found, or there are no filters.
    """
    if result.has_words or not question.query or not question.filters:
        return None
    wider = question.without("year").without("date")
    if wider.filters == question.filters:
        wider = question._replace(filters=(), page=1)
    asked = wider.by("text").request(portal.settings, reader.access_classes, limit=1)
    papers = portal.collection.service.search(asked, sentences=False).documents
    return (wider, papers) if papers else None


def _blind(portal: Portal, result: SearchResult, reader: Reader) -> SearchResult:
    """Return a result without the judgements that its reader does not know yet."""
    return withheld_on_page(portal, reader, [hit.document.id for hit in result.hits]).result(result)


def _rows(portal: Portal, result: SearchResult) -> Iterator[Sequence[Any]]:
    """Yield a header and a row for each passage of the hits."""
    yield (
        "symbol", "title", "body", "session", "date", "language", "document", "passage", "paragraphs", "pages", "text",
        "themes", "dimensions", "claims", "levels", "citation", "source",
    )  # fmt: skip
    for hit in result.hits:
        document = hit.document
        for passage in hit.passages:
            tags = [tag for tag in passage.maturity if tag.status == "accepted"]
            yield (
                hits.symbol_of(document),
                hits.title_of(document),
                document.body,
                ", ".join(map(str, document.sessions)),
                document.date,
                document.language,
                document.id,
                passage.id,
                ", ".join(passage.paragraphs),
                hits.pages_text(passage.pages),
                passage.text,
                ", ".join(chip.label for chip in hits.themes_of(passage.themes) if chip.status == "accepted"),
                ", ".join(portal.names.of("dimension", tag.dimension, "en") for tag in tags),
                ", ".join(tag.modality or tag.claim for tag in tags),
                ", ".join(tag.level or "not stated" for tag in tags),
                cite(document, passage, answer_span(passage)),
                document.source,
            )


def _named(portal: Portal, rows: Callable[[], Iterator[Sequence[Any]]]) -> Iterator[Sequence[Any]]:
    """Yield the rows of a spreadsheet, which people read: with the name beside the code, and of a source its file.

    A source on the server's own disk is its file alone: readers cannot open the folder.
    """
    for place, (symbol, title, body, *others, source) in enumerate(rows()):
        name = portal.names.of("body", body, "en") if body else None
        file = unquote(source.rpartition("/")[2]) if place else "file"
        address = "" if source.startswith("file:") else source
        yield (symbol, title, body, name if place else "body name", *others, address, file)
