"""The text index in tantivy, over our own tokens; it is derived from the primary store and records its last write.

A passage is indexed in `terms` as terms with positions, each prefixed with its language (`en`, `fr`, … or `xx`), and
in `words` as folded words for prefixes and misspellings. tantivy's own query parser is not used: it refuses
apostrophes.
"""

import json
import logging
import shutil
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tantivy import (
    DocAddress,
    Document,
    Index,
    IndexWriter,
    Occur,
    Query,
    Schema,
    SchemaBuilder,
    TextAnalyzerBuilder,
    Tokenizer,
)

from configs.system.errors import UnavailableError
from configs.system.sqlite.failures import tantivy_errors
from index.analysis import PLACEHOLDER, Analysis
from index.embedded.queries import DOCUMENT, DocumentsOf, TantivyQueries
from index.embedded.store import StoredText
from index.query.compiler import LANGUAGE, TERMS, WORDS, compiled, counted, stored_term
from index.query.highlights import TermsOf
from index.query.tree import Node

_HEAP_BYTES, _HEAP_OF_ALL = 64_000_000, 640_000_000
"""What tantivy's writer collects in memory before it writes a segment; the latter for a complete rebuild."""
_LARGE, _LARGEST = 50_000, 400_000
"""From so many passages on, searching many segments takes noticeably longer than searching few; a segment with so
many is large enough, however large the index."""
_FEW = 5000
"""So many passages are handed over in less time than it takes to look among some hundred documents."""
_MARKER = "marker"
"""The document number of the one entry that is no passage: it carries the last write."""
_VERSION = 4
"""Raised with every change of the text analysis and of what is kept of a passage: older ones are rebuilt."""
_REMEDY = "run customs-lens rebuild: it rebuilds the text index"

_log = logging.getLogger(__name__)
_END = struct.Struct("<II")
_MAGIC = 1337
_PIECE = 1 << 20
_READ_BYTES = 64 << 20
"""Of a text index, what a search may read to know whether it is sound: a tenth of a second, once after a commit."""


class Matches(NamedTuple):
    """Passages with a score each, in no order: `rows` `(n,) int64`, `scores` `(n,) float64`."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]


class TextIndex:
    """The text index for reading; it belongs to the index called `name`, whose documents it holds.

    `applied` is the number of the last write in it, None where it is another index's or of another version. Raises
    `UnavailableError` where there is none, or a damaged one.
    """

    def __init__(self, folder: Path, name: str, analysis: Analysis) -> None:
        self._folder, self._name, self._analysis = folder, f"{name}-{_VERSION}", analysis
        self._schema = _schema()
        self._meta = folder / "meta.json"
        self._state: tuple[int, ...] = ()
        self._read: tuple[int, ...] | None = None
        """The state in which its files were last read whole."""
        try:
            self._index = self._open()
            self._index.register_tokenizer("tokens", TextAnalyzerBuilder(Tokenizer.whitespace()).build())
            self._index.config_reader("manual")
            self.reload()
        except (ValueError, OSError) as error:
            raise UnavailableError(f"{folder}: the text index cannot be read: {error}", _REMEDY) from error

    def reload(self) -> None:
        """Reload the index if there was a commit; the check takes a hundredth of the time of a reload."""
        file = self._meta.stat()
        state = (file.st_ino, file.st_mtime_ns, file.st_size)
        if state == self._state:
            return
        with tantivy_errors():
            self._index.reload()
            self._searcher = self._index.searcher()
            own = [(Occur.Must, self._term(DOCUMENT, value)) for value in (_MARKER, self._name)]
            hits = self._searcher.search(Query.boolean_query(own), 1, count=False).hits
            rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        self.applied = int(rows[0] or 0) if rows else None
        self._state = state

    @property
    def entries(self) -> int:
        """The number of its passages; those of superseded documents count until they are deleted."""
        return self._searcher.num_docs - (self.applied is not None)

    @property
    def is_fragmented(self) -> bool:
        """Whether a rebuild would make searches faster: the index is large, and consists of small segments alone.

        tantivy merges eight segments of a size, so that a large index has a dozen. In each of them a search
        begins to rank from nothing.
        """
        sizes: list[int] = [segment["max_doc"] for segment in json.loads(self._meta.read_bytes())["segments"]]
        return sum(sizes) >= _LARGE and max(sizes) < min(sum(sizes) / 2, _LARGEST)

    def damaged(self) -> list[str]:
        """Return the names of its damaged files."""
        return _damaged(self._folder)

    def _refuse_damaged(self) -> None:
        """Raise `UnavailableError` where files are damaged: tantivy would omit passages without an error.

        The files are read once after each commit; in an index too large for that, only `doctor` finds the damage.
        """
        if self._state == self._read:
            return
        if _size(self._folder) <= _READ_BYTES and (files := self.damaged()):
            message = f"{self._folder}: the text index is damaged: {', '.join(files)}"
            raise UnavailableError(message, "run customs-lens doctor --repair")
        self._read = self._state

    def find(
        self,
        root: Node,
        terms_of: TermsOf,
        documents_of: DocumentsOf,
        *,
        strict: bool,
        among: Sequence[int] | None = None,
        most: int | None = None,
    ) -> Matches:
        """Return the passages that a query matches, with BM25 scores; `strict` asks for all its words.

        With `most`, only so many, the best. Where numbers of documents are given, passages of others may be left out:
        where many passages match, looking among few documents is faster than leaving the others out later.
        """
        self._refuse_damaged()
        queries = TantivyQueries(self._schema, documents_of)
        query = compiled(queries, self._analysis, root, terms_of, strict=strict)
        if query is None or not self._searcher.num_docs:
            return Matches(np.empty(0, np.int64), np.empty(0, np.float64))
        if among is None:
            hits = self._hits(query, most)
        elif not strict or len(hits := self._hits(query, _FEW)) == _FEW:
            hits = self._hits(queries.all_of([query, queries.constant(queries.documents(among), 0.0)]), most)
        return self._matches(hits)

    def counts(
        self, nodes: Sequence[Node], terms_of: TermsOf, documents_of: DocumentsOf, among: Sequence[int]
    ) -> Matches:
        """Return the passages of the documents that match any of the queries, with the number of queries matched."""
        queries = TantivyQueries(self._schema, documents_of)
        found = counted(queries, self._analysis, nodes, terms_of)
        if found is None or not self._searcher.num_docs:
            return Matches(np.empty(0, np.int64), np.empty(0, np.float64))
        return self._matches(self._hits(queries.all_of([found, queries.constant(queries.documents(among), 0.0)]), None))

    def _matches(self, hits: Sequence[tuple[Any, DocAddress]]) -> Matches:
        rows = self._searcher.fast_field_values("row", list(map(itemgetter(1), hits)))
        scores = np.fromiter(map(itemgetter(0), hits), np.float64, len(hits))
        return Matches(np.array(rows, np.int64), scores)

    def _hits(self, query: Query, most: int | None) -> list[tuple[Any, DocAddress]]:
        """Return score and address of the matches, the best first: all of them or so many."""
        return self._searcher.search(query, most or self._searcher.num_docs, count=False).hits

    def _open(self) -> Index:
        if not self._folder.is_dir() or not Index.exists(str(self._folder)):
            raise UnavailableError(f"{self._folder}: there is no text index", _REMEDY)
        return Index(self._schema, path=str(self._folder))

    def _term(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, field, value)


class TextWriter(TextIndex):
    """The text index for writing; the process holds the writer's lock before it opens it.

    A missing or damaged index is rebuilt.
    """

    def __init__(self, folder: Path, name: str, analysis: Analysis) -> None:
        self._writer: IndexWriter | None = None
        folder.mkdir(exist_ok=True)
        try:
            super().__init__(folder, name, analysis)
        except UnavailableError as error:
            _log.warning("%s; it is rebuilt", error.message)
            shutil.rmtree(folder)
            folder.mkdir()
            super().__init__(folder, name, analysis)

    def add(self, doc: int, passages: Iterable[StoredText]) -> set[tuple[str, str, str]]:
        """Add a document; return its accented spellings as (language, plain term, term)."""
        spellings: set[tuple[str, str, str]] = set()
        for passage in passages:
            field = self._analysis.field(passage.language)
            tokens = self._analysis.tokens(passage.text, field)
            entry = Document()
            entry.add_integer("row", passage.row)
            entry.add_text(DOCUMENT, str(doc))
            entry.add_text(LANGUAGE, field)
            entry.add_text(TERMS, " ".join(stored_term(field, token.term)[1] for token in tokens))
            entry.add_text(WORDS, " ".join(token.word for token in tokens if token.term != PLACEHOLDER))
            with tantivy_errors():
                self._opened().add_document(entry)
            odd = self._analysis.odd_spellings(tokens, field)
            spellings.update((field, plain, term) for plain, term in odd)
        return spellings

    def clear(self) -> None:
        """Delete everything; passages that are added next make few segments."""
        self.close()
        with tantivy_errors():
            self._opened(_HEAP_OF_ALL).delete_all_documents()

    def delete(self, doc: int) -> None:
        """Delete a document."""
        with tantivy_errors():
            self._opened().delete_documents_by_query(self._term(DOCUMENT, str(doc)))

    def commit(self, sequence: int) -> None:
        """Commit durably, with the number of the last write that the index has."""
        marker = Document()
        marker.add_integer("row", sequence)
        marker.add_text(DOCUMENT, _MARKER)
        marker.add_text(DOCUMENT, self._name)
        with tantivy_errors():
            self._opened().delete_documents_by_query(self._term(DOCUMENT, _MARKER))
            self._opened().add_document(marker)
            self._opened().commit()
            self.reload()

    def rollback(self) -> None:
        """Discard uncommitted changes, after an error."""
        self._writer = None

    def close(self) -> None:
        """Wait for merges, and release tantivy's writer."""
        writer, self._writer = self._writer, None
        if writer:
            with tantivy_errors():
                writer.wait_merging_threads()

    def _opened(self, heap: int = _HEAP_BYTES) -> IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer(heap, 1)
            # A writer that was killed leaves files behind whose names its successor would use: tantivy numbers
            # its operations from the last commit on, and then refuses to write over them.
            self._writer.garbage_collect_files()
            # The first operation gets the number of the last commit, and a merge takes it for done: none is lost.
            self._writer.delete_documents_by_query(Query.empty_query())
        return self._writer

    def _open(self) -> Index:
        return Index(self._schema, path=str(self._folder))


def _schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_integer_field("row", fast=True, indexed=False, stored=False)
    builder.add_text_field(DOCUMENT, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(LANGUAGE, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(WORDS, tokenizer_name="tokens", index_option="basic")
    builder.add_text_field(TERMS, tokenizer_name="tokens", index_option="position")
    return builder.build()


def _damaged(folder: Path) -> list[str]:
    """Return the names of the damaged files of the last commit, missing ones left out.

    tantivy writes a checksum at the end of each file, and never verifies it: the last line is JSON with the CRC-32
    of what comes before, followed by the line's length and a magic number (tantivy 0.20 and later,
    `common/src/file_slice` and `directory/footer.rs`).
    """
    return [path.name for path in _files(folder) if not _is_sound(path)]


def _size(folder: Path) -> int:
    """Return the size of the files of the last commit in bytes."""
    total = 0
    for path in _files(folder):
        with suppress(FileNotFoundError):  # a writer has merged it into another meanwhile
            total += path.stat().st_size
    return total


def _files(folder: Path) -> Iterator[Path]:
    meta = json.loads((folder / "meta.json").read_bytes())
    segments = {one["segment_id"].replace("-", "") for one in meta["segments"]}
    return (path for path in sorted(folder.iterdir()) if path.name.partition(".")[0] in segments)


def _is_sound(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            end = file.seek(-_END.size, 2)
            length, magic = _END.unpack(file.read(_END.size))
            if magic != _MAGIC or length > end:
                return False
            left = file.seek(end - length)
            wanted = json.loads(file.read(length))["crc"]
            file.seek(0)
            found = 0
            while left and (piece := file.read(min(left, _PIECE))):
                found = zlib.crc32(piece, found)
                left -= len(piece)
    except FileNotFoundError:
        return True  # a writer has merged it into another meanwhile
    except (OSError, ValueError, KeyError):
        return False
    return bool(found == wanted)
