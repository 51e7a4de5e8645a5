"""What an index holds as tables for other programs: documents, passages, tags, the matrix, decisions and trends.

Every table is of one snapshot and of what the reader may see, and is read a document at a time. A row is a JSON object,
in the shape that the commands of these names give, and cells for a spreadsheet.
"""

import io
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from configs.settings import Settings
from configs.system.errors import UsageError
from configs.system.files import write_atomically
from configs.system.json_text import json_text
from extractors.document import Document, MaturityTag, Passage, ThemeStatus
from extractors.text.places import places_of_span
from index.filters import AccessClasses, Filters
from index.results import Matrix, TrendField, TrendMatrix
from pipelines.access.actors import shown_name
from pipelines.desk import decisions as register
from pipelines.desk import trends as counting
from pipelines.desk.decisions import DecisionRegister
from pipelines.desk.headers import Headers
from pipelines.search.cells import Value, csv_bytes, write_xlsx
from pipelines.search.requests import filters_of
from pipelines.search.service import SearchService

Exported: TypeAlias = Literal["documents", "passages", "tags", "matrix", "decisions", "trends"]
EXPORTED: tuple[Exported, ...] = get_args(Exported)
SplitField: TypeAlias = Literal["year", "body", "subject", "session"]
SPLITS: Mapping[Exported, tuple[SplitField, ...]] = {
    "matrix": get_args(TrendField),
    "trends": counting.TIMES,
}
"""By what a table may be split; the others are not."""

_OF_DOCUMENT = ("symbol", "title", "body", "session", "date", "language")
_COLUMNS: Mapping[Exported, tuple[str, ...]] = {
    "documents": (
        "document", *_OF_DOCUMENT, "kind", "agenda_item", "distribution", "access", "submitted_by", "status",
        "media_type", "pages", "passages", "twins", "revisions", "source",
    ),
    "passages": (
        "passage", "document", *_OF_DOCUMENT, "section", "paragraphs", "pages", "text", "themes", "suggested_themes",
        "named_themes", "dimensions", "levels", "source",
    ),
    "tags": (
        "tag", "passage", "document", *_OF_DOCUMENT, "paragraphs", "pages", "model", "provenance", "dimension", "level",
        "claim", "modality", "subject", "confidence", "confidence_about", "status", "by", "evidence", "statement",
        "source",
    ),
    "decisions": register.COLUMNS,
}  # fmt: skip


class ExportRow(NamedTuple):
    """One row: its JSON object, and its cells in the order of the columns."""

    record: Mapping[str, Any]
    cells: Sequence[Value]


class ExportTable(NamedTuple):
    """A table: the names of its columns, and its rows, which are read as they are taken.

    Whoever does not take them all closes them: they hold an engine of the service.
    """

    columns: Sequence[str]
    rows: "Rows"


Rows: TypeAlias = Generator[ExportRow, None, None]
ShownPassage: TypeAlias = Callable[[Passage], Passage]
_Papers: TypeAlias = Generator[tuple[Document, tuple[Passage, ...]], None, None]


def export_table(
    settings: Settings,
    service: SearchService,
    what: Exported,
    *,
    access_classes: AccessClasses,
    filters: Sequence[str] = (),
    by: SplitField | None = None,
    of: Sequence[str] = (),
    shown: ShownPassage | None = None,
) -> ExportTable:
    """Return a table of what the filters leave and the reader may see.

    `documents` are those with such a passage, each version by itself, and those without passages that the filters
    leave, as scans that were not read; of `tags` those that the filters ask for,
    accepted ones unless a filter names the status; of `trends` the themes and dimensions of `of`, the most frequent
    themes without any. `by` splits what `SPLITS` names. `shown` gives a passage as the reader is to see it: what a
    reviewer does not know yet is withheld. Raises `UsageError` for a filter that cannot be read, before anything is
    opened; the rows raise as `Engine.passages` does.
    """
    if by and by not in SPLITS.get(what, ()):
        allowed = ", ".join(f"{one} by {' or '.join(fields)}" for one, fields in SPLITS.items())
        raise UsageError(f"by={by}: {what} are not split by it", f"leave it out; there are {allowed}")
    if of and what != "trends":
        raise UsageError(f"of={of[0]}: only trends are of some themes or dimensions", "leave it out, or export trends")
    wanted = filters_of(filters, access_classes)
    if what == "matrix":
        return _matrix_table(service.matrix(wanted, None if by == "session" else by))
    if what == "trends":
        over: counting.TimeField = "session" if by == "session" else "year"
        return _trends_table(counting.trends(settings, service, wanted, of=of, by=over))
    if what == "decisions":
        return ExportTable(_COLUMNS[what], _decisions(service, wanted))
    rows = {"documents": _documents, "passages": _passages, "tags": _tags}[what]
    return ExportTable(_COLUMNS[what], rows(_read(service, wanted, shown, without_text=what == "documents"), wanted))


def _matrix_table(matrix: Matrix | TrendMatrix) -> ExportTable:
    header, *rows = matrix_rows(matrix)
    records = (
        {"model": matrix.model, "provenance": matrix.provenance} | cell.model_dump(mode="json") for cell in matrix.cells
    )
    return ExportTable(header, (ExportRow(*pair) for pair in zip(records, rows, strict=True)))


def _trends_table(trends: counting.Trends) -> ExportTable:
    """Return a row a point; a record is the point with its series."""

    def rows() -> Rows:
        for cells in counting.cells_of(trends):
            yield ExportRow(dict(zip(counting.COLUMNS, cells, strict=True)), cells)

    return ExportTable(counting.COLUMNS, rows())


def _decisions(service: SearchService, wanted: Filters) -> Rows:
    for row in DecisionRegister(service, Headers(service)).every(wanted):
        yield ExportRow(row.model_dump(mode="json"), register.cells_of(row))


def _read(service: SearchService, wanted: Filters, shown: ShownPassage | None, *, without_text: bool) -> _Papers:
    """Yield the documents with their passages; an engine is held until the last was taken."""
    with service.engine() as engine:
        for document, passages in engine.passages(wanted, without_text=without_text):
            yield document, tuple(map(shown, passages)) if shown else passages


def _documents(papers: _Papers, _: Filters) -> Rows:
    for document, passages in papers:
        cells = (
            document.id,
            *_of_document(document),
            document.kind,
            document.agenda_item,
            document.distribution,
            document.access,
            document.submitted_by,
            document.status,
            document.media_type,
            len(document.pages),
            len(passages),
            _joined(document.twins),
            _joined(document.revisions),
            document.source,
        )
        yield ExportRow(document.header(), cells)


def _passages(papers: _Papers, _: Filters) -> Rows:
    for document, passages in papers:
        for passage in passages:
            tags = [tag for tag in passage.maturity if tag.status == "accepted"]
            cells = (
                passage.id,
                document.id,
                *_of_document(document),
                " › ".join(passage.section),
                _joined(passage.paragraphs),
                _joined(passage.pages),
                passage.text,
                _joined(_themes(passage, "accepted")),
                _joined(_themes(passage, "suggested")),
                _joined(_themes(passage, None)),
                _joined(tag.dimension for tag in tags),
                _joined(tag.level or "null" for tag in tags),
                document.source,
            )
            yield ExportRow(_place(document) | passage.model_dump(mode="json"), cells)


def _tags(papers: _Papers, wanted: Filters) -> Rows:
    conditions = wanted.of_tags()
    for document, passages in papers:
        for passage in passages:
            for tag in passage.maturity:
                if all(one.accepts(getattr(tag, one.field)) for one in conditions):
                    yield _tag_row(document, passage, tag)


def _tag_row(document: Document, passage: Passage, tag: MaturityTag) -> ExportRow:
    evidence = passage.text[tag.start : tag.end]
    places = places_of_span(passage.places, tag.start, tag.end)
    paragraphs = tuple(dict.fromkeys(one.paragraph for one in places if one.paragraph))
    pages = tuple(dict.fromkeys(one.page for one in places if one.page is not None))
    record = _place(document) | {
        "passage": passage.id,
        "paragraphs": list(paragraphs),
        "pages": list(pages),
        "evidence": evidence,
    }
    cells = (
        tag.id,
        passage.id,
        document.id,
        *_of_document(document),
        _joined(paragraphs),
        _joined(pages),
        tag.model,
        tag.provenance,
        tag.dimension,
        tag.level,
        tag.claim,
        tag.modality,
        tag.subject,
        tag.confidence,
        tag.confidence_about,
        tag.status,
        shown_name(tag.by),
        evidence,
        tag.statement,
        document.source,
    )
    return ExportRow(record | tag.model_dump(mode="json"), cells)


def _place(document: Document) -> dict[str, Any]:
    """Return which document a passage or a tag is of, as JSON."""
    return {
        "document": document.id,
        "symbol": document.symbol.raw if document.symbol else None,
        "title": document.title,
        "body": document.body,
        "date": document.date,
        "source": document.source,
    }


def _of_document(document: Document) -> tuple[Value, ...]:
    """Return the cells of `_OF_DOCUMENT`."""
    return (
        document.symbol.raw if document.symbol else None,
        document.title,
        document.body,
        _joined(document.sessions),
        document.date,
        document.language,
    )


def _themes(passage: Passage, status: ThemeStatus | None) -> Iterator[str]:
    """Yield the themes of a passage of a status, each once; those that it names without one."""
    yield from dict.fromkeys(theme.id for theme in passage.themes if theme.status == status)


def _joined(values: Iterator[str] | Sequence[object]) -> str:
    return ", ".join(map(str, values))


def export_matrix(matrix: Matrix | TrendMatrix, path: Path) -> None:
    """Write a matrix as `.xlsx`, `.csv` or `.json`, by the name's ending; one row a cell.

    Raises `UsageError` for another ending and `OSError` where the file cannot be written.
    """
    writers = {".json": _write_json, ".csv": _write_csv, ".xlsx": _write_xlsx}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise UsageError(f"{path}: unknown kind of file", f"end the name with {', '.join(writers)}")
    writer(matrix, path)


def _write_json(matrix: Matrix | TrendMatrix, path: Path) -> None:
    write_atomically(path, json_text(matrix.model_dump(mode="json"), indent=2))


def _write_csv(matrix: Matrix | TrendMatrix, path: Path) -> None:
    write_atomically(path, csv_bytes(matrix_rows(matrix)))


def _write_xlsx(matrix: Matrix | TrendMatrix, path: Path) -> None:
    out = io.BytesIO()
    write_xlsx(out, "matrix", matrix_rows(matrix))
    write_atomically(path, out.getvalue())


def matrix_rows(matrix: Matrix | TrendMatrix) -> list[Sequence[Any]]:
    """Return a header row and one row a cell; model and provenance stand in each, so that no row loses them."""
    cells = [cell.model_dump(mode="json") for cell in matrix.cells]
    fields = list(cells[0]) if cells else []
    by = matrix.by if isinstance(matrix, TrendMatrix) else ""
    rows: list[Sequence[Any]] = [["model", "provenance", *(by if field == "value" else field for field in fields)]]
    rows += [[matrix.model, matrix.provenance, *cell.values()] for cell in cells]
    return rows
