"""Applies filters to the columns: selects documents, passages and tags."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from extractors.document import ThemeStatus
from index.embedded.columns import Columns, Mask, Places, Rows, members
from index.facts import theme_field
from index.fields import NAMED_FIELDS, PASSAGE_FIELDS, TAG_FIELDS, FieldName
from index.filters import THEME_STATUSES, Condition, Filters

_FEW, _FEW_SHARE = 1000, 0.5
"""So many documents, or this share of all, are few."""


@dataclass(frozen=True)
class Selection:
    """Masks of what the filters select: `documents` by place, `passages` by row (None: all of them), `tags` by place.

    `tags` are those that meet every condition on tags, on any passage.
    """

    columns: Columns
    documents: Mask
    passages: Rows | None
    tags: Mask | None

    @cached_property
    def few_documents(self) -> list[int] | None:
        """The numbers of the selected documents, or of those of the selected passages; None where these are many."""
        places = np.flatnonzero(self.documents)
        if self.passages is not None:
            places = np.intersect1d(places, self.columns.places(self.passages)[0])
        if len(places) > min(_FEW, len(self.documents) * _FEW_SHARE):
            return None
        found: list[int] = self.columns.docs[places].tolist()
        return found

    def keeps(self, rows: Rows) -> Mask:
        """Return a mask of the selected ones of the passages."""
        places, there = self.columns.places(rows)
        kept = there & self.documents[places] if len(self.documents) else there
        if self.passages is not None:
            kept &= members(rows, self.passages)
        return kept

    def rows(self) -> Rows:
        """Return the rows of the selected passages, ascending."""
        rows = self.columns.rows if self.passages is None else self.passages
        return rows[self.keeps(rows)]


def select(columns: Columns, filters: Filters) -> Selection:
    """Return the selection by filters among the documents of one snapshot."""
    documents = np.ones(len(columns.docs), bool)
    passages: Rows | None = None
    for condition in filters.conditions:
        if condition.field not in PASSAGE_FIELDS:
            documents &= _documents(columns, condition)
        elif condition.field not in TAG_FIELDS or condition.negated:
            found = _passages(columns, filters, condition)
            passages = found if passages is None else np.intersect1d(passages, found)
    documents &= columns.open_to(filters.access_classes)
    if not filters.asks_for_tags:
        return Selection(columns, documents, passages, None)
    tags = tag_mask(columns, filters)
    tagged = np.unique(columns.tag_rows[tags])
    return Selection(columns, documents, tagged if passages is None else np.intersect1d(passages, tagged), tags)


def tag_mask(columns: Columns, filters: Filters) -> Mask:
    """Return a mask of the tags that meet every condition on tags, including the status."""
    mask = np.ones(len(columns.tag_positions), bool)
    for condition in filters.of_tags():
        mask &= np.isin(columns.tag_terms(condition.field), _terms(columns, condition))
    return mask


def named_by(columns: Columns, filters: Filters, field: FieldName) -> tuple[Places, Places]:
    """Return the positions of passages and their terms in a field, with the themes that count under these filters."""
    return columns.named(theme_field(filters.theme_statuses) if field == "theme" else field)


def rows_of_theme_status(columns: Columns, filters: Filters, status: ThemeStatus) -> Rows:
    """Return the passages, ascending, that meet every condition on themes with themes of one status."""
    positions, terms = columns.named(theme_field([status]))
    found = np.unique(columns.rows[positions])
    for condition in filters.of_themes():
        met = columns.rows[positions[np.isin(terms, _terms(columns, condition))]]
        found = np.intersect1d(found, met)
    return found


def _documents(columns: Columns, condition: Condition) -> Mask:
    places, terms = columns.facts(condition.field)
    mask = np.zeros(len(columns.docs), bool)
    mask[places[np.isin(terms, _terms(columns, condition))]] = True
    return ~mask if condition.negated else mask


def _passages(columns: Columns, filters: Filters, condition: Condition) -> Rows:
    if condition.field == "theme.status":
        asked = (
            [one for one in THEME_STATUSES if condition.accepts(one)] if condition.negated else filters.theme_statuses
        )
        found = columns.rows[columns.named(theme_field(asked))[0]]
    elif condition.field in NAMED_FIELDS:
        positions, terms = named_by(columns, filters, condition.field)
        found = columns.rows[positions[np.isin(terms, _terms(columns, condition))]]
    else:
        status = next(one for one in filters.of_tags() if one.field == "status")
        counted = np.isin(columns.tag_terms("status"), _terms(columns, status))
        counted &= np.isin(columns.tag_terms(condition.field), _terms(columns, condition))
        found = columns.tag_rows[counted]
    return columns.rows[~members(columns.rows, np.unique(found))] if condition.negated else np.unique(found)


def _terms(columns: Columns, condition: Condition) -> list[int]:
    known = columns.terms.get(condition.field, {})
    found = [term for term, value in known.items() if condition.accepts(value)]
    return [*found, 0] if condition.field in TAG_FIELDS and condition.accepts(None) else found
