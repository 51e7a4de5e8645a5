"""Hashed n-grams of words and characters as sparse features (feature hashing, Weinberger et al. 2009)."""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from extractors.classifier.states import Floats

SIZE = 1 << 13
"""Numbers that n-grams are hashed to."""

_LENGTHS = (3, 4, 5)
"""Letters of a piece of a word, whose ends count as letters."""
_LONG_WORD = 5
"""Letters from which a word is a gram of its own, too."""
_WORDS = (1, 2, 3)
"""Words of a phrase."""
_WORD = re.compile(r"\w+")
_WORD_OR_MARK = re.compile(r"\w+|[^\w\s]")
_MOST_LETTERS = 40
"""Of a word whose pieces are taken: what is longer is no word."""
_KEPT_WORDS, _KEPT_SENTENCES = 1 << 14, 64
"""Words and sentences whose numbers are kept: few words make most of all papers."""


def pieces(text: str) -> Iterator[str]:
    """Yield the character n-grams of the words of a text, and its longer words, as features of its subject."""
    for found in _WORD.findall(text.lower()):
        word = f" {found[:_MOST_LETTERS]} "
        for length in _LENGTHS:
            yield from (word[start : start + length] for start in range(len(word) - length + 1))
        if len(found) >= _LONG_WORD:
            yield f"w{word}"


def hashed_pieces(text: str) -> dict[int, int]:
    """Return `hashed` of the pieces of a text; repeated words are split once."""
    counts: Counter[int] = Counter()
    for word, times in Counter(_WORD.findall(text.lower())).items():
        for number in _numbers_of(word[:_MOST_LETTERS]):
            counts[number] += times
    return counts


def phrases(text: str) -> Iterator[str]:
    """Yield the word unigrams, bigrams and trigrams of a sentence, marks included, as features of its wording."""
    words = _WORD_OR_MARK.findall(text.lower())
    for count in _WORDS:
        yield from (" ".join(words[start : start + count]) for start in range(len(words) - count + 1))


def hashed(grams: Iterable[str]) -> dict[int, int]:
    """Return how often each number occurs among the hashed n-grams."""
    return Counter(map(_number, grams))


@lru_cache(_KEPT_SENTENCES)
def numbers_of_phrases(sentence: str) -> tuple[int, ...]:
    """Return the numbers of the phrases of a sentence, cached for the decisions that use them in turn."""
    return tuple(hashed(phrases(sentence)))


def weighted(counts: dict[int, int], rarity: Floats) -> tuple[Sequence[int], Floats]:
    """Return the numbers with their weights: dampened counts times rarity, normalised to length one."""
    numbers = sorted(counts)
    values = (1 + np.log([counts[number] for number in numbers])) * rarity[numbers]
    length = float(np.linalg.norm(values))
    return numbers, (values / length if length else values).astype(np.float32)


def rarity_of(texts: Sequence[dict[int, int]]) -> Floats:
    """Return the inverse document frequency of each number, `(SIZE,)`."""
    used = np.zeros(SIZE)
    for counts in texts:
        used[list(counts)] += 1
    return np.log((1 + len(texts)) / (1 + used)).astype(np.float32)


@lru_cache(_KEPT_WORDS)
def _numbers_of(word: str) -> tuple[int, ...]:
    return tuple(map(_number, pieces(word)))


def _number(gram: str) -> int:
    return zlib.crc32(gram.encode("utf-8", "replace")) % SIZE
