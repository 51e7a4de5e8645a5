"""Searching, as every way in does it: the query is encoded only where its vector is needed."""

import time
from collections.abc import Callable

from index.nearest import EncodeTexts, with_nearest_sentences
from index.protocol import Engine, SearchRequest, SearchResult, Vector

EncodeQuery = Callable[[str], Vector]
"""Gives the vector `(dimension,) float32`, of length one, of what a query says."""


def search(
    engine: Engine, request: SearchRequest, encode_query: EncodeQuery, encode_sentences: EncodeTexts | None = None
) -> SearchResult:
    """Return the engine's answer; `took_ms` includes the encoding. Raises `QueryError` and as `Engine` does.

    With `encode_sentences`, passages that are shown without a word of the query have their nearest sentence marked,
    where the query has a vector.
    """
    started = time.perf_counter()
    vector = encode_query(request.parsed.plain) if request.needs_vector else None
    result = engine.search(request, vector)
    if encode_sentences and vector is not None:
        result = with_nearest_sentences(result, vector, encode_sentences)
    took = round((time.perf_counter() - started) * 1000, 3)
    return result.model_copy(update={"took_ms": took})
