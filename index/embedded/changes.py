"""Changes of the primary store: one document, one transaction."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from extractors.document import Document, Passage
from index.embedded.packing import KINDS, Kind
from index.embedded.store import MOST_PASSAGES, PASSAGE_BITS, Store, rows_of
from index.facts import Fact, document_facts, passage_facts, tag_facts
from index.links import without_links
from index.quantised import Quantised
from index.versions import symbol_forms

_SAMPLED = 200
"""Passages that a dictionary is learnt from; they are more than it takes."""


class Changes:
    """Writes to a store; whoever makes it holds the writer's lock."""

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
            self._terms.clear()  # some may have been rolled back
            raise

    def remove(self, document_id: str) -> bool:
        """Take a document out; return whether it was there."""
        with self._store.transaction("IMMEDIATE"):
            return self._bury(document_id, self._next_sequence())

    def learn_spellings(self, spellings: Collection[tuple[str, str, str, str]], *, anew: bool) -> None:
        """Store `(language, plain term, term, access class)`; `anew`: and delete all others."""
        if not spellings and not anew:
            return
        with self._store.transaction("IMMEDIATE"):
            if anew:
                self._connection.execute("DELETE FROM spellings")
            self._many("INSERT OR IGNORE INTO spellings VALUES (?, ?, ?, ?)", spellings)

    def purge(self, sequence: int) -> None:
        """Delete the states that were superseded up to a write which every derived part has followed."""
        rows = self._connection.execute("SELECT doc FROM documents WHERE died <= ?", (sequence,))
        if not (dead := [doc for (doc,) in rows]):
            return
        with self._store.transaction("IMMEDIATE"):
            for table in ("symbols", "headers", "contents", "tags", "vectors", "documents"):
                self._many(f"DELETE FROM {table} WHERE doc = ?", ((doc,) for doc in dead))  # noqa: S608 - own names
            self._many("DELETE FROM passages WHERE row BETWEEN ? AND ?", (rows_of(doc) for doc in dead))

    def _put(self, document: Document, vectors: Quantised, versions: Mapping[str, str]) -> None:
        sequence = self._next_sequence()
        self._bury(document.id, sequence)
        facts = [self._term(fact) for fact in dict.fromkeys(document_facts(document))]
        doc = self._insert(
            "documents (id, source, language, paper, passages, facts, versions, born)",
            document.id,
            document.source,
            document.language,
            self._paper(document.key),
            len(document.passages),
            _numbers(facts),
            json.dumps(dict(versions)),
            sequence,
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

    def learn_dictionaries(self, passages: int) -> None:
        """Learn from the passages, of which there are so many, how to pack those to come, if that is due."""
        packing = self._store.packing
        if not packing.is_due(passages):
            return
        with self._store.transaction("IMMEDIATE"):
            sampled = self._store.sampled(_SAMPLED)
            for kind, samples in zip(KINDS, zip(*sampled, strict=True), strict=True):
                packing.learn(kind, samples, passages)

    def _next_sequence(self) -> int:
        self._connection.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'sequence'")
        return self._store.sequence()

    def _bury(self, document_id: str, sequence: int) -> bool:
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
