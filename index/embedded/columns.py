"""Field values of the documents of one snapshot as numpy columns, for filters, facets and the matrix."""

import copy
from collections.abc import Collection
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.embedded.judgement_overlay import JudgementOverlay, replace_rows
from index.embedded.store import MOST_PASSAGES, PASSAGE_BITS, Store
from index.facts import NAMED_COLUMNS, THEME_COLUMNS, Fact, StoredField, tag_facts, theme_facts
from index.fields import TAG_COLUMNS, FieldName
from index.filters import AccessClasses, may_read

Rows = NDArray[np.int64]
Places = NDArray[np.int32]
Mask = NDArray[np.bool_]

_TAG_WIDTH = 1 + len(TAG_COLUMNS)
_MOST_GAPS = 8
"""Numbers for each document in a table of their places: those of documents that are gone stay empty."""


class Columns:
    """The field values of the documents at one write, with judgements applied.

    `docs`, `papers` and `passages` are `(documents,) int64`: each document's number (ascending), its paper
    (the versions of one paper share it) and how many passages it has; `ids` are their ids in that order.
    Every passage has a position, in the order of `rows`. Terms are the numbers of the distinct values of all fields.
    """

    def __init__(self, store: Store, sequence: int, overlay: JudgementOverlay) -> None:
        self._store, self._overlay = store, overlay
        self.sequence, self.judgements = sequence, overlay.revision
        numbers: list[tuple[int, int, int]] = []
        self.ids: list[str] = []
        facts, counts = bytearray(), []
        for doc, name, paper, passages, blob in store.live(sequence):
            numbers.append((doc, paper, passages))
            self.ids.append(name)
            facts += blob
            counts.append(len(blob) // 4)
        self.docs, self.papers, self.passages = np.array(numbers, np.int64).reshape(-1, 3).T.copy()
        self._starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.passages)])
        self._facts = np.frombuffer(facts, "<i4")
        self._fact_places = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        self._facts_of: dict[FieldName, tuple[Rows, Rows]] = {}
        self._open_to: dict[AccessClasses, Mask] = {}

    @cached_property
    def rows(self) -> Rows:
        """The row number of every passage, ascending."""
        rows: Rows = np.arange(self._starts[-1]) + np.repeat(
            (self.docs << PASSAGE_BITS) - self._starts[:-1], self.passages
        )
        return rows

    @cached_property
    def owners(self) -> Places:
        """The place of the document of every passage."""
        return np.repeat(np.arange(len(self.docs), dtype=np.int32), self.passages)

    @cached_property
    def id_ranks(self) -> Rows:
        """Each document's rank among the ids, which breaks ties."""
        ranks: Rows = np.empty(len(self.ids), np.int64)
        ranks[np.argsort(np.array(self.ids, str), kind="stable")] = np.arange(len(self.ids))
        return ranks

    @cached_property
    def passage_ranks(self) -> Rows:
        """The rank of each document's first passage among those of all documents in the order of their ids."""
        in_order = np.argsort(self.id_ranks)
        ranks: Rows = np.empty(len(self.ids), np.int64)
        ranks[in_order] = np.cumsum(self.passages[in_order]) - self.passages[in_order]
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

    def open_to(self, held: AccessClasses) -> Mask:
        """Return a mask of the documents that a reader with these access classes may see; always the same array."""
        if held not in self._open_to:
            places, terms = self.facts("access")
            closed = [term for term, value in self.terms.get("access", {}).items() if not may_read(value, held)]
            mask = np.ones(len(self.docs), bool)
            mask[places[np.isin(terms, closed)]] = False
            self._open_to[held] = mask
        return self._open_to[held]

    def places(self, rows: Rows) -> tuple[Rows, Mask]:
        """Return the place of each passage's document among `docs`, and whether it exists."""
        return self.documents(rows >> PASSAGE_BITS)

    def documents(self, docs: Rows) -> tuple[Rows, Mask]:
        """Return the place of each document among `docs`, and whether it exists."""
        if not len(self.docs):
            return np.zeros(len(docs), np.int64), np.zeros(len(docs), bool)
        if self._place_of is None:
            found = np.minimum(np.searchsorted(self.docs, docs), len(self.docs) - 1)
        else:
            found = self._place_of[np.clip(docs - self.docs[0], 0, len(self._place_of) - 1)]
        return found, self.docs[found] == docs

    def positions(self, rows: Rows) -> Rows:
        """Return the position of each passage; their documents have to exist."""
        found: Rows = self._starts[self.places(rows)[0]] + rows % MOST_PASSAGES
        return found

    def mask(self, rows: Rows) -> Mask:
        """Return a mask by position of the given passages; their documents have to exist."""
        return self.at(self.positions(rows))

    def at(self, positions: Rows | Places) -> Mask:
        """Return a mask by position from positions."""
        found = np.zeros(self._starts[-1], bool)
        found[positions] = True
        return found

    @cached_property
    def _place_of(self) -> Rows | None:
        """The place of each document by its number minus the first number; None where the numbers are sparse."""
        span = int(self.docs[-1] - self.docs[0]) + 1
        if span > _MOST_GAPS * len(self.docs):
            return None
        found: Rows = np.zeros(span, np.int64)
        found[self.docs - self.docs[0]] = np.arange(len(self.docs))
        return found

    def with_judgements(self) -> Self:
        """Return the same documents with the current judgements."""
        again = copy.copy(self)
        again.judgements = self._overlay.revision
        for name in ("terms", "_numbers", "_tags", "tag_rows", "_themes"):
            again.__dict__.pop(name, None)
        return again

    @cached_property
    def terms(self) -> dict[StoredField, dict[int, str]]:
        """The values of every field by number: the stored ones, then those that only judgements add.

        The themes of every status have numbers as themes, too.
        """
        found: dict[StoredField, dict[int, str]] = {}
        last = 0
        for term, field, value in self._store.terms():
            found.setdefault(field, {})[term] = value
            last = max(last, term)
        brought: set[Fact] = {("theme", value) for value in found.get("theme.suggested", {}).values()}
        brought.update(self._overlay.values() if self.judgements.last else ())
        for field, value in sorted(brought):
            values = found.setdefault(field, {})
            if value not in values.values():
                last += 1
                values[last] = value
        return found

    def facts(self, field: FieldName) -> tuple[Rows, Rows]:
        """Return the places of documents and their terms in a field, as pairs."""
        if field not in self._facts_of:
            kept = _among(self._facts, self.terms.get(field, ()))
            self._facts_of[field] = self._fact_places[kept].astype(np.int64), self._facts[kept].astype(np.int64)
        return self._facts_of[field]

    def named(self, field: StoredField | None) -> tuple[Places, Places]:
        """Return the positions of passages and their terms in a field, as pairs; without a field there are none.

        Suggested themes have the terms of the field `theme`.
        """
        if field is None:
            return np.zeros(0, np.int32), np.zeros(0, np.int32)
        named, _ = self._stored_tags
        if field == "theme.any":
            both = [self.named("theme"), self.named("theme.suggested")]
            positions, terms = (np.concatenate(pair) for pair in zip(*both, strict=True))
            return positions, terms
        positions, terms = self._themes.get(field) or named[field]
        return (positions, self._as_themes(terms)) if field == "theme.suggested" else (positions, terms)

    @cached_property
    def _themes(self) -> dict[StoredField, tuple[Places, Places]]:
        """The themes of passages by field with judgements applied; empty where judgements change none."""
        positions, new = [], []
        for place in self._overlay.documents(self.ids) if self.judgements.last else ():
            for passage, themes in self._overlay.laid(self.ids[place], int(self.docs[place])).themes.items():
                positions.append(int(self._starts[place]) + passage)
                new += [(field, positions[-1], self._numbers[field, value]) for field, value in theme_facts(themes)]
        if not positions:
            return {}
        found: dict[StoredField, tuple[Places, Places]] = {}
        for field in THEME_COLUMNS:
            own = [row for name, *row in new if name == field]
            stored = np.stack(self._stored_tags[0][field], axis=1)
            table = replace_rows(stored, np.array(positions, np.int32), np.array(own, np.int32).reshape(-1, 2))
            found[field] = table[:, 0], table[:, 1]
        return found

    @cached_property
    def _numbers(self) -> dict[Fact, int]:
        return {(field, value): term for field, terms in self.terms.items() for term, value in terms.items()}

    def _as_themes(self, suggested: Places) -> Places:
        """Return the terms of suggested themes as those of the field `theme`."""
        if not len(suggested):
            return suggested
        numbers = {value: term for term, value in self.terms["theme"].items()}
        table = np.zeros(int(suggested.max()) + 1, np.int32)
        for term, value in self.terms["theme.suggested"].items():
            if term < len(table):
                table[term] = numbers[value]
        found: Places = table[suggested]
        return found

    @property
    def tag_positions(self) -> Places:
        """The position of each tag's passage, ascending."""
        return self._tags[:, 0]

    @cached_property
    def tag_rows(self) -> Rows:
        """The row of each tag's passage, ascending."""
        return self.rows[self.tag_positions]

    def tag_terms(self, field: FieldName) -> Places:
        """Return the term of each tag in a field of tags; 0 where it has none."""
        column: Places = self._tags[:, 1 + TAG_COLUMNS.index(field)]
        return column

    @cached_property
    def _tags(self) -> Places:
        _, tags = self._stored_tags
        changed = self._overlay.documents(self.ids) if self.judgements.last else []
        if not changed:
            return tags
        numbers = self._numbers
        positions, new = [], []
        for place in changed:
            for passage, tags_left in self._overlay.laid(self.ids[place], int(self.docs[place])).tags.items():
                positions.append(int(self._starts[place]) + passage)
                new += [
                    [positions[-1], *(numbers[fact] if fact else 0 for fact in tag_facts(tag))] for tag in tags_left
                ]
        return replace_rows(tags, np.array(positions, np.int32), np.array(new, np.int32).reshape(-1, _TAG_WIDTH))

    @cached_property
    def _stored_tags(self) -> tuple[dict[StoredField, tuple[Places, Places]], Places]:
        """The terms of passages by field, and their tags: position, and a term for each field."""
        starts = dict(zip(self.docs.tolist(), self._starts.tolist(), strict=False))
        named, tags = _Table(2), _Table(_TAG_WIDTH)
        for doc, named_blob, tag_blob in self._store.tag_columns(self.sequence):
            named.add(starts[doc], named_blob)
            tags.add(starts[doc], tag_blob)
        every = named.rows()
        by_field: dict[StoredField, tuple[Places, Places]] = {}
        for field in NAMED_COLUMNS:
            kept = _among(every[:, 1], self.terms.get(field, ()))
            by_field[field] = every[kept, 0], every[kept, 1]
        return by_field, tags.rows()


class _Table:
    """Rows of numbers whose first column is the position of a passage, document by document.

    All rows are kept in one buffer: Python objects would take several times the memory.
    """

    def __init__(self, width: int) -> None:
        self._width, self._numbers = width, bytearray()
        self._starts: list[int] = []
        self._counts: list[int] = []

    def add(self, start: int, numbers: bytes) -> None:
        """Add the rows of a document whose first passage has this position."""
        self._numbers += numbers
        self._starts.append(start)
        self._counts.append(len(numbers) // 4 // self._width)

    def rows(self) -> Places:
        """Return all rows."""
        table = np.frombuffer(self._numbers, "<i4").reshape(-1, self._width)
        table[:, 0] += np.repeat(np.array(self._starts, np.int32), self._counts)
        return table


def members(values: Rows, of: Rows) -> Mask:
    """Return a mask of the values that are among the given ascending ones."""
    if not len(of):
        return np.zeros(len(values), bool)
    found: Mask = of[np.minimum(np.searchsorted(of, values), len(of) - 1)] == values
    return found


def _among(terms: NDArray[np.int32], wanted: Collection[int]) -> Mask:
    """Return a mask of the terms that are among the given ones."""
    chosen = np.fromiter(wanted, np.int64, len(wanted))
    known = np.zeros(1 + max(terms.max(initial=0), chosen.max(initial=0)), bool)
    known[chosen] = True
    return known[terms]
