"""The nearest sentence, with an encoder that only counts letters: what is near is plain to see."""

import numpy as np
import pytest

from extractors.document import Document
from index.results import Hit, PassageHit, SearchResult
from index.search import with_nearest_sentences

TEXT = "Aaaa is first. Bbbb is second. Cccc is third."


def letters(texts):
    counts = np.array([[text.casefold().count(letter) for letter in "abc"] for text in texts], np.float32)
    return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1)


@pytest.fixture
def encoded():
    """The texts that were encoded."""
    return []


@pytest.fixture
def marked(encoded):
    """The nearest sentences of passages, as text."""

    def run(*passages, like="bbb"):
        document = Document(id="0" * 16, key="k", sha256="0" * 64, source="file:///a", media_type="text/plain")
        hits = [PassageHit(id=f"p-{n}", score=1.0, **one) for n, one in enumerate(passages)]
        shown = Hit(document=document, matching=len(hits), score=1.0, passages=tuple(hits))
        result = SearchResult(query="q", mode="vector", took_ms=1, passages=3, documents=1, hits=(shown,))

        def encode(texts):
            encoded.extend(texts)
            return letters(texts)

        found = with_nearest_sentences(result, letters([like])[0], encode).hits[0].passages
        return [one.text[slice(*one.nearest)] if one.nearest else None for one in found]

    return run


def test_the_nearest_sentence_is_marked(marked):
    assert marked({"text": TEXT}) == ["Bbbb is second."]
    assert marked({"text": TEXT}, {"text": f"{TEXT} Dddd."}, like="ccc") == ["Cccc is third."] * 2


def test_words_that_are_marked_are_enough(marked, encoded):
    assert marked({"text": TEXT, "highlights": ((0, 4),)}) == [None]
    assert encoded == []


def test_one_sentence_needs_no_encoding(marked, encoded):
    assert marked({"text": " Only one. "}, {"text": " "}) == ["Only one.", None]
    assert encoded == []
