"""Exports: documents, passages, tags and the tables of questions, for other programs.

Every table is of one snapshot and of what the reader may see, and is read a document at a time. A row is a JSON object,
in the shape that the commands of these names give, and cells for a spreadsheet.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

from configs.system.errors import UsageError
from extractors.document import Document, MaturityTag, Passage, ThemeStatus
from extractors.text.places import places_of_span
from index.filters import Filters
from index.results import TrendField
from pipelines.access.actors import shown_name
from pipelines.access.keys import Reader
from pipelines.collection import Collection
from pipelines.questions import decisions, matrix, trends
from pipelines.search.cells import Value
from pipelines.search.export_files import ExportRow, ExportTable
from pipelines.search.requests import filters_of

Exported: TypeAlias = Literal["documents", "passages", "tags", "matrix", "decisions", "trends"]
EXPORTED: tuple[Exported, ...] = get_args(Exported)
SplitField: TypeAlias = Literal["year", "body", "subject", "session"]
SPLITS: Mapping[Exported, tuple[SplitField, ...]] = {
    "matrix": get_args(TrendField),
    "trends": trends.TIMES,
}
"""By what a table may be split; the others are not."""

_OF_DOCUMENT = ("symbol", "title", "body", "session", "date", "language")
_FACTS = ("kind", "agenda_item", "distribution", "access", "submitted_by", "status", "media_type")
_CLAIM = (
    "model", "provenance", "dimension", "level", "claim", "modality", "subject", "confidence", "confidence_about",
    "status",
)  # fmt: skip
"""Columns that are fields of a document and of a tag."""
_COLUMNS: Mapping[Exported, tuple[str, ...]] = {
    "documents": (
        "document", *_OF_DOCUMENT, *_FACTS, "pages", "passages", "twins", "revisions", "source",
    ),
    "passages": (
        "passage", "document", *_OF_DOCUMENT, "section", "paragraphs", "pages", "text", "themes", "suggested_themes",
        "named_themes", "dimensions", "levels", "source",
    ),
    "tags": (
        "tag", "passage", "document", *_OF_DOCUMENT, "paragraphs", "pages", *_CLAIM, "by", "evidence", "statement",
        "source",
    ),
}  # fmt: skip


ShownPassage: TypeAlias = Callable[[Passage], Passage]
_Rows: TypeAlias = Generator[ExportRow, None, None]
_Papers: TypeAlias = Generator[tuple[Document, tuple[Passage, ...]], None, None]


def answer(
    collection: Collection,
    what: Exported,
    reader: Reader,
    filters: Sequence[str] = (),
    *,
    by: SplitField | None = None,
    of: Sequence[str] = (),
    shown: ShownPassage | None = None,
) -> ExportTable:
    """Return a table of what the filters leave and the reader may see.

    `documents` are those with such a passage, each version by itself, and those without passages that the filters
    leave, as scans that were not read; of `tags` those that the filters ask for, accepted ones unless a filter names
    the status; of `trends` the themes and dimensions of `of`, the most frequent themes without any. `by` splits what
    `SPLITS` names. `shown` gives a passage as the reader is to see it: what a reviewer does not know yet is withheld.
    Raises `UsageError` for a filter that cannot be read, before anything is opened; the rows raise as
    `Engine.passages` does.
    """
    if by and by not in SPLITS.get(what, ()):
        allowed = ", ".join(f"{one} by {' or '.join(fields)}" for one, fields in SPLITS.items())
        raise UsageError(f"by={by}: {what} are not split by it", f"leave it out; there are {allowed}")
    if of and what != "trends":
        raise UsageError(f"of={of[0]}: only trends are of some themes or dimensions", "leave it out, or export trends")
    if what == "matrix":
        split = matrix.MatrixParameters(by=None if by == "session" else by)
        return matrix.table(collection, split, reader, filters)
    if what == "trends":
        series = trends.TrendParameters(of=list(of), by="session" if by == "session" else "year")
        return trends.table(collection, series, reader, filters)
    if what == "decisions":
        return decisions.table(collection, reader, filters)
    wanted = filters_of(filters, reader.access_classes)
    rows = {"documents": _documents, "passages": _passages, "tags": _tags}[what]
    papers = _read(collection, wanted, shown, without_text=what == "documents")
    return ExportTable(_COLUMNS[what], rows(papers, wanted))


def _read(collection: Collection, wanted: Filters, shown: ShownPassage | None, *, without_text: bool) -> _Papers:
    """Yield the documents with their passages; an engine is held until the last was taken."""
    with collection.engine() as engine:
        for document, passages in engine.passages(wanted, without_text=without_text):
            yield document, tuple(map(shown, passages)) if shown else passages


def _documents(papers: _Papers, _: Filters) -> _Rows:
    for document, passages in papers:
        cells = (
            document.id,
            *_of_document(document),
            *(getattr(document, name) for name in _FACTS),
            len(document.pages),
            len(passages),
            _joined(document.twins),
            _joined(document.revisions),
            document.source,
        )
        yield ExportRow(document.header(), cells)


def _passages(papers: _Papers, _: Filters) -> _Rows:
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


def _tags(papers: _Papers, wanted: Filters) -> _Rows:
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
        *(getattr(tag, name) for name in _CLAIM),
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
