"""The primary store: documents in SQLite, and all queries on it (`index.embedded.writer` has the changes).

A document's state is a row with a unique number that is never changed or reused. Superseded states stay until every
derived part has been updated (`purge`), so that a reader of an older snapshot still finds them complete.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from configs.system.sqlite.database import FileConnection
from extractors.document import Document, Passage
from index.embedded.packing import Packing
from index.embedded.schema import PAGE_BYTES, no_index
from index.facts import StoredField
from index.filters import AccessClasses, may_read
from index.links import keys_named, with_links
from index.quantised import Quantised
from index.versions import Version

FILE = "truth.sqlite"
PASSAGE_BITS = 20
"""A passage's row number is its document's number, shifted by so many bits, plus its place in the document."""
MOST_PASSAGES = 1 << PASSAGE_BITS
"""Passages that a document may have, and one more."""
_WAIT_SECONDS = 30.0
"""How long a reader waits for a checkpoint, or a writer for a reader that is repairing."""
_MOST_VALUES = 900
"""Values in one question: SQLite may be built to take no more than 999."""
_VERSION = (
    "documents.doc, id, language,"
    " COALESCE((SELECT form FROM symbols WHERE doc = documents.doc ORDER BY LENGTH(form) DESC LIMIT 1), ''), facts"
)
_LIVE = "born <= :at AND (died IS NULL OR died > :at)"


class StoredText(NamedTuple):
    """The text of a passage for the text index."""

    row: int
    language: str | None
    text: str


class StoredDocument(NamedTuple):
    """A state of a document as it was put, without links, with its vectors and the stages' versions."""

    document: Document
    vectors: Quantised
    versions: dict[str, str]


class Store:
    """A connection to the primary store, for one thread at a time; every method is one query or one change."""

    def __init__(self, folder: Path, *, write: bool) -> None:
        self.folder = folder
        path = folder / FILE
        if not write and not path.exists():
            raise no_index(folder)
        mode = "rwc" if write else "rw"
        self.connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=_WAIT_SECONDS,
            factory=FileConnection,
            check_same_thread=False,  # one thread at a time, not always the same one
        )
        if write:
            self.connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("PRAGMA temp_store = MEMORY")
        self.packing = Packing(self.connection)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    @contextmanager
    def transaction(self, kind: str = "DEFERRED") -> Iterator[None]:
        """Run the block in one transaction: a snapshot, or with `IMMEDIATE` a change."""
        self.connection.execute(f"BEGIN {kind}")
        try:
            yield
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def sequence(self) -> int:
        """Return the number of the last write."""
        return int(self._one("SELECT value FROM meta WHERE name = 'sequence'"))

    def live(self, sequence: int) -> Iterator[tuple[int, str, int, int, bytes]]:
        """Yield number, id, paper, passages and facts of the documents as they were at a write, by number."""
        columns = "doc, id, paper, passages, facts"
        question = f"SELECT {columns} FROM documents WHERE {_LIVE} ORDER BY doc"  # noqa: S608 - own names
        yield from self.connection.execute(question, {"at": sequence})

    def sizes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return numbers and passages of the newest states of all documents, by number."""
        rows = self.connection.execute("SELECT doc, passages FROM documents WHERE died IS NULL ORDER BY doc")
        docs, passages = np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, 2).T
        return docs, passages

    def versions(self, held: AccessClasses) -> list[tuple[str, dict[str, str]]]:
        """Return id and stage versions of the newest state of every document that a reader may see."""
        is_open = self._open_to(held)
        rows = self._all("SELECT id, versions, facts FROM documents WHERE died IS NULL ORDER BY id")
        return [(name, json.loads(versions)) for name, versions, facts in rows if is_open(facts)]

    def held(self, document_ids: Collection[str]) -> set[str]:
        """Return the ids, among those given, of documents that are stored."""
        question = "SELECT value FROM json_each(?) CROSS JOIN documents ON documents.id = value AND died IS NULL"
        return {name for (name,) in self.connection.execute(question, (json.dumps(list(document_ids)),))}

    def as_put(self, document_id: str, held: AccessClasses) -> StoredDocument | None:
        """Return the newest state of a document as it was put, where a reader may see it."""
        found = self._all("SELECT doc, facts FROM documents WHERE id = ? AND died IS NULL", document_id)
        return next((self.stored(doc) for doc, facts in found if self._open_to(held)(facts)), None)

    def model_of(self, doc: int) -> str | None:
        """Return the id of the maturity model that a state was tagged with, None where it is unknown."""
        versions = json.loads(self._one("SELECT versions FROM documents WHERE doc = ?", doc))
        return str(versions["model"]) if "model" in versions else None

    def terms(self) -> list[tuple[int, StoredField, str]]:
        """Return number, field and value of every term."""
        return self._all("SELECT term, field, value FROM terms")

    def tag_columns(self, sequence: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield number, field values of passages and tags of the documents as they were at a write, by number."""
        question = f"SELECT doc, named, tags FROM tags JOIN documents USING (doc) WHERE {_LIVE} ORDER BY doc"  # noqa: S608
        yield from self.connection.execute(question, {"at": sequence})

    def created_after(self, after: int) -> list[int]:
        """Return the current document states that were created after a write."""
        return [doc for (doc,) in self._all("SELECT doc FROM documents WHERE born > ? AND died IS NULL", after)]

    def deleted_after(self, after: int) -> list[int]:
        """Return the document states that were superseded or deleted after a write."""
        return [doc for (doc,) in self._all("SELECT doc FROM documents WHERE died > ?", after)]

    def texts(self, doc: int) -> Iterator[StoredText]:
        """Yield the passages' texts of one state."""
        question = "SELECT row, language, text FROM passages WHERE row BETWEEN ? AND ? ORDER BY row"
        for row, language, text in self.connection.execute(question, rows_of(doc)):
            yield StoredText(row, language, self.packing.unpack(text).decode())

    def sampled(self, most: int) -> Iterator[tuple[bytes, bytes]]:
        """Yield text and detail, unpacked, of a sample of passages from the whole index, in no order."""
        docs, counts = self.sizes()
        ends = np.cumsum(counts)
        total = int(counts.sum())
        for wanted in np.random.default_rng(total).permutation(total)[:most].tolist():
            owner = int(np.searchsorted(ends, wanted, side="right"))
            row = (int(docs[owner]) << PASSAGE_BITS) + wanted - int(ends[owner] - counts[owner])
            text, detail = self.connection.execute("SELECT text, detail FROM passages WHERE row = ?", (row,)).fetchone()
            yield self.packing.unpack(text), self.packing.unpack(detail)

    def vectors(self, docs: Iterable[int]) -> Iterator[tuple[int, Quantised]]:
        """Yield number and vectors of states."""
        for doc in docs:
            yield doc, Quantised.from_bytes(self._one("SELECT vectors FROM vectors WHERE doc = ?", doc))

    def header(self, doc: int, held: AccessClasses) -> Document:
        """Return one state without blocks, tables and passages, with links to the current documents.

        Links to documents that a reader with these access classes may not see are left out.
        """
        header = self._unpacked(self._one("SELECT header FROM headers WHERE doc = ?", doc))
        return Document(**with_links(header, self.papers(keys_named([header]), held)))

    def document(self, doc: int, held: AccessClasses) -> Document:
        """Return one state whole; links as in `header`."""
        return self._whole(doc, dict(self.header(doc, held)))

    def stored(self, doc: int) -> StoredDocument:
        """Return one state as it was put."""
        header = self._unpacked(self._one("SELECT header FROM headers WHERE doc = ?", doc))
        _, vectors = next(self.vectors([doc]))
        versions = json.loads(self._one("SELECT versions FROM documents WHERE doc = ?", doc))
        return StoredDocument(self._whole(doc, header), vectors, versions)

    def passage(self, row: int) -> tuple[Passage, str | None]:
        """Return one passage, and the language that it is indexed in."""
        question = "SELECT text, detail, language FROM passages WHERE row = ?"
        text, detail, language = self.connection.execute(question, (row,)).fetchone()
        return Passage(**self._unpacked(detail), text=self.packing.unpack(text).decode()), language

    def around(self, row: int, most: int) -> tuple[Passage, list[Passage]]:
        """Return one passage with at most so many passages of its state before and after it, in order."""
        first, last = rows_of(row >> PASSAGE_BITS)
        question = "SELECT row FROM passages WHERE row BETWEEN ? AND ? ORDER BY row"
        rows = self._all(question, max(first, row - most), min(last, row + most))
        found = {one: self.passage(one)[0] for (one,) in rows}
        return found.pop(row), list(found.values())

    def row_of(self, passage_id: str) -> int | None:
        """Return the row of the newest state of a passage."""
        name, _, ordinal = passage_id.rpartition("-")
        doc = self._maybe("SELECT doc FROM documents WHERE id = ? AND died IS NULL", name)
        if doc is None or not ordinal.isdecimal() or len(ordinal) > len(str(MOST_PASSAGES)):
            return None
        question = "SELECT row FROM passages WHERE row BETWEEN ? AND ? AND ordinal = ?"
        row = self._maybe(question, *rows_of(doc), int(ordinal))
        return None if row is None else int(row)

    def vector(self, row: int) -> NDArray[np.float32]:
        """Return one passage's vector `(dimension,)`."""
        _, quantised = next(self.vectors([row >> PASSAGE_BITS]))
        place = row % MOST_PASSAGES
        vector: NDArray[np.float32] = quantised.values[place].astype(np.float32) * quantised.scales[place]
        return vector

    def paper_of(self, row: int) -> int:
        """Return the number of the paper that a passage belongs to."""
        return int(self._one("SELECT paper FROM documents WHERE doc = ?", row >> PASSAGE_BITS))

    def find(self, held: AccessClasses, *, document_id: str = "", source: str = "", symbol: str = "") -> list[Version]:
        """Return the newest states with this id, source or plain spelling of a symbol, by id.

        Only those that a reader with these access classes may see; so in `papers`.
        """
        question = (
            f"SELECT {_VERSION} FROM documents WHERE died IS NULL"  # noqa: S608 - own names
            " AND (id = ? OR source = ? OR doc IN (SELECT doc FROM symbols WHERE form = ?)) ORDER BY id"
        )
        is_open = self._open_to(held)
        rows = self._all(question, document_id, source, symbol)
        return [Version(*row) for *row, facts in rows if is_open(facts)]

    def papers(self, keys: Collection[str], held: AccessClasses) -> dict[str, list[Version]]:
        """Return the newest states of the papers with these keys; a key that no document has is left out."""
        found: dict[str, list[Version]] = defaultdict(list)
        is_open = self._open_to(held)
        wanted = sorted(keys)
        for start in range(0, len(wanted), _MOST_VALUES):
            part = wanted[start : start + _MOST_VALUES]
            question = (
                f"SELECT key, {_VERSION} FROM papers JOIN documents USING (paper)"  # noqa: S608 - own names
                f" WHERE died IS NULL AND key IN ({', '.join('?' * len(part))}) ORDER BY documents.id"
            )
            for key, *row, facts in self._all(question, *part):
                if is_open(facts):
                    found[key].append(Version(*row))
        return dict(found)

    def documents_of(self, form: str) -> list[int]:
        """Return the states of documents, superseded ones too, whose symbol has this plain spelling."""
        return [doc for (doc,) in self._all("SELECT doc FROM symbols WHERE form = ?", form)]

    def access_of(self, doc: int) -> str | None:
        """Return the access class of one state."""
        found: str | None = self._unpacked(self._one("SELECT header FROM headers WHERE doc = ?", doc))["access"]
        return found

    def spellings(self, held: AccessClasses, language: str, plain: str) -> list[str]:
        """Return the terms of words that have this term without their accents, in papers that a reader may see."""
        question = "SELECT term, access FROM spellings WHERE language = ? AND plain = ?"
        found = self._all(question, language, plain)
        return [term for term, access in found if may_read(access or None, held)]

    def totals(self) -> tuple[int, int, int]:
        """Return how many documents, papers and passages there are now."""
        question = "SELECT COUNT(*), COUNT(DISTINCT paper), SUM(passages) FROM documents WHERE died IS NULL"
        documents, papers, passages = self.connection.execute(question).fetchone()
        return documents, papers, passages or 0

    def _open_to(self, held: AccessClasses) -> Callable[[bytes], bool]:
        """Return a predicate over a document's field values: whether a reader may see it."""
        classes = self._all("SELECT term, value FROM terms WHERE field = 'access'")
        closed = {term for term, value in classes if not may_read(value, held)}
        if not closed:
            return lambda _: True
        return lambda facts: closed.isdisjoint(np.frombuffer(facts, "<i4").tolist())

    def _whole(self, doc: int, header: Mapping[str, Any]) -> Document:
        content = self._unpacked(self._one("SELECT content FROM contents WHERE doc = ?", doc))
        question = "SELECT row FROM passages WHERE row BETWEEN ? AND ? ORDER BY row"
        passages = [self.passage(row)[0] for (row,) in self._all(question, *rows_of(doc))]
        return Document(**{**header, **content, "passages": passages})

    def _unpacked(self, data: bytes) -> Any:  # noqa: ANN401 - plain JSON data
        return json.loads(self.packing.unpack(data))

    def _all(self, question: str, *values: object) -> list[Any]:
        return self.connection.execute(question, values).fetchall()

    def _maybe(self, question: str, *values: object) -> Any:  # noqa: ANN401 - a cell of any type
        row = self.connection.execute(question, values).fetchone()
        return row[0] if row else None

    def _one(self, question: str, *values: object) -> Any:  # noqa: ANN401 - a cell of any type
        if (row := self.connection.execute(question, values).fetchone()) is None:
            raise sqlite3.DatabaseError("a row is missing")
        return row[0]


def rows_of(doc: int) -> tuple[int, int]:
    """Return the first and last row number that the passages of a state may have."""
    return doc << PASSAGE_BITS, (doc << PASSAGE_BITS) + MOST_PASSAGES - 1
