"""Word-by-word comparison of a quotation with the text of a paper."""

import re
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from configs.obligation import load_obligation_words
from extractors.document import Value
from extractors.text.superscripts import RAISED_DIGITS
from pipelines.quotations.letters import letters_of, without_letter_brackets
from pipelines.viewing.modals import modals_in
from pipelines.viewing.numerals import numerals_in

WordDifferenceKind: TypeAlias = Literal["changed", "left_out", "added"]

LEAST_SHARED = 0.55
"""Least share of common letters of a quotation and a stretch of a paper, relative to the longer one."""
_FEWEST = 4
"""Words below which nothing is similar."""
_LONGEST_HOLE = 60
"""Words of the paper between two shared stretches that still belong to one place."""
_WORD = re.compile(rf"[^\W{RAISED_DIGITS}]+(?:['\u2019][^\W{RAISED_DIGITS}]+)?")
_SIGN = re.compile(r"[.;:!?](?=\s|$)")
_UNIT = re.compile(rf"{_WORD.pattern}|{_SIGN.pattern}")
_NUMBER = re.compile(r"\d")
_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u2010\u00ad]\s*\n\s*(?=[^\W\d_])")
"""Where a word is parted at the end of a line."""


class WordDifference(Value):
    """A stretch in which a quotation differs from a paper; one of both is empty where it adds or leaves out words."""

    kind: WordDifferenceKind
    quotation: str
    paper: str


class Compared(NamedTuple):
    """The most similar stretch of a text to a quotation, the share of common letters, and the differences."""

    start: int
    end: int
    share: float
    differences: tuple[WordDifference, ...]


def compare(quotation: str, text: str) -> Compared | None:
    """Return the most similar stretch of a text to a quotation; None if they share too little."""
    quotation = without_letter_brackets(_HYPHENATED.sub("", quotation)).strip(" .,;:!?")
    own, others = list(_UNIT.finditer(quotation)), list(_UNIT.finditer(text))
    words, wording = [_form(one.group()) for one in own], [_form(one.group()) for one in others]
    if len(words) < _FEWEST or not wording:
        return None
    blocks = _near(SequenceMatcher(None, words, wording, autojunk=False).get_matching_blocks()[:-1])
    if not blocks:
        return None
    blocks = _shortest(blocks, len(words), len(wording))
    first, last = _stretch(blocks, len(words), len(wording))
    shared = sum(len(word) for block in blocks for word in words[block.a : block.a + block.size])
    share = shared / max(sum(map(len, words)), sum(map(len, wording[first:last])))
    if share < LEAST_SHARED:
        return None
    found = tuple(_differences(quotation, own, text, others[first:last]))
    return Compared(others[first].start(), others[last - 1].end(), share, found)


def weighs(text: str, language: str | None) -> str | None:
    """Return the first significant word of a text, which quotations must not omit: a number, negation or modal verb."""
    negations = _negations(language)
    found = [(one.start(), one.group()) for one in _WORD.finditer(text) if _is_significant(one.group(), negations)]
    found += [(one.start, text[one.start : one.end]) for one in numerals_in(text, language)]
    if language in load_obligation_words().languages:
        found += [(one.start, one.phrase) for one in modals_in(text, language or "") if one.marked]
    return min(found)[1] if found else None


def _is_significant(word: str, negations: frozenset[str]) -> bool:
    folded = _form(word)
    first, apostrophe, _ = folded.partition("'")
    return bool(_NUMBER.search(word)) or folded in negations or bool(apostrophe and f"{first}'" in negations)


@cache
def _negations(language: str | None) -> frozenset[str]:
    """Return the negating words of a language, elided ones with their apostrophe (`n'`)."""
    limits = load_obligation_words().limits.get(language or "")
    return frozenset(one.replace("\u2019", "'") for one in (limits.near if limits else ()))


def said(differences: Sequence[WordDifference]) -> str:
    """Return the differences of a quotation in words."""
    return "; ".join(map(_difference_in_words, differences))


def _difference_in_words(difference: WordDifference) -> str:
    if difference.kind == "changed":
        return f"“{difference.quotation}” stands for “{difference.paper}” in the paper"
    if difference.kind == "added":
        return f"“{difference.quotation}” is not in the paper"
    return f"“{difference.paper}” of the paper is left out"


def _form(unit: str) -> str:
    return letters_of(unit).text.casefold()


def _near(blocks: Sequence[Match]) -> Sequence[Match]:
    """Return the matching blocks around the longest one that belong to one place."""
    if not blocks:
        return []
    place = max(range(len(blocks)), key=lambda one: blocks[one].size)
    first = last = place
    while first and blocks[first].b - blocks[first - 1].b - blocks[first - 1].size <= _LONGEST_HOLE:
        first -= 1
    while last + 1 < len(blocks) and blocks[last + 1].b - blocks[last].b - blocks[last].size <= _LONGEST_HOLE:
        last += 1
    return list(blocks[first : last + 1])


def _stretch(blocks: Sequence[Match], words: int, wording: int) -> tuple[int, int]:
    """Return the words of the paper from where the quotation would begin to where it would end, by its outer blocks."""
    ahead, behind = blocks[0].b - blocks[0].a, blocks[-1].b + words - blocks[-1].a
    return max(ahead, 0), min(behind, wording)


def _shortest(blocks: Sequence[Match], words: int, wording: int) -> Sequence[Match]:
    """Return the blocks with the fewest words to explain in their stretch, without those at its ends that lie far away.

    A changed last word may well occur in a later sentence of the paper, which the quotation does not leave out.
    """
    place = max(range(len(blocks)), key=lambda one: blocks[one].size)

    def explained(first: int, last: int) -> int:
        low, high = _stretch(blocks[first : last + 1], words, wording)
        return words + high - low - 2 * sum(one.size for one in blocks[first : last + 1])

    last = min(range(place, len(blocks)), key=lambda one: (explained(place, one), -one))
    first = min(range(place + 1), key=lambda one: (explained(one, last), one))
    return blocks[first : last + 1]


def _differences(
    quotation: str, own: Sequence[re.Match[str]], text: str, others: Sequence[re.Match[str]]
) -> Iterator[WordDifference]:
    words, wording = [_form(one.group()) for one in own], [_form(one.group()) for one in others]
    for kind, a, b, c, d in SequenceMatcher(None, words, wording, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        yield WordDifference(
            kind={"replace": "changed", "delete": "added", "insert": "left_out"}[kind],
            quotation=quotation[own[a].start() : own[b - 1].end()] if b > a else "",
            paper=" ".join(text[others[c].start() : others[d - 1].end()].split()) if d > c else "",
        )
