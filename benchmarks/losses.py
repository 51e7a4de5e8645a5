"""Measures the loss of an encoder's precision in search by meaning, on judged collections.

Both sides encode the same passages and queries, and documents are ranked by their best passage. No index stands
between, so that the encoders are all that differs.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.evaluate.ranking import ndcg
from benchmarks.evaluate.retrieval import JudgedQuery, load_collection, split_judged
from index.encoder import Encoder
from index.encoder.protocol import Vectors
from pipelines.stages import components

_DEPTH = 10


@dataclass(frozen=True)
class Judged:
    """The passages of a collection with the document of each, and its queries."""

    passages: tuple[str, ...]
    documents: tuple[str, ...]
    queries: tuple[JudgedQuery, ...]


class CachingEncoder:
    """An encoder with a cache: each text is encoded once, also if several collections have it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._passages: dict[str, Vectors] = {}
        self._queries: dict[str, Vectors] = {}

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of passages, `(n, dimension) float32`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._passages]
        if new:
            self._passages.update(zip(new, self._encoder.passages(new), strict=True))
        return np.array([self._passages[text] for text in texts])

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of queries, each made alone, `(n, dimension) float32`."""
        for text in texts:
            if text not in self._queries:
                self._queries[text] = self._encoder.query(text)
        return np.array([self._queries[text] for text in texts])


def judged(folder: Path, tools: components.PipelineComponents, every: int = 1) -> Judged:
    """Return a collection split into passages as for `search`, of each `every`th document only."""
    collection = load_collection(folder)
    documents = collection.documents[::every]
    kept = {row.id for row in documents}
    split = [(row.id, passage.text) for row in documents for passage in split_judged(row, tools).passages]
    names, texts = zip(*split, strict=True)
    queries = (_about(kept, query) for query in collection.queries)
    return Judged(texts, names, tuple(query for query in queries if query.relevant))


def gain_of(collection: Judged, encoder: CachingEncoder) -> float:
    """Return the mean nDCG@10 of an encoder's rankings."""
    asked = encoder.queries([query.text for query in collection.queries])
    scores = asked @ encoder.passages(collection.passages).T
    names = np.array(collection.documents)
    starts = np.flatnonzero(np.r_[True, names[1:] != names[:-1]])  # passages of a document lie beside each other
    best = np.maximum.reduceat(scores, starts, axis=1)
    order = np.argsort(-best, axis=1, kind="stable")[:, :_DEPTH]
    rankings = names[starts][order].tolist()
    pairs = zip(rankings, collection.queries, strict=True)
    return float(np.mean([ndcg(ranking, query.gains, _DEPTH) for ranking, query in pairs]))


def _about(documents: AbstractSet[str], query: JudgedQuery) -> JudgedQuery:
    """Return a query with its judgments of some documents alone."""
    return replace(query, gains={name: gain for name, gain in query.gains.items() if name in documents})
