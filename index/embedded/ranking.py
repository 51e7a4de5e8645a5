"""From a question to the passages that match it, in order, and to the papers that they belong to."""

from typing import NamedTuple

import numpy as np

from index.embedded.columns import Columns, Rows
from index.embedded.queries import DocumentsOf
from index.embedded.selection import Selection
from index.embedded.snapshot import Snapshot
from index.embedded.store import MOST_PASSAGES
from index.embedded.text import Matches, TextIndex
from index.fusion import reciprocal_rank_fusion
from index.highlights import TermsOf
from index.protocol import ENOUGH_DOCUMENTS, NEAREST, Mode, Sort, Vector
from index.query import Query


class Papers(NamedTuple):
    """Papers in order: the place of the version with the best passage, and that passage's score."""

    places: Rows
    scores: np.ndarray[tuple[int], np.dtype[np.float64]]


class HitSet(NamedTuple):
    """What matches, best first, and whether any of it does by word (in mode `vector`, at all)."""

    matches: Matches
    words_match: bool

    @classmethod
    def of(cls, matches: Matches) -> "HitSet":
        """Return the hit set of one ranking."""
        return cls(matches, bool(len(matches.rows)))


class Ranking:
    """Answers the parts of a question from one moment of the index."""

    def __init__(
        self,
        snapshot: Snapshot,
        text: TextIndex,
        terms_of: TermsOf,
        documents_of: DocumentsOf,
        selection: Selection,
    ) -> None:
        self._snapshot, self._text, self._selection = snapshot, text, selection
        self._terms_of, self._documents_of = terms_of, documents_of

    def hits(self, query: Query, mode: Mode, vector: Vector | None) -> "HitSet":
        """Return the hit set, best first: what the words match, the nearest passages, or both fused."""
        if query.root is None or mode == "text" or vector is None:
            return HitSet.of(self.by_words(query))
        near = self.nearest(vector, query)
        if mode == "vector":
            return HitSet.of(near)
        words = self.by_words(query)
        return HitSet(self._in_order(*reciprocal_rank_fusion(words.rows, near.rows)), bool(len(words.rows)))

    def nearest(self, vector: Vector, query: Query) -> Matches:
        """Return the nearest passages, best first, of those that hold to what the query demands or forbids."""
        constraints = query.constraints()
        allowed = None
        if constraints:
            found = self._text.find(constraints, self._terms_of, self._documents_of, strict=True)
            allowed = np.sort(found.rows)
        return self._in_order(*self._snapshot.nearest(vector, self._selection, allowed, NEAREST))

    def by_words(self, query: Query) -> Matches:
        """Return the passages that the words match, best first: all words, or any of them where few papers have all.

        A query without words matches every passage that the filters leave.
        """
        if query.root is None:
            rows = self._selection.rows()
            return self._in_order(rows, np.zeros(len(rows)))
        matches = self._find(query, strict=True)
        if not query.is_single and self._count_papers(matches.rows) < ENOUGH_DOCUMENTS:
            matches = self._find(query, strict=False)
        return self._in_order(*matches)

    def _find(self, query: Query, *, strict: bool) -> Matches:
        assert query.root is not None
        rows, scores = self._text.find(query.root, self._terms_of, self._documents_of, strict=strict)
        kept = self._selection.keeps(rows)
        return Matches(rows[kept], scores[kept])

    def _count_papers(self, rows: Rows) -> int:
        columns = self._snapshot.columns
        return len(np.unique(columns.papers[columns.places(rows)[0]])) if len(rows) else 0

    def _in_order(self, rows: Rows, scores: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Matches:
        """Put the best first; equals by their document's id and their place in it, so that pages are stable."""
        columns = self._snapshot.columns
        if not len(rows):
            return Matches(rows, scores)
        places, _ = columns.places(rows)
        order = np.lexsort((rows % MOST_PASSAGES, columns.id_ranks[places], -scores))
        return Matches(rows[order], scores[order])


def papers(columns: Columns, hits: Matches, sort: Sort) -> Papers:
    """Return the papers of a hit set (best first), by their best passage or the newest first."""
    if not len(hits.rows):
        return Papers(np.empty(0, np.int64), np.empty(0))
    places, _ = columns.places(hits.rows)
    _, first = np.unique(columns.papers[places], return_index=True)
    first.sort()
    found = Papers(places[first], hits.scores[first])
    if sort == "relevance":
        return found
    dates = columns.date_ranks[found.places]
    order = np.lexsort((columns.id_ranks[found.places], -dates))
    return Papers(found.places[order], found.scores[order])
