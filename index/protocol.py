"""What every search engine does; `index.results` has the values that it takes and gives back."""

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

    Tags are those that the judgements of the home leave, in every answer; a new judgement counts at once. Every method
    raises `UnavailableError` where the store cannot be reached, read or written.
    """

    def put(self, document: Document, vectors: Vector, *, versions: Mapping[str, str]) -> None:
        """Store a document whole, in place of its older state; it is safe when this returns.

        `vectors` is `(passages, dimension) float32`; `versions` names the stages' versions. Readers may see
        it a little later, at the latest after `flush`.
        """

    def remove(self, document_id: str) -> bool:
        """Take a document out; return whether it was there."""

    def revise(
        self, document_id: str, revised: Callable[[Document], Document], *, access_classes: AccessClasses
    ) -> bool:
        """Store a document, with its vectors, as a function makes it of what was put; return whether it was there.

        A document that a reader with these access classes may not see is not there. Its id stays.
        """

    def move_judgements(self, documents: Mapping[str, str]) -> int:
        """Let judgements follow documents to those that hold the same words now, by the old ids; return how many did.

        Who reads meanwhile may see them a little later. Raises `DamagedError` where the file of judgements is damaged:
        nothing is moved then.
        """

    def flush(self) -> None:
        """Make everything stored so far visible to readers."""

    def search(self, request: SearchRequest, query_vector: Vector | None) -> SearchResult:
        """Answer a question; the vector `(dimension,)` is needed where `request.needs_vector`.

        Raises `QueryError` for a query that cannot be read.
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
        """Return at most so many passages before and after one in its section; None where there is none to see."""

    def passages(
        self, filters: Filters, *, without_text: bool = False
    ) -> Iterable[tuple[Document, tuple[Passage, ...]]]:
        """Return every passage that the filters leave, by document (without blocks, tables and passages).

        `without_text` adds the documents that have no passages, as scans that were not read: those that meet the
        conditions, of which those on passages are met where they are negated.
        All are of one snapshot. They may be read as they are asked for: the engine answers nothing else until the last
        was taken or the iteration was closed.
        """

    def judgements(self, *, access_classes: AccessClasses) -> tuple[PlacedJudgement, ...]:
        """Return the judgements of the papers that a reader may see, oldest first, with the place of their words now.

        A judgement quotes its paper, so it has the access class that the paper has now. That of one whose paper is
        gone is unknown: only who may see every paper gets it.
        """

    def matrix(self, filters: Filters, model: MatrixModel, by: TrendField | None = None) -> Matrix | TrendMatrix:
        """Count the tags of a model; each cell equals `documents` of the search with its filters."""

    def themes(self, filters: Filters, labels: Mapping[str, str] | None = None) -> ThemeCounts:
        """Count the themes; `labels` names them, and those that are never mentioned count zero."""

    def counts(self) -> Counts:
        """Count what is stored, of every access class: for who looks after the index."""

    def revision(self, *, judged: bool = False) -> str:
        """Return what changes with every change of the documents that readers see; cheap.

        With `judged` it changes with every judgement too, and else with none.
        """

    @property
    def encoder(self) -> EncoderIdentity:
        """The encoder that the index was made with, as it ran then."""
        ...

    def checks(self, progress: Callable[[int, int], None] = lambda *_: None) -> tuple[Check, ...]:
        """Look for damage in the index, and compare its parts; `progress` is called with the steps done, and all."""

    def close(self) -> None:
        """Flush, and give up every file and lock."""
