"""The one writer: the truth first, document by document; the derived parts follow in batches."""

import logging
import sys
from collections.abc import Callable, Mapping

import numpy as np

from extractors.document import Document
from index.embedded.changes import Changes
from index.embedded.lock import WriterLock
from index.embedded.store import Store
from index.embedded.text import TextWriter
from index.embedded.vector_files import VectorFiles
from index.filters import AccessClasses
from index.quantised import Quantised
from index.results import Vector

_BATCH = 64
"""Documents between two commits of the text index: a commit costs 100 ms, so one in 64 costs 2 ms each."""

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with the documents done, and all of them."""


class Writer:
    """Changes an index; made by the process that holds the lock, which it gives up on `close`."""

    def __init__(self, store: Store, text: TextWriter, lock: WriterLock, name: str, dimension: int) -> None:
        self._store, self._text, self._lock = store, text, lock
        self._dimension = dimension
        self._changes = Changes(store)
        self._vectors = VectorFiles(store.folder, name, dimension)
        self._pending = 0
        self._has_changed = False
        self._followed: int | None = None
        """The last write that all derived parts are known to have followed."""

    def put(self, document: Document, vectors: Vector, versions: Mapping[str, str]) -> None:
        """Store a document; it is safe when this returns, also where the derived parts fail to follow."""
        wanted = (len(document.passages), self._dimension)
        if vectors.shape != wanted:
            raise ValueError(f"{document.id}: vectors of shape {vectors.shape}, {wanted} are needed")
        self._changes.put(document, Quantised.of(np.asarray(vectors, np.float32)), versions)
        self._changed()

    def remove(self, document_id: str) -> bool:
        """Take a document out; return whether it was there."""
        found = self._changes.remove(document_id)
        self._changed()
        return found

    def rename(self, document_id: str, renamed: Callable[[Document], Document], held: AccessClasses) -> bool:
        """Store a document as a function makes it of what was put; see `Engine.rename`."""
        found = self._store.as_put(document_id, held)
        if found is None:
            return False
        document, vectors, versions = found
        document = renamed(document)
        self._changes.put(document, vectors, versions)
        self._changed()
        return self.remove(document_id) if document.id != document_id else True

    def flush(self) -> None:
        """Bring text index and vector files up to the truth, from wherever they were, and forget the dead."""
        self._pending = 0
        sequence, applied = self._store.sequence(), self._text.applied
        if sequence == applied == self._followed:
            return
        if applied is not None and applied > sequence:
            _log.warning(
                "%s: the store was replaced by an older one; the text index and the vectors are rebuilt",
                self._store.folder,
            )
            self.rebuild()
            return
        try:
            if applied is None:
                self._text.clear()
            if sequence != applied:
                self._follow(applied or 0, sequence)
            self._make_sure(sequence)
        except BaseException:
            self._text.give_up()
            raise
        self._vectors.follow(self._store)
        self._changes.purge(sequence)
        self._changes.learn_dictionaries(self._text.entries)
        self._followed = sequence

    def rebuild(self, progress: Progress = lambda *_: None) -> None:
        """Rebuild text index, spellings and vector files from the primary store, whatever state they are in."""
        sequence = self._store.sequence()
        try:
            self._text.clear()
            self._add(0, sequence, progress)
        except BaseException:
            self._text.give_up()
            raise
        self._vectors.write(self._store)
        self._changes.purge(sequence)

    def close(self) -> None:
        """Give up the lock; `flush` comes before it."""
        try:
            if self._may_gather() and self._text.is_fragmented:
                self._gather()
            self._text.close()
        finally:
            self._lock.release()

    def _may_gather(self) -> bool:
        """Whether this writer changed something, and all went well: nobody waits after an error or an interrupt."""
        return self._has_changed and sys.exc_info()[0] is None and self._text.applied == self._store.sequence()

    def _gather(self) -> None:
        """Make the text index again in few segments; where that fails, it stays as it is."""
        _log.info("%s: the text index is merged, so that searches take less time", self._store.folder)
        try:
            self._text.clear()
            self._add(0, self._store.sequence())
        except OSError as error:
            self._text.give_up()
            _log.warning("%s: the text index stays in many parts: %s", self._store.folder, error)
        except BaseException:
            self._text.give_up()
            raise

    def _changed(self) -> None:
        self._has_changed = True
        self._pending += 1
        if self._pending >= _BATCH:
            self.flush()

    def _follow(self, applied: int, sequence: int) -> None:
        for doc in self._store.died(applied):
            self._text.delete(doc)
        self._add(applied, sequence)

    def _make_sure(self, sequence: int) -> None:
        """Make the text index again where it does not hold as many passages as the truth."""
        _, _, passages = self._store.totals()
        found = self._text.entries
        if found != passages:
            _log.warning("%s: %d passages in the text index, not %d: rebuilt", self._store.folder, found, passages)
            self._text.clear()
            self._add(0, sequence)

    def _add(self, applied: int, sequence: int, progress: Progress = lambda *_: None) -> None:
        spellings: set[tuple[str, str, str, str]] = set()
        docs = self._store.born(applied)
        for done, doc in enumerate(docs, 1):
            access = self._store.access_of(doc) or ""
            spellings |= {(*one, access) for one in self._text.add(doc, self._store.texts(doc))}
            progress(done, len(docs))
        self._changes.learn_spellings(sorted(spellings), anew=not applied)
        self._text.commit(sequence)
