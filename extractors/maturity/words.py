"""Words that a text shares with the statements of each node of a model: what says the same, word for word."""

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import Stemmer  # type: ignore[import-not-found]  # an extension module without stubs
from numpy.typing import NDArray

from configs.stopwords import load_stopwords

_WORD = re.compile(r"[^\W\d_]{3,}")
_SURPRISE = 0.5
"""Added to the number of nodes that use a word, so that one that all use still counts a little."""


class Terms:
    """The words of a text in one language, by their stems and without stop words."""

    def __init__(self, language: str) -> None:
        """Take a language (ISO 639-1); one without stop words and stems has its words as they are."""
        rules = load_stopwords().languages.get(language)
        self._stop = rules.words if rules else frozenset[str]()
        self._stemmer = Stemmer.Stemmer(rules.stemmer) if rules else None

    def __call__(self, text: str) -> list[str]:
        """Return the words in their order."""
        words = [word for word in _WORD.findall(text.lower()) if word not in self._stop]
        return self._stemmer.stemWords(words) if self._stemmer else words


class NodeWords:
    """The words of each node, a word of few nodes counting more than one of many."""

    def __init__(self, nodes: Sequence[Sequence[str]], terms: Terms) -> None:
        """Take the texts of each node, all in the language of `terms`."""
        self._terms = terms
        counts = [Counter(term for text in texts for term in set(self._terms(text))) for texts in nodes]
        used = Counter(term for node in counts for term in node)
        self._weights = {term: math.log((len(nodes) + 1) / (count + _SURPRISE)) for term, count in used.items()}
        self._nodes = [self._vector(node) for node in counts]

    def similarity(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the cosine of the weighted words of each text and each node, `(n, nodes)`, from 0 to 1."""
        return np.array([self._row(text) for text in texts], np.float32).reshape(len(texts), len(self._nodes))

    def _row(self, text: str) -> list[float]:
        own = self._vector(Counter(self._terms(text)))
        return [sum(value * node.get(term, 0.0) for term, value in own.items()) for node in self._nodes]

    def _vector(self, counts: Counter[str]) -> dict[str, float]:
        values = {term: (1 + math.log(n)) * self._weights[term] for term, n in counts.items() if term in self._weights}
        length = math.sqrt(sum(value * value for value in values.values()))
        return {term: value / length for term, value in values.items()}
