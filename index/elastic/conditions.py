"""Compiles filters to Elasticsearch queries; they select the same rows as `index.embedded.selection`."""

from collections.abc import Collection, Iterable
from typing import Any

from extractors.access import UNKNOWN, closing_names
from extractors.document import ThemeStatus
from index.elastic.queries import NOTHING
from index.facts import StoredField, theme_field
from index.fields import NUMBER_FIELDS, TAG_FIELDS, UNDATED
from index.filters import THEME_STATUSES, AccessClasses, Condition, Filters, may_read_all

Body = dict[str, Any]

_CLOSING_NAMES, _CLOSING_COUNT = "closing", "closing_names"
"""Fields of the rows of documents and passages: the access names that a reader needs, and their number."""


def passage_clauses(filters: Filters) -> list[Body]:
    """Return the clauses that every row which passes the filters matches."""
    clauses = [_clause(filters, one) for one in filters.conditions if one.negated or one.field not in TAG_FIELDS]
    clauses += open_to(filters.access_classes)
    if filters.asks_for_tags:
        clauses.append(on_tags(tag_query(filters)))
    return clauses


def closing_fields(access: str | None) -> Body:
    """Return the fields of a row that `open_to` tests, for a document or passage of an access class."""
    names = sorted(closing_names(access))
    return {_CLOSING_NAMES: names, _CLOSING_COUNT: len(names)}


def open_to(held: AccessClasses) -> list[Body]:
    """Return the clauses that a row has to match for a reader to see it, by the rule of `index.filters.may_read`.

    A row without a number of names matches only for readers who may see everything.
    """
    if may_read_all(held):
        return []
    every_name: Body = {"terms": sorted(set(held) - {UNKNOWN}), "minimum_should_match_field": _CLOSING_COUNT}
    return [any_of([{"term": {_CLOSING_COUNT: 0}}, {"terms_set": {_CLOSING_NAMES: every_name}}])]


def tag_query(filters: Filters, *more: Body) -> Body:
    """Return the query for one nested tag: all conditions on tags, including the status."""
    return {"bool": {"filter": [*(_matches(one, "tags.") for one in filters.of_tags()), *more]}}


def on_tags(query: Body) -> Body:
    """Return the query for passages with a tag that matches a query."""
    return {"nested": {"path": "tags", "query": query}}


def none_of(query: Body) -> Body:
    """Return the query for the rows that a query does not match."""
    return {"bool": {"must_not": [query]}}


def any_of(queries: Iterable[Body]) -> Body:
    """Return the query for rows that match at least one of some queries, without a score."""
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}


def mapped(field: StoredField) -> str:
    """Return the name of a field in the cluster, where a dot would make it a sub-field."""
    return field.replace(".", "_")


def shown_field(field: StoredField) -> str:
    """Return the field with the values that facets show; fields of tags are nested."""
    return f"tags.facets.{field}" if field in TAG_FIELDS else f"facets.{mapped(field)}"


def of_theme_status(filters: Filters, status: ThemeStatus) -> Body:
    """Return the query for passages that meet every condition on themes with themes of one status."""
    wanted = [_on_themes(one, [status]) for one in filters.of_themes()]
    return {"bool": {"filter": wanted or [_with_themes([status])]}}


def _clause(filters: Filters, condition: Condition) -> Body:
    if condition.field in TAG_FIELDS:
        status = [_matches(one, "tags.") for one in filters.of_tags() if one.field == "status"]
        query = on_tags({"bool": {"filter": [*status, _matches(condition, "tags.")]}})
    elif condition.field == "theme.status":
        accepted = [one for one in THEME_STATUSES if condition.accepts(one)]
        query = _with_themes(accepted if condition.negated else filters.theme_statuses)
    elif condition.field == "theme":
        query = _on_themes(condition, filters.theme_statuses)
    else:
        query = _matches(condition, "")
    return none_of(query) if condition.negated else query


def _with_themes(statuses: Collection[ThemeStatus]) -> Body:
    """Return the query for passages with a theme of one of some statuses."""
    field = theme_field(statuses)
    return {"exists": {"field": f"filters.{mapped(field)}"}} if field else NOTHING


def _on_themes(condition: Condition, statuses: Collection[ThemeStatus]) -> Body:
    """Return the query for passages with a theme of one of some statuses that meets a condition."""
    field = theme_field(statuses)
    return _matches(condition, "", field) if field else NOTHING


def _matches(condition: Condition, within: str, stored: StoredField | None = None) -> Body:
    """Return the query for a condition, on its own field or another; `negated` is ignored."""
    field = f"{within}filters.{mapped(stored or condition.field)}"
    found: list[Body] = []
    missing: set[str | None] = {UNDATED} if condition.field == "year" else {None}
    if values := sorted(value for value in condition.values - missing if value is not None):
        found.append({"terms": {field: values}})
    if not missing.isdisjoint(condition.values) and condition.field in (*TAG_FIELDS, "year"):
        found.append(none_of({"exists": {"field": field}}))
    for span in condition.ranges:
        ends = {"gte": span.low, "lte": span.high}
        number = condition.field in NUMBER_FIELDS
        found.append({"range": {field: {end: int(value) if number else value for end, value in ends.items() if value}}})
    return found[0] if len(found) == 1 else any_of(found)
