"""Ranks the passages that match a request, and groups them into papers.

One multi-search queries all words, any word, and the nearest vectors, with the same filters in each. The first
thousand passages by word are enough for the first pages; more passages with all words are fetched for later pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import Analysis
from index.elastic import documents
from index.elastic.conditions import Body
from index.elastic.hits import (
    PAPERS,
    HitSet,
    PageRequest,
    Paper,
    Row,
    named_rows,
    near_rows,
    paper_count,
    papers_asked_for,
    papers_in_order,
    passage_count,
    read_rows,
    row_values,
)
from index.elastic.queries import NOTHING, ElasticQueries, text_query
from index.elastic.snapshot import Snapshot
from index.query.compiler import counted
from index.query.highlights import TermsOf
from index.query.or_fallback import MOST_OF_ANY, matching
from index.query.parser import Query
from index.query.tree import Node
from index.ranking.closeness import JUDGED, Closeness, QueryMeaning, Signals
from index.ranking.explanation import WordScore
from index.ranking.fusion import COUNTED, LEARNT, Fusion, Ranked, Scores, fused, moved
from index.ranking.theme_shares import QueryTheme, theme_shares
from index.results import ENOUGH_DOCUMENTS, NEAREST, Mode, Vector

_FIRST = max(COUNTED, MOST_OF_ANY)
"""Passages by word of the first request: those whose rank counts in a fusion, so that no later one changes it."""
_FURTHER = 10_000
_INNER = 100
"""Passages of a paper that one search gives at most, with those of the other papers (`max_inner_result_window`)."""
_CANDIDATES = 2 * NEAREST
"""Passages that the vector index looks at to find the nearest."""
_RESCORED = {"int8_hnsw": 1.0, "bbq_hnsw": 3.0}
"""By the kind of vector index: so many times the nearest get the exact dot product, which limits are set on."""
_BY_SCORE = [{"_score": "desc"}, "document", "ordinal"]


WordScores = dict[str, tuple[float, tuple[WordScore, ...]]]
"""By the `_id` of rows: their score by word, and what each word of the query adds to it."""


class Ranking:
    """Ranks passages by word, by meaning or both, in one snapshot of the index; `filters` apply to every passage."""

    def __init__(
        self,
        snapshot: Snapshot,
        analysis: Analysis,
        terms_of: TermsOf,
        filters: list[Body],
        closeness: Closeness,
    ) -> None:
        self._snapshot, self._analysis, self._terms_of = snapshot, analysis, terms_of
        self._closeness = closeness
        self._filters = [snapshot.visible, *filters]

    def everything(self, wanted: PageRequest) -> HitSet:
        """Return every passage that matches the filters, papers with the newest date first."""
        query = self._filtered({"match_all": {}})
        order = [{"facets.date": {"order": "desc", "missing": "_last"}}, "document", "ordinal"]
        inner = {"name": "own", "size": min(wanted.passages, _INNER), "sort": order, **row_values()}
        body = {
            **row_values(),
            "query": query,
            "sort": order,
            "from": wanted.offset,
            "size": wanted.k,
            "collapse": {"field": "key", "inner_hits": inner},
            "track_total_hits": False,
        }
        if wanted.document is not None:
            of_one = {"term": {"document": wanted.document}}
            body |= {"query": self._filtered(of_one), "from": 0, "size": 1}
        counting = {"query": query, "size": 0, "track_total_hits": True, "aggs": {"papers": PAPERS}}
        answer, counted = self._snapshot.ask(body, counting)
        found = (read_rows(hit["inner_hits"]["own"]["hits"]["hits"], 0.0) for hit in answer["hits"]["hits"])
        page = tuple(Paper(tuple(row for row in rows if row.document == rows[0].document)) for rows in found)
        if wanted.passages > _INNER:
            page = self._complete_papers(page, wanted)
        count = paper_count(counted)
        return HitSet(query, passage_count(counted), count, page, listed=count)

    def _complete_papers(self, page: tuple[Paper, ...], wanted: PageRequest) -> tuple[Paper, ...]:
        """Return papers with all their passages that match the filters, up to the requested number."""
        rows: list[Row] = []
        body = {
            **row_values(),
            "query": self._filtered({"terms": {"document": [paper.best.document for paper in page]}}),
            "sort": ["document", "ordinal"],
            "size": _FURTHER,
            "track_total_hits": False,
        }
        while hits := self._snapshot.ask(body)[0]["hits"]["hits"]:
            rows += read_rows(hits, 0.0)
            body["search_after"] = hits[-1]["sort"]
        own = {name: tuple(of_one) for name, of_one in groupby(rows, key=lambda row: row.document)}
        return tuple(Paper(own[paper.best.document][: wanted.passages]) for paper in page)

    def by_words(self, query: Query, wanted: PageRequest) -> HitSet:
        """Return the passages that the words match."""
        asked = self._text_bodies(query)
        answers = self._snapshot.ask(*asked)
        body, answer = self._search_with_fallback(asked, answers)
        has_all, has_words = _has(answers)
        if body is not asked[0]:
            best = _best(answer)
            rows = self._marked_close(best, best, query, None, "text")
            found = replace(self._listed(rows, wanted), words=best, all_words=False)
        else:
            rows = self._passages_for_page(body, answer, wanted)
            page = papers_asked_for(rows, wanted, self._dates(rows, wanted))
            count = paper_count(answer)
            found = HitSet(body["query"], passage_count(answer), count, page, listed=count, words=rows)
        return replace(found, has_all=has_all, has_words=has_words)

    def like(self, vector: Vector, wanted: PageRequest) -> HitSet:
        """Return the passages nearest to the vector of a passage; all of them count as close."""
        near = near_rows(self._snapshot.ask(self._vector_body(vector, Query("")))[0])
        return replace(self._listed(near, wanted), near=near)

    def nearest(self, meant: QueryMeaning, query: Query, wanted: PageRequest) -> HitSet:
        """Return the passages nearest to a query among those that meet its required and excluded terms."""
        words = [{**body, "size": 0, "aggs": {}} for body in self._text_bodies(query)]
        vectors, *counts = self._snapshot.ask(self._vector_body(meant.vector, query), *words)
        near = near_rows(vectors)
        rows = self._marked_close(near, near, query, meant, "vector")
        has_all, has_words = _has(counts)
        return replace(self._listed(rows, wanted), near=near, has_all=has_all, has_words=has_words)

    def fused(
        self,
        vector: Vector,
        meant: QueryMeaning,
        query: Query,
        wanted: PageRequest,
        fusion: Fusion,
        centre: Vector,
        themes: Sequence[QueryTheme],
    ) -> HitSet:
        """Return the passages that the words match and the nearest ones, as one ranking.

        `centre` `(dimension,)` is the mean vector of the passages of the index; passages gain by the `themes` that the
        query is about. `meant` says which passages are near enough.
        """
        asked = self._text_bodies(query)
        *texts, vectors = self._snapshot.ask(*asked, self._vector_body(vector, query))
        body, answer = self._search_with_fallback(asked, texts)
        all_words, near = body is asked[0], near_rows(vectors)
        by_words = self._passages_for_page(body, answer, wanted) if all_words else _best(answer)
        near = self._with_feedback(vector, query, by_words[:COUNTED], near, fusion, centre)
        fused_rows = _fused(by_words, near, fusion, themes)
        rows = self._marked_close(fused_rows, near if all_words else fused_rows, query, meant, "hybrid")
        if not all_words or len(by_words) == passage_count(answer):
            found = self._listed(rows, wanted)
        else:
            found = self._counted(rows, body["query"], near, wanted)
        has_all, has_words = _has(texts)
        found = replace(found, has_all=has_all, has_words=has_words)
        return replace(found, words=by_words, near=near, all_words=all_words)

    def _marked_close(
        self, rows: Sequence[Row], unsure: Sequence[Row], query: Query, meant: QueryMeaning | None, mode: Mode
    ) -> list[Row]:
        """Return the passages of a ranking, each marked as close where it has all words or is near enough.

        Those that are not among the `unsure` have all words.
        """
        assert query.root is not None
        if not rows:
            return []
        first, asked = rows[:JUDGED], [node for _, node in query.by_word()]
        bodies = [self._scores_body(unsure, self._words(query.root, strict=True))]
        counting = counted(ElasticQueries(), self._analysis, asked, self._terms_of)
        bodies.append(self._scores_body(first, NOTHING if counting is None else counting))
        if meant is not None:
            own = self._vector_body(meant.vector, Query(""))
            own["knn"]["filter"] = [named_rows(first)]
            bodies.append({**own, "size": len(first)})
        having_all, words, *vectors = self._snapshot.ask(*bodies)
        lacking = {row.row_id for row in unsure} - {hit["_id"] for hit in having_all["hits"]["hits"]}
        counts = {hit["_id"]: hit["_score"] for hit in words["hits"]["hits"]}
        cosines = {row.row_id: row.score for answer in vectors for row in near_rows(answer)}
        signals = Signals(
            np.array([counts.get(row.row_id, 0.0) for row in first]) / max(len(asked), 1),
            np.array([row.score for row in first]),
            np.array([cosines.get(row.row_id, 0.0) for row in first]),
        )
        near_enough = self._closeness.near_enough(mode, signals, meant.topic if meant else 0.0).tolist()
        lacking -= {row.row_id for row, is_near in zip(first, near_enough, strict=True) if is_near}
        return [row._replace(close=row.row_id not in lacking) for row in rows]

    def _scores_body(self, rows: Sequence[Row], query: Body) -> Body:
        """Return the search body that scores the given passages against a query."""
        return {"query": {"bool": {"must": [query], "filter": [named_rows(rows)]}}, "size": len(rows), "_source": False}

    def _with_feedback(
        self, vector: Vector, query: Query, words: list[Row], near: list[Row], fusion: Fusion, centre: Vector
    ) -> list[Row]:
        """Return the nearest passages, reordered by pseudo-relevance feedback from the best of them."""
        best = _fused(words, near, fusion)[:LEARNT]
        if not best:
            return near
        vectors = documents.vectors(self._snapshot, [row.row_id for row in best])
        body = self._vector_body(moved(vector, vectors, centre), query)
        body["knn"]["filter"].append(named_rows(near))
        return near_rows(self._snapshot.ask(body)[0])

    def _counted(self, rows: list[Row], words: Body, near: list[Row], wanted: PageRequest) -> HitSet:
        """Return the hit set of the matches by word and by meaning; `rows` are the best of them.

        Every match by word is close, those that are not among the rows too.
        """
        shut_out = {row.row_id for row in rows if not row.close}
        rows = [row for row in rows if row.close] if wanted.close_only else rows
        page = papers_asked_for(rows, wanted, self._dates(rows, wanted))
        listed, close = (
            self._filtered({"bool": {"should": [words, named_rows(own)], "minimum_should_match": 1}})
            for own in (near, [row for row in near if row.row_id not in shut_out])
        )
        counting = {"size": 0, "track_total_hits": True, "aggs": {"papers": PAPERS}}
        every, own = self._snapshot.ask({**counting, "query": listed}, {**counting, "query": close})
        count = paper_count(own if wanted.close_only else every)
        not_close = 0 if wanted.close_only else len(shut_out)
        return HitSet(close, passage_count(own), paper_count(own), page, not_close=not_close, listed=count)

    def counting(self, query: Query) -> Body:
        """Return the search body that counts the papers with all words; without words, all that match the filters."""
        words = {"match_all": {}} if query.root is None else self._words(query.root, strict=True)
        return {"query": self._filtered(words), "size": 0, "aggs": {"papers": PAPERS}}

    def counted(self, answer: dict[str, Any]) -> int:
        """Return how many papers the words match, from the answer to `counting`."""
        return paper_count(answer)

    def texts(self, query: Query, most: int) -> list[tuple[str, str]]:
        """Return text and language of the first passages that match all words, by document."""
        body = self._text_bodies(query)[0]
        first = {"query": body["query"], "sort": ["document", "ordinal"], "size": most, "_source": ["text", "language"]}
        rows = (hit["_source"] for hit in self._snapshot.ask(first)[0]["hits"]["hits"])
        return [(row["text"], row["language"]) for row in rows]

    def scores(self, query: Query, rows: Sequence[Row], *, all_words: bool) -> WordScores:
        """Return the score by word of each passage that matches, and what each word of the query adds to it."""
        assert query.root is not None
        by_word = query.by_word()
        nodes = [query.root, *(node for _, node in by_word)]
        named = {"ids": {"values": [row.row_id for row in rows]}}
        bodies: list[Body] = [
            {
                "query": {"bool": {"must": [self._words(node, strict=all_words)], "filter": [named]}},
                "size": len(rows),
                "_source": False,
            }
            for node in nodes
        ]
        total, *each = (
            {hit["_id"]: float(hit["_score"]) for hit in answer["hits"]["hits"]}
            for answer in self._snapshot.ask(*bodies)
        )
        words = {
            name: tuple(
                WordScore(text=text, score=own[name])
                for (text, _), own in zip(by_word, each, strict=True)
                if name in own
            )
            for name in total
        }
        return {name: (score, words[name]) for name, score in total.items()}

    def _listed(self, rows: list[Row], wanted: PageRequest) -> HitSet:
        """Return the hit set that consists of the given rows alone."""
        close = [row for row in rows if row.close]
        rows = close if wanted.close_only else rows
        papers = papers_in_order(rows, wanted, self._dates(rows, wanted))
        return HitSet(
            self._filtered(named_rows(close)),
            len(close),
            len({row.key for row in close}),
            wanted.of(papers),
            not_close=len(rows) - len(close),
            listed=len(papers),
        )

    def _text_bodies(self, query: Query) -> list[Body]:
        """Return the search body for all words of a query and, where OR fallback applies, the one for any of them."""
        assert query.root is not None
        ways = (True, False) if query.has_or_fallback else (True,)
        return [
            {
                **row_values(),
                "query": self._filtered(self._words(query.root, strict=strict)),
                "sort": _BY_SCORE,
                "size": _FIRST if strict else MOST_OF_ANY + 1,
                "track_total_hits": True,
                "aggs": {"papers": PAPERS},
            }
            for strict in ways
        ]

    def _vector_body(self, vector: Vector, query: Query) -> Body:
        demands = query.constraints()
        held = [self._words(demands, strict=True)] if demands else []
        nearest = {
            "field": "vector",
            "query_vector": vector.tolist(),
            "k": NEAREST,
            "num_candidates": _CANDIDATES,
            "filter": [*self._filters, *held],
            "rescore_vector": {"oversample": _RESCORED[self._snapshot.cluster.settings.vectors]},
        }
        return {**row_values(), "knn": nearest, "size": NEAREST}

    def _words(self, root: Node, *, strict: bool) -> Body:
        return text_query(root, self._analysis, self._terms_of, strict=strict)

    def _filtered(self, query: Body) -> Body:
        return {"bool": {"must": [query], "filter": self._filters}}

    def _search_with_fallback(
        self, bodies: Sequence[Body], answers: Sequence[dict[str, Any]]
    ) -> tuple[Body, dict[str, Any]]:
        """Return the search for all words with its answer or, where too few papers match, the one for any word."""
        place = len(answers) - 1 if paper_count(answers[0]) < ENOUGH_DOCUMENTS else 0
        return bodies[place], answers[place]

    def _passages_for_page(self, body: Body, answer: dict[str, Any], wanted: PageRequest) -> list[Row]:
        """Return the passages that match, best first: all of them, or enough for the requested papers."""
        hits = answer["hits"]["hits"]
        rows = read_rows(hits)
        keys = {row.key for row in rows}
        every = wanted.sort == "date" or wanted.wants_all
        while len(rows) < passage_count(answer) and (every or len(keys) < wanted.offset + wanted.k):
            further = {
                **body,
                "aggs": {},
                "track_total_hits": False,
                "size": _FURTHER,
                "search_after": hits[-1]["sort"],
            }
            hits = self._snapshot.ask(further)[0]["hits"]["hits"]
            if not hits:
                break
            rows += read_rows(hits)
            keys |= {row.key for row in rows}
        return rows

    def _dates(self, rows: Iterable[Row], wanted: PageRequest) -> dict[str, str]:
        """Return the dates of the documents of passages, where papers are sorted by date."""
        if wanted.sort != "date":
            return {}
        names = sorted({row.document for row in rows})
        dates: dict[str, str] = {}
        for start in range(0, len(names), _FURTHER):
            part = names[start : start + _FURTHER]
            query = {"bool": {"filter": [self._snapshot.visible, {"terms": {"document": part}}]}}
            values = {"_source": False, "docvalue_fields": ["document", "facets.date"]}
            first = {"query": query, "collapse": {"field": "document"}, "size": len(part), **values}
            for hit in self._snapshot.ask(first)[0]["hits"]["hits"]:
                dates[hit["fields"]["document"][0]] = hit["fields"].get("facets.date", [""])[0]
        return dates


def _has(answers: Sequence[dict[str, Any]]) -> tuple[bool, bool]:
    """Return whether a passage has all words, and any word, of the answers to `_text_bodies`."""
    return passage_count(answers[0]) > 0, passage_count(answers[-1]) > 0


def _best(answer: dict[str, Any]) -> list[Row]:
    """Return the best passages with any of the words."""
    rows = read_rows(answer["hits"]["hits"])
    return rows[: matching(np.array([row.score for row in rows]), MOST_OF_ANY)]


def _ranked(rows: Sequence[Row], numbers: Mapping[str, int]) -> Ranked:
    places = np.array([numbers[row.row_id] for row in rows], np.int64)
    return Ranked(places, np.array([row.score for row in rows], np.float64))


def _fused(
    by_words: Sequence[Row], near: Sequence[Row], fusion: Fusion, themes: Sequence[QueryTheme] = ()
) -> list[Row]:
    """Return the union of two rankings, best first; equals by their document's id and their place in it."""
    every = sorted(
        {row.row_id: row for row in (*near, *by_words)}.values(), key=lambda row: (row.document, row.ordinal)
    )
    numbers = {row.row_id: number for number, row in enumerate(every)}

    def shares(places: NDArray[np.int64]) -> Scores:
        return _shares([every[place] for place in places.tolist()], themes)

    ranked = _ranked(by_words, numbers), _ranked(near, numbers)
    places, scores = fused(*ranked, fusion, counted=_FIRST, shares=shares if themes else None)
    order = np.lexsort((places, -scores))
    return [
        every[place]._replace(score=score) for place, score in zip(places[order], scores[order].tolist(), strict=True)
    ]


def _shares(rows: Sequence[Row], themes: Sequence[QueryTheme]) -> Scores:
    """Return how much of the themes each passage is about."""
    having = (
        (one, np.array([one.id in row.themes for row in rows]), np.array([one.id in row.suggested for row in rows]))
        for one in themes
    )
    return theme_shares(having, len(rows))
