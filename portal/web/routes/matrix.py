"""The maturity matrix: papers by dimension and modality, level, year, body or administration.

Each cell opens its sentences. What is stated counts, so that its addresses leave topics out.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Literal, NamedTuple, TypeAlias, get_args
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from configs.gazetteer import SUBJECTS, load_gazetteer
from extractors.document import MODALITIES
from index.fields import UNDATED, FieldName
from index.filters import AccessClasses, field_name
from index.results import TrendField
from pipelines.access import audit
from pipelines.questions.matrix import MatrixParameters, answer, rows_of
from portal.web.access import AnyReader
from portal.web.charts import Segment, stacked
from portal.web.context import Portal, portal_of
from portal.web.facets import NOT_STATED, ordered_values, shown_facets
from portal.web.measured import measured_of
from portal.web.question import WITH, Question, one_of
from portal.web.rendering import language_of
from portal.web.reviewing import level_choices
from portal.web.tables import file_response, known_kind
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)

By: TypeAlias = Literal["modality", "level"] | TrendField
"""What dimensions are set against."""
ACROSS: tuple[By, ...] = ("modality", "level")
"""What has columns, with a row for each dimension; by anything else dimensions are the columns."""
BY: tuple[By, ...] = (*ACROSS, *get_args(TrendField))
"""The first is what the page is by unless it is asked: levels are seldom right."""
STATUSES = ("accepted", "suggested")
FILTERED_BY: tuple[FieldName, ...] = ("body", "year", "subject", "theme")
COMPARED_BY: tuple[FieldName, ...] = ("year", "body", "subject", "session")
"""Fields in which two selections of a comparison differ."""
MOST_ROWS = 40
"""Years, bodies or administrations of one table; the page says how many more there are."""
_STEPS = 7
_PAGES: Mapping[By, str] = {"body": "/bodies/", "subject": "/members/", "year": "/?year="}

Place: TypeAlias = tuple[str, str]
"""A dimension and a value of what it is set against."""


class Counted(NamedTuple):
    """The papers of each cell of a question: in all, as a search with its filters counts them, and by modality."""

    question: Question
    papers: Mapping[Place, int]
    split: Mapping[Place, Mapping[str, int]]


class CellView(NamedTuple):
    """A cell: its papers, their modalities as a bar, the link to its sentences, and its shade, 0 to 7.

    `other` is the cell of a second selection, `suggested` that of suggested tags, where they are shown beside it.
    """

    dimension: str
    value: str
    papers: int
    bar: Sequence[Segment]
    address: str
    shade: int
    other: "CellView | None" = None
    suggested: "CellView | None" = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.papers or (self.other and self.other.papers) or (self.suggested and self.suggested.papers))


class RowView(NamedTuple):
    """A row of the table: its value, the link of its name, and its cells."""

    of: str
    address: str | None
    cells: Sequence[CellView]
    depth: int = 0


@router.get("/matrix")
def matrix_page(request: Request, reader: AnyReader, _: InTurn) -> Response:
    """Show the matrix of the papers that the filters leave."""
    portal, held = portal_of(request), reader.access_classes
    question, by = _asked(request), _by(request)
    is_both = set(question.values("status")) == set(STATUSES)
    compared = _compared(request, question)
    main = _counted(portal, question.only("status", "accepted") if is_both else question, held, by)
    suggested = _counted(portal, question.only("status", "suggested"), held, by) if is_both else None
    other = _counted(portal, compared, held, by) if compared else None
    counted = [one for one in (main, suggested, other) if one]
    values = _values(portal, by, counted)
    columns = _columns(portal, by)
    rows = list(_rows(portal, by, columns, values[:MOST_ROWS], main, other, suggested))
    rows = rows if any(not cell.is_empty for row in rows for cell in row.cells) else []
    modality = question.values("modality")
    return portal.pages.page(
        request,
        "matrix.html",
        question=question,
        provenance=portal.names.model.provenance,
        by=by,
        ways=BY,
        columns=columns,
        bare={one for place, one in enumerate(columns) if all(row.cells[place].is_empty for row in rows)},
        rows=rows,
        left_out=len(values[MOST_ROWS:]),
        other=compared,
        is_both=is_both,
        statuses=question.values("status") or STATUSES[:1],
        compared_by=COMPARED_BY,
        modalities=MODALITIES,
        chosen_modality=modality[0] if modality else None,
        measured=measured_of(portal.settings, portal.names.model),
        choices=_choices(portal, held, language_of(request)),
    )


@router.get("/matrix.{kind}")
def matrix_file(request: Request, reader: AnyReader, kind: str, _: InTurn) -> Response:
    """Give the matrix as a file: `json`, `csv` or `xlsx`; `by` splits it as the page does."""
    portal, kind = portal_of(request), known_kind(kind)
    question, by = _asked(request), _by(request)
    asked = MatrixParameters(by=None if by in ("modality", "level") else by)
    found = answer(portal.collection, asked, reader, question.given_filters())
    audit.record(portal.settings.home, reader.actor, "export", what="matrix", query=question.address("/matrix"))
    return file_response("matrix", kind, found, partial(rows_of, found))


def _asked(request: Request) -> Question:
    question = Question.of(request.query_params.multi_items())
    return question._replace(query="", mode="text").only("claim", "stated")


def _by(request: Request) -> By:
    return one_of("way to split the matrix", request.query_params.get("by") or BY[0], BY)


def _compared(request: Request, question: Question) -> Question | None:
    """Return the question that the matrix is compared with: `with.year=2020` in place of the filter by year.

    Raises `UsageError` for a field that there is not.
    """
    given = [(name, value) for name, value in request.query_params.multi_items() if name.startswith(WITH) and value]
    if not given:
        return None
    pairs = [(field_name(name.removeprefix(WITH)), value) for name, value in given]
    replaced = {name for name, _ in pairs}
    kept = [(name, value) for name, value in question.filters if name not in replaced]
    return Question.of([*kept, *pairs])._replace(mode="text")


def _columns(portal: Portal, by: By) -> list[str]:
    """Return the values of the columns: dimensions, modalities, or levels, with missing levels first."""
    if by not in ACROSS:
        return [one.id for one in portal.names.model.dimensions]
    return [NOT_STATED, *level_choices(portal.names)] if by == "level" else list(MODALITIES)


def _counted(portal: Portal, question: Question, access_classes: AccessClasses, by: By) -> Counted:
    """Return the papers of each cell: one that states two levels or modalities counts in each, and once in a cell."""
    papers: dict[Place, int] = {}
    split: dict[Place, dict[str, int]] = {}
    wanted = question.values("modality")
    for dimension in portal.names.model.dimensions:
        of_dimension = question.without("level") if by == "level" else question
        of_dimension = of_dimension.only("dimension", dimension.id)
        found = _by_value(portal, of_dimension, access_classes, by)
        papers |= {(dimension.id, value): count for value, count in found.items()}
        shown = [one for one in MODALITIES if one in wanted or not wanted] if found and by not in ACROSS else []
        for modality in shown:
            of_modality = _by_value(portal, of_dimension.only("modality", modality), access_classes, by)
            for value, count in of_modality.items():
                split.setdefault((dimension.id, value), {})[modality] = count
    if by == "level":  # counted at once
        for cell in portal.collection.service.matrix(question.narrowing(access_classes)).cells:
            split.setdefault((cell.dimension, cell.level or NOT_STATED), {})[cell.modality] = cell.documents
    return Counted(question, papers, split)


def _by_value(portal: Portal, question: Question, access_classes: AccessClasses, by: By) -> dict[str, int]:
    """Return the papers by the values of a field that the filters ask for; a body counts its sub-bodies too."""
    asked = question.request(portal.settings, access_classes, facets=(by,), limit=1)
    conditions = [one for one in asked.filters.conditions if one.field == by]
    counts = portal.collection.service.search(asked, sentences=False).facets[by]
    values = {NOT_STATED if one.value is None else str(one.value): one.count for one in counts}
    return {
        value: count
        for value, count, _ in ordered_values(by, values, portal.names)
        if all(one.accepts(None if value == NOT_STATED else value) for one in conditions)
    }


def _values(portal: Portal, by: By, counted: Iterable[Counted]) -> list[tuple[str, int]]:
    """Return the values that rows are of, with their depths: years from the latest, others from the most frequent."""
    totals = Counter[str]()
    for one in counted:
        for (_, value), count in one.papers.items():
            totals[value] = max(totals[value], count)
    most_first = dict(sorted(totals.items(), key=lambda one: (one[0] == NOT_STATED, -one[1], one[0])))
    return [(value, depth) for value, _, depth in ordered_values(by, most_first, portal.names) if value in totals]


def _rows(
    portal: Portal,
    by: By,
    columns: Sequence[str],
    values: Iterable[tuple[str, int]],
    main: Counted,
    other: Counted | None,
    suggested: Counted | None,
) -> Iterator[RowView]:
    most = max(main.papers.values(), default=0)
    dimensions = [one.id for one in portal.names.model.dimensions]

    def cell(dimension: str, value: str) -> CellView:
        found = _cell(main, by, dimension, value, most)
        return found._replace(
            other=_cell(other, by, dimension, value, most) if other else None,
            suggested=_cell(suggested, by, dimension, value, most) if suggested else None,
        )

    if by in ACROSS:
        rows = [RowView(one, f"/about#{one}", [cell(one, value) for value in columns]) for one in dimensions]
        yield from sorted(rows, key=lambda row: all(one.is_empty for one in row.cells))
        return
    for value, depth in values:
        address = f"{_PAGES[by]}{quote(value, safe='')}" if _has_page(portal, by, value) else None
        yield RowView(value, address, [cell(dimension, value) for dimension in columns], depth)


def _has_page(portal: Portal, by: By, value: str) -> bool:
    """Return whether a value has a page; subjects may have any name."""
    if by == "subject":
        return load_gazetteer(portal.settings.gazetteer).find(value, SUBJECTS) is not None
    return value not in (NOT_STATED, UNDATED)


def _cell(counted: Counted, by: By, dimension: str, value: str, most: int) -> CellView:
    papers = counted.papers.get((dimension, value), 0)
    asked = counted.question.only("dimension", dimension).only(by, value)
    address = Question(filters=asked.filters).address("/sentences")
    bar = stacked(counted.split.get((dimension, value), {}))
    return CellView(dimension, value, papers, bar, address, _shade(papers, most))


def _shade(count: int, most: int) -> int:
    """Return how dark a cell is, by the logarithm: one paper is seen beside a thousand."""
    return min(math.ceil(_STEPS * math.log1p(count) / math.log1p(most)), _STEPS) if count and most else 0


def _choices(portal: Portal, access_classes: AccessClasses, language: str) -> dict[str, list[tuple[str, int, int]]]:
    """Return the values by which the matrix can be filtered: those that papers have."""
    everything = Question(mode="text")
    asked = everything.request(portal.settings, access_classes, facets=FILTERED_BY, limit=1)
    answer = portal.collection.service.search(asked, sentences=False)
    facets = shown_facets(everything, answer.facets, portal.names, language)
    return {facet.field: [(one.value, one.papers, one.depth) for one in facet.choices] for facet in facets}
