"""The rows of documents and passages in the cluster: their fields and their ids."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from extractors.document import Document, MaturityTag, Passage, Value
from extractors.paper_date import days_of
from index.analysis import PLACEHOLDER, Analysis
from index.elastic.conditions import closing_fields, mapped
from index.facts import THEME_COLUMNS, Fact, StoredField, document_facts, passage_facts, tag_facts, theme_facts
from index.fields import NUMBER_FIELDS, UNDATED
from index.judgements.overlay import AppliedJudgements
from index.links import without_links
from index.quantised import Quantised
from index.query.compiler import TERMS, WORDS, stored_term
from index.results import Vector
from index.versions import symbol_forms

DOCUMENT, SPELLING, STATE = "document", "spelling", "state"
"""What a row of the index of documents is: its field `record`."""
_CONTENT_DIGITS, _NONCE_DIGITS = 16, 8
_CELL_SEPARATOR = "\x1f"

_THEMES: frozenset[StoredField] = frozenset({"theme", "theme.suggested"})
_EVERY_THEME: StoredField = "theme.any"

Row = dict[str, Any]


def new_generation(content: str) -> str:
    """Return a unique name for a document's state: two workers may put the same content at once."""
    return f"{content}.{uuid.uuid4().hex[:_NONCE_DIGITS]}"


def content_of(generation: str) -> str:
    """Return the content name that is part of the name of a generation."""
    return generation.partition(".")[0]


def content_name(document: Document, vectors: Vector, versions: Mapping[str, str]) -> str:
    """Return a name for what a document's state holds, so that a repeated put adds nothing."""
    digest = hashlib.sha256(document.model_dump_json().encode())
    digest.update(np.ascontiguousarray(vectors, "<f4").tobytes())
    digest.update(json.dumps(dict(versions), sort_keys=True).encode())
    return digest.hexdigest()[:_CONTENT_DIGITS]


def document_row_id(document: str, generation: str) -> str:
    """Return the `_id` of a document's row."""
    return f"{document}@{generation}"


def passage_row_id(document: str, generation: str, place: int) -> str:
    """Return the `_id` of the row of a document's passage; places count from 0."""
    return f"{document}@{generation}-{place}"


def cell(model: str | None, dimension: str | None, level: str | None, modality: str | None) -> str:
    """Return the name of a cell of a maturity matrix."""
    return _CELL_SEPARATOR.join(part or "" for part in (model, dimension, level, modality))


def document_row(document: Document, generation: str, versions: Mapping[str, str]) -> Row:
    """Return the row of a document; where it exists, all its passages exist."""
    forms = sorted(symbol_forms(document.symbol)) if document.symbol else []
    return {
        "record": DOCUMENT,
        "document": document.id,
        "key": document.key,
        "generation": generation,
        "passages": len(document.passages),
        "vectors": sum(passage.kind == "text" for passage in document.passages),
        "source": document.source,
        "language": document.language,
        "symbol": max(forms, key=len, default=""),
        "symbols": forms,
        **closing_fields(document.access),
        "header": without_links(document.header()),
        "contents": document.model_dump(mode="json", include={"blocks", "tables"}),
        "versions": dict(versions),
    }


def passage_rows(
    document: Document,
    vectors: Vector,
    generation: str,
    analysis: Analysis,
    laid: AppliedJudgements,
) -> Iterator[tuple[Row, set[tuple[str, str, str]]]]:
    """Yield the row of each passage, and its odd spellings as (language, plain term, term).

    `laid` has the changes by judgements. Vectors are rounded as in the embedded index, so that both engines find the
    same passages near enough to a query.
    """
    vectors = Quantised.of(vectors).floats(slice(None))
    facts = list(dict.fromkeys(document_facts(document)))
    for place, (passage, vector) in enumerate(zip(document.passages, vectors, strict=True)):
        field = analysis.field(passage.language or document.language)
        tokens = analysis.tokens(passage.text, field)
        row = {
            "passage": passage.id,
            "document": document.id,
            "key": document.key,
            "generation": generation,
            "ordinal": passage.ordinal,
            "language": field,
            "text": passage.text,
            TERMS: " ".join(stored_term(field, token.term)[1] for token in tokens),
            WORDS: " ".join(token.word for token in tokens if token.term != PLACEHOLDER),
            **closing_fields(document.access),
            **_values([*facts, *passage_facts(passage)]),
            **({"vector": vector.tolist()} if vector.any() else {}),
            "machine": _dumped(passage.maturity),
            "machine_themes": _dumped(passage.themes),
        }
        row = merged(row, judged(laid.over(place, passage), document.key))
        odd = analysis.odd_spellings(tokens, field)
        yield row, {(field, plain, term) for plain, term in odd}


def judged(passage: Passage, key: str) -> Row:
    """Return the part of a passage's row that depends on its maturity tags and themes; fields without values, too."""
    themes = _values(_with_every_status(theme_facts(passage.themes)))
    none: Row = {mapped(field): [] for field in (*THEME_COLUMNS, _EVERY_THEME)}
    return {
        "tags": [_tag(tag, key) for tag in passage.maturity],
        "detail": passage.model_dump(mode="json", exclude={"text"}),
        **{part: none | values for part, values in themes.items()},
    }


def merged(row: Row, part: Row) -> Row:
    """Return a row with some of its fields replaced, as an update with these fields stores it."""
    inner = {name: row[name] | part[name] for name in ("facets", "filters")}
    return {**row, **part, **inner}


def passage_of(row: Mapping[str, Any]) -> Passage:
    """Return the passage of a row, with judgements applied."""
    return Passage(**row["detail"], text=row["text"])


def as_machine_tagged(row: Mapping[str, Any]) -> Passage:
    """Return the passage of a row with its automatic tags and themes, before judgements."""
    machine = {"maturity": row["machine"], "themes": row["machine_themes"]}
    return Passage(**{**row["detail"], **machine}, text=row["text"])


def _with_every_status(facts: Iterable[Fact]) -> list[Fact]:
    """Return the field values of themes, each once, and those of all statuses together."""
    found = set(facts)
    return sorted(found | {(_EVERY_THEME, theme) for field, theme in found if field in _THEMES})


def _tag(tag: MaturityTag, key: str) -> Row:
    values = _values([fact for fact in tag_facts(tag) if fact])
    return {"key": key, "cell": cell(tag.model, tag.dimension, tag.level, tag.modality), **values}


def _values(facts: Iterable[Fact]) -> Row:
    facets: dict[str, list[str]] = {}
    filters: dict[str, list[str | int | dict[str, str]]] = {}
    for field, value in facts:
        facets.setdefault(mapped(field), []).append(value)
        filters.setdefault(mapped(field), []).extend(_compared(field, value))
    return {"facets": facets, "filters": filters}


def _compared(field: StoredField, value: str) -> Sequence[str | int | dict[str, str]]:
    """Return the forms of a value that filters compare; see `Condition.accepts`."""
    if field in NUMBER_FIELDS:
        return () if value == UNDATED else (int(value),)
    if field == "date":
        first, last = days_of(value)
        return ({"gte": first.isoformat(), "lte": last.isoformat()},)
    return sorted(symbol_forms(value)) if field == "symbol" else (value.casefold(),)


def _dumped(values: Iterable[Value]) -> list[Row]:
    return [value.model_dump(mode="json") for value in values]
