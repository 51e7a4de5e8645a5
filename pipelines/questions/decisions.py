"""Decisions: what bodies decided, who is to act by when, and what later papers say of it."""

from collections.abc import Sequence

from pydantic import Field

from extractors.document import Value
from pipelines.access.keys import Reader
from pipelines.collection import Collection
from pipelines.desk.decisions import DecisionPage, DecisionState, RegisteredDecision
from pipelines.search.cells import Value as Cell
from pipelines.search.export_files import ExportRow, ExportTable
from pipelines.search.requests import filters_of


class DecisionParameters(Value):
    """Which decisions to show."""

    state: DecisionState | None = Field(
        default=None, description="Only those whose deadline is ahead (open) or passed (overdue)"
    )
    addressee: str | None = Field(
        default=None, description="Only those that ask this addressee: its name, else a part of what is printed"
    )
    offset: int = Field(default=0, ge=0, description="Decisions to pass over first")
    limit: int = Field(default=20, ge=1, description="Decisions to show")


def answer(
    collection: Collection,
    asked: DecisionParameters,
    reader: Reader,
    filters: Sequence[str] = (),
    language: str | None = None,
) -> DecisionPage:
    """Return a page of the decisions that the filters leave, of papers in a language where there are several."""
    wanted = filters_of(filters, reader.access_classes)
    return collection.decisions.page(
        wanted,
        state=asked.state,
        addressee=asked.addressee,
        language=language,
        offset=asked.offset,
        limit=asked.limit,
    )


COLUMNS = (
    "decision", "document", "symbol", "title", "body", "sessions", "date", "language", "verb", "number", "actor",
    "addressee", "deadline", "deadline_date", "state", "text", "citation", "follow_ups",
)  # fmt: skip


def cells_of(row: RegisteredDecision) -> tuple[Cell, ...]:
    """Return the cells of a decision in the order of `COLUMNS`."""
    joined = {
        "decision": row.id,
        "sessions": ", ".join(map(str, row.sessions)),
        "follow_ups": "; ".join(one.citation for one in row.follow_ups),
    }
    return tuple(joined[name] if name in joined else getattr(row, name) for name in COLUMNS)


def table(collection: Collection, reader: Reader, filters: Sequence[str]) -> ExportTable:
    """Return all decisions that the filters leave as a table, a row each."""
    rows = collection.decisions.every(filters_of(filters, reader.access_classes))
    return ExportTable(COLUMNS, (ExportRow(one.model_dump(mode="json"), cells_of(one)) for one in rows))
