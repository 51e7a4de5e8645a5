"""The documents of one moment as columns of numbers: what filters, facets and the matrix are computed on."""

import copy
from collections.abc import Iterable
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.embedded.labelled import Labelled, replace_rows
from index.embedded.store import PASSAGE_BITS, Store
from index.facts import TAG_COLUMNS, tag_facts
from index.filters import FieldName

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

_TAG_WIDTH = 1 + len(TAG_COLUMNS)


class Columns:
    """The documents as they were at one write, with the labels up to one.

    `docs`, `papers` and `passages` are `(documents,) int64`: each document's number (ascending), its paper
    (the versions of one paper share it) and how many passages it has; `ids` are their ids in that order.
    Terms are the numbers of the distinct values of all fields.
    """

    def __init__(self, store: Store, sequence: int, labelled: Labelled) -> None:
        self._store, self._labelled = store, labelled
        self.sequence, self.last_label = sequence, labelled.last
        live = store.live(sequence)
        self.docs = _column(doc for doc, *_ in live)
        self.ids = [name for _, name, *_ in live]
        self.papers = _column(paper for _, _, paper, *_ in live)
        self.passages = _column(count for *_, count, _ in live)
        blobs = [facts for *_, facts in live]
        self._facts = np.frombuffer(b"".join(blobs), "<i4")
        self._fact_places = np.repeat(np.arange(len(live)), [len(blob) // 4 for blob in blobs])

    @cached_property
    def rows(self) -> Rows:
        """The row number of every passage, ascending."""
        within = np.arange(self.passages.sum()) - np.repeat(np.cumsum(self.passages) - self.passages, self.passages)
        rows: Rows = np.repeat(self.docs << PASSAGE_BITS, self.passages) + within
        return rows

    @cached_property
    def id_ranks(self) -> Rows:
        """Each document's rank among the ids: the order of documents that are equal otherwise."""
        ranks: Rows = np.empty(len(self.ids), np.int64)
        ranks[np.argsort(np.array(self.ids, dtype=object), kind="stable")] = np.arange(len(self.ids))
        return ranks

    @cached_property
    def date_ranks(self) -> Rows:
        """Each document's rank among the dates, the newest highest; 0 without a date."""
        ranks: Rows = np.zeros(len(self.docs), np.int64)
        places, terms = self.facts("date")
        dates = self.terms.get("date", {})
        rank = {term: place for place, term in enumerate(sorted(dates, key=dates.__getitem__), 1)}
        ranks[places] = [rank[term] for term in terms.tolist()]
        return ranks

    def places(self, rows: Rows) -> tuple[Rows, Mask]:
        """Return the place of each passage's document among `docs`, and whether it is there at all."""
        return self.documents(rows >> PASSAGE_BITS)

    def documents(self, docs: Rows) -> tuple[Rows, Mask]:
        """Return the place of each document among `docs`, and whether it is there at all."""
        if not len(self.docs):
            return np.zeros(len(docs), np.int64), np.zeros(len(docs), bool)
        found = np.minimum(np.searchsorted(self.docs, docs), len(self.docs) - 1)
        return found, self.docs[found] == docs

    def relabelled(self) -> Self:
        """Return the same documents with the labels that are known now."""
        again = copy.copy(self)
        again.last_label = self._labelled.last
        for name in ("terms", "_tag_columns"):
            again.__dict__.pop(name, None)
        return again

    @cached_property
    def terms(self) -> dict[FieldName, dict[int, str]]:
        """The values of every field by number, those that only labels bring after the stored ones."""
        found: dict[FieldName, dict[int, str]] = {}
        last = 0
        for term, field, value in self._store.terms():
            found.setdefault(field, {})[term] = value
            last = max(last, term)
        brought = sorted(self._labelled.values()) if self.last_label else []
        for field, value in brought:
            values = found.setdefault(field, {})
            if value not in values.values():
                last += 1
                values[last] = value
        return found

    def facts(self, field: FieldName) -> tuple[Rows, Rows]:
        """Return the places of documents and the terms that they have in a field, pair by pair."""
        kept = np.isin(self._facts, _column(self.terms.get(field, {})))
        return self._fact_places[kept], self._facts[kept].astype(np.int64)

    def named(self, field: FieldName) -> tuple[Rows, Rows]:
        """Return the rows of passages and the terms of a field that they name, pair by pair, rows ascending."""
        named, _ = self._tag_columns
        kept = named[np.isin(named[:, 1], _column(self.terms.get(field, {})))]
        return kept[:, 0], kept[:, 1]

    @property
    def tag_rows(self) -> Rows:
        """The row of each tag's passage, ascending."""
        return self._tag_columns[1][:, 0]

    def tag_terms(self, field: FieldName) -> Rows:
        """Return the term of each tag in a field of tags; 0 where it has none."""
        column: Rows = self._tag_columns[1][:, 1 + TAG_COLUMNS.index(field)]
        return column

    @cached_property
    def _tag_columns(self) -> tuple[Rows, Rows]:
        named, tags = self._stored_tags
        places = self._labelled.documents(self.ids) if self.last_label else []
        if not places:
            return named, tags
        numbers = {(field, value): term for field, terms in self.terms.items() for term, value in terms.items()}
        rows, new = [], []
        for place in places:
            doc = int(self.docs[place])
            for passage, labelled in self._labelled.tags(self.ids[place], doc).items():
                rows.append(doc << PASSAGE_BITS | passage)
                new += [[rows[-1], *(numbers[fact] if fact else 0 for fact in tag_facts(tag))] for tag in labelled]
        return named, replace_rows(tags, _column(rows), np.array(new, np.int64).reshape(-1, _TAG_WIDTH))

    @cached_property
    def _stored_tags(self) -> tuple[Rows, Rows]:
        docs, named, tags = [], [], []
        for doc, named_blob, tag_blob in self._store.tag_columns(self.sequence):
            docs.append(doc)
            named.append(named_blob)
            tags.append(tag_blob)
        return _table(docs, named, 2), _table(docs, tags, _TAG_WIDTH)


def members(values: Rows, of: Rows) -> Mask:
    """Return which values are among some ascending ones."""
    if not len(of):
        return np.zeros(len(values), bool)
    found: Mask = of[np.minimum(np.searchsorted(of, values), len(of) - 1)] == values
    return found


def _column(values: Iterable[int]) -> Rows:
    return np.fromiter(values, np.int64)


def _table(docs: list[int], blobs: list[bytes], width: int) -> Rows:
    """Return the numbers of all documents as rows of a table whose first column is the passage's row."""
    table = np.frombuffer(b"".join(blobs), "<i4").reshape(-1, width).astype(np.int64)
    counts = [len(blob) // 4 // width for blob in blobs]
    table[:, 0] += np.repeat(_column(docs) << PASSAGE_BITS, counts)
    return table
