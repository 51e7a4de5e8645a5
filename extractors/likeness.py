"""Detects versions of one paper by features that languages and editions share.

A translation keeps the numbers, the days and the numbering of its paragraphs; another edition or file format keeps
nearly all of the words. Papers of a series and forms that were filled in have one structure and other numbers.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeVar

from configs.labels import fold
from extractors.document import FURNITURE, Document

MARKS = 12
"""Marks of each kind that a document is looked up by; of papers with half of their features alike, some are shared."""
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W_]+")
_TELLING_DIGITS = 3
"""A block is a mark if one of its numbers is at least so long: "1" and "12" stand in any paper."""
_SHINGLE = 5
_MARK_DIGITS = 16

# Fitted on 32 acts in two languages and all other pairs of 250 papers: versions had .96 of the numbers in common, .82
# of the blocks with numbers and .60 of the paragraphs' numbers; others at most .75 (sister protocols).
_FEWEST_NUMBERS, _FEWEST_DISTINCT = 40, 15
_NUMBERS_ALIKE, _BLOCKS_ALIKE, _PARAGRAPHS_ALIKE = 0.9, 0.5, 0.5
_FEWEST_PARAGRAPHS = 5
_FEWEST_WORDS = 100
_WORDS_ALIKE = 0.85


_T = TypeVar("_T")


class Features:
    """Features that versions of a paper share: counts of its numbers, of blocks by numbers, of paragraph numbers.

    Heads and feet are left out: they repeat, and versions have other pages.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._blocks = [block for block in document.blocks if block.kind not in FURNITURE]

    @cached_property
    def numbers(self) -> Counter[str]:
        """The runs of digits in the text: `1,500` and `1 500` are the same two."""
        return Counter(number for block in self._blocks for number in _NUMBER.findall(block.text))

    @cached_property
    def numbered_blocks(self) -> Counter[tuple[str, ...]]:
        """The blocks with numbers, as these in ascending order: words change places in a translation."""
        found = (tuple(sorted(_NUMBER.findall(block.text))) for block in self._blocks)
        return Counter(filter(None, found))

    @cached_property
    def paragraphs(self) -> Counter[str]:
        """The printed numbers of paragraphs and items, without their points and brackets."""
        found = ("".join(_words(block.number or "")) for block in self._blocks)
        return Counter(filter(None, found))

    @cached_property
    def shingles(self) -> frozenset[int]:
        """The runs of five words of the text, as numbers."""
        words = _words(" ".join(block.text for block in self._blocks))
        return frozenset(hash(tuple(words[at : at + _SHINGLE])) for at in range(len(words) - _SHINGLE + 1))

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """The keys in the lookup of versions: the smallest hashes of its features (MinHash, Broder 1997)."""
        telling = (one for one in self.numbered_blocks if len(one) > 1 and max(map(len, one)) >= _TELLING_DIGITS)
        numbers = _smallest("n", (" ".join(one) for one in telling))
        return (*numbers, *_smallest("w", self._openings()))

    def _openings(self) -> Iterator[str]:
        """Yield the beginnings of blocks of running text: they are the same in another edition or format."""
        for block in self._blocks:
            words = _words(block.text)
            if len(words) > 2 * _SHINGLE:
                yield " ".join(words[: 2 * _SHINGLE])


def likeness(one: Document, other: Document) -> str | None:
    """Return why two documents are versions of one paper, None where they are not known to be.

    In two languages it takes enough numbers to tell; in one language, nearly the same words under the same title.
    """
    left, right = Features(one), Features(other)
    numbers = _share(left.numbers, right.numbers)
    if one.language is None or other.language is None or numbers < _NUMBERS_ALIKE:
        return None
    if one.language == other.language:
        return _same_words(one, other, left, right)
    enough = all(side.numbers.total() >= _FEWEST_NUMBERS for side in (left, right))
    if not enough or min(len(left.numbers), len(right.numbers)) < _FEWEST_DISTINCT:
        return None
    if _share(left.numbered_blocks, right.numbered_blocks) < _BLOCKS_ALIKE:
        return None
    paragraphs = _share(left.paragraphs, right.paragraphs)
    if max(len(left.paragraphs), len(right.paragraphs)) >= _FEWEST_PARAGRAPHS and paragraphs < _PARAGRAPHS_ALIKE:
        return None
    shared = (left.numbers & right.numbers).total()
    return f"{shared} of {(left.numbers | right.numbers).total()} numbers are the same, paragraph by paragraph"


def _same_words(one: Document, other: Document, left: Features, right: Features) -> str | None:
    if len({fold(document.title or "") for document in (one, other)}) > 1:
        return None
    together = len(left.shingles | right.shingles)
    share = len(left.shingles & right.shingles) / together if together >= _FEWEST_WORDS else 0.0
    return f"{share:.0%} of the words are the same, and the title" if share >= _WORDS_ALIKE else None


def _words(text: str) -> list[str]:
    found: list[str] = _WORD.findall(fold(text))
    return found


def _share(one: Counter[_T], other: Counter[_T]) -> float:
    """Return the Jaccard index of two counts, with multiplicity."""
    together = (one | other).total()
    return (one & other).total() / together if together else 1.0


def _smallest(kind: str, features: Iterable[str]) -> list[str]:
    hashes = sorted({hashlib.sha256(one.encode()).hexdigest()[:_MARK_DIGITS] for one in features})
    return [f"{kind}{one}" for one in hashes[:MARKS]]
