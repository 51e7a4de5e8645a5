"""One moment of the index, the same in the truth, the text index and the vectors."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from configs.errors import UnavailableError
from index.embedded import vectors
from index.embedded.columns import Columns, Mask, Rows, members
from index.embedded.labelled import Labelled
from index.embedded.quantised import Quantised
from index.embedded.selection import Selection
from index.embedded.store import PASSAGE_BITS, Store
from index.embedded.text import Matches, TextIndex
from index.embedded.vectors import VectorPart
from index.protocol import Vector

_ATTEMPTS = 50
"""A reader looks again where a writer committed between its two looks; it would need one every time."""


class Located(NamedTuple):
    """Vectors, and where their documents stand in the columns."""

    part: VectorPart
    places: tuple[Rows, Mask]


class Snapshot:
    """The documents as they were at one write."""

    def __init__(self, store: Store, columns: Columns, file: Path, name: str, dimension: int) -> None:
        self._store, self._file, self._name, self._dimension = store, file, name, dimension
        self.columns = columns

    def relabelled(self) -> Self:
        """Return the same moment with the labels that are known now."""
        again = copy.copy(self)
        again.columns = self.columns.relabelled()
        return again

    @cached_property
    def vectors(self) -> tuple[Located, Located]:
        """The vectors of the file, and those that it does not hold yet."""
        file = vectors.open_file(self._file, self._name, self._dimension)
        missing = self.columns.docs[~members(self.columns.docs, np.unique(file.docs))]
        parts = (file, _read(self._store, missing, self._dimension))
        located = [Located(part, self.columns.places(part.rows)) for part in parts]
        return located[0], located[1]

    def nearest(self, query: Vector, selection: Selection, allowed: Rows | None, most: int) -> Matches:
        """Return the passages nearest to a vector, best first, of those that are left (and allowed)."""
        wanted = []
        for part, places in self.vectors:
            mask = selection.keeps(part.rows, places)
            wanted.append((part, mask if allowed is None else mask & members(part.rows, allowed)))
        return vectors.nearest(query, wanted, most)


class Snapshots:
    """Gives the newest moment that all parts have reached, with every label that there is then."""

    def __init__(self, store: Store, text: TextIndex, labelled: Labelled, name: str, dimension: int) -> None:
        self._store, self._text, self._name, self._dimension = store, text, name, dimension
        self._labelled = labelled
        self._file = store.folder / vectors.FILE
        self._last: Snapshot | None = None

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """Hold one moment for the block.

        The truth is looked at first and the text index after it. So the text index is never older than what
        the truth has forgotten; where it is newer than the truth's moment, both are looked at again.
        """
        self._labelled.refresh()
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
            "run customs-lens rebuild, or wait for the process that makes it again",
        )

    def _at(self, sequence: int) -> Snapshot:
        if self._last is None or self._last.columns.sequence != sequence:
            columns = Columns(self._store, sequence, self._labelled)
            self._last = Snapshot(self._store, columns, self._file, self._name, self._dimension)
        elif self._last.columns.last_label != self._labelled.last:
            self._last = self._last.relabelled()
        return self._last


def _read(store: Store, docs: Rows, dimension: int) -> VectorPart:
    rows, found = [], []
    for doc, quantised in store.vectors(docs.tolist()):
        rows.append((doc << PASSAGE_BITS) + np.arange(len(quantised.scales)))
        found.append(quantised)
    if not found:
        return vectors.empty_part(dimension)
    values = np.concatenate([one.values for one in found])
    return VectorPart(np.concatenate(rows), Quantised(values, np.concatenate([one.scales for one in found])))
