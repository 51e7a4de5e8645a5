"""How alike documents are: in words, in words of their titles, and in meaning."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchmarks.topics.values import Described, Floats, unit

_RAREST = 2
"""Documents that have a word or a pair of words, at least, for it to count."""


class WordLikeness:
    """Cosines of tf-idf vectors over words and pairs of words, by an inverted index; frequencies count by logarithm."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        counts = [_counts(text) for text in texts]
        spread = Counter(word for one in counts for word in one)
        self._documents = len(texts)
        self._idf = {word: self._rarity(n) for word, n in spread.items() if n >= _RAREST}
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, one in enumerate(counts):
            for word, weight in self._weights(one).items():
                postings[word].append((number, weight))
        self._postings = {word: _arrays(found) for word, found in postings.items()}

    def rarity(self, word: str) -> float:
        """Return the inverse document frequency of a word; the highest for one that is rare or unknown."""
        return self._idf.get(word, self._rarity(0))

    def cosines(self, texts: Sequence[Sequence[str]]) -> Floats:
        """Return the cosine of each text with each document, `(texts, documents)`."""
        found = np.zeros((len(texts), self._documents))
        for row, text in zip(found, texts, strict=True):
            for word, weight in self._weights(_counts(text)).items():
                numbers, weights = self._postings[word]
                row[numbers] += weight * weights
        return found

    def _weights(self, counts: Counter[str]) -> dict[str, float]:
        weights = {word: (1 + math.log(n)) * self._idf[word] for word, n in counts.items() if word in self._idf}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {word: weight / length for word, weight in weights.items()}

    def _rarity(self, documents: int) -> float:
        return math.log((1 + self._documents) / (1 + documents)) + 1


class Likeness:
    """The mean of the cosines of texts, of titles and of mean vectors less what all documents have in common."""

    def __init__(self, documents: Sequence[Described]) -> None:
        self.words = WordLikeness([one.words for one in documents])
        self._titles = WordLikeness([one.title for one in documents])
        self.centre: Floats = np.concatenate([one.vectors for one in documents]).mean(axis=0, dtype=np.float64)
        self._vectors = self._meanings(documents)

    def __call__(self, documents: Sequence[Described]) -> Floats:
        """Return how alike each document is to each known one, `(documents, known)`."""
        words = self.words.cosines([one.words for one in documents])
        titles = self._titles.cosines([one.title for one in documents])
        meanings = self._meanings(documents) @ self._vectors.T
        alike: Floats = (words + titles + meanings) / 3
        return alike

    def _meanings(self, documents: Iterable[Described]) -> Floats:
        return unit(np.stack([(one.vectors - self.centre).mean(axis=0) for one in documents]))


def _counts(text: Sequence[str]) -> Counter[str]:
    return Counter((*text, *(f"{one} {other}" for one, other in pairwise(text))))


def _arrays(found: Sequence[tuple[int, float]]) -> tuple[NDArray[np.intp], Floats]:
    return np.array([number for number, _ in found], np.intp), np.array([weight for _, weight in found])
