"""Fusion of the rankings by word and by meaning, and pseudo-relevance feedback on the vector of a query."""

from collections.abc import Callable
from math import log2
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.int64]
Scores: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Vectors: TypeAlias = NDArray[np.float32]
Shares: TypeAlias = Callable[[Rows], Scores]
"""Gives how much of what a query is about each row is about, 0 to 1."""
Method: TypeAlias = Literal["rrf", "weighted"]

RRF_K = 60
"""Dampens the first ranks (Cormack, Clarke and Büttcher 2009)."""
EVEN = 0.5
"""Half for the words, half for the meaning."""
SHORT, LONG = 4, 24
"""Scores are added in queries of so many words; a shorter one is a name, a longer one a title or a paragraph."""
SHORT_WORDS, MORE_WORDS = 0.3, 0.05
"""In a query of four words the words count .3 of both, and .05 more each time it is twice as long.

Fitted over judged collections, and tried on those left out (decision 33). The words of a short question say little,
and many passages have them by chance; a long one names what it is about more than once.
"""
COUNTED = 1000
"""Ranks by word that count for a passage that is near, too: as many as there are near ones."""
LEARNT = 5
"""Passages that are learnt from …"""
_WEIGHT = 0.1
"""… and their weight relative to the query; decision 24 in `docs/decisions` has what others gave."""


class Ranked(NamedTuple):
    """Rows, best first, no row twice, and their scores."""

    rows: Rows
    scores: Scores


class Fusion(NamedTuple):
    """How two rankings are fused, and the weight of the ranking by word (`words`, 0 to 1; the other has the rest).

    `weighted` adds the scores: those by word as shares of the best one, those by meaning from 0 for the last of the
    nearest to 1 for the first (Bruch, Gai and Ingber 2023). A passage far ahead in one ranking keeps its lead that
    way. `rrf` adds reciprocal ranks, 1 / (k + rank). Without `words` both have the same weight until a query is
    given.
    """

    method: Method = "weighted"
    words: float | None = None

    def for_query(self, text: str) -> "Fusion":
        """Return the fusion for a query `text`: where scores are added, its length determines the weights.

        For less than four words ranks are added: such a query is a name, and passages with the name come before
        passages near it. For more than 24 words ranks are added too: any passage has some of these, and a high score
        by word proves little.
        """
        if self.words is not None or self.method == "rrf":
            return self
        count = len(text.split())
        if not SHORT <= count <= LONG:
            return RANKS
        return self._replace(words=SHORT_WORDS + MORE_WORDS * log2(count / SHORT))

    def by_words(self, ranking: Ranked) -> Scores:
        """Return the contribution of each place of the ranking by word to the fused score."""
        return 2 * self._words * self._shares(ranking, 0.0)

    def by_meaning(self, ranking: Ranked) -> Scores:
        """Return the contribution of each place of the ranking by meaning to the fused score."""
        return 2 * (1 - self._words) * self._shares(ranking, float(ranking.scores.min(initial=np.inf)))

    @property
    def _words(self) -> float:
        return EVEN if self.words is None else self.words

    def _shares(self, ranking: Ranked, least: float) -> Scores:
        if self.method == "rrf":
            return 1.0 / (RRF_K + np.arange(1, len(ranking.rows) + 1))
        span = float(ranking.scores.max(initial=-np.inf)) - least
        shares: Scores = (ranking.scores - least) / span if span > 0 else np.ones(len(ranking.rows))
        return shares


DEFAULT = Fusion()
RANKS = Fusion("rrf")


def fused(
    words: Ranked, near: Ranked, fusion: Fusion = DEFAULT, *, counted: int = COUNTED, shares: Shares | None = None
) -> Ranked:
    """Return the union of two rankings with the sum of both contributions: rows by word first, then the other ones.

    Only the first ranks by word count for near rows, so that no score depends on the depth of the ranking. These
    first rows and the near ones are boosted by `shares`: a row that shares all themes of the query gains as much as
    the best row has.
    """
    own, other = fusion.by_words(words), fusion.by_meaning(near)
    first = min(counted, len(words.rows))
    if not len(near.rows):
        return _with_gains(Ranked(words.rows, own), np.arange(first), shares)
    order = np.argsort(near.rows)  # a thousand rows; the ranking by word may be very long, and is not sorted
    places = np.minimum(np.searchsorted(near.rows, words.rows, sorter=order), len(order) - 1)
    twins = order[places]
    both = near.rows[twins] == words.rows
    own[counted:][both[counted:]] = 0.0
    own[both] += other[twins[both]]
    alone = np.ones(len(near.rows), bool)
    alone[twins[both]] = False
    union = Ranked(np.concatenate([words.rows, near.rows[alone]]), np.concatenate([own, other[alone]]))
    deep = first + np.flatnonzero(both[first:])
    gaining = np.concatenate([np.arange(first), deep, np.arange(len(words.rows), len(union.rows))])
    return _with_gains(union, gaining, shares)


def _with_gains(ranked: Ranked, gaining: Rows, shares: Shares | None) -> Ranked:
    """Return a ranking with gains added to the rows at some places."""
    if shares is not None and len(ranked.rows):
        ranked.scores[gaining] += ranked.scores.max() * shares(ranked.rows[gaining])
    return ranked


def moved(query: Vectors, best: Vectors, centre: Vectors) -> Vectors:
    """Return the unit vector `(dimension,)` of a query moved towards the best passages `(n, dimension)`, best first.

    A query has few words, and its vector is far from those of texts; the best passages of the fused ranking express it
    in the words of papers. So hybrid search ranks the passages near the query a second time, by its vector plus a share
    of theirs (Rocchio 1971, without judgements: pseudo-relevance feedback). The mean of all passages of an index is
    subtracted from them before, as it is independent of the query.

    The weights fall with the rank: 1, 1/2, 1/3 and so on. `centre` `(dimension,)` is the mean of the passages of the
    index. Passages that are found by word alone have zeros, which change nothing.
    """
    best = best[np.any(best, axis=1)]
    if not len(best):
        return _unit(query)
    shares = 1 / np.arange(1, len(best) + 1, dtype=np.float32)
    found: Vectors = _unit(query) + np.float32(_WEIGHT) * _unit(shares @ (best - centre))
    return _unit(found)


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector
