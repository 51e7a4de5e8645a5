"""The Elasticsearch engine: any number of readers and writers on any number of machines."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import chain, islice
from typing import TypeVar

import numpy as np

from configs.elasticsearch import ElasticsearchSettings
from extractors.document import Document, Passage
from index.analysis import open_analysis
from index.elastic import counting, documents, journal, schema
from index.elastic.client import cluster_errors, connect, wait_until_ready
from index.elastic.conditions import passage_clauses
from index.elastic.hits import distinct
from index.elastic.judgement_overlay import JudgementOverlay
from index.elastic.reader import ElasticReader
from index.elastic.rows import DOCUMENT
from index.elastic.snapshot import Snapshot, SnapshotProvider
from index.elastic.writer import Writer
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

T = TypeVar("T")
_FORCED = "run customs-lens ingest --force: it indexes every document again"


class ElasticEngine:
    """An index in a cluster; implements `index.protocol.Engine`. It closes the judgements that it is given.

    For writing, as a `worker`, which it does not close, it creates the index where there is none, and completes the
    writes of writers that died. Raises `UnavailableError` where there is no index to read, another process rebuilds
    it or the cluster is away, `UsageError` where the cluster refuses the key, and `MismatchError` where the index
    was made by another encoder or another version of the program, or the cluster is of another version.
    """

    def __init__(
        self,
        settings: ElasticsearchSettings,
        identity: EncoderIdentity | None,
        *,
        write: bool,
        descendants: Descendants | None = None,
        themes_in: ThemesIn | None = None,
        judgements: JudgementStore | None = None,
        worker: journal.Worker | None = None,
    ) -> None:
        with ExitStack() as undo:
            if judgements:
                undo.callback(judgements.close)
            cluster = connect(settings, retrying=write)
            undo.callback(cluster.client.close)
            analysis = open_analysis()
            meta = schema.find(cluster)
            if write and worker is None:
                raise ValueError(f"{cluster.url}: who writes is to be a worker")
            if meta is None and worker and identity:
                schema.create(cluster.at(1), identity, worker.state)
                schema.put_alias(cluster, 1)
                meta = schema.find(cluster)
            self._encoder = schema.check(cluster, meta, identity)
            wait_until_ready(cluster, cluster.passages, cluster.documents)
            self._cluster = cluster
            self._overlay = JudgementOverlay(cluster, judgements)
            self._snapshots = SnapshotProvider(cluster, self._overlay.prepare)
            self._reader = ElasticReader(
                analysis, descendants, themes_in, centring_of(self._encoder), closeness_of(self._encoder)
            )
            self._writer: Writer | None = None
            if worker:
                schema.check_state(cluster, meta or {}, worker.state)
                dimension = self._encoder.dimension
                self._writer = Writer(cluster, analysis, self._overlay, dimension, self._reapply, worker)
            undo.pop_all()

    def put(self, document: Document, vectors: Vector, *, versions: Mapping[str, str]) -> None:
        """Store a document whole; see `Engine.put`."""
        self._writing().put(document, np.asarray(vectors, np.float32), versions)

    def remove(self, document_id: str) -> bool:
        """Delete a document; see `Engine.remove`."""
        return self._writing().remove(document_id)

    def revise(
        self, document_id: str, revised: Callable[[Document], Document], *, access_classes: AccessClasses
    ) -> bool:
        """Store a document as a function makes it of what was put; see `Engine.revise`."""
        dimension = self._encoder.dimension
        found = self._answer(
            lambda snapshot: [
                (*documents.as_put(snapshot, state, dimension), state.versions)
                for state in documents.readable_states(snapshot, access_classes, [document_id])
            ]
        )
        for document, vectors, versions in found:
            self._writing().put(revised(document), vectors, versions)
        return bool(found)

    def move_judgements(self, documents: Mapping[str, str]) -> int:
        """Move judgements to the new ids of documents; see `Engine.move_judgements`."""
        self.flush()
        count = self._overlay.move(documents)
        if count:
            self._reapply(list(documents.values()))
        return count

    def flush(self) -> None:
        """Make everything stored so far visible to readers."""
        self._writing().flush()

    def search(self, request: SearchRequest, query_vector: Vector | None) -> SearchResult:
        """Answer a question; see `Engine.search`."""
        return self._answer(lambda snapshot: self._reader.search(snapshot, request, query_vector))

    def similar(self, passage_id: str, request: SearchRequest) -> SearchResult:
        """Return the passages nearest to one; see `Engine.similar`."""
        return self._answer(lambda snapshot: self._reader.similar(snapshot, passage_id, request))

    def document(self, name: str, *, access_classes: AccessClasses, full: bool = False) -> Document | None:
        """Return a document; see `Engine.document`."""
        return self._answer(lambda snapshot: self._reader.document(snapshot, name, access_classes, full=full))

    def documents(self, *, access_classes: AccessClasses) -> Iterable[tuple[str, Mapping[str, str]]]:
        """Return the id and the stages' versions of documents; see `Engine.documents`."""
        states = self._answer(lambda snapshot: documents.readable_states(snapshot, access_classes))
        return [(state.document, state.versions) for state in states]

    def held(self, document_ids: Collection[str]) -> set[str]:
        """Return which documents the index holds; see `Engine.held`."""
        return self._answer(lambda snapshot: documents.held(snapshot, document_ids))

    def passage(self, passage_id: str, *, access_classes: AccessClasses) -> Passage | None:
        """Return a passage by its id; see `Engine.passage`."""
        return self._answer(lambda snapshot: self._reader.passage(snapshot, passage_id, access_classes))

    def context(self, passage_id: str, most: int, *, access_classes: AccessClasses) -> Context | None:
        """Return the passages around one; see `Engine.context`."""
        return self._answer(lambda snapshot: self._reader.context(snapshot, passage_id, most, access_classes))

    def passages(
        self, filters: Filters, *, without_text: bool = False
    ) -> Iterable[tuple[Document, tuple[Passage, ...]]]:
        """Return the passages that match the filters, a document at a time; see `Engine.passages`.

        Raises `UnavailableError` where the snapshot expires because the caller took no passage for minutes.
        """
        held, clauses = filters.access_classes, passage_clauses(filters)

        def rows(snapshot: Snapshot) -> Iterator[tuple[Document, tuple[Passage, ...]]]:
            yield from documents.passages_by_document(snapshot, held, clauses)
            if without_text:
                yield from ((one, ()) for one in documents.without_passages(snapshot, filters))

        return self._answer(lambda snapshot: _with_first_read(rows(snapshot)))

    def judgements(self, *, access_classes: AccessClasses) -> tuple[PlacedJudgement, ...]:
        """Return judgements with their places; see `Engine.judgements`."""
        return self._answer(lambda snapshot: self._overlay.placed(snapshot, access_classes))

    def matrix(self, filters: Filters, model: MatrixModel, by: TrendField | None = None) -> Matrix | TrendMatrix:
        """Count the tags of a model; see `Engine.matrix`."""
        return self._answer(lambda snapshot: counting.matrix(snapshot, passage_clauses(filters), filters, model, by))

    def themes(self, filters: Filters, labels: Mapping[str, str] | None = None) -> ThemeCounts:
        """Count the themes; see `Engine.themes`."""
        return self._answer(lambda snapshot: counting.themes(snapshot, passage_clauses(filters), filters, labels or {}))

    def counts(self) -> Counts:
        """Count what readers see."""
        return self._answer(_counts)

    def revision(self, *, judged: bool = False) -> str:
        """Return the version of the index and the number of its last commit; see `Engine.revision`."""
        (index, commits), judgements = self._answer(lambda snapshot: (snapshot.name, snapshot.judgements))
        last = [f"{name}:{number}" for name, number in sorted(judgements.items())] if judged else []
        return " ".join([index, str(commits), *last])

    def checks(self, progress: Callable[[int, int], None] = lambda *_: None) -> tuple[Check, ...]:  # noqa: ARG002
        """Compare the parts of the index, and report the health of the cluster, which detects damage itself."""
        return self._answer(_checks)

    @property
    def encoder(self) -> EncoderIdentity:
        """The encoder that the index was made with, as it ran then."""
        return self._encoder

    def close(self) -> None:
        """Flush, and release the index to other writers; a second call does nothing."""
        writer, self._writer = self._writer, None
        with ExitStack() as closing:
            closing.callback(self._cluster.client.close)
            closing.callback(self._overlay.close)
            closing.callback(self._snapshots.forget)
            if writer:
                closing.callback(writer.close)
                writer.flush()

    def _writing(self) -> Writer:
        if self._writer is None:
            raise ValueError(f"{self._cluster.url}: this engine was opened for reading")
        return self._writer

    def _reapply(self, documents: Collection[str]) -> None:
        """Apply judgements to the documents whose rows lack some of them."""
        self._snapshots.answer(lambda snapshot: self._overlay.apply(snapshot, documents))
        self._snapshots.forget()

    def _answer(self, question: Callable[[Snapshot], T]) -> T:
        """Return the answer to a question; a writer sees its own writes."""
        if self._writer and self._writer.is_behind:
            self.flush()
        return self._snapshots.answer(question)


def _with_first_read(rows: Iterator[T]) -> Iterator[T]:
    """Return the rows after reading the first one, which fails where the snapshot has expired."""
    return chain(list(islice(rows, 1)), rows)


def _counts(snapshot: Snapshot) -> Counts:
    """Count what readers see."""
    documents, papers, *_ = _expected_counts(snapshot)
    aggs = {"vectors": {"filter": {"exists": {"field": "vector"}}}}
    query = {"bool": {"filter": [snapshot.visible]}}
    (answer,) = snapshot.ask({"query": query, "size": 0, "track_total_hits": True, "aggs": aggs})
    passages, vectors = answer["hits"]["total"]["value"], answer["aggregations"]["vectors"]["doc_count"]
    return Counts(documents=documents, papers=papers, passages=passages, vectors=vectors)


def _checks(snapshot: Snapshot) -> tuple[Check, ...]:
    """Return one finding for the cluster, and one for each part of the index."""
    cluster = snapshot.cluster
    with cluster_errors(cluster.url):
        state = cluster.client.cluster.health(index=[cluster.passages, cluster.documents])
    found = _counts(snapshot)
    *_, promised, vectors = _expected_counts(snapshot)
    waiting = len(journal.read(cluster).entries)
    healthy = state["status"] != "red"
    whole = (found.passages, found.vectors) == (promised, vectors)
    return (
        _finding("cluster", f"{cluster.url}: {state['status']}", "see the cluster's log", ok=healthy),
        _finding("store", f"{found.documents} documents, {found.papers} papers, {promised} passages", _FORCED, ok=True),
        _finding(
            "passages",
            f"{found.passages} rows of {promised} passages, {found.vectors} vectors of {vectors}",
            _FORCED,
            ok=whole,
        ),
        _finding(
            "journal",
            f"{waiting} documents are not visible yet, or not deleted yet",
            "run customs-lens ingest: it completes them, unless a run is in progress",
            ok=not waiting,
        ),
    )


def _finding(name: str, detail: str, remedy: str, *, ok: bool) -> Check:
    return Check(name=name, ok=ok, detail=detail, remedy=None if ok else remedy)


def _expected_counts(snapshot: Snapshot) -> tuple[int, int, int, int]:
    """Return how many documents and papers there are, and how many passages and vectors they should have."""
    aggs = {"papers": distinct("key")} | {name: {"sum": {"field": name}} for name in ("passages", "vectors")}
    answer = snapshot.documents({"term": {"record": DOCUMENT}}, size=0, track_total_hits=True, aggs=aggs)
    papers, passages, vectors = (int(answer["aggregations"][name]["value"]) for name in aggs)
    return answer["hits"]["total"]["value"], papers, passages, vectors
