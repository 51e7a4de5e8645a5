"""The letters of a text that a quotation keeps, with their places: all other characters say how the text is set.

Spaces, hyphens and dashes, quotation marks, line ends and the marks of notes differ between a paper and a faithful
quotation from it. Two texts say the same where their letters, figures and other signs are equal.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from extractors.text.superscripts import RAISED_DIGITS

_SET = re.compile(
    r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+"  # spaces, and what is not seen
    r"|[-\u2010-\u2015\u2212]+"  # hyphens and dashes
    r"|[\"\u201c-\u201f\u00ab\u00bb\u2039\u203a\u301d-\u301f]+"  # quotation marks
    rf"|[{RAISED_DIGITS}]+|\[\d{{1,3}}\]"  # marks of notes
)
_APOSTROPHE = re.compile(r"['\u2018\u2019\u02bc\u00b4`]+")
_GAP = re.compile(r"[\[(]\s*(?:…|\.\s?\.\s?\.)\s*[\])]|…|\.\s?\.\s?\.")
_AROUND = " \t\n\u00a0.,;:!?…"
"""What a writer sets at the ends of a quotation as the own sentence needs it."""
_HYPHENS = frozenset("-\u2010\u2011\u00ad")


class Letters(NamedTuple):
    """The letters of a text, and the offset in it of each."""

    text: str
    places: tuple[int, ...]

    def after(self, offset: int) -> int:
        """Return which letter is the first at an offset of the text or behind it."""
        return bisect_left(self.places, offset)


def letters_of(text: str) -> Letters:
    """Return the letters of a text: apostrophes between letters are all alike, ligatures are split."""
    found: list[str] = []
    places: list[int] = []
    start = 0
    for end, following in (*((match.start(), match.end()) for match in _SET.finditer(text)), (len(text), len(text))):
        word = text[start:end]
        if word.isascii() and not _APOSTROPHE.search(word):  # as most are: a paper has a million letters
            found.append(word)
            places.extend(range(start, end))
        else:
            plain = [(letter, offset) for offset in range(start, end) for letter in _plain(text, offset)]
            found.extend(letter for letter, _ in plain)
            places.extend(offset for _, offset in plain)
        start = following
    return Letters("".join(found), tuple(places))


def parts_of(quotation: str) -> tuple[str, ...]:
    """Return the parts of a quotation between its gaps (`[…]`), without what stands around them."""
    parts = (part.strip(_AROUND) for part in _GAP.split(unicodedata.normalize("NFC", quotation)))
    return tuple(part for part in parts if letters_of(part).text)


def places_of(wanted: str, letters: Letters, text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield where letters stand in a text as whole words, as offsets in it, from the letter `start` on.

    The first letter may be a capital in one and none in the other.
    """
    if not wanted:
        return
    forms = dict.fromkeys((wanted, wanted[0].swapcase() + wanted[1:]))
    begins = sorted(begin for form in forms for begin in _occurrences(form, letters.text, start))
    for begin in begins:
        first, last = letters.places[begin], letters.places[begin + len(wanted) - 1]
        if not _goes_on(text, first, -1) and not _goes_on(text, last, 1):
            yield first, last + 1


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


def _goes_on(text: str, offset: int, step: int) -> bool:
    """Return whether the word at an offset goes on before (`step` -1) or behind (1) it, over a hyphen too."""
    if not text[offset].isalnum():
        return False
    next_to = text[offset + step : offset + step + 1] if offset + step >= 0 else ""
    if next_to in _HYPHENS and next_to:
        beyond = offset + 2 * step
        return 0 <= beyond < len(text) and text[beyond].isalnum()
    return next_to.isalnum() and next_to not in RAISED_DIGITS
