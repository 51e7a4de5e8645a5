"""Consistency checks of the fields of a document, for fields that people supply."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel

from extractors.document import STORED_STATUSES, Block, Cell, Document
from extractors.metadata import own_key

Location: TypeAlias = tuple[int | str, ...]
Problem: TypeAlias = tuple[Location, str]

_MAKE_KEY = frozenset({"symbol", "title", "kind", "body", "date"})
"""The fields that the key of a document is made of (`extractors.metadata.keys`)."""
_MOST = 1_000_000_000
"""Of any number: more than any paper has, and less than what indices and databases hold."""
_LARGEST_POINT = 1_000_000.0
"""Of a place on a page, in points: a page of 350 metres."""
_MOST_SESSIONS = 1_000
_LAST_SESSION = 9_999
"""The largest number that a filter takes."""
_LONGEST_NAME = 1_000
"""Characters of a text that is filtered by or counted: Elasticsearch refuses a term of 32,766 bytes."""
_NAMES = frozenset(
    {"key", "media_type", "body", "language", "original_language", "kind", "agenda_item", "access", "raw", "prefix"}
    | {"serial", "version", "variant", "verb", "symbol", "twins", "revisions", "submitted_by", "actions", "item"}
)
"""Fields, wherever they stand, that are names of something: not empty and not long."""


def with_fields(document: Document, given: Mapping[str, Any]) -> Document:
    """Return a document with fields that people give; its key is made of them where they make one.

    Raises `ValidationError` for what is none; whether the fields fit each other is another question (`problems`).
    """
    changed = Document.model_validate({name: getattr(document, name) for name in Document.model_fields} | dict(given))
    if "key" not in given and not _MAKE_KEY.isdisjoint(given):
        return changed.model_copy(update={"key": own_key(changed)})
    return changed


def problems(document: Document, fields: Collection[str]) -> Iterator[Problem]:
    """Yield the problems of the named fields of a document, and their conflicts with other fields.

    Each problem has the place of its field in the document.
    """
    for name in fields:
        yield from _values(getattr(document, name), (name,))
    parts = (_about(document), _pages(document), _blocks(document), _tables(document))
    yield from (problem for part in parts for problem in part if problem[0][0] in fields)
    if not {"pages", "blocks", "tables"}.isdisjoint(fields):
        yield from _references(document)


def _about(document: Document) -> Iterator[Problem]:
    if document.status not in STORED_STATUSES:
        yield ("status",), f"can only be {' or '.join(sorted(STORED_STATUSES))}"
    if len(document.sessions) > _MOST_SESSIONS:
        yield ("sessions",), f"there are more than {_MOST_SESSIONS:,}"
    for place, session in enumerate(document.sessions):
        if session > _LAST_SESSION:
            yield ("sessions", place), f"is more than {_LAST_SESSION:,}"
    dates = document.meeting_dates
    if dates and dates.start and dates.end and dates.end < dates.start:
        yield ("meeting_dates", "end"), "is before the start"


def _values(value: Any, at: Location) -> Iterator[Problem]:  # noqa: ANN401 - any field of a document
    """Yield the numbers and texts in a field that cannot be stored."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _values(getattr(value, name), (*at, name))
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            yield from _values(one, (*at, place))
    elif what := _problem(value, is_name=not _NAMES.isdisjoint(at[-2:])):
        yield at, what


def _problem(value: object, *, is_name: bool) -> str | None:
    if isinstance(value, int) and not 0 <= value <= _MOST:
        return f"has to be from 0 to {_MOST:,}"
    if isinstance(value, float) and not abs(value) <= _LARGEST_POINT:
        return f"has to be a number of points up to {_LARGEST_POINT:,.0f}"
    if isinstance(value, str) and is_name and not 0 < len(value) <= _LONGEST_NAME:
        return f"has to have 1 to {_LONGEST_NAME:,} characters; null stands for none"
    return None


def _pages(document: Document) -> Iterator[Problem]:
    seen: set[int] = set()
    for place, page in enumerate(document.pages):
        at = ("pages", place)
        if page.number < 1 or page.number in seen:
            yield (*at, "number"), "pages count from 1, each once"
        seen.add(page.number)
        if not (page.width > 0 and page.height > 0):
            yield (*at, "width"), "width and height have to be more than 0 points"
        if page.rotation not in (0, 90, 180, 270):
            yield (*at, "rotation"), "has to be 0, 90, 180 or 270 degrees"


def _blocks(document: Document) -> Iterator[Problem]:
    counts = Counter(block.id for block in document.blocks)
    for place, block in enumerate(document.blocks):
        at = ("blocks", place)
        if counts[block.id] > 1:
            yield (*at, "id"), f"{block.id} stands twice"
        yield from _box(block, at)
        if block.level is not None and block.level < 1:
            yield (*at, "level"), "levels count from 1"


def _tables(document: Document) -> Iterator[Problem]:
    for place, table in enumerate(document.tables):
        at = ("tables", place)
        if not table.rows or not table.rows[0]:
            yield (*at, "rows"), "a table has rows, and rows have cells"
            continue
        if len({len(row) for row in table.rows}) > 1:
            yield (*at, "rows"), "each row has to have as many cells"
        if table.header_rows > len(table.rows):
            yield (*at, "header_rows"), "is more than there are rows"
        for cell_place, cell in enumerate(table.cells):
            inside = cell.row + cell.rowspan <= len(table.rows) and cell.column + cell.colspan <= len(table.rows[0])
            if not inside or cell.rowspan < 1 or cell.colspan < 1:
                yield (*at, "cells", cell_place), "lies outside of the rows"
            yield from _box(cell, (*at, "cells", cell_place))


def _box(part: Block | Cell, at: Location) -> Iterator[Problem]:
    if part.box is None:
        return
    left, top, right, bottom = part.box
    if part.page is None:
        yield (*at, "box"), "a box needs the page that it is on"
    if not (left <= right and top <= bottom):
        yield (*at, "box"), "has to be left, top, right, bottom"


def _references(document: Document) -> Iterator[Problem]:
    """Yield references to missing pages or blocks, also those in fields that are not given."""
    pages = {page.number for page in document.pages}
    named: list[tuple[Location, int | None]] = []
    for place, block in enumerate(document.blocks):
        named.append((("blocks", place, "page"), block.page))
    kinds = {block.id: block.kind for block in document.blocks}
    for place, table in enumerate(document.tables):
        if kinds.get(table.block) != "table":
            yield ("tables", place, "block"), f"there is no block {table.block} of the kind table in blocks"
        named += [(("tables", place, "pages"), number) for number in table.pages]
        named += [(("tables", place, "cells", number, "page"), cell.page) for number, cell in enumerate(table.cells)]
    for at, page in named:
        if page is not None and page not in pages:
            yield at, f"there is no page {page} in pages"
