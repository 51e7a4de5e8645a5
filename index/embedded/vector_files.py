"""The two vector files of an index: a large one, and a small one with the documents added since.

Both are derived from the primary store and may lag behind it: documents that neither holds are read from there, and
deleted documents stay in a file, ignored, until it is rewritten. The small file is rewritten after some thousand new
passages; the large one when the passages of the small file and the deleted ones are one in twenty of its own.
"""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from index.embedded.store import Store
from index.embedded.vectors import Rows, VectorPart, is_sound, open_file, write_file
from index.quantised import Quantised

LARGE, SMALL = "vectors.bin", "vectors-recent.bin"

_LAG_ROWS = 1024
"""Passages that may be in no file: read from the primary store in a few milliseconds."""
_SMALL_ROWS = 4096
"""Passages in the small file or gone, at which the large file is written again …"""
_SMALL_SHARE = 0.05
"""… or this share of a large one's, so that each passage is written about twenty times at most."""

_log = logging.getLogger(__name__)


class _Opened(NamedTuple):
    state: tuple[int, int] | None
    part: VectorPart


class VectorFiles:
    """The vector files of the index called `name`."""

    def __init__(self, folder: Path, name: str, dimension: int) -> None:
        self._folder, self._name, self._dimension = folder, name, dimension
        self._opened: dict[str, _Opened] = {}

    def open(self) -> tuple[VectorPart, VectorPart]:
        """Return the current parts; a document may be in both files while a writer changes them."""
        return self._open(LARGE), self._open(SMALL)

    def follow(self, store: Store) -> None:
        """Rewrite files that lag too far behind the primary store; both where one is foreign, truncated or outdated.

        Vectors are not copied from a file that is damaged otherwise: the copy would contain the damage under a valid
        checksum.
        """
        if not all(self._is_sound(file, whole=False) for file in (LARGE, SMALL)):
            self.write(store)
            return
        docs, counts = store.sizes()
        large, small = self.open()
        is_fresh = ~np.isin(docs, large.docs)
        gone = int(large.counts[~np.isin(large.docs, docs)].sum())
        held = int(large.starts[-1])
        if counts[is_fresh].sum() + gone > max(_SMALL_ROWS, _SMALL_SHARE * held):
            self._write(LARGE, _by_number(docs, counts), store, self._sound(LARGE, SMALL))
            self._write(SMALL, {}, store, ())
        elif counts[is_fresh & ~np.isin(docs, small.docs)].sum() > _LAG_ROWS:
            self._write(SMALL, _by_number(docs[is_fresh], counts[is_fresh]), store, self._sound(SMALL))

    def write(self, store: Store) -> None:
        """Rewrite all vectors from the primary store, whatever the files contain."""
        self._write(LARGE, _by_number(*store.sizes()), store, ())
        self._write(SMALL, {}, store, ())

    def damaged(self) -> list[str]:
        """Return the names of the files that are damaged or of another index; each is read whole."""
        return [file for file in (LARGE, SMALL) if not self._is_sound(file)]

    def _sound(self, *files: str) -> list[VectorPart]:
        return [self._open(file) for file in files if self._is_sound(file)]

    def _is_sound(self, file: str, *, whole: bool = True) -> bool:
        return is_sound(self._folder / file, self._name, self._dimension, whole=whole)

    def _open(self, file: str) -> VectorPart:
        path = self._folder / file
        state = _state(path)
        known = self._opened.get(file)
        if known is None or known.state != state:
            known = self._opened[file] = _Opened(state, open_file(path, self._name, self._dimension))
        return known.part

    def _write(self, file: str, counts: dict[int, int], store: Store, held: Iterable[VectorPart]) -> None:
        _log.debug("%s: written again with %d documents", self._folder / file, len(counts))
        vectors = _vectors(list(counts), held, store)
        write_file(self._folder / file, self._name, self._dimension, counts, vectors)


def _by_number(docs: Rows, counts: Rows) -> dict[int, int]:
    return dict(zip(docs.tolist(), counts.tolist(), strict=True))


def _vectors(docs: Iterable[int], parts: Iterable[VectorPart], store: Store) -> Iterator[Quantised]:
    """Yield the vectors of documents: from a file where one holds them, else from the primary store."""
    held = [(part, {doc: place for place, doc in enumerate(part.docs.tolist())}) for part in parts]
    for doc in docs:
        found = next(((part, places[doc]) for part, places in held if doc in places), None)
        if found:
            part, place = found
            yield part.document(place)
        else:
            yield from (vectors for _, vectors in store.vectors([doc]))


def _state(path: Path) -> tuple[int, int] | None:
    """Return a value that differs for every file that gets this name; None where there is no file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns
