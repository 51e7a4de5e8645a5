"""The search that all interfaces call: it encodes the query where its vector is needed, and asks the engine."""

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
"""Returns the vectors `(n, dimension) float32`, of length one, of some texts."""


class QueryReading(NamedTuple):
    """The encoded query: its unit vector `(dimension,) float32`, and the themes it is about."""

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
    """Return the engine's answer; `took_ms` includes the encoding. Raises `QueryError` and as `Engine` does.

    With `encode_sentences`, and a query that has a vector, passages without a word of the query have their nearest
    sentence marked; `among` limits this to the passages with these ids.
    """

    def answer() -> SearchResult:
        with_themes, vector = prepare_request(request, read_query)
        result = engine.search(with_themes, vector)
        if encode_sentences and vector is not None:
            result = with_nearest_sentences(result, vector, encode_sentences, among)
        return result

    return _timed_for_reader(request, answer)


def similar(engine: Engine, passage_id: str, request: SearchRequest) -> SearchResult:
    """Return the passages nearest to one, of other papers; raises as `Engine.similar` does."""
    return _timed_for_reader(request, lambda: engine.similar(passage_id, request))


def prepare_request(request: SearchRequest, read_query: ReadQuery) -> tuple[SearchRequest, Vector | None]:
    """Return a request with the themes of its query, and the query's vector; None where the answer needs none.

    Raises `QueryError`.
    """
    if not request.needs_vector:
        return request, None
    vector, themes = read_query(request.parsed.plain)
    return request.model_copy(update={"themes": themes}), vector


def _timed_for_reader(request: SearchRequest, answer: Callable[[], SearchResult]) -> SearchResult:
    """Return an answer restricted to what its reader may see, with the time that it took."""
    started = time.perf_counter()
    result = answer().shown_to(request.filters.access_classes)
    return result.model_copy(update={"took_ms": round((time.perf_counter() - started) * 1000, 3)})


def with_nearest_sentences(
    result: SearchResult, query_vector: Vector, encode: EncodeTexts, among: Collection[str] | None = None
) -> SearchResult:
    """Return an answer with the nearest sentence marked in its passages without highlights, or `among` some of them.

    Only the sentences of these passages are encoded; a passage of one sentence is not encoded at all.
    """
    rules = load_sentence_rules()
    unmarked = (passage for hit in result.hits for passage in hit.passages if not passage.highlights)
    texts = {passage.id: passage.text for passage in unmarked if among is None or passage.id in among}
    spans = {name: sentence_spans(text, rules) for name, text in texts.items()}
    choices = [(name, span) for name, own in spans.items() for span in own if len(own) > 1]
    sentences = [texts[name][start:end] for name, (start, end) in choices]
    scores = encode(sentences) @ query_vector if sentences else np.empty(0)
    best: dict[str, tuple[float, Span]] = {name: (-1.0, own[0]) for name, own in spans.items() if own}
    for (name, span), score in zip(choices, scores.tolist(), strict=True):
        best[name] = max(best[name], (score, span), key=lambda scored: scored[0])
    hits = tuple(
        hit.model_copy(
            update={
                "passages": tuple(
                    passage.model_copy(update={"nearest": best[passage.id][1]}) if passage.id in best else passage
                    for passage in hit.passages
                )
            }
        )
        for hit in result.hits
    )
    return result.model_copy(update={"hits": hits})
