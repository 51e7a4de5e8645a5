"""Writes documents: to the primary store one by one, to the derived parts in batches.

Each change of the primary store is one document and one transaction.
"""

import json
import logging
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import numpy as np

from configs.system.sqlite.lock import WriterLock
from extractors.document import Document, Passage
from index.embedded.checksums import checksum_of, document_checksum, seal_meta
from index.embedded.packing import KINDS, Kind
from index.embedded.store import MOST_PASSAGES, PASSAGE_BITS, Store, rows_of
from index.embedded.text import TextWriter
from index.embedded.vector_files import VectorFiles
from index.facts import Fact, document_facts, passage_facts, tag_facts
from index.filters import AccessClasses
from index.links import without_links
from index.quantised import Quantised
from index.results import Vector
from index.versions import symbol_forms

_BATCH = 64
"""Documents between two commits of the text index: a commit costs 100 ms, so one in 64 costs 2 ms each."""

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with the documents done, and all of them."""

_SAMPLED = 200
"""Passages that a dictionary is learnt from; they are more than it takes."""


class Writer:
    """Changes an index; the process that creates it holds the lock, which `close` releases."""

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
        """Store a document; it is durable when this returns, also where the update of derived parts fails."""
        wanted = (len(document.passages), self._dimension)
        if vectors.shape != wanted:
            raise ValueError(f"{document.id}: vectors of shape {vectors.shape}, {wanted} are needed")
        self._changes.put(document, Quantised.of(np.asarray(vectors, np.float32)), versions)
        self._count_change()

    def remove(self, document_id: str) -> bool:
        """Take a document out; return whether it was there."""
        found = self._changes.remove(document_id)
        self._count_change()
        return found

    def revise(self, document_id: str, revised: Callable[[Document], Document], held: AccessClasses) -> bool:
        """Store a document as a function makes it of what was put; see `Engine.revise`."""
        found = self._store.as_put(document_id, held)
        if found is None:
            return False
        document, vectors, versions = found
        self._changes.put(revised(document), vectors, versions)
        self._count_change()
        return True

    def flush(self) -> None:
        """Update text index and vector files from the primary store, and purge deleted rows."""
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
                self._apply_writes(applied or 0, sequence)
            self._verify_count(sequence)
        except BaseException:
            self._text.rollback()
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
            self._text.rollback()
            raise
        self._vectors.write(self._store)
        self._changes.purge(sequence)

    def close(self) -> None:
        """Release the lock; call `flush` before it."""
        try:
            if self._may_merge() and self._text.is_fragmented:
                self._merge_segments()
            self._text.close()
        finally:
            self._lock.release()

    def _may_merge(self) -> bool:
        """Whether this writer made changes without an error: after one, or an interrupt, nobody waits for a merge."""
        return self._has_changed and sys.exc_info()[0] is None and self._text.applied == self._store.sequence()

    def _merge_segments(self) -> None:
        """Rebuild the text index in few segments; where that fails, it stays as it is."""
        _log.info("%s: the text index is merged, so that searches take less time", self._store.folder)
        try:
            self._text.clear()
            self._add(0, self._store.sequence())
        except OSError as error:
            self._text.rollback()
            _log.warning("%s: the text index stays in many parts: %s", self._store.folder, error)
        except BaseException:
            self._text.rollback()
            raise

    def _count_change(self) -> None:
        self._has_changed = True
        self._pending += 1
        if self._pending >= _BATCH:
            self.flush()

    def _apply_writes(self, applied: int, sequence: int) -> None:
        for doc in self._store.deleted_after(applied):
            self._text.delete(doc)
        self._add(applied, sequence)

    def _verify_count(self, sequence: int) -> None:
        """Rebuild the text index where it does not hold as many passages as the primary store."""
        _, _, passages = self._store.totals()
        found = self._text.entries
        if found != passages:
            _log.warning("%s: %d passages in the text index, not %d: rebuilt", self._store.folder, found, passages)
            self._text.clear()
            self._add(0, sequence)

    def _add(self, applied: int, sequence: int, progress: Progress = lambda *_: None) -> None:
        spellings: set[tuple[str, str, str, str]] = set()
        docs = self._store.created_after(applied)
        for done, doc in enumerate(docs, 1):
            access = self._store.access_of(doc) or ""
            spellings |= {(*one, access) for one in self._text.add(doc, self._store.texts(doc))}
            progress(done, len(docs))
        self._changes.learn_spellings(sorted(spellings), replace_all=not applied)
        self._text.commit(sequence)


class Changes:
    """Changes to a store; the caller holds the writer's lock."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection = store.connection
        self._terms: dict[Fact, int] = {}

    def put(self, document: Document, vectors: Quantised, versions: Mapping[str, str]) -> None:
        """Store a document in place of its older state; raises `ValueError` for too many passages."""
        passages = document.passages
        if len(passages) >= MOST_PASSAGES:
            raise ValueError(f"{document.id}: {len(passages)} passages, at most {MOST_PASSAGES - 1} are possible")
        try:
            with self._store.transaction("IMMEDIATE"):
                self._put(document, vectors, versions)
        except BaseException:
            self._terms.clear()  # cached numbers may have been rolled back
            raise

    def remove(self, document_id: str) -> bool:
        """Take a document out; return whether it was there."""
        with self._store.transaction("IMMEDIATE"):
            return self._delete_state(document_id, self._next_sequence())

    def learn_spellings(self, spellings: Collection[tuple[str, str, str, str]], *, replace_all: bool) -> None:
        """Store `(language, plain term, term, access class)`; with `replace_all` delete all others."""
        if not spellings and not replace_all:
            return
        with self._store.transaction("IMMEDIATE"):
            if replace_all:
                self._connection.execute("DELETE FROM spellings")
            rows = ((*one, checksum_of(one)) for one in spellings)
            self._many("INSERT OR IGNORE INTO spellings VALUES (?, ?, ?, ?, ?)", rows)

    def purge(self, sequence: int) -> None:
        """Delete the states that were superseded up to a write which every derived part has reached."""
        rows = self._connection.execute("SELECT doc FROM documents WHERE died <= ?", (sequence,))
        if not (dead := [doc for (doc,) in rows]):
            return
        with self._store.transaction("IMMEDIATE"):
            for table in ("symbols", "headers", "contents", "tags", "vectors", "documents"):
                self._many(f"DELETE FROM {table} WHERE doc = ?", ((doc,) for doc in dead))  # noqa: S608 - own names
            self._many("DELETE FROM passages WHERE row BETWEEN ? AND ?", (rows_of(doc) for doc in dead))

    def delete_states(self, docs: Collection[int]) -> None:
        """Delete states by their numbers as if their documents were removed, whatever their rows contain."""
        with self._store.transaction("IMMEDIATE"):
            died = self._next_sequence()
            self._many("UPDATE documents SET died = ? WHERE doc = ?", ((died, doc) for doc in docs))

    def _put(self, document: Document, vectors: Quantised, versions: Mapping[str, str]) -> None:
        sequence = self._next_sequence()
        self._delete_state(document.id, sequence)
        facts = [self._term(fact) for fact in dict.fromkeys(document_facts(document))]
        doc = self._insert(
            "documents (doc, id, source, language, paper, passages, facts, versions, born, checksum)",
            sequence,
            document.id,
            document.source,
            document.language,
            self._paper(document.key),
            len(document.passages),
            _numbers(facts),
            json.dumps(dict(versions)),
            sequence,
            0,
        )
        forms = symbol_forms(document.symbol) if document.symbol else ()
        self._many("INSERT INTO symbols VALUES (?, ?)", ((form, doc) for form in forms))
        self._insert("headers", doc, self._packed(without_links(document.header())))
        self._insert("contents", doc, self._packed(document.model_dump(mode="json", include={"blocks", "tables"})))
        for place, passage in enumerate(document.passages):
            language = passage.language or document.language
            text = self._store.packing.pack(passage.text.encode(), "text")
            detail = self._packed(passage.model_dump(mode="json", exclude={"text"}), "detail")
            self._insert("passages", doc << PASSAGE_BITS | place, passage.ordinal, language, text, detail)
        self._insert("tags", doc, *self._tag_columns(document.passages))
        self._insert("vectors", doc, vectors.to_bytes())
        checksum = document_checksum(self._connection, doc, rows_of(doc))
        self._connection.execute("UPDATE documents SET checksum = ? WHERE doc = ?", (checksum, doc))

    def learn_dictionaries(self, passages: int) -> None:
        """Build new dictionaries from the stored passages, of which there are so many, if they are due."""
        packing = self._store.packing
        if not packing.is_due(passages):
            return
        with self._store.transaction("IMMEDIATE"):
            sampled = self._store.sampled(_SAMPLED)
            for kind, samples in zip(KINDS, zip(*sampled, strict=True), strict=True):
                packing.learn(kind, samples, passages)

    def _next_sequence(self) -> int:
        self._connection.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'sequence'")
        seal_meta(self._connection)
        return self._store.sequence()

    def _delete_state(self, document_id: str, sequence: int) -> bool:
        change = "UPDATE documents SET died = ? WHERE id = ? AND died IS NULL"
        return self._connection.execute(change, (sequence, document_id)).rowcount > 0

    def _paper(self, key: str) -> int:
        self._many("INSERT OR IGNORE INTO papers (key) VALUES (?)", [(key,)])
        return self._number("SELECT paper FROM papers WHERE key = ?", key)

    def _term(self, fact: Fact) -> int:
        if fact not in self._terms:
            self._many("INSERT OR IGNORE INTO terms (field, value) VALUES (?, ?)", [fact])
            self._terms[fact] = self._number("SELECT term FROM terms WHERE field = ? AND value = ?", *fact)
        return self._terms[fact]

    def _tag_columns(self, passages: Iterable[Passage]) -> tuple[bytes, bytes]:
        named: list[int] = []
        tags: list[int] = []
        for place, passage in enumerate(passages):
            for fact in passage_facts(passage):
                named += (place, self._term(fact))
            for tag in passage.maturity:
                tags += (place, *(self._term(fact) if fact else 0 for fact in tag_facts(tag)))
        return _numbers(named), _numbers(tags)

    def _packed(self, value: object, kind: Kind | None = None) -> bytes:
        data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return self._store.packing.pack(data, kind)

    def _insert(self, target: str, *values: object) -> int:
        places = ", ".join("?" * len(values))
        statement = f"INSERT INTO {target} VALUES ({places})"  # noqa: S608 - names of our own tables
        return int(self._connection.execute(statement, values).lastrowid or 0)

    def _many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._connection.executemany(statement, rows)

    def _number(self, question: str, *values: object) -> int:
        return int(self._connection.execute(question, values).fetchone()[0])


def _numbers(values: Iterable[int]) -> bytes:
    return np.fromiter(values, "<i4").tobytes()
