"""The maturity matrix: papers by dimension and level, each cell a link to its evidence."""

import math
from functools import partial
from typing import NamedTuple, get_args

from fastapi import APIRouter, Request
from starlette.responses import Response

from extractors.document import Modality
from index.fields import FieldName
from index.filters import AccessClasses, field_name
from index.results import Matrix, TrendMatrix
from pipelines.access import audit
from pipelines.search.export_tables import matrix_rows
from portal.web.access import AnyReader
from portal.web.context import Portal, portal_of
from portal.web.facets import NOT_STATED, Facet, shown_facets
from portal.web.measured import measured_of
from portal.web.question import Question
from portal.web.rendering import language_of
from portal.web.tables import file_response, known_kind

router = APIRouter(include_in_schema=False)

MODALITIES: tuple[Modality, ...] = get_args(Modality)
FILTERED_BY: tuple[FieldName, ...] = ("body", "year", "subject", "theme")
COMPARED_BY: tuple[FieldName, ...] = ("year", "body", "subject", "session")
"""Fields in which two selections of a comparison differ."""
_WITH = "with."
_STEPS = 7


class CellView(NamedTuple):
    """A cell of the table: papers in all and by modality, where its evidence is, and how dark it is, 0 to 7."""

    documents: int
    by_modality: tuple[tuple[Modality, int], ...]
    address: str
    shade: int


class RowView(NamedTuple):
    """A dimension and its cells by level, the one without a level last; `others` are those of the other selection."""

    dimension: str
    cells: tuple[CellView, ...]
    others: tuple[CellView, ...] = ()


@router.get("/matrix")
def matrix_page(request: Request, reader: AnyReader) -> Response:
    """Show the matrix of the papers that the filters leave."""
    portal = portal_of(request)
    question = _asked(request)
    found = _matrix(portal, question, reader.access_classes)
    modality = question.values("modality")
    rows = _counted(portal, question, reader.access_classes, found)
    other = _compared(request, question)
    if other:
        others = _counted(portal, other, reader.access_classes, _matrix(portal, other, reader.access_classes))
        rows = [row._replace(others=beside.cells) for row, beside in zip(rows, others, strict=True)]
    return portal.pages.page(
        request,
        "matrix.html",
        question=question,
        matrix=found,
        rows=rows,
        other=other,
        compared_by=COMPARED_BY,
        modalities=MODALITIES,
        chosen_modality=modality[0] if modality else None,
        measured=measured_of(portal.settings, portal.names.model),
        choices=_choices(portal, reader.access_classes, language_of(request)),
    )


@router.get("/matrix.{kind}")
def matrix_file(request: Request, reader: AnyReader, kind: str) -> Response:
    """Give the matrix as a file: `json`, `csv` or `xlsx`."""
    portal, kind = portal_of(request), known_kind(kind)
    question = _asked(request)
    found = _matrix(portal, question, reader.access_classes)
    audit.record(portal.settings.home, reader.actor, "export", what="matrix", query=question.address("/matrix"))
    return file_response("matrix", kind, found, partial(matrix_rows, found))


def _asked(request: Request) -> Question:
    question = Question.of(request.query_params.multi_items())
    return question._replace(query="", mode="text")


def _matrix(portal: Portal, question: Question, access_classes: AccessClasses) -> Matrix | TrendMatrix:
    return portal.service.matrix(question.narrowing(access_classes))


def _compared(request: Request, question: Question) -> Question | None:
    """Return the question that the matrix is compared with: `with.year=2020` in place of the filter by year.

    Raises `UsageError` for a field that there is not.
    """
    given = [(name, value) for name, value in request.query_params.multi_items() if name.startswith(_WITH) and value]
    if not given:
        return None
    pairs = [(field_name(name.removeprefix(_WITH)), value) for name, value in given]
    replaced = {name for name, _ in pairs}
    kept = [(name, value) for name, value in question.filters if name not in replaced]
    return Question.of([*kept, *pairs])._replace(mode="text")


def _counted(
    portal: Portal, question: Question, access_classes: AccessClasses, matrix: Matrix | TrendMatrix
) -> list[RowView]:
    return _rows(matrix, question, _papers(portal, question, access_classes, matrix))


def _papers(
    portal: Portal, question: Question, access_classes: AccessClasses, matrix: Matrix | TrendMatrix
) -> dict[tuple[str, str | None], int]:
    """Return the papers of each cell whatever the modality: a paper that states two counts once.

    They are the counts of the searches that the cells lead to.
    """
    found: dict[tuple[str, str | None], int] = {}
    for dimension in matrix.dimensions:
        asked = _evidence(question, dimension).request(portal.settings, access_classes, facets=("level",), limit=1)
        answer = portal.service.search(asked, sentences=False)
        for level in answer.facets["level"]:
            found[dimension, None if level.value is None else str(level.value)] = level.count
    return found


def _rows(matrix: Matrix | TrendMatrix, question: Question, papers: dict[tuple[str, str | None], int]) -> list[RowView]:
    by_modality: dict[tuple[str, str | None], list[tuple[Modality, int]]] = {}
    for cell in matrix.cells:
        by_modality.setdefault((cell.dimension, cell.level), []).append((cell.modality, cell.documents))
    most = max(papers.values(), default=0)

    def view(dimension: str, level: str | None) -> CellView:
        count = papers.get((dimension, level), 0)
        address = _evidence(question, dimension).only("level", level or NOT_STATED).address()
        return CellView(count, tuple(by_modality.get((dimension, level), ())), address, _shade(count, most))

    levels = (*matrix.levels, None)
    return [RowView(dimension, tuple(view(dimension, level) for level in levels)) for dimension in matrix.dimensions]


def _evidence(question: Question, dimension: str) -> Question:
    """Return the search for the passages that a cell counts."""
    return question.without("level").only("dimension", dimension)


def _shade(count: int, most: int) -> int:
    """Return how dark a cell is, by the logarithm: one paper is seen beside a thousand."""
    return math.ceil(_STEPS * math.log1p(count) / math.log1p(most)) if count else 0


def _choices(portal: Portal, access_classes: AccessClasses, language: str) -> list[Facet]:
    """Return what the matrix can be narrowed to: the values that papers have."""
    everything = Question(mode="text")
    asked = everything.request(portal.settings, access_classes, facets=FILTERED_BY, limit=1)
    answer = portal.service.search(asked, sentences=False)
    return list(shown_facets(everything, answer.facets, portal.names, language))
