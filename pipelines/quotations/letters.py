"""Normalisation for comparing quotations: the letters of a text and their offsets, without typographic characters.

Spaces, hyphens and dashes, quotation marks, line ends and the marks of notes differ between a paper and a faithful
quotation from it. Two texts say the same where their letters, figures and other signs are equal.
"""

import itertools
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from extractors.text.superscripts import RAISED_DIGITS

_SET = re.compile(
    r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+"  # spaces, and invisible characters
    r"|[-\u2010-\u2015\u2212]+"  # hyphens and dashes
    r"|[\"\u201c-\u201f\u00ab\u00bb\u2039\u203a\u301d-\u301f]+"  # quotation marks
    rf"|[{RAISED_DIGITS}]+|\[\d{{1,3}}\]"  # marks of notes
)
_APOSTROPHE = re.compile(r"['\u2018\u2019\u02bc\u00b4`]+")
_GAP = re.compile(r"[\[(]\s*(?:…|\.\s?\.\s?\.)\s*[\])]|…|\.\s?\.\s?\.")
_LETTER = re.compile(r"(?<!\w)\[([^\W\d_])\](?=[\w'\u2019])")
"""A first letter of which an editor changed the case: `[d]irects`."""
_MOST_LETTERS = 4
"""Such letters of a part that are tried in either case."""
_CAPITALS = re.compile(r"[^\W\d_]{4,}(?:\s+[^\W\d_]+){0,2}")
"""The first words of a part, which papers may print in capitals: `NOTES WITH CONCERN`."""
_AROUND = " \t\n\u00a0.,;:!?…"
"""Punctuation that a writer may add at the ends of a quotation."""
_HYPHENS = frozenset("-\u2010\u2011\u00ad")


class Letters(NamedTuple):
    """The letters of a text, and the offset in it of each."""

    text: str
    places: tuple[int, ...]

    def after(self, offset: int) -> int:
        """Return the index of the first letter at or after an offset of the text."""
        return bisect_left(self.places, offset)


def letters_of(text: str) -> Letters:
    """Return the letters of a text, with uniform apostrophes and split ligatures."""
    found: list[str] = []
    places: list[int] = []
    start = 0
    for end, following in (*((match.start(), match.end()) for match in _SET.finditer(text)), (len(text), len(text))):
        word = text[start:end]
        if word.isascii() and not _APOSTROPHE.search(word):  # the usual case: a paper has a million letters
            found.append(word)
            places.extend(range(start, end))
        else:
            plain = [(letter, offset) for offset in range(start, end) for letter in _plain(text, offset)]
            found.extend(letter for letter, _ in plain)
            places.extend(offset for _, offset in plain)
        start = following
    return Letters("".join(found), tuple(places))


def parts_of(quotation: str) -> tuple[str, ...]:
    """Return the parts of a quotation between its gaps (`[…]`), without surrounding marks."""
    parts = (part.strip(_AROUND) for part in _GAP.split(unicodedata.normalize("NFC", quotation)))
    return tuple(part for part in parts if letters_of(part).text)


def without_letter_brackets(text: str) -> str:
    """Return a text without an editor's brackets around first letters."""
    return _LETTER.sub(r"\1", text)


def places_of(part: str, letters: Letters, text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the spans where a part of a quotation occurs in a text as whole words, from the letter `start` on.

    The case of the first letter and of those in brackets of their own is ignored; the first words may be in capitals.
    """
    begins = {(begin, len(form)) for form in _forms(part) for begin in _occurrences(form, letters.text, start)}
    for begin, length in sorted(begins):
        first, last = letters.places[begin], letters.places[begin + length - 1]
        if not _word_continues(text, first, -1) and not _word_continues(text, last, 1):
            yield first, last + 1


def _forms(part: str) -> set[str]:
    """Return the letters of a part in the forms in which a paper may have them."""
    cases = [
        (one.lower(), one.upper()) if place % 2 and place < 2 * _MOST_LETTERS else (one,)
        for place, one in enumerate(_LETTER.split(part))
    ]
    forms = set()
    for spelling in {part, *map("".join, itertools.product(*cases))}:
        wanted = letters_of(spelling).text
        forms |= {wanted, wanted[:1].swapcase() + wanted[1:]}
        capitals = _CAPITALS.match(spelling)
        ends = [one.end() for one in re.finditer(r"\S+", capitals[0])] if capitals else []
        forms |= {letters_of(spelling[:end].upper() + spelling[end:]).text for end in ends}
    return forms - {""}


def _plain(text: str, offset: int) -> str:
    """Return a character as it is compared."""
    letter = text[offset]
    if _APOSTROPHE.fullmatch(letter):
        between = text[offset - 1 : offset].isalnum() and text[offset + 1 : offset + 2].isalnum()
        return "'" if between else ""
    return letter if letter.isascii() else unicodedata.normalize("NFKC", letter)


def _occurrences(wanted: str, text: str, start: int) -> Iterator[int]:
    while (start := text.find(wanted, start)) >= 0:
        yield start
        start += 1


def _word_continues(text: str, offset: int, step: int) -> bool:
    """Return whether a word continues before (`step` -1) or after (1) an offset, also over a hyphen."""
    if not text[offset].isalnum():
        return False
    next_to = text[offset + step : offset + step + 1] if offset + step >= 0 else ""
    if next_to in _HYPHENS and next_to:
        beyond = offset + 2 * step
        return 0 <= beyond < len(text) and text[beyond].isalnum()
    return next_to.isalnum() and next_to not in RAISED_DIGITS
