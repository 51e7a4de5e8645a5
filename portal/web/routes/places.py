"""Pages of bodies and themes with their papers and statements.

Every count equals that of a search with the same filters.
"""

from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from configs.bodies import Body, load_bodies
from configs.vocabulary import Concept
from extractors.document import MODALITIES, Document
from index.fields import UNDATED, FieldName
from index.filters import Filters, condition
from index.results import SearchRequest, SearchResult
from pipelines.access.keys import Reader
from pipelines.desk.decisions import DecisionPage
from pipelines.desk.sentences import best_first
from pipelines.questions.since import later_papers, missing_session
from pipelines.questions.trends import FEW, TrendParameters
from pipelines.questions.trends import answer as trends
from portal.web import hits
from portal.web.access import AnyReader
from portal.web.charts import Bar, Columns, bars_of, charts_of, columns_of, spark
from portal.web.context import Portal, portal_of
from portal.web.facets import ordered_values
from portal.web.measured import measured_of
from portal.web.question import Question
from portal.web.rendering import language_of
from portal.web.reviewing import sentences_for
from portal.web.routes.trends import asked_trends, is_each_body
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)


Spark = tuple[tuple[float, float, int, int], ...]
_MOST_THEMES = 12
_MOST_DECISIONS = 10


class Place(NamedTuple):
    """The papers of a body, a session or a theme: by year, theme, body and dimension, and the latest ones.

    Those of one year, or a few, are no chart by year: their list says as much.
    """

    question: Question
    papers: int
    passages: int
    years: Columns | None
    undated: int
    themes: tuple[Bar, ...]
    bodies: tuple[Bar, ...]
    dimensions: tuple[Bar, ...]
    latest: tuple[Document, ...]
    decisions: DecisionPage

    def address(self, _series: str, years: str) -> str:
        """Return where the papers of a column of the chart by year are listed."""
        return self.question.only("year", years).address()


class BodyRow(NamedTuple):
    """A body in the list of bodies: its papers, those of its sub-bodies among them, by year too.

    `organisation` is that of a body which stands at the left edge: "General Council" says too little alone.
    """

    id: str
    organisation: str | None
    papers: int
    depth: int
    spark: Spark


class Tile(NamedTuple):
    """A theme among the others: the papers about it, by year too."""

    concept: Concept
    papers: int
    spark: Spark


@router.get("/bodies")
def bodies_page(request: Request, reader: AnyReader) -> Response:
    """List the bodies that have papers."""
    portal, language = portal_of(request), language_of(request)
    rows = choices_of(portal, reader)["body"]
    by_year = {body: _years_of(portal, reader, Question().only("body", body)) for body, _, _ in rows}
    years = _span(by_year)
    return portal.pages.page(
        request,
        "bodies.html",
        rows=[
            BodyRow(body, None if depth else _organisation(body, language), papers, depth, spark(by_year[body], years))
            for body, papers, depth in rows
        ],
        years=years,
    )


@router.get("/bodies/{body}")
def body_page(request: Request, reader: AnyReader, body: str) -> Response:
    """Show a body: its papers by year, its sessions, themes, dimensions, latest papers and decisions."""
    found, language = body_of(body), language_of(request)
    nameless = later_papers(portal_of(request).collection, found.id, reader, language)
    return page_of_body(request, reader, found, since=None, nameless=nameless)


def page_of_body(
    request: Request,
    reader: Reader,
    body: Body,
    session: int | None = None,
    papers: int = 5,
    **more: Any,  # noqa: ANN401 - what its template shows besides
) -> Response:
    """Return the page of a body or of one of its sessions, with so many of the latest papers."""
    portal, bodies = portal_of(request), load_bodies()
    question = Question().only("body", body.id)
    if session is not None:
        question = question.only("session", str(session))
    place = place_of(portal, reader, question, language=language_of(request), papers=papers)
    sessions = sessions_of(portal, reader, body.id)
    if session is not None and not place.papers:
        raise missing_session(body.id, session, tuple(sessions))
    return portal.pages.page(
        request,
        "body.html",
        body=body,
        organisation=next(one for one in bodies.organisations if one.id == body.organisation),
        below=[one.id for one in bodies.bodies if one.parent == body.id and session is None],
        place=place,
        session=session,
        sessions=sessions,
        modalities=MODALITIES,
        measured=measured_of(portal.settings, portal.names.model),
        hits=hits,
        **more,
    )


@router.get("/themes/{theme}")
def theme_page(request: Request, reader: AnyReader, theme: str) -> Response:
    """Show a theme: its definition and labels, themes near it, its papers, and what they state of it."""
    portal = portal_of(request)
    concepts = {one.id: one for one in portal.names.vocabulary.concepts}
    concept = concepts.get(theme)
    if concept is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"'{theme[:60]}' is no theme of the vocabulary")
    question = Question().only("theme", concept.id)
    return portal.pages.page(
        request,
        "theme.html",
        concept=concept,
        charts=charts_of(trends(portal.collection, TrendParameters(of=[f"theme:{concept.id}"]), reader)),
        narrower=[one.id for one in concepts.values() if one.broader == concept.id],
        place=place_of(portal, reader, question, language=language_of(request)),
        stated={
            one: sentences_for(portal, question.only("modality", one), reader, naming=concept.id) for one in MODALITIES
        },
        best_first=best_first,
        modalities=MODALITIES,
        measured=measured_of(portal.settings, portal.names.model),
        hits=hits,
    )


@router.get("/vocabulary")
def vocabulary_page(request: Request, reader: AnyReader, _: InTurn) -> Response:
    """Show the themes by their main dimension, with the papers about each, these by year, and trends of some."""
    portal = portal_of(request)
    shown = asked_trends(portal, request, reader)
    counts = {
        one.id: one for one in portal.collection.service.themes(Filters(access_classes=reader.access_classes)).themes
    }
    by_year = {
        name: {int(year): count for year, count in one.by_year.items() if year.isdecimal()}
        for name, one in counts.items()
    }
    years = _span(by_year)
    language = language_of(request)
    tiles = sorted(
        (
            Tile(one, counts[one.id].documents if one.id in counts else 0, spark(by_year.get(one.id, {}), years))
            for one in portal.names.vocabulary.concepts
        ),
        key=lambda tile: (-tile.papers, tile.concept.name(language)),
    )
    groups: dict[str, list[Tile]] = {one.id: [] for one in portal.names.model.dimensions}
    for tile in tiles:
        groups.setdefault(tile.concept.dimensions[0], []).append(tile)
    return portal.pages.page(
        request,
        "vocabulary.html",
        vocabulary=portal.names.vocabulary,
        groups={dimension: found for dimension, found in groups.items() if found},
        years=years,
        trends=shown,
        charts=charts_of(shown),
        chosen=list(dict.fromkeys(f"{one.kind}:{one.id}" for one in shown.series)),
        question=Question.of(request.query_params.multi_items()),
        each_body=is_each_body(request),
        choices=choices_of(portal, reader),
        query=request.url.query,
    )


def body_of(name: str) -> Body:
    """Return the body of an address; 404 for one that is not known."""
    found = load_bodies().get(name)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"'{name[:60]}' is no body that is known: /bodies lists those")
    return found


def _organisation(name: str, language: str) -> str | None:
    """Return the name of a body's organisation; None where the body has it in its own name."""
    bodies, found = load_bodies(), body_of(name)
    label = next(one.name for one in bodies.organisations if one.id == found.organisation)
    return None if label.en in found.name.en else (label.fr if language == "fr" else None) or label.en


def _span(by_year: Mapping[str, Mapping[int, int]]) -> range:
    """Return the years of a page of small charts: one axis for all of them."""
    years = Counter[int]()
    for counts in by_year.values():
        years.update(counts)
    there = [year for year, count in years.items() if count]
    return range(min(there), max(there) + 1) if there else range(0)


def place_of(portal: Portal, reader: Reader, question: Question, *, language: str, papers: int = 5) -> Place:
    """Return the data of a page for the papers of a search, with this many of the latest ones."""
    found = _search(portal, reader, question._replace(sort="date"), "year", "theme", "body", limit=papers)
    values = {field: _values(found, field) for field in found.facets}
    themes = {name: count for name, count in values["theme"].items() if name not in question.values("theme")}
    years = columns_of({"papers": _dated(values["year"])})
    bodies = {} if question.values("body") else ordered_values("body", values["body"], portal.names)
    return Place(
        question=question,
        papers=found.documents,
        passages=found.passages,
        years=years if years and len(years.columns) > 1 and found.documents >= FEW else None,
        undated=values["year"].get(UNDATED, 0),
        themes=bars_of({name: {name: count} for name, count in list(themes.items())[:_MOST_THEMES]}),
        bodies=bars_of({name: {name: count} for name, count, _ in list(bodies)[:_MOST_THEMES]}),
        dimensions=bars_of(
            {
                one.dimension: one.by_modality
                for one in portal.collection.overviews.dimensions(question.narrowing(reader.access_classes))
            }
        ),
        latest=tuple(hit.document for hit in found.hits),
        decisions=portal.collection.decisions.by_text(
            question.narrowing(reader.access_classes), language=language, limit=_MOST_DECISIONS
        )[0],
    )


def choices_of(portal: Portal, reader: Reader) -> dict[FieldName, list[tuple[str, int, int]]]:
    """Return the bodies and themes of papers, each with its count and depth, in tree order."""
    found = _search(portal, reader, Question(), "body", "theme", limit=1)
    fields: tuple[FieldName, ...] = ("body", "theme")
    return {field: list(ordered_values(field, _values(found, field), portal.names)) for field in fields}


def _values_of(portal: Portal, reader: Reader, question: Question, field: FieldName) -> Mapping[str, int]:
    """Return the papers of a question by the values of a field."""
    return _values(_search(portal, reader, question, field, limit=1), field)


def _years_of(portal: Portal, reader: Reader, question: Question) -> dict[int, int]:
    """Return the papers of a question by year, without those that have no date."""
    return _dated(_values_of(portal, reader, question, "year"))


def sessions_of(portal: Portal, reader: Reader, body: str) -> dict[int, int]:
    """Return the papers of a body by session, the latest first; its sub-bodies have sessions of their own."""
    filters = Question().narrowing(reader.access_classes).narrowed([condition("body", [body])])
    request = SearchRequest(filters=filters, mode="text", facets=("session",), k=1, passages=1)
    counts = _values(portal.collection.service.search(request, sentences=False), "session")
    return {int(name): counts[name] for name in sorted(counts, key=int, reverse=True)}


def _search(portal: Portal, reader: Reader, question: Question, *facets: FieldName, limit: int) -> SearchResult:
    request = question._replace(mode="text").request(
        portal.settings, reader.access_classes, facets=facets, limit=limit, offset=0
    )
    return portal.collection.service.search(request, sentences=False)


def _values(found: SearchResult, field: str) -> Mapping[str, int]:
    return {str(one.value): one.count for one in found.facets[field] if one.value is not None}


def _dated(counts: Mapping[str, int]) -> dict[int, int]:
    return {int(year): count for year, count in counts.items() if year != UNDATED}
