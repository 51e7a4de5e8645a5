"""Reads the index: search, similar passages, documents and passages, each answer from one snapshot."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from configs.system.errors import NotFoundError
from extractors.document import Document, Passage
from index.analysis import PLACEHOLDER, Analysis
from index.elastic import counting, documents
from index.elastic.conditions import Body, none_of, passage_clauses
from index.elastic.hits import HitSet, PageRequest, Row
from index.elastic.ranking import Ranking
from index.elastic.rows import passage_of
from index.elastic.snapshot import Snapshot
from index.filters import AccessClasses, Descendants, Filters
from index.query.compiler import terms_of
from index.query.expansion import ThemesIn
from index.query.highlights import Highlighter, TermsOf
from index.query.parser import Query, QueryParsing
from index.query.suggestions import CountRequest, diagnose, needs_hints
from index.query.tree import leaves_of
from index.ranking.centring import SAMPLED, Centring
from index.ranking.closeness import Closeness, QueryMeaning
from index.ranking.explanation import ByMeaning, ByWords, Explanation, Fused, Standing, explanation
from index.ranking.fusion import COUNTED, Fusion, Ranked, Scores
from index.results import Context, ExpandedTheme, Hit, PassageHit, SearchRequest, SearchResult, Vector

_COUNTED = PageRequest(0, 1, 1, "relevance")
"""Of hits that are counted and not shown."""


class ElasticReader:
    """Answers from snapshots of an index."""

    def __init__(
        self,
        analysis: Analysis,
        descendants: Descendants | None,
        themes_in: ThemesIn | None,
        centring: Centring | None,
        closeness: Closeness,
    ) -> None:
        self._analysis, self._parsing = analysis, QueryParsing(analysis, descendants, themes_in)
        self._centring, self._closeness = centring, closeness
        self._lean: tuple[tuple[str, int], Vector | None, Vector] | None = None  # of the snapshot of this name

    def search(self, snapshot: Snapshot, request: SearchRequest, vector: Vector | None) -> SearchResult:
        """Answer a search; see `Engine.search`."""
        query = self._parsing.analysed(request.parsed, expand=request.expand)
        filters = request.filters.narrowed(query.conditions)
        held = filters.access_classes
        understood = self._terms_of(snapshot, held, query)
        meant = QueryMeaning(vector, request.themes) if vector is not None else None
        centre = None
        if query.root is not None and request.mode == "hybrid" and vector is not None:
            offset, centre = self._offset_and_centre(snapshot)
            if self._centring and offset is not None:
                vector = self._centring.query(vector, self._analysis.language_of_query(query.text), offset)

        def ranking_of(filters: Filters) -> Ranking:
            return Ranking(snapshot, self._analysis, understood, passage_clauses(filters), self._closeness)

        def hits_of(filters: Filters, wanted: PageRequest = _COUNTED) -> HitSet:
            return _hit_set(ranking_of(filters), query, request, vector, meant, centre, wanted)

        ranking = ranking_of(filters)
        found = hits_of(filters, _wanted(request))
        highlighter = Highlighter(query.leaves, self._analysis, understood)
        explainer = Explainer(ranking, found, query, filters, request.weights) if request.explain else None
        result = _result(snapshot, request, found, filters, highlighter, explainer)
        facets = dict(result.facets)
        for field, wider in request.facet_filters(query.conditions).items():
            facets |= counting.facets(snapshot, hits_of(wider).query, wider, (field,))
        undated = hits_of(filters.of_undated()).documents if filters.asks_for_dates else None
        why = None
        if needs_hints(query, has_all=found.has_all, any_close=found.passages > 0):
            understand = partial(self._terms_of, snapshot, held)
            asked = ZeroResultDiagnostics(snapshot, understand, partial(self._ranking, snapshot))
            why = diagnose(query, filters, asked, self._analysis, partial(self._parsing.parsed, expand=request.expand))
        expanded = tuple(map(ExpandedTheme.of, query.themes))
        more = {"facets": facets, "undated": undated, "expanded": expanded, "hints": why}
        return result.model_copy(update=more)

    def similar(self, snapshot: Snapshot, passage_id: str, request: SearchRequest) -> SearchResult:
        """Return the passages nearest to one, of other papers; see `Engine.similar`."""
        row = documents.passage_row(snapshot, request.filters.access_classes, passage_id, vector=True)
        if row is None:
            raise NotFoundError(f"there is no passage '{passage_id}'", "take an id that search shows")
        others: list[Body] = [none_of({"term": {"key": row["key"]}}), *passage_clauses(request.filters)]
        query = Query(passage_id)
        understood = self._terms_of(snapshot, request.filters.access_classes, query)
        ranking = Ranking(snapshot, self._analysis, understood, others, self._closeness)
        found = ranking.like(np.asarray(row["vector"], np.float32), _wanted(request))
        request = request.model_copy(update={"query": passage_id, "mode": "vector"})
        highlighter = Highlighter((), self._analysis, understood)
        explainer = Explainer(ranking, found, query, request.filters, request.weights) if request.explain else None
        return _result(snapshot, request, found, request.filters, highlighter, explainer)

    def document(self, snapshot: Snapshot, name: str, held: AccessClasses, *, full: bool) -> Document | None:
        """Return a document by id, source or symbol; see `Engine.document`."""
        found = documents.find(snapshot, held, name)
        if found is None:
            return None
        return documents.whole(snapshot, held, *found) if full else documents.headers(snapshot, held, [found])[0]

    def passage(self, snapshot: Snapshot, passage_id: str, held: AccessClasses) -> Passage | None:
        """Return a passage by its id; see `Engine.passage`."""
        row = documents.passage_row(snapshot, held, passage_id)
        return passage_of(row) if row else None

    def context(self, snapshot: Snapshot, passage_id: str, most: int, held: AccessClasses) -> Context | None:
        """Return the passages around one; see `Engine.context`."""
        row = documents.passage_row(snapshot, held, passage_id)
        if row is None:
            return None
        around = documents.around(snapshot, [(row["generation"], row["ordinal"])], most)
        return Context.of(passage_of(row), around[row["generation"]], most)

    def _offset_and_centre(self, snapshot: Snapshot) -> tuple[Vector | None, Vector]:
        """Return the offset of the passages from the centres of their languages, and their mean vector.

        Both are computed once for each snapshot from a sample of passages; the first is None where the encoder has
        no centres.
        """
        if self._lean is None or self._lean[0] != snapshot.name:
            vectors, languages = documents.sample(snapshot, SAMPLED)
            offset = self._centring.offset(vectors, languages) if self._centring else None
            self._lean = snapshot.name, offset, vectors.mean(axis=0) if len(vectors) else vectors
        return self._lean[1:]

    def _ranking(self, snapshot: Snapshot, understood: TermsOf, filters: Filters) -> Ranking:
        return Ranking(snapshot, self._analysis, understood, passage_clauses(filters), self._closeness)

    def _terms_of(self, snapshot: Snapshot, held: AccessClasses, *queries: Query) -> TermsOf:
        """Return a function from words to indexed terms; accented spellings are fetched in one request."""
        plain = {
            (field, self._analysis.plain_term(token.word, field))
            for query in queries
            for leaf in (leaves_of(query.root, excluded=True) if query.root else ())
            for text in leaf.rows
            for field in self._analysis.fields
            for token in self._analysis.tokens(text, field)
            if token.term != PLACEHOLDER
        }
        known = documents.spellings(snapshot, held, plain)
        return terms_of(self._analysis, lambda language, term: known.get((language, term), ()))


class Explainer:
    """Explains the passages of one page; how they match by word is fetched in one request."""

    def __init__(self, ranking: Ranking, found: HitSet, query: Query, filters: Filters, fusion: Fusion) -> None:
        self._filters, self._all_words = filters, found.all_words
        self._shares: tuple[Scores, Scores] | None = None
        if found.words is not None and found.near is not None:
            by_words, by_meaning = (_ranked(rows) for rows in (found.words, found.near))
            self._shares = fusion.by_words(by_words), fusion.by_meaning(by_meaning)
        self._ranks = {row.row_id: rank for rank, row in enumerate(found.words or (), 1)}
        self._near = {
            row.row_id: ByMeaning(rank=rank, cosine=row.score) for rank, row in enumerate(found.near or (), 1)
        }
        shown = [row for paper in found.page for row in paper.rows]
        asks = found.words is not None and shown
        self._scores = ranking.scores(query, shown, all_words=found.all_words) if asks else {}

    def explanation(self, row: Row, header: Document, passage: Passage) -> Explanation:
        """Return the explanation of a passage; `header` is its document without passages."""
        words, meaning = self._by_words(row.row_id), self._near.get(row.row_id)
        fused = Fused.of(self._shares, words, meaning, row.score) if self._shares else None
        return explanation(Standing(words, meaning, fused), header, passage, self._filters)

    def _by_words(self, name: str) -> ByWords | None:
        if name not in self._scores:
            return None
        score, words = self._scores[name]
        rank = self._ranks.get(name)
        counts = rank is not None and (rank <= COUNTED or name not in self._near)
        return ByWords(rank=rank if counts else None, score=score, all_words=self._all_words, words=words)


def _ranked(rows: Sequence[Row]) -> Ranked:
    return Ranked(np.arange(len(rows)), np.array([row.score for row in rows], np.float64))


class ZeroResultDiagnostics:
    """Counts by words in one snapshot; implements `index.query.suggestions.CountingIndex`.

    `terms_of` gives the indexed terms of words, `ranking_of` the ranking under filters.
    """

    def __init__(
        self, snapshot: Snapshot, terms_of: Callable[..., TermsOf], ranking_of: Callable[[TermsOf, Filters], Ranking]
    ) -> None:
        self._snapshot, self._terms_of, self._ranking_of = snapshot, terms_of, ranking_of

    def papers(self, questions: Sequence[CountRequest]) -> list[int]:
        """Return for each query how many papers its words match; all queries are sent in one request."""
        understood = self._terms_of(*(query for query, _ in questions))
        rankings = [self._ranking_of(understood, filters) for _, filters in questions]
        bodies = [ranking.counting(query) for ranking, (query, _) in zip(rankings, questions, strict=True)]
        answers = self._snapshot.ask(*bodies)
        return [ranking.counted(answer) for ranking, answer in zip(rankings, answers, strict=True)]

    def texts(self, query: Query, filters: Filters, most: int) -> Iterable[tuple[str, str | None]]:
        """Return text and language of the first passages that match."""
        return self._ranking_of(self._terms_of(query), filters).texts(query, most)


def _hit_set(
    ranking: Ranking,
    query: Query,
    request: SearchRequest,
    vector: Vector | None,
    meant: QueryMeaning | None,
    centre: Vector | None,
    wanted: PageRequest,
) -> HitSet:
    """Return the hit set of a request; `vector` is that of its query, centred in hybrid mode."""
    if query.root is None:
        return ranking.everything(wanted)
    if request.mode == "text" or vector is None or meant is None:
        return ranking.by_words(query, wanted)
    if request.mode == "vector" or centre is None:
        return ranking.nearest(meant, query, wanted)
    return ranking.fused(vector, meant, query, wanted, request.weights, centre, request.boosting_themes)


def _wanted(request: SearchRequest) -> PageRequest:
    return PageRequest(
        request.offset, request.k, request.passages, request.sort, request.close_only, request.of_document
    )


def _result(
    snapshot: Snapshot,
    request: SearchRequest,
    found: HitSet,
    filters: Filters,
    highlighter: Highlighter,
    explainer: Explainer | None,
) -> SearchResult:
    return SearchResult(
        query=request.query,
        mode=request.mode,
        passages=found.passages,
        documents=found.documents,
        not_close=found.not_close,
        listed=found.listed,
        has_words=found.has_words,
        hits=_hits(snapshot, filters.access_classes, found, request, highlighter, explainer),
        facets=counting.facets(snapshot, found.query, filters, request.facets),
        about=request.boosting_themes,
    )


def _hits(
    snapshot: Snapshot,
    held: AccessClasses,
    found: HitSet,
    request: SearchRequest,
    highlighter: Highlighter,
    explainer: Explainer | None,
) -> tuple[Hit, ...]:
    page = found.page
    names = [(paper.best.document, paper.best.generation) for paper in page]
    matching = counting.passages_of(snapshot, found.query, [name for name, _ in names])
    rows = [row for paper in page for row in paper.rows]
    source = ["text", "language", "detail"]
    wanted = [{"_index": row.row_index, "_id": row.row_id, "_source": source} for row in rows]
    stored = dict(zip(rows, snapshot.sources(wanted), strict=True))
    most = request.context
    around = documents.around(snapshot, [(row.generation, row.ordinal) for row in rows], most) if most else {}
    hits = []
    for header, paper in zip(documents.headers(snapshot, held, names), page, strict=True):
        passages = []
        for row in paper.rows:
            passage = passage_of(stored[row])
            hit = PassageHit.of(
                passage,
                row.score,
                highlighter.spans(passage.text, stored[row]["language"]),
                close=row.close,
                context=Context.of(passage, around[row.generation], most) if most else None,
                explain=explainer.explanation(row, header, passage) if explainer else None,
            )
            passages.append(hit)
        count = matching.get(header.id, 0)
        hits.append(
            Hit(document=header, close=paper.close, matching=count, score=paper.best.score, passages=tuple(passages))
        )
    return tuple(hits)
