"""The search service: engines over one index, opened once and shared by all interfaces and threads."""

import math
from collections import Counter, deque
from collections.abc import Collection, Hashable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from types import TracebackType
from typing import NamedTuple, Self

from configs.bodies import load_bodies
from configs.maturity import MaturityModel, load_model
from configs.settings import Settings
from configs.system.errors import NotFoundError, UnavailableError, UsageError
from configs.vocabulary import load_vocabulary
from extractors.document import Document, Value
from index.encoder import encoder_identity, open_encoder
from index.filters import AccessClasses, Filters
from index.protocol import Engine
from index.results import Matrix, MatrixModel, SearchRequest, SearchResult, ThemeCounts, TrendField, TrendMatrix
from index.search import search, similar
from pipelines.search.query_reader import QueryReader, themes_of
from pipelines.sources.source import printable, uri_of
from pipelines.storage.opening import open_storage

READERS = 4
"""Number of engines of a service: each serves one thread at a time and holds the doc values for filters and facets."""

WAIT_SECONDS = 30.0
"""How long a thread waits for resources that other threads hold."""

_KEPT_QUERIES = 64
"""Number of cached query analyses: facets and further pages repeat a query."""


class DocumentTheme(Value):
    """A theme of a document: how often it is named, in how many passages it is about it, and both together.

    `strength` says how much more the document speaks of it than others do (see `pipelines.search.service`).
    """

    id: str
    label: str
    mentions: int
    about: int
    passages: int
    strength: float


class ShownDocument(Value):
    """A document with its themes, the strongest first."""

    document: Document
    themes: tuple[DocumentTheme, ...]


class _PooledEngine(NamedTuple):
    """A pooled engine, and the mark of the index on which it was opened."""

    mark: Hashable
    engine: Engine


class FairSemaphore:
    """A semaphore that serves threads in the order in which they ask: nobody passes a thread that waits."""

    def __init__(self, number: int) -> None:
        self._lock = Lock()
        self._free = number
        self._waiting: deque[Lock] = deque()

    @property
    def waiting(self) -> int:
        """Return the number of threads that wait."""
        return len(self._waiting)

    def acquire(self, timeout: float) -> bool:
        """Take a place; return False if none is given back within `timeout` seconds."""
        turn = Lock()
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            turn.acquire()
            self._waiting.append(turn)
        if turn.acquire(timeout=timeout):
            return True
        with self._lock:
            if turn not in self._waiting:  # it was given a place in this moment
                return True
            self._waiting.remove(turn)
            return False

    def release(self) -> None:
        """Give a place to the thread that waits longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class SearchService:
    """Answers from the index of some settings; safe for several threads.

    Nothing is opened before the first request. Engines, each for one thread at a time, are opened on demand, up to
    `READERS`, and pooled while the index is the same; the encoder is shared. Every request raises `UnavailableError` if
    nothing was ingested yet, and as `Engine` does.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._storage = open_storage(settings)
        self._places = FairSemaphore(READERS)
        self._idle: deque[_PooledEngine] = deque()
        self._closed = False
        self._encoder = open_encoder(settings)
        self._read_query = lru_cache(_KEPT_QUERIES)(QueryReader(settings, self._encoder))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every engine; borrowed ones are closed on return. Later requests open new ones."""
        self._closed = True
        while self._idle:
            self._idle.pop().engine.close()

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Lend an engine to one thread; where all are lent, threads wait in the order in which they came.

        Raises `UnavailableError` if none is returned in time.
        """
        if not self._places.acquire(timeout=WAIT_SECONDS):
            message = f"all {READERS} readers of the index are at work, and none was free in {WAIT_SECONDS:.0f} s"
            raise UnavailableError(message, "ask again in a minute", may_pass=True)
        try:
            kept = self._borrow()
            try:
                yield kept.engine
            except UsageError:
                self._return(kept)
                raise
            except BaseException:
                kept.engine.close()  # in any state
                raise
            self._return(kept)
        finally:
            self._places.release()

    def _borrow(self) -> "_PooledEngine":
        """Return an engine on the current index: engines on an index that was replaced by a restored one are closed."""
        mark = self._storage.index_mark()
        while True:
            try:
                kept = self._idle.pop()
            except IndexError:
                return _PooledEngine(mark, open_reader(self._settings))
            if kept.mark == mark:
                return kept
            kept.engine.close()

    def _return(self, kept: "_PooledEngine") -> None:
        if self._closed:
            kept.engine.close()
        else:
            self._idle.append(kept)

    def search(self, request: SearchRequest, *, sentences: bool | Collection[str] = True) -> SearchResult:
        """Return the result of a request.

        `sentences` marks the sentence nearest in meaning in passages without a word of the query: in all that are
        shown, or in those with these ids.
        """
        encode = self._encoder.passages if sentences else None
        among = None if isinstance(sentences, bool) else sentences
        with self.engine() as engine:
            return search(engine, request, self._read_query, encode, among)

    def similar(self, passage_id: str, request: SearchRequest) -> SearchResult:
        """Return the nearest passages of other papers to a passage; raises `NotFoundError` for an unknown id."""
        with self.engine() as engine:
            return similar(engine, passage_id, request)

    def show(self, name: str, *, access_classes: AccessClasses) -> ShownDocument:
        """Return one document by its id, its symbol in any spelling, or its source.

        Raises `NotFoundError` where the index has none of that name.
        """
        name = printable(name)
        with self.engine() as engine:
            found = (engine.document(one, access_classes=access_classes, full=True) for one in (name, uri_of(name)))
            document = next(filter(None, found), None)
            if document is None:
                raise NotFoundError(
                    f"'{name}': no document of this id, symbol or source is in the index", "try a search"
                )
            counts = engine.themes(Filters(access_classes=access_classes), self._theme_labels())
        return ShownDocument(document=document, themes=tuple(_by_prominence(document, counts)))

    def matrix(self, filters: Filters, by: TrendField | None = None) -> Matrix | TrendMatrix:
        """Return the counts by dimension, level and modality of the maturity model in use."""
        outline = _outline(load_model(self._settings.model))
        with self.engine() as engine:
            return engine.matrix(filters, outline, by)

    def themes(self, filters: Filters) -> ThemeCounts:
        """Return the numbers of mentions and passages of each theme of the vocabulary in use, also zero."""
        with self.engine() as engine:
            return engine.themes(filters, self._theme_labels())

    def _theme_labels(self) -> dict[str, str]:
        return {concept.id: concept.name() for concept in load_vocabulary(self._settings.vocabulary).concepts}


def open_reader(settings: Settings) -> Engine:
    """Return an engine for reading, for one thread at a time; raises `UnavailableError` if nothing was ingested."""
    return open_storage(settings).open_engine(
        encoder_identity(settings),
        write=False,
        descendants=load_bodies().descendants,
        themes_in=themes_of(settings.vocabulary, settings.cache),
    )


@contextmanager
def reader(settings: Settings) -> Iterator[Engine]:
    """Yield an engine for reading, and close it; raises as `open_reader`."""
    engine = open_reader(settings)
    try:
        yield engine
    finally:
        engine.close()


def _by_prominence(document: Document, counts: ThemeCounts) -> list[DocumentTheme]:
    """Return the themes of a document, sorted by their prominence compared with other documents.

    A passage that is about a theme without naming it counts like one mention.
    """
    mentions, about, unnamed, passages = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for passage in document.passages:
        named = [theme.id for theme in passage.themes if theme.kind == "named"]
        meant = {theme.id for theme in passage.themes if theme.kind == "about"}
        mentions.update(named)
        about.update(meant)
        unnamed.update(meant.difference(named))
        passages.update(meant.union(named))
    known = {theme.id: theme for theme in counts.themes}
    found = [
        DocumentTheme(
            id=name,
            label=known[name].label if name in known else name,
            mentions=mentions[name],
            about=about[name],
            passages=count,
            strength=round(
                strength(
                    mentions=mentions[name] + unnamed[name],
                    passages=len(document.passages),
                    naming=known[name].documents if name in known else 0,
                    documents=counts.total.documents,
                ),
                4,
            ),
        )
        for name, count in passages.items()
    ]
    return sorted(found, key=lambda theme: (-theme.strength, theme.id))


def _outline(model: MaturityModel) -> MatrixModel:
    """Return the ids of a model in order; if dimensions have separate scales, with their levels."""
    levels = dict.fromkeys(level.id for one in model.dimensions for level in model.levels_of(one))
    return MatrixModel(
        id=model.id,
        provenance=model.provenance,
        dimensions=tuple(one.id for one in model.dimensions),
        levels=tuple(levels),
    )


def strength(*, mentions: int, passages: int, naming: int, documents: int) -> float:
    """Return mentions for each passage of a document × the theme's inverse document frequency.

    `naming` of all `documents` name the theme. The frequency is smoothed, ln((1 + documents) / (1 + naming)) + 1, so
    that a theme of every document still counts.
    """
    if not passages:
        return 0.0
    return mentions / passages * (math.log((1 + documents) / (1 + naming)) + 1)
