"""What the pages of bodies, sessions and themes show of the papers that a question leaves.

Every count is that of the search with the same filters.
"""

from collections.abc import Mapping
from typing import NamedTuple

from extractors.document import Document
from index.fields import UNDATED, FieldName
from index.filters import condition
from index.results import SearchRequest, SearchResult
from pipelines.access.keys import Reader
from pipelines.desk.decisions import DecisionPage
from portal.web.charts import Bar, Columns, bars_of, columns_of
from portal.web.context import Portal
from portal.web.facets import ordered_values
from portal.web.question import Question
from portal.web.reviewing import MODALITIES

MOST_THEMES = 12
_MOST_DECISIONS = 3


class Place(NamedTuple):
    """The papers of a body, a session or a theme: by year, theme, body and dimension, and the latest."""

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


def place_of(portal: Portal, reader: Reader, question: Question, *, language: str, papers: int = 5) -> Place:
    """Return what a page shows of the papers that a question leaves, with so many of the latest."""
    found = _search(portal, reader, question._replace(sort="date"), "year", "theme", "body", limit=papers)
    values = {field: _values(found, field) for field in found.facets}
    themes = {name: count for name, count in values["theme"].items() if name not in question.values("theme")}
    bodies = {} if question.values("body") else ordered_values("body", values["body"], portal.names)
    return Place(
        question=question,
        papers=found.documents,
        passages=found.passages,
        years=columns_of({"papers": _dated(values["year"])}),
        undated=values["year"].get(UNDATED, 0),
        themes=bars_of({name: {name: count} for name, count in list(themes.items())[:MOST_THEMES]}),
        bodies=bars_of({name: {name: count} for name, count, _ in list(bodies)[:MOST_THEMES]}),
        dimensions=_dimensions(portal, reader, question),
        latest=tuple(hit.document for hit in found.hits),
        decisions=portal.decisions.page(
            question.narrowing(reader.access_classes), language=language, limit=_MOST_DECISIONS
        ),
    )


def values_of(portal: Portal, reader: Reader, question: Question, field: FieldName) -> Mapping[str, int]:
    """Return the papers of a question by the values of a field."""
    return _values(_search(portal, reader, question, field, limit=1), field)


def years_of(portal: Portal, reader: Reader, question: Question) -> dict[int, int]:
    """Return the papers of a question by year, without those that have no date."""
    return _dated(values_of(portal, reader, question, "year"))


def sessions_of(portal: Portal, reader: Reader, body: str) -> dict[int, int]:
    """Return the papers of a body by session, the latest first; its sub-bodies have sessions of their own."""
    filters = Question().narrowing(reader.access_classes).narrowed([condition("body", [body])])
    request = SearchRequest(filters=filters, mode="text", facets=("session",), k=1, passages=1)
    counts = _values(portal.service.search(request, sentences=False), "session")
    return {int(name): counts[name] for name in sorted(counts, key=int, reverse=True)}


def _dimensions(portal: Portal, reader: Reader, question: Question) -> tuple[Bar, ...]:
    """Return the dimensions in the order of the model, with the papers that state something of them by modality."""
    by_modality = {
        modality: values_of(portal, reader, question.only("modality", modality), "dimension") for modality in MODALITIES
    }
    return bars_of(
        {
            one.id: {modality: counts.get(one.id, 0) for modality, counts in by_modality.items()}
            for one in portal.names.model.dimensions
        }
    )


def _search(portal: Portal, reader: Reader, question: Question, *facets: FieldName, limit: int) -> SearchResult:
    request = question._replace(mode="text").request(
        portal.settings, reader.access_classes, facets=facets, limit=limit, offset=0
    )
    return portal.service.search(request, sentences=False)


def _values(found: SearchResult, field: str) -> Mapping[str, int]:
    return {str(one.value): one.count for one in found.facets[field] if one.value is not None}


def _dated(counts: Mapping[str, int]) -> dict[int, int]:
    return {int(year): count for year, count in counts.items() if year != UNDATED}
