"""The protocol of search engines; `index.results` has their input and output values."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from extractors.document import Document, Passage
from index.encoder import EncoderIdentity
from index.filters import AccessClasses, Filters
from index.results import (
    Check,
    Context,
    Counts,
    Matrix,
    MatrixModel,
    PlacedJudgement,
    SearchRequest,
    SearchResult,
    ThemeCounts,
    TrendField,
    TrendMatrix,
    Vector,
)


class Engine(Protocol):
    """A search engine. It belongs to one thread.

    Every answer has the tags with the judgements of the home applied; a new judgement takes effect at once. Every
    method raises `UnavailableError` where the store cannot be reached, read or written.
    """

    def put(self, document: Document, vectors: Vector, *, versions: Mapping[str, str]) -> None:
        """Store a document whole, in place of its older state; it is safe when this returns.

        `vectors` is `(passages, dimension) float32`; `versions` names the stages' versions. Readers may see
        it a little later, at the latest after `flush`.
        """

    def remove(self, document_id: str) -> bool:
        """Delete a document; return whether it existed."""

    def revise(
        self, document_id: str, revised: Callable[[Document], Document], *, access_classes: AccessClasses
    ) -> bool:
        """Replace a document, with its vectors, by a function of what was put; return whether it existed.

        A document that a reader with these access classes may not see counts as missing. The id does not change.
        """

    def move_judgements(self, documents: Mapping[str, str]) -> int:
        """Move judgements to the documents that hold the same words now, by old id; return how many moved.

        Concurrent readers may see them a little later. Raises `DamagedError` where the file of judgements is
        damaged: nothing is moved then.
        """

    def flush(self) -> None:
        """Make everything stored so far visible to readers."""

    def search(self, request: SearchRequest, query_vector: Vector | None) -> SearchResult:
        """Answer a search; the vector `(dimension,)` is needed where `request.needs_vector`.

        Raises `QueryError` for a query that cannot be parsed.
        """

    def similar(self, passage_id: str, request: SearchRequest) -> SearchResult:
        """Return the passages nearest to one, of other papers; raises `NotFoundError` for an unknown id.

        A passage that the reader may not see is unknown.
        """

    def document(self, name: str, *, access_classes: AccessClasses, full: bool = False) -> Document | None:
        """Return a document by id, source or symbol in any spelling; None where there is none that a reader may see.

        A symbol with several versions gives the latest English one. `full` adds blocks, tables, passages.
        """

    def documents(self, *, access_classes: AccessClasses) -> Iterable[tuple[str, Mapping[str, str]]]:
        """Return the id and the stages' versions of every document that a reader may see."""

    def held(self, document_ids: Collection[str]) -> set[str]:
        """Return which of these documents the index holds, of every access class, by their ids."""

    def passage(self, passage_id: str, *, access_classes: AccessClasses) -> Passage | None:
        """Return a passage by its id; None where there is none that a reader may see."""

    def context(self, passage_id: str, most: int, *, access_classes: AccessClasses) -> Context | None:
        """Return at most so many passages before and after one in its section; None where the reader may not see it."""

    def passages(
        self, filters: Filters, *, without_text: bool = False
    ) -> Iterable[tuple[Document, tuple[Passage, ...]]]:
        """Return every passage that matches the filters, by document (without blocks, tables and passages).

        `without_text` adds the documents that have no passages, as scans that were not read: those that meet the
        conditions, of which those on passages are met where they are negated.
        All are of one snapshot. They may be read as they are asked for: the engine answers nothing else until the last
        was taken or the iteration was closed.
        """

    def judgements(self, *, access_classes: AccessClasses) -> tuple[PlacedJudgement, ...]:
        """Return the judgements of the papers that a reader may see, oldest first, with the place of their words.

        A judgement quotes its paper, so it has the paper's current access class. Where the paper is deleted the
        class is unknown: only readers who may see every paper get the judgement.
        """

    def matrix(self, filters: Filters, model: MatrixModel, by: TrendField | None = None) -> Matrix | TrendMatrix:
        """Count the tags of a model; each cell equals `documents` of the search with its filters."""

    def themes(self, filters: Filters, labels: Mapping[str, str] | None = None) -> ThemeCounts:
        """Count the themes; `labels` names them, and those that are never mentioned count zero."""

    def counts(self) -> Counts:
        """Count everything stored, of every access class: for administrators."""

    def revision(self, *, judged: bool = False) -> str:
        """Return a value that changes with every change of the visible documents; cheap.

        With `judged` it changes with every judgement too.
        """

    @property
    def encoder(self) -> EncoderIdentity:
        """The encoder that the index was made with, as it ran then."""
        ...

    def checks(self, progress: Callable[[int, int], None] = lambda *_: None) -> tuple[Check, ...]:
        """Check the index for damage, and compare its parts; `progress` is called with the steps done and the total."""

    def close(self) -> None:
        """Flush, close every file and release every lock."""
