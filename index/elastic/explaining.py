"""Where the passages of an answer stand in the two rankings that it was made of."""

from collections.abc import Sequence

import numpy as np

from extractors.document import Document, Passage
from index.elastic.hits import HitSet, Row
from index.elastic.ranking import Ranking
from index.filters import Filters
from index.query.parser import Query
from index.ranking.explanation import ByMeaning, ByWords, Explanation, Fused, Standing, explanation
from index.ranking.fusion import COUNTED, Fusion, Ranked, Scores


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
