"""Searching, as every way in does it: the query is read by the encoder only where its vector is needed."""

import time
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np

from configs.sentences import load_sentence_rules
from extractors.text.sentences import sentence_spans
from index.protocol import Engine
from index.query.highlights import Span
from index.ranking.theme_shares import QueryTheme
from index.results import SearchRequest, SearchResult, Vector

EncodeTexts = Callable[[Sequence[str]], Vector]
"""Gives the vectors `(n, dimension) float32`, of length one, of some texts."""


class QueryReading(NamedTuple):
    """What a query says: its vector `(dimension,) float32`, of length one, and the themes that it is about."""

    vector: Vector
    themes: tuple[QueryTheme, ...] = ()


ReadQuery = Callable[[str], QueryReading]


def search(
    engine: Engine,
    request: SearchRequest,
    read_query: ReadQuery,
    encode_sentences: EncodeTexts | None = None,
    among: Collection[str] | None = None,
) -> SearchResult:
    """Return the engine's answer; `took_ms` includes the reading. Raises `QueryError` and as `Engine` does.

    With `encode_sentences`, passages that are shown without a word of the query have their nearest sentence marked,
    where the query has a vector; `among` are the ids of those that are to have it, where not all are.
    """

    def answer() -> SearchResult:
        ready, vector = prepared(request, read_query)
        result = engine.search(ready, vector)
        if encode_sentences and vector is not None:
            result = with_nearest_sentences(result, vector, encode_sentences, among)
        return result

    return _shown(request, answer)


def similar(engine: Engine, passage_id: str, request: SearchRequest) -> SearchResult:
    """Return the passages nearest to one, of other papers; raises as `Engine.similar` does."""
    return _shown(request, lambda: engine.similar(passage_id, request))


def prepared(request: SearchRequest, read_query: ReadQuery) -> tuple[SearchRequest, Vector | None]:
    """Return a request with the themes of its query, and the query's vector; None where the answer needs none.

    Raises `QueryError`.
    """
    if not request.needs_vector:
        return request, None
    vector, themes = read_query(request.parsed.plain)
    return request.model_copy(update={"themes": themes}), vector


def _shown(request: SearchRequest, answer: Callable[[], SearchResult]) -> SearchResult:
    """Return an answer as who asks may see it, with the time that it took."""
    started = time.perf_counter()
    result = answer().shown_to(request.filters.access_classes)
    return result.model_copy(update={"took_ms": round((time.perf_counter() - started) * 1000, 3)})


def with_nearest_sentences(
    result: SearchResult, query_vector: Vector, encode: EncodeTexts, among: Collection[str] | None = None
) -> SearchResult:
    """Return an answer with the nearest sentence marked in every passage shown, or `among` some, without a word marked.

    Only the sentences of these passages are encoded, and none of a passage that is one sentence.
    """
    rules = load_sentence_rules()
    plain = (one for hit in result.hits for one in hit.passages if not one.highlights)
    shown = {one.id: one for one in plain if among is None or one.id in among}
    spans = {name: sentence_spans(one.text, rules) for name, one in shown.items()}
    asked = [(name, span) for name, own in spans.items() for span in own if len(own) > 1]
    scores = (
        encode([shown[name].text[start:end] for name, (start, end) in asked]) @ query_vector if asked else np.empty(0)
    )
    best: dict[str, tuple[float, Span]] = {name: (-1.0, own[0]) for name, own in spans.items() if own}
    for (name, span), score in zip(asked, scores.tolist(), strict=True):
        best[name] = max(best[name], (score, span), key=lambda one: one[0])
    hits = tuple(
        hit.model_copy(
            update={
                "passages": tuple(
                    one.model_copy(update={"nearest": best[one.id][1]}) if one.id in best else one
                    for one in hit.passages
                )
            }
        )
        for hit in result.hits
    )
    return result.model_copy(update={"hits": hits})
