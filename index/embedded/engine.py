"""The embedded engine: one folder, one writer at a time, any number of readers in other processes."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from configs.system.errors import UnavailableError
from configs.system.folders import make_home
from configs.system.sqlite.failures import storage_errors
from configs.system.sqlite.lock import LOCK, WriterLock
from extractors.document import Document, Passage
from index.analysis import open_analysis
from index.embedded import schema
from index.embedded.damage import reading_errors, store_damage
from index.embedded.judgement_overlay import JudgementOverlay
from index.embedded.reader import EmbeddedReader
from index.embedded.snapshot import Snapshot, SnapshotProvider
from index.embedded.store import FILE, Store
from index.embedded.text import TextIndex, TextWriter
from index.embedded.writer import Progress, Writer
from index.encoder import EncoderIdentity
from index.filters import AccessClasses, Descendants, Filters
from index.judgements.store import JudgementStore
from index.query.expansion import ThemesIn
from index.ranking.centring import centring_of
from index.ranking.closeness import closeness_of
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

_TEXT = "text"

_log = logging.getLogger(__name__)
_REMEDY_OF_STORE = "run customs-lens doctor --repair: it re-creates what is damaged from the blobs"
_REMEDY = "run customs-lens rebuild: it rebuilds this part from the store"


class EmbeddedEngine:
    """An index in a folder; implements `index.protocol.Engine`. It closes the judgements that it is given.

    For writing it takes the lock, creates the folder where it is missing, migrates older tables to this version and
    updates the derived parts from the primary store; with `rebuilding` it rebuilds them and reports its progress.
    Raises `UnavailableError` where there is no index to read, or another process writes it, and `MismatchError`
    where it was made by another encoder or another version of the program.
    """

    def __init__(
        self,
        folder: Path,
        identity: EncoderIdentity | None,
        *,
        write: bool,
        descendants: Descendants | None = None,
        themes_in: ThemesIn | None = None,
        judgements: JudgementStore | None = None,
        rebuilding: Progress | None = None,
    ) -> None:
        self._folder, self._judgements = folder, judgements
        with reading_errors(folder), ExitStack() as undo:
            if judgements:
                undo.callback(judgements.close)
            lock = None
            if write:
                make_home(folder.parent)
                folder.mkdir(exist_ok=True)
                lock = WriterLock(folder / LOCK)
                undo.callback(lock.release)
            store = Store(folder, write=write)
            undo.callback(store.close)
            if lock and schema.is_made(store.connection):
                schema.migrate(store.connection)
            elif lock and identity:
                schema.create(store.connection, identity)
            meta = schema.check(store.connection, folder, identity)
            analysis = open_analysis()
            self._name = meta["index"]
            self._encoder = EncoderIdentity.model_validate_json(meta["encoder"])
            dimension = self._encoder.dimension
            kind = TextWriter if lock else TextIndex
            text = kind(folder / _TEXT, meta["index"], analysis)
            self._store, self._text = store, text
            self._overlay = overlay = JudgementOverlay(store, judgements)
            self._snapshots = SnapshotProvider(store, text, overlay, meta["index"], dimension)
            centring = centring_of(self._encoder)
            closeness = closeness_of(self._encoder)
            self._reader = EmbeddedReader(
                store, text, self._snapshots, overlay, analysis, descendants, themes_in, centring, closeness
            )
            self._writer: Writer | None = None
            if lock and isinstance(text, TextWriter):
                self._writer = Writer(store, text, lock, meta["index"], dimension)
                if rebuilding:
                    self._writer.rebuild(rebuilding)
                else:
                    self._writer.flush()
            undo.pop_all()

    def put(self, document: Document, vectors: Vector, *, versions: Mapping[str, str]) -> None:
        """Store a document whole; see `Engine.put`."""
        with reading_errors(self._folder):
            self._writing().put(document, vectors, versions)

    def remove(self, document_id: str) -> bool:
        """Delete a document; see `Engine.remove`."""
        with reading_errors(self._folder):
            return self._writing().remove(document_id)

    def revise(
        self, document_id: str, revised: Callable[[Document], Document], *, access_classes: AccessClasses
    ) -> bool:
        """Store a document as a function makes it of what was put; see `Engine.revise`."""
        with reading_errors(self._folder):
            return self._writing().revise(document_id, revised, access_classes)

    def move_judgements(self, documents: Mapping[str, str]) -> int:
        """Move judgements to the new ids of documents; see `Engine.move_judgements`."""
        with reading_errors(self._folder):
            return self._judgements.rename(documents) if self._judgements else 0

    def flush(self) -> None:
        """Make everything stored so far visible to readers."""
        with reading_errors(self._folder):
            self._writing().flush()

    def search(self, request: SearchRequest, query_vector: Vector | None) -> SearchResult:
        """Answer a search; see `Engine.search`."""
        with self._reading():
            return self._reader.search(request, query_vector)

    def similar(self, passage_id: str, request: SearchRequest) -> SearchResult:
        """Return the passages nearest to one; see `Engine.similar`."""
        with self._reading():
            return self._reader.similar(passage_id, request)

    def document(self, name: str, *, access_classes: AccessClasses, full: bool = False) -> Document | None:
        """Return a document; see `Engine.document`."""
        with reading_errors(self._folder):
            return self._reader.document(name, access_classes, full=full)

    def documents(self, *, access_classes: AccessClasses) -> Iterable[tuple[str, Mapping[str, str]]]:
        """Return the id and the stages' versions of documents; see `Engine.documents`."""
        with reading_errors(self._folder):
            return self._store.versions(access_classes)

    def held(self, document_ids: Collection[str]) -> set[str]:
        """Return which documents the index holds; see `Engine.held`."""
        with reading_errors(self._folder):
            return self._store.held(document_ids)

    def passage(self, passage_id: str, *, access_classes: AccessClasses) -> Passage | None:
        """Return a passage by its id; see `Engine.passage`."""
        with reading_errors(self._folder):
            return self._reader.passage(passage_id, access_classes)

    def context(self, passage_id: str, most: int, *, access_classes: AccessClasses) -> Context | None:
        """Return the passages around one; see `Engine.context`."""
        with reading_errors(self._folder):
            return self._reader.context(passage_id, most, access_classes)

    def passages(
        self, filters: Filters, *, without_text: bool = False
    ) -> Iterator[tuple[Document, tuple[Passage, ...]]]:
        """Yield the passages that match the filters, a document at a time; see `Engine.passages`."""
        with self._reading():
            yield from self._reader.passages(filters, without_text=without_text)

    def judgements(self, *, access_classes: AccessClasses) -> tuple[PlacedJudgement, ...]:
        """Return judgements with their places; see `Engine.judgements`."""
        with reading_errors(self._folder):
            return self._reader.judgements(access_classes)

    def matrix(self, filters: Filters, model: MatrixModel, by: TrendField | None = None) -> Matrix | TrendMatrix:
        """Count the tags of a model; see `Engine.matrix`."""
        with self._reading():
            return self._reader.matrix(filters, model, by)

    def themes(self, filters: Filters, labels: Mapping[str, str] | None = None) -> ThemeCounts:
        """Count the themes; see `Engine.themes`."""
        with self._reading():
            return self._reader.themes(filters, labels or {})

    def counts(self) -> Counts:
        """Count what readers see."""
        with self._reading(), self._snapshots.reading() as snapshot:
            documents, papers, passages = self._store.totals()
            vectors = _vector_count(snapshot)
            return Counts(documents=documents, papers=papers, passages=passages, vectors=vectors)

    def revision(self, *, judged: bool = False) -> str:
        """Return the name of the index and its last writes, by store and by text index; see `Engine.revision`.

        A document of the store is found when the text index has it.
        """
        with reading_errors(self._folder):
            self._text.reload()
            found = f"{self._name} {self._store.sequence()} {self._text.applied}"
            if judged:
                self._overlay.refresh()
                found = " ".join((found, *map(str, self._overlay.revision)))
            return found

    def checks(self, progress: Progress = lambda *_: None) -> tuple[Check, ...]:
        """Check the whole store, and compare the text index and the vectors with it."""
        if damage := store_damage(self._folder, progress):
            detail = f"{self._folder / FILE}: is damaged: {damage}"
            return (Check(name="store", ok=False, detail=detail, remedy=_REMEDY_OF_STORE),)
        return self.derived_checks()

    def derived_checks(self) -> tuple[Check, ...]:
        """Compare the text index and the vectors with the store, which is assumed to be intact."""
        with self._reading(), self._snapshots.reading() as snapshot:
            return _health(self._store, self._text, snapshot)

    @property
    def encoder(self) -> EncoderIdentity:
        """The encoder that the index was made with, and the precision in which it ran then."""
        return self._encoder

    @property
    def is_behind(self) -> bool:
        """Whether stored documents are not visible to readers yet."""
        return self._store.sequence() != self._text.applied

    def close(self) -> None:
        """Flush, close every file and release the lock; a second call does nothing."""
        writer, self._writer = self._writer, None
        with reading_errors(self._folder), ExitStack() as closing:
            closing.callback(self._store.close)
            if self._judgements:
                closing.callback(self._judgements.close)
            if writer:
                closing.callback(writer.close)
                writer.flush()

    def _writing(self) -> Writer:
        if self._writer is None:
            raise ValueError(f"{self._folder}: this engine was opened for reading")
        return self._writer

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Convert the store's errors; a writer sees its own writes."""
        with reading_errors(self._folder):
            if self._writer and self.is_behind:
                self._writer.flush()
            yield


def open_embedded(
    folder: Path,
    identity: EncoderIdentity | None,
    *,
    write: bool,
    descendants: Descendants | None = None,
    themes_in: ThemesIn | None = None,
    judgements: JudgementStore | None = None,
) -> EmbeddedEngine:
    """Return the engine of a folder.

    A reader that opens the index after a writer was killed first updates the derived parts, unless another writer
    does.
    """
    engine = EmbeddedEngine(
        folder, identity, write=write, descendants=descendants, themes_in=themes_in, judgements=judgements
    )
    if not write and engine.is_behind:
        try:
            EmbeddedEngine(folder, identity, write=True).close()
        except UnavailableError as error:
            _log.info("%s: a writer has documents that are not visible yet: %s", folder, error)
    return engine


def rebuild(folder: Path, progress: Progress = lambda *_: None) -> Counts:
    """Rebuild every derived part of an index from the primary store and return the counts.

    Readers see the old parts until the new ones are complete. Raises as `EmbeddedEngine` does for writing.
    """
    with storage_errors(folder):
        Store(folder, write=False).close()  # a folder without an index is left as it is
    engine = EmbeddedEngine(folder, None, write=True, rebuilding=progress)
    try:
        return engine.counts()
    finally:
        engine.close()


def _health(store: Store, text: TextIndex, snapshot: Snapshot) -> tuple[Check, ...]:
    """Return one finding for each part of the index; the store was checked before."""
    documents, papers, passages = store.totals()
    behind = store.sequence() - (text.applied or 0)
    visible = int(snapshot.columns.passages.sum())
    return (
        _agree("store", ok=True, detail=f"{documents} documents, {papers} papers, {passages} passages"),
        _text(text, agrees=text.entries == visible and not behind, passages=passages),
        _vectors(snapshot, passages=visible),
    )


def _text(text: TextIndex, *, agrees: bool, passages: int) -> Check:
    if files := text.damaged():
        return _agree("text index", ok=False, detail=f"damaged: {', '.join(files)}")
    return _agree("text index", ok=agrees, detail=f"{text.entries} of {passages} passages")


def _vectors(snapshot: Snapshot, *, passages: int) -> Check:
    if files := snapshot.damaged_files():
        return _agree("vectors", ok=False, detail=f"damaged: {', '.join(files)}")
    held = _vector_count(snapshot)
    return _agree("vectors", ok=held == passages, detail=f"{held} of {passages} passages")


def _vector_count(snapshot: Snapshot) -> int:
    """Return how many passages of a snapshot have a vector."""
    return sum(one.passages for one in snapshot.vectors)


def _agree(name: str, *, ok: bool, detail: str) -> Check:
    return Check(name=name, ok=ok, detail=detail, remedy=None if ok else _REMEDY)
