"""Field values of documents and passages for filters and facets."""

from collections.abc import Collection, Iterable, Iterator
from typing import Literal, TypeAlias

from configs.gazetteer import load_gazetteer
from extractors.document import Document, MaturityTag, Passage, PassageTheme, ThemeStatus
from index.fields import ENTITY_FIELDS, NAMED_FIELDS, TABLE, TAG_COLUMNS, FieldName
from index.filters import Filters

StoredField: TypeAlias = FieldName | Literal["theme.suggested", "theme.any"]
"""A field as it is stored: of themes the accepted ones (`theme`), the suggested ones, and those of either status."""
THEME_COLUMNS: frozenset[StoredField] = frozenset({"theme", "theme.named", "theme.suggested"})
NAMED_COLUMNS: frozenset[StoredField] = NAMED_FIELDS | THEME_COLUMNS
"""What `passage_facts` yields."""

Fact: TypeAlias = tuple[StoredField, str]


def document_facts(document: Document) -> Iterator[Fact]:
    """Yield the fields and values of a document, numbers and dates as text.

    The year is that of its date, else that of its meeting, `UNDATED` without either. Each name of an access class is a
    value.
    """
    for name, field in TABLE.items():
        values = field.values_of(document) if field.values_of else ()
        yield from ((name, value) for value in values if value)


def meets(document: Document, filters: Filters) -> bool:
    """Return whether a document without passages passes the filters; access classes are not tested."""
    if filters.asks_for_passages:
        return False
    facts = list(document_facts(document))
    return all(
        any(field == one.field and one.accepts(value) for field, value in facts) != one.negated
        for one in filters.conditions
    )


def passage_facts(passage: Passage) -> Iterator[Fact]:
    """Yield the fields and values of a passage, each once.

    The themes by meaning are distinguished by their status. A country adds its region, an article its instrument.
    """
    yield from sorted({*theme_facts(passage.themes), *_values_of_entities(passage)})


def theme_facts(themes: Iterable[PassageTheme]) -> Iterator[Fact]:
    """Yield the themes of a passage, in the fields in which they are stored."""
    for theme in themes:
        if theme.kind == "named":
            yield "theme.named", theme.id
        else:
            yield "theme" if theme.status == "accepted" else "theme.suggested", theme.id


def theme_field(statuses: Collection[ThemeStatus]) -> StoredField | None:
    """Return the stored field with the themes of some statuses; None for no status."""
    if len(statuses) > 1:
        return "theme.any"
    return next(("theme" if status == "accepted" else "theme.suggested" for status in statuses), None)


def tag_facts(tag: MaturityTag) -> tuple[Fact | None, ...]:
    """Return a tag's fields and values in the order of `TAG_COLUMNS`; None where it has no value."""
    values = ((column, getattr(tag, column)) for column in TAG_COLUMNS)
    return tuple((column, value) if value else None for column, value in values)


def _values_of_entities(passage: Passage) -> Iterator[Fact]:
    gazetteer = load_gazetteer()
    for entity in passage.entities:
        if entity.kind not in ENTITY_FIELDS:
            continue
        yield ENTITY_FIELDS[entity.kind], entity.id
        if entity.id in gazetteer.regions_by_code:
            yield "region", gazetteer.regions_by_code[entity.id]
        if entity.id in gazetteer.instruments_by_article:
            yield "instrument", gazetteer.instruments_by_article[entity.id]
