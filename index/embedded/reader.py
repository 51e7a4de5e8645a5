"""Reads the index: search, similar passages, documents and passages, each answer from one snapshot."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from configs.system.errors import NotFoundError
from extractors.document import Document, Passage
from extractors.judgements import AnchoredJudgement
from index.analysis import Analysis
from index.embedded import counting
from index.embedded.answers import Answers, Explainer
from index.embedded.columns import Columns
from index.embedded.judgement_overlay import JudgementOverlay
from index.embedded.ranking import HitSet, Papers, Ranking, papers
from index.embedded.selection import Selection, select
from index.embedded.snapshot import Snapshot, SnapshotProvider
from index.embedded.store import PASSAGE_BITS, Store
from index.embedded.text import TextIndex
from index.filters import AccessClasses, Descendants, Filters
from index.judgements.store import AnyJudgement
from index.query.compiler import terms_of
from index.query.expansion import ThemesIn
from index.query.highlights import Highlighter
from index.query.parser import Query, QueryParsing
from index.query.suggestions import CountRequest, diagnose, needs_hints
from index.ranking.centring import Centring
from index.ranking.closeness import Closeness, QueryMeaning
from index.results import (
    Context,
    ExpandedTheme,
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
from index.versions import best_version, plain_symbol


class EmbeddedReader:
    """Answers from the primary store, the text index and the vector files."""

    def __init__(
        self,
        store: Store,
        text: TextIndex,
        snapshots: SnapshotProvider,
        overlay: JudgementOverlay,
        analysis: Analysis,
        descendants: Descendants | None,
        themes_in: ThemesIn | None,
        centring: Centring | None,
        closeness: Closeness,
    ) -> None:
        self._centring, self._closeness = centring, closeness
        self._store, self._text, self._snapshots, self._overlay = store, text, snapshots, overlay
        self._analysis, self._parsing = analysis, QueryParsing(analysis, descendants, themes_in)
        self._answers = Answers(store, overlay)

    def search(self, request: SearchRequest, query_vector: Vector | None) -> SearchResult:
        """Answer a search; see `Engine.search`."""
        query = self._parsing.analysed(request.parsed, expand=request.expand)
        filters = request.filters.narrowed(query.conditions)
        with self._snapshots.reading() as snapshot:
            selected = partial(select, snapshot.columns)
            widest = self._ranking(snapshot, selected(request.widest_filters(query.conditions)), filters.access_classes)
            ranking = widest.under(selected(filters))
            vector, meant = query_vector, None
            if vector is not None:
                meant = QueryMeaning(vector, request.themes)
                vector = self._centred(snapshot, vector, query) if request.mode == "hybrid" else vector

            def hits_of(ranking: Ranking) -> HitSet:
                return ranking.hits(query, request.mode, vector, meant, request.weights, request.boosting_themes)

            hits = hits_of(ranking)
            if request.close_only:
                hits = hits.close_only_hits()
            why = None
            if needs_hints(query, has_all=hits.has_all, any_close=bool(hits.close.any())):
                asked = ZeroResultDiagnostics(snapshot.columns, self._overlay, partial(self._filtered, snapshot))
                why = diagnose(
                    query, filters, asked, self._analysis, partial(self._parsing.parsed, expand=request.expand)
                )
            if query.root is None:
                request = request.model_copy(update={"sort": "date"})
            result = self._result(snapshot, ranking, hits, query, request, filters)
            facets = dict(result.facets)
            for field, wider in request.facet_filters(query.conditions).items():
                without = widest.under(selected(wider))
                facets[field] = counting.facet(without.selection, wider, field, hits_of(without).close_rows)
            undated = None
            if filters.asks_for_dates:
                found = hits_of(self._filtered(snapshot, filters.of_undated()))
                undated = int(papers(snapshot.columns, found, "relevance").close.sum())
            return result.model_copy(update={"hints": why, "facets": facets, "undated": undated})

    def similar(self, passage_id: str, request: SearchRequest) -> SearchResult:
        """Return the passages nearest to one, of other papers; see `Engine.similar`."""
        with self._snapshots.reading() as snapshot:
            row = self._row_of(passage_id, request.filters.access_classes)
            if row is None:
                raise NotFoundError(f"there is no passage '{passage_id}'", "take an id that search shows")
            vector = self._store.vector(row)
            selection = select(snapshot.columns, request.filters)
            others = selection.documents & (snapshot.columns.papers != self._store.paper_of(row))
            selection = Selection(snapshot.columns, others, selection.passages, selection.tags)
            query = Query(passage_id)
            ranking = self._ranking(snapshot, selection, request.filters.access_classes)
            near = ranking.nearest(vector, query)
            hits = HitSet.all_close(near, near)
            request = request.model_copy(update={"query": passage_id, "mode": "vector"})
            return self._result(snapshot, ranking, hits, query, request, request.filters)

    def document(self, name: str, held: AccessClasses, *, full: bool) -> Document | None:
        """Return a document by id, source or symbol; see `Engine.document`."""
        self._overlay.refresh()
        with self._store.transaction():
            found = self._store.find(held, document_id=name)
            found = found or self._store.find(held, source=name)
            wanted = plain_symbol(name)
            found = found or self._store.find(held, symbol=wanted)
            if not found:
                return None
            best = best_version(found, wanted)
            return self._overlay.document(best.doc, held) if full else self._store.header(best.doc, held)

    def passage(self, passage_id: str, held: AccessClasses) -> Passage | None:
        """Return a passage by its id; see `Engine.passage`."""
        self._overlay.refresh()
        with self._store.transaction():
            row = self._row_of(passage_id, held)
            return None if row is None else self._overlay.passage(row)[0]

    def context(self, passage_id: str, most: int, held: AccessClasses) -> Context | None:
        """Return the passages around one; see `Engine.context`."""
        with self._store.transaction():
            row = self._row_of(passage_id, held)
            return None if row is None else Context.of(*self._store.around(row, most), most)

    def passages(self, filters: Filters, *, without_text: bool) -> Iterator[tuple[Document, tuple[Passage, ...]]]:
        """Yield passages by document, in the order of their ids; see `Engine.passages`."""
        with self._snapshots.reading() as snapshot:
            columns = snapshot.columns
            selection = select(columns, filters)
            rows = selection.rows()
            starts = np.flatnonzero(np.diff(rows >> PASSAGE_BITS, prepend=-1))
            parts = np.split(rows, starts[1:])
            for place in np.argsort(columns.id_ranks[columns.places(rows[starts])[0]]):
                own = parts[place].tolist()
                header = self._store.header(own[0] >> PASSAGE_BITS, filters.access_classes)
                yield header, tuple(self._overlay.passage(row)[0] for row in own)
            if without_text and not filters.asks_for_passages:
                empty = np.flatnonzero(selection.documents & (columns.passages == 0))
                for doc in columns.docs[empty[np.argsort(columns.id_ranks[empty])]].tolist():
                    yield self._store.header(doc, filters.access_classes), ()

    def judgements(self, held: AccessClasses) -> tuple[PlacedJudgement, ...]:
        """Return judgements with their places; see `Engine.judgements`."""
        self._overlay.refresh()
        with self._store.transaction():
            return tuple(self._placed(*one) for one in self._overlay.placed(held))

    def matrix(self, filters: Filters, model: MatrixModel, by: TrendField | None) -> Matrix | TrendMatrix:
        """Count the tags of a model; see `Engine.matrix`."""
        with self._snapshots.reading() as snapshot:
            return counting.matrix(select(snapshot.columns, filters), filters, model, by)

    def themes(self, filters: Filters, labels: Mapping[str, str]) -> ThemeCounts:
        """Count the themes; see `Engine.themes`."""
        with self._snapshots.reading() as snapshot:
            return counting.themes(select(snapshot.columns, filters), filters, labels)

    def _centred(self, snapshot: Snapshot, vector: Vector, query: Query) -> Vector:
        """Return the centred vector of a query, as hybrid search uses it."""
        if not self._centring:
            return vector
        language = self._analysis.language_of_query(query.text)
        return self._centring.query(vector, language, snapshot.offset(self._centring))

    def _ranking(self, snapshot: Snapshot, selection: Selection, held: AccessClasses) -> Ranking:
        understood = terms_of(self._analysis, partial(self._store.spellings, held))
        return Ranking(snapshot, self._text, understood, self._store.documents_of, selection, self._closeness)

    def _filtered(self, snapshot: Snapshot, filters: Filters) -> Ranking:
        return self._ranking(snapshot, select(snapshot.columns, filters), filters.access_classes)

    def _row_of(self, passage_id: str, held: AccessClasses) -> int | None:
        """Return the row of a passage that a reader may see."""
        document = passage_id.rpartition("-")[0]
        return self._store.row_of(passage_id) if self._store.find(held, document_id=document) else None

    def _placed(
        self, judgement: AnyJudgement, doc: int | None, place: AnchoredJudgement[AnyJudgement] | None
    ) -> PlacedJudgement:
        if doc is None or place is None:
            return PlacedJudgement(judgement=judgement)
        passage = self._store.passage(doc << PASSAGE_BITS | place.passage)[0].id
        return PlacedJudgement(judgement=judgement, passage=passage, start=place.start, end=place.end)

    def _result(
        self,
        snapshot: Snapshot,
        ranking: Ranking,
        hits: HitSet,
        query: Query,
        request: SearchRequest,
        filters: Filters,
    ) -> SearchResult:
        columns = snapshot.columns
        found: Papers = papers(columns, hits, request.sort)
        rows = hits.close_rows
        facets = {field: counting.facet(ranking.selection, filters, field, rows) for field in request.facets}
        explain = Explainer(ranking, hits, query, filters, request.weights) if request.explain else None
        highlighter = Highlighter(query.leaves, self._analysis, ranking.terms_of)
        page = self._answers.page(columns, hits, found, request, highlighter, explain)
        return SearchResult(
            query=request.query,
            mode=request.mode,
            passages=len(rows),
            documents=int(found.close.sum()),
            not_close=len(hits.close) - len(rows),
            listed=len(found.places),
            has_words=hits.has_words,
            hits=page,
            facets=facets,
            expanded=tuple(map(ExpandedTheme.of, query.themes)),
            about=request.boosting_themes,
        )


class ZeroResultDiagnostics:
    """Counts by words in one snapshot; implements `index.query.suggestions.CountingIndex`. `ranking_of` ranks it."""

    def __init__(self, columns: Columns, overlay: JudgementOverlay, ranking_of: Callable[[Filters], Ranking]) -> None:
        self._columns, self._overlay, self._ranking_of = columns, overlay, ranking_of

    def papers(self, questions: Sequence[CountRequest]) -> list[int]:
        """Return for each query how many papers its words match."""
        found = (self._ranking_of(filters).with_all(query) for query, filters in questions)
        return [len(papers(self._columns, HitSet.all_close(matches), "relevance").places) for matches in found]

    def texts(self, query: Query, filters: Filters, most: int) -> Iterator[tuple[str, str | None]]:
        """Yield text and language of the first passages that match."""
        for row in self._ranking_of(filters).by_words(query).best.rows[:most].tolist():
            passage, language = self._overlay.passage(row)
            yield passage.text, language
