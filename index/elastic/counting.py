"""Counts in papers: facets, the matrix and the themes. Versions of one paper count once.

The cluster counts distinct papers: exactly up to 40,000 in all and 3,000 in each part of a count, nearly so beyond.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from extractors.document import Modality
from index.elastic.conditions import Body, of_theme_status, shown_field, tag_query
from index.elastic.hits import PAPERS, distinct
from index.elastic.queries import NOTHING
from index.elastic.rows import cell
from index.elastic.snapshot import Snapshot
from index.facts import StoredField, theme_field
from index.fields import NUMBER_FIELDS, TAG_FIELDS, UNDATED, FieldName
from index.filters import Filters
from index.results import (
    FacetValue,
    Matrix,
    MatrixModel,
    ThemeCount,
    ThemeCounts,
    Total,
    TrendField,
    TrendMatrix,
    matrix_of,
)

Value = str | int | None
_MOST = 10_000
"""Values of a field that are counted, the most frequent ones."""
_VERSIONS = distinct("document", in_parts=True)
_PARTS = distinct("key", in_parts=True)
_TAGGED_PAPERS = distinct("tags.key", in_parts=True)
_NONE = ""
"""Stands for a missing value."""


def facets(snapshot: Snapshot, query: Body, filters: Filters, fields: Iterable[FieldName]) -> dict[str, Any]:
    """Count the papers with each value of the fields among the passages that a query matches.

    The most frequent come first. A facet of a tag's field counts the tags that the filters leave, that of a theme's
    status the themes; the language counts every version.
    """
    wanted = {field: _facet(filters, field) for field in fields}
    if not wanted:
        return {}
    (answer,) = snapshot.ask({"query": query, "size": 0, "aggs": wanted})
    return {field: _facet_values(field, answer["aggregations"][field]) for field in wanted}


def passages_of(snapshot: Snapshot, query: Body, documents: Sequence[str]) -> dict[str, int]:
    """Count the passages of some documents that a query matches."""
    if not documents:
        return {}
    of_each = {"terms": {"field": "document", "size": len(documents), "include": list(documents)}}
    (answer,) = snapshot.ask({"query": query, "size": 0, "aggs": {"documents": of_each}})
    return {one["key"]: one["doc_count"] for one in answer["aggregations"]["documents"]["buckets"]}


def matrix(
    snapshot: Snapshot, clauses: list[Body], filters: Filters, model: MatrixModel, by: TrendField | None
) -> Matrix | TrendMatrix:
    """Count papers and passages for each dimension, level (and none) and modality of a model."""
    cells: Body = {"terms": {"field": "tags.cell", "size": _MOST}, "aggs": {"papers": _TAGGED_PAPERS}}
    cells["aggs"]["passages"] = {"reverse_nested": {}}
    counted = {"cells": cells} if by != "subject" else {"split": _split("tags.facets.subject", {"cells": cells})}
    of_model = {"term": {shown_field("model"): model.id}}
    tags = _on_tags(tag_query(filters, of_model), counted)
    aggs = {"split": _split(shown_field(by), {"tags": tags})} if by in ("year", "body") else {"tags": tags}
    query = {"bool": {"filter": [snapshot.visible, *clauses]}}
    (answer,) = snapshot.ask({"query": query, "size": 0, "aggs": aggs})
    found = dict(_split_cells(answer["aggregations"]))

    def counts(value: str, dimension: str, level: str | None, modality: Modality) -> tuple[int, int]:
        return found.get(value, {}).get(cell(model.id, dimension, level, modality), (0, 0))

    return matrix_of(model, by, {None: _NONE} if by is None else {_value(by, one): one for one in found}, counts)


def themes(snapshot: Snapshot, clauses: list[Body], filters: Filters, labels: Mapping[str, str]) -> ThemeCounts:
    """Count the themes of the passages that match, the most frequent first; themes with a label may count 0."""
    each = {"papers": _PARTS, "by_year": _terms("year"), "by_body": _terms("body")}
    aggs = {"papers": PAPERS, "themes": {**_terms(_themes_field(filters)), "aggs": each}}
    query = {"bool": {"filter": [snapshot.visible, *clauses]}}
    (answer,) = snapshot.ask({"query": query, "size": 0, "track_total_hits": True, "aggs": aggs})
    counted = {bucket["key"]: bucket for bucket in answer["aggregations"]["themes"]["buckets"]}
    found = [
        ThemeCount(
            id=name,
            label=labels.get(name, name),
            documents=bucket["papers"]["value"] if bucket else 0,
            passages=bucket["doc_count"] if bucket else 0,
            by_year=_named(bucket, "by_year"),
            by_body=_named(bucket, "by_body"),
        )
        for name, bucket in {**dict.fromkeys(labels), **counted}.items()
    ]
    total = Total(documents=answer["aggregations"]["papers"]["value"], passages=answer["hits"]["total"]["value"])
    return ThemeCounts(
        total=total, themes=tuple(sorted(found, key=lambda one: (-one.documents, -one.passages, one.id)))
    )


def _facet(filters: Filters, field: FieldName) -> Body:
    if field == "theme.status":
        statuses = {status: of_theme_status(filters, status) for status in filters.theme_statuses}
        return {"filters": {"filters": statuses or {_NONE: NOTHING}}, "aggs": {"papers": _PARTS}}
    if field not in TAG_FIELDS:
        return _terms(_themes_field(filters) if field == "theme" else field)
    missing = {"missing": _NONE} if field == "level" else {}
    values = {"terms": {"field": shown_field(field), "size": _MOST, **missing}}
    return _on_tags(tag_query(filters), {"values": {**values, "aggs": {"papers": _TAGGED_PAPERS}}})


def _themes_field(filters: Filters) -> StoredField:
    """Return the field with the themes that these filters count; without a status no passage matches either."""
    return theme_field(filters.theme_statuses) or "theme"


def _terms(field: StoredField) -> Body:
    """Return the count of papers by a field of passages; of versions by their language."""
    papers = _VERSIONS if field == "language" else _PARTS
    return {"terms": {"field": shown_field(field), "size": _MOST}, "aggs": {"papers": papers}}


def _on_tags(query: Body, counted: Body) -> Body:
    """Return an aggregation over the nested tags that match a query."""
    return {"nested": {"path": "tags"}, "aggs": {"met": {"filter": query, "aggs": counted}}}


def _split(field: str, counted: Body) -> Body:
    return {"terms": {"field": field, "size": _MOST, "missing": _NONE}, "aggs": counted}


def _split_cells(answer: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, tuple[int, int]]]]:
    """Yield papers and passages by cell for each value of the field that the matrix is split by."""
    if "split" in answer:
        for bucket in answer["split"]["buckets"]:
            yield from ((bucket["key"], found) for _, found in _split_cells(bucket))
    elif "tags" in answer:
        yield from _split_cells(answer["tags"]["met"])
    elif buckets := answer["cells"]["buckets"]:
        counts = {one["key"]: (one["papers"]["value"], one["passages"]["doc_count"]) for one in buckets}
        yield _NONE, counts


def _facet_values(field: FieldName, answer: Mapping[str, Any]) -> tuple[FacetValue, ...]:
    buckets = (answer["met"]["values"] if field in TAG_FIELDS else answer)["buckets"]
    if field == "theme.status":
        buckets = [{**bucket, "key": key} for key, bucket in buckets.items() if bucket["doc_count"]]
    found = [FacetValue(value=_value(field, one["key"]), count=one["papers"]["value"]) for one in buckets]
    return tuple(sorted(found, key=lambda one: (-one.count, str(one.value))))


def _named(bucket: Mapping[str, Any] | None, counts: str) -> dict[str, int]:
    buckets = bucket[counts]["buckets"] if bucket else ()
    return dict(sorted((one["key"], one["papers"]["value"]) for one in buckets))


def _value(field: FieldName, text: str) -> Value:
    if text == _NONE:
        return None
    return int(text) if field in NUMBER_FIELDS and text != UNDATED else text
