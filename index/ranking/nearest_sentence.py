"""The sentence of a passage that is nearest in meaning to a query, where none of its words shows why it was found."""

from collections.abc import Callable, Sequence

import numpy as np

from configs.sentences import load_sentence_rules
from extractors.text.sentences import sentence_spans
from index.ranking.highlights import Span
from index.results import SearchResult, Vector

EncodeTexts = Callable[[Sequence[str]], Vector]
"""Gives the vectors `(n, dimension) float32`, of length one, of some texts."""


def with_nearest_sentences(result: SearchResult, query_vector: Vector, encode: EncodeTexts) -> SearchResult:
    """Return an answer with the nearest sentence marked in every passage shown that has no word marked.

    Only the sentences of these passages are encoded, and none of a passage that is one sentence.
    """
    rules = load_sentence_rules()
    shown = {one.id: one for hit in result.hits for one in hit.passages if not one.highlights}
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
