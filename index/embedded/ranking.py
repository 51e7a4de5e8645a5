"""Ranks the passages that match a request, and groups them into papers."""

import copy
from collections.abc import Sequence
from functools import cache, partial
from typing import NamedTuple, Self

import numpy as np

from index.embedded.columns import Columns, Mask, Places, Rows, members
from index.embedded.queries import DocumentsOf
from index.embedded.selection import Selection
from index.embedded.snapshot import Snapshot
from index.embedded.store import MOST_PASSAGES
from index.embedded.text import Matches, TextIndex
from index.query.highlights import TermsOf
from index.query.or_fallback import MOST_OF_ANY, matching
from index.query.parser import Query
from index.query.tree import Node
from index.ranking.closeness import JUDGED, Closeness, QueryMeaning, Signals
from index.ranking.fusion import COUNTED, DEFAULT, LEARNT, Fusion, Ranked, Scores, fused, moved
from index.ranking.theme_shares import QueryTheme, theme_shares
from index.results import ENOUGH_DOCUMENTS, NEAREST, Mode, Sort, Vector

_FIRST_ASKED, _MORE = MOST_OF_ANY + 100, 8
"""Passages that are fetched to find the best that filters leave, and how many times as many the next time."""


class Papers(NamedTuple):
    """Papers in order: the place of the version with the best passage, its score, and the mask of close papers."""

    places: Rows
    scores: np.ndarray[tuple[int], np.dtype[np.float64]]
    close: Mask


class ByWords(NamedTuple):
    """The passages that match by word, best first: those with all words of the query (`all_words`), or with any.

    `having_all` are the rows of those with all, in no order.
    """

    best: Matches
    having_all: Rows
    all_words: bool = True


class HitSet(NamedTuple):
    """The listed passages, best first: the fused ranking, that by word and that by meaning (None where not requested).

    `close` is the mask of the rows of `found` that are close to the query: they come before the others. `all_words`
    says whether the passages by word hold all words of the query, or any of them. `has_all` and `has_words` say
    whether a passage has all words, or any word at all.
    """

    found: Matches
    close: Mask
    words: Matches | None = None
    near: Matches | None = None
    all_words: bool = True
    has_all: bool = True
    has_words: bool = True

    @classmethod
    def all_close(cls, found: Matches, near: Matches | None = None) -> Self:
        """Return the hit set of a query without words, where every passage is close."""
        return cls(found, np.ones(len(found.rows), bool), near=near)

    @property
    def close_rows(self) -> Rows:
        """The rows of the close passages, ascending."""
        return np.sort(self.found.rows[self.close])

    def close_only_hits(self) -> Self:
        """Return the hit set of the close passages alone."""
        kept = self.close
        return self._replace(found=Matches(self.found.rows[kept], self.found.scores[kept]), close=kept[kept])


class Ranking:
    """Ranks passages by word, by meaning or both, in one snapshot of the index.

    The matches of all words in the documents of `selection` are computed once, and reused for narrower selections
    (`under`).
    """

    def __init__(
        self,
        snapshot: Snapshot,
        text: TextIndex,
        terms_of: TermsOf,
        documents_of: DocumentsOf,
        selection: Selection,
        closeness: Closeness,
    ) -> None:
        self._snapshot, self._text, self.selection = snapshot, text, selection
        self._among = selection.few_documents
        self._found: dict[tuple[Node, bool], Matches] = {}
        self._closeness = closeness
        self.terms_of, self._documents_of = cache(terms_of), documents_of

    def under(self, selection: Selection) -> Self:
        """Return the ranking under a narrower selection."""
        other = copy.copy(self)
        other.selection = selection
        return other

    def hits(
        self,
        query: Query,
        mode: Mode,
        vector: Vector | None,
        meant: QueryMeaning | None = None,
        fusion: Fusion = DEFAULT,
        themes: Sequence[QueryTheme] = (),
    ) -> HitSet:
        """Return the hit set: the matches by word, the nearest passages, or the fusion of both.

        The fusion boosts passages about the `themes` of the query. `meant` determines which passages are near enough.
        """
        if query.root is None:
            return HitSet.all_close(self.by_words(query).best)
        mode = "text" if vector is None or meant is None else mode
        found, words, near = self.ranked(query, mode, vector, fusion, themes)
        hits = self._hit_set(found, words, near, query, None if mode == "text" else meant, mode)
        return hits._replace(words=None) if mode == "vector" else hits

    def ranked(
        self, query: Query, mode: Mode, vector: Vector | None, fusion: Fusion, themes: Sequence[QueryTheme]
    ) -> tuple[Matches, ByWords, Matches | None]:
        """Return the ranking of a query in a mode, best first, and the two rankings that it is fused from."""
        words = self.by_words(query)
        if mode == "text" or vector is None:
            return words.best, words, None
        near = self.nearest(vector, query)
        if mode == "vector":
            return near, words, near
        near = self._with_feedback(vector, words.best, near, fusion)
        shares = partial(_shares, self._snapshot.columns, themes) if themes else None
        return self._in_order(*fused(Ranked(*words.best), Ranked(*near), fusion, shares=shares)), words, near

    def _hit_set(
        self, found: Matches, words: ByWords, near: Matches | None, query: Query, meant: QueryMeaning | None, mode: Mode
    ) -> HitSet:
        """Return a hit set with the close passages first: those with all words, and those near enough."""
        apart = [found.rows[:0] if words.all_words else words.best.rows]
        apart += [near.rows] if near is not None else []
        lacking = np.unique(np.concatenate(apart))
        columns = self._snapshot.columns
        if len(words.having_all):
            lacking = lacking[~columns.mask(words.having_all)[columns.positions(lacking)]]
        is_close = ~members(found.rows, lacking)
        if not is_close[:JUDGED].all():
            is_close[:JUDGED] |= self._near_enough(query, found, meant, mode)
        order = np.concatenate([np.flatnonzero(is_close), np.flatnonzero(~is_close)])
        return HitSet(
            Matches(found.rows[order], found.scores[order]),
            is_close[order],
            words.best,
            near,
            words.all_words,
            has_all=len(words.having_all) > 0,
            has_words=len(words.best.rows) > 0,
        )

    def _near_enough(self, query: Query, found: Matches, meant: QueryMeaning | None, mode: Mode) -> Mask:
        """Return a mask of the first passages that are near enough; words are counted where they may decide."""
        signals, topic = self.signals(found, meant), meant.topic if meant else 0.0
        mask = self._closeness.near_enough(mode, signals, topic)
        if mask.any():
            signals.words[mask] = self.shares_of_words(query, found.rows[:JUDGED][mask])
            mask = mask & self._closeness.near_enough(mode, signals, topic)
        return mask

    def signals(self, found: Matches, meant: QueryMeaning | None) -> Signals:
        """Return the signals of the first passages of a ranking by all words; without `meant` all cosines are 0."""
        rows = found.rows[:JUDGED]
        cosines = self._snapshot.scores(rows, meant.vector) if meant else np.zeros(len(rows))
        return Signals(np.ones(len(rows)), found.scores[:JUDGED], cosines.astype(np.float64))

    def shares_of_words(self, query: Query, rows: Rows) -> Scores:
        """Return the share of the words and phrases of a query that each passage has."""
        columns = self._snapshot.columns
        asked = [node for _, node in query.by_word()]
        among = columns.docs[np.unique(columns.places(rows)[0])].tolist()
        found = self._text.counts(asked, self.terms_of, self._documents_of, among)
        shares: Scores = np.zeros(len(columns.rows))
        shares[columns.positions(found.rows)] = found.scores / max(len(asked), 1)
        return shares[columns.positions(rows)]

    def _with_feedback(self, vector: Vector, words: Matches, near: Matches, fusion: Fusion) -> Matches:
        """Return the nearest passages, reordered by pseudo-relevance feedback from the best of them."""
        first = Ranked(words.rows[:COUNTED], words.scores[:COUNTED])
        best = self._in_order(*fused(first, Ranked(*near), fusion)).rows[:LEARNT]
        if not len(best):
            return near
        vector = moved(vector, self._snapshot.vectors_of(best), self._snapshot.centre)
        scores = self._snapshot.scores(near.rows, vector)
        return self._in_order(near.rows, scores.astype(np.float64))

    def nearest(self, vector: Vector, query: Query) -> Matches:
        """Return the nearest passages, best first, that meet the required and excluded terms of the query."""
        constraints = query.constraints()
        allowed = None
        if constraints:
            allowed = np.sort(self._matches(constraints, strict=True).rows)
        return self._in_order(*self._snapshot.nearest(vector, self.selection, allowed, NEAREST))

    def by_word(self, query: Query, *, all_words: bool) -> list[tuple[str, Matches]]:
        """Return the matches of each word and phrase of a query, with their contributions to the score by word."""
        return [(text, self._matches(node, strict=all_words)) for text, node in query.by_word()]

    def by_words(self, query: Query) -> ByWords:
        """Return the passages that the words match.

        Where few papers have all words, the best passages with any word match (OR fallback). A query without words
        matches every passage that passes the filters.
        """
        matches = self.with_all(query)
        all_words = not query.has_or_fallback or self._count_papers(matches.rows) >= ENOUGH_DOCUMENTS
        best = self._in_order(*matches) if all_words else self._best_with_any(query)
        return ByWords(best, matches.rows, all_words)

    def _best_with_any(self, query: Query) -> Matches:
        """Return the best passages with any of the words, best first."""
        assert query.root is not None
        asked = _FIRST_ASKED
        while True:
            rows, scores = self._find(query.root, strict=False, among=self.selection.few_documents, most=asked)
            kept = self.selection.keeps(rows)
            best = self._in_order(rows[kept], scores[kept])
            count = matching(best.scores, MOST_OF_ANY)
            enough = len(best.rows) > MOST_OF_ANY and best.scores[count - 1] > scores.min()
            if enough or len(rows) < asked:
                return Matches(best.rows[:count], best.scores[:count])
            asked *= _MORE

    def _matches(self, node: Node, *, strict: bool) -> Matches:
        if (node, strict) not in self._found:
            self._found[node, strict] = self._find(node, strict=strict, among=self._among)
        return self._found[node, strict]

    def _find(self, node: Node, *, strict: bool, among: Sequence[int] | None, most: int | None = None) -> Matches:
        return self._text.find(node, self.terms_of, self._documents_of, strict=strict, among=among, most=most)

    def with_all(self, query: Query) -> Matches:
        """Return the passages with all words of a query, in no order; without words, all that pass the filters."""
        if query.root is None:
            rows = self.selection.rows()
            return Matches(rows, np.zeros(len(rows)))
        rows, scores = self._matches(query.root, strict=True)
        kept = self.selection.keeps(rows)
        return Matches(rows[kept], scores[kept])

    def _count_papers(self, rows: Rows) -> int:
        columns = self._snapshot.columns
        return len(_first_of_each(columns.papers[columns.places(rows)[0]]))

    def _in_order(self, rows: Rows, scores: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Matches:
        """Sort best first; ties are broken by document id and place in it, so that pages are stable."""
        order = np.argsort(-scores)
        rows, scores = rows[order], scores[order]
        steps = np.diff(scores, prepend=np.inf, append=-np.inf) != 0
        equals = np.flatnonzero(~(steps[:-1] & steps[1:]))  # all others are in order already
        if len(equals):
            columns, own = self._snapshot.columns, rows[equals]
            within = columns.passage_ranks[columns.places(own)[0]] + own % MOST_PASSAGES
            # one number that sorts by score and then by place: several times as fast as sorting by two
            rows[equals] = own[np.argsort(np.cumsum(steps[equals]) * (within.max() + 1) + within)]
        return Matches(rows, scores)


def _shares(columns: Columns, themes: Sequence[QueryTheme], rows: Rows) -> Scores:
    """Return how much of the themes each passage is about."""
    positions, numbers = columns.positions(rows), {name: term for term, name in columns.terms.get("theme", {}).items()}
    accepted, suggested = columns.named("theme"), columns.named("theme.suggested")

    def having(stored: tuple[Places, Places], theme: int) -> Mask:
        return columns.at(stored[0][stored[1] == theme])[positions]

    known = [(theme, numbers[theme.id]) for theme in themes if theme.id in numbers]
    return theme_shares(((one, having(accepted, term), having(suggested, term)) for one, term in known), len(rows))


def papers(columns: Columns, hits: HitSet, sort: Sort) -> Papers:
    """Return the papers of a hit set, by their best passage or the newest first; close papers come before others.

    A paper is close where any of its passages is; its best passage is then the best close one.
    """
    rows, scores = hits.found
    if not len(rows):
        return Papers(np.empty(0, np.int64), np.empty(0), np.empty(0, bool))
    places, _ = columns.places(rows)
    numbers = columns.papers[places]
    first = _first_of_each(numbers)
    found = Papers(places[first], scores[first], hits.close[first])
    if sort == "relevance":
        return found
    dates = columns.date_ranks[found.places]
    order = np.lexsort((columns.id_ranks[found.places], -dates, ~found.close))
    return Papers(found.places[order], found.scores[order], found.close[order])


def _first_of_each(numbers: Rows) -> Rows:
    """Return the places of the first occurrence of each number, ascending."""
    at = np.empty(int(numbers.max(initial=0)) + 1, np.int64)
    at[numbers[::-1]] = np.arange(len(numbers))[::-1]  # the last assignment wins: the first occurrence
    return np.flatnonzero(at[numbers] == np.arange(len(numbers)))
