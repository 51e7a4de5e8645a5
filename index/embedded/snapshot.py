"""Snapshots of the index that are consistent over primary store, text index and vectors."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np

from configs.system.errors import UnavailableError
from index.embedded.columns import Columns, Mask, Rows, members
from index.embedded.judgement_overlay import JudgementOverlay
from index.embedded.nearest import PassageSelection, nearest
from index.embedded.selection import Selection
from index.embedded.store import Store
from index.embedded.text import Matches, TextIndex
from index.embedded.vector_files import VectorFiles
from index.embedded.vectors import VectorPart, part_of
from index.ranking.centring import SAMPLED, Centring
from index.results import Vector

_ATTEMPTS = 50
"""A reader looks again where a writer committed between its two looks; it would need one every time."""


class Located(NamedTuple):
    """A part of the vectors, the places of its documents in the columns, and the mask of its current documents."""

    part: VectorPart
    places: Rows
    there: Mask

    @property
    def passages(self) -> int:
        """The number of passages of current documents."""
        return int(self.part.counts[self.there].sum())

    def wanted(self, selection: Selection, rows: Rows | None) -> PassageSelection:
        """Return the passages whose documents are selected; where rows are given, only those among them."""
        documents = self.there & selection.documents[self.places] if len(self.places) else self.there
        if rows is not None:
            return PassageSelection(self.part, self.part.located(rows, documents)[1])
        held, kept = int(self.part.starts[-1]), int(self.part.counts[documents].sum())
        if kept > held / 2:
            return PassageSelection(self.part, self.part.of_documents(np.flatnonzero(~documents)), but_not=True)
        return PassageSelection(self.part, self.part.of_documents(np.flatnonzero(documents)))


class Snapshot:
    """The documents at one write."""

    def __init__(self, store: Store, columns: Columns, files: VectorFiles, dimension: int) -> None:
        self._store, self._files, self._dimension = store, files, dimension
        self.columns = columns
        self._offset: Vector | None = None

    def damaged_files(self) -> list[str]:
        """Return the names of the damaged vector files."""
        return self._files.damaged()

    def with_judgements(self) -> Self:
        """Return the same snapshot with the current judgements."""
        again = copy.copy(self)
        again.columns = self.columns.with_judgements()
        return again

    @cached_property
    def vectors(self) -> tuple[Located, ...]:
        """The vectors of the files, and those that the files lack yet, each document once."""
        large, small = self._files.open()
        held = np.union1d(large.docs, small.docs)
        missing = self.columns.docs[~members(self.columns.docs, held)]
        rest = part_of(self._store.vectors(missing.tolist()), self._dimension)
        found = [Located(part, *self.columns.documents(part.docs)) for part in (large, small, rest)]
        found[1] = found[1]._replace(there=found[1].there & ~members(small.docs, large.docs))
        return tuple(found)

    def offset(self, centring: Centring) -> Vector:
        """Return the offset of the passages from the centres of their languages, computed once for each snapshot."""
        if self._offset is None:
            self._offset = centring.offset(*self._sample)
        return self._offset

    @cached_property
    def centre(self) -> Vector:
        """The mean vector of a systematic sample of passages."""
        return self._sample[0].mean(axis=0) if len(self._sample[0]) else np.zeros(self._dimension, np.float32)

    def vectors_of(self, rows: Rows) -> Vector:
        """Return the vectors of passages `(n, dimension)`; their documents have to be in the snapshot."""
        found = np.empty((len(rows), self._dimension), np.float32)
        for one in self.vectors:
            held, positions = one.part.located(rows, one.there)
            found[held] = one.part.vectors.floats(positions)
        return found

    def scores(self, rows: Rows, query: Vector) -> Vector:
        """Return the dot products of a vector with those of passages, whose documents have to be in the snapshot."""
        found = np.empty(len(rows), np.float32)
        for one in self.vectors:
            held, positions = one.part.located(rows, one.there)
            found[held] = one.part.vectors.scores(query, positions)
        return found

    @cached_property
    def _sample(self) -> tuple[Vector, list[str]]:
        """The vectors of a systematic sample of passages, and the languages of their documents."""
        places, terms = self.columns.facts("language")
        languages = dict(zip(places.tolist(), terms.tolist(), strict=True))
        names = self.columns.terms.get("language", {})
        step = max(1, -(-sum(one.passages for one in self.vectors) // SAMPLED))
        vectors, found = [np.empty((0, self._dimension), np.float32)], []
        for one in self.vectors:
            held = np.flatnonzero(one.there)
            ends = np.cumsum(one.part.counts[held])
            numbers = np.arange(0, one.passages, step)
            owners = np.searchsorted(ends, numbers, side="right")
            positions = one.part.starts[held[owners] + 1] - ends[owners] + numbers
            vectors.append(one.part.vectors.floats(positions))
            found += [names.get(languages.get(place, 0), "") for place in one.places[held[owners]].tolist()]
        sampled = np.concatenate(vectors)
        kept = np.any(sampled, axis=1)  # passages that are found by word alone have zeros
        return sampled[kept], [language for language, is_kept in zip(found, kept, strict=True) if is_kept]

    def nearest(self, query: Vector, selection: Selection, allowed: Rows | None, most: int) -> Matches:
        """Return the passages nearest to a vector, in no order, among the selected (and allowed) ones."""
        rows = selection.passages
        if allowed is not None:
            rows = allowed if rows is None else np.intersect1d(rows, allowed)
        return nearest(query, [one.wanted(selection, rows) for one in self.vectors], most)


class SnapshotProvider:
    """Provides the newest snapshot that all parts have reached, with the current judgements."""

    def __init__(self, store: Store, text: TextIndex, overlay: JudgementOverlay, name: str, dimension: int) -> None:
        self._store, self._text, self._dimension = store, text, dimension
        self._overlay = overlay
        self._files = VectorFiles(store.folder, name, dimension)
        self._last: Snapshot | None = None

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """Hold one snapshot for the block.

        The primary store is read first and the text index after it. So the text index is never older than the rows
        that the primary store has purged; where it is newer than the state read, both are read again.
        """
        self._overlay.refresh()
        for _ in range(_ATTEMPTS):
            with self._store.transaction():
                written = self._store.sequence()
                self._text.reload()
                if self._text.applied is None:
                    break
                if self._text.applied <= written:
                    yield self._at(self._text.applied)
                    return
        raise UnavailableError(
            f"{self._store.folder}: the text index is not that of the store",
            "run customs-lens rebuild, or wait for the process that rebuilds it",
        )

    def _at(self, sequence: int) -> Snapshot:
        if self._last is None or self._last.columns.sequence != sequence:
            columns = Columns(self._store, sequence, self._overlay)
            self._last = Snapshot(self._store, columns, self._files, self._dimension)
        elif self._last.columns.judgements != self._overlay.revision:
            self._last = self._last.with_judgements()
        return self._last
