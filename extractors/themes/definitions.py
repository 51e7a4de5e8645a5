"""Abbreviations that a document defines: "Single Window (SW)", "SW (Single Window)".

The initials test is that of Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions
in biomedical text" (PSB 2003), over whole words.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from extractors.themes.folding import FoldedText

_SHORT = r"([A-ZА-Я][\w&-]{1,9}?)s?"
_IN_BRACKETS = re.compile(rf"""\(\s?(?:[a-zéèà’' -]{{1,25}}\s)?["“«‘'‹]?\s?{_SHORT}\s?["”»’'›]?\s?\)""")
_BEFORE_BRACKET = re.compile(rf"""(?<!\w){_SHORT}["”»’']?\s?\Z""")
_FARTHEST_BEFORE = 14
# A long form may end one word before the bracket: "Single Window environment (SW)".
_GAP = re.compile(r"(?:\s\w+)?\s?")
# Words that initials may leave out: "Organization of American States (OAS)".
_LONGEST_SKIPPED = 3
_MOST_WORDS = 12
_WORDS = re.compile(r"\S+")


class LongForm(NamedTuple):
    """A label found in full: its concept, or the abbreviation that it spells, and where it stands in the plain text."""

    concept: str
    start: int
    end: int


class Definition(NamedTuple):
    """An abbreviation defined in a text, with the concepts of its long form; none is something else."""

    abbreviation: str
    concepts: frozenset[str]


def has_definition(text: FoldedText) -> bool:
    """Whether a text may define anything."""
    return "(" in text.plain


def find_definitions(
    text: FoldedText, known: Mapping[str, Collection[str]], long_forms: Collection[LongForm]
) -> Iterator[Definition]:
    """Yield what a text says of the abbreviations in `known`, which maps each to the concepts it may name."""
    plain = text.plain
    bracket = plain.find("(")
    while bracket >= 0:
        inside = _IN_BRACKETS.match(plain, bracket)
        if inside and inside[1] in known:
            yield from _after_long_form(text, inside[1], bracket, known[inside[1]], long_forms)
        outside = _BEFORE_BRACKET.search(plain, max(0, bracket - _FARTHEST_BEFORE), bracket)
        if outside and outside[1] in known:
            starting = frozenset(form.concept for form in long_forms if form.start == bracket + 1)
            if starting & frozenset(known[outside[1]]):
                yield Definition(outside[1], starting & frozenset(known[outside[1]]))
        bracket = plain.find("(", bracket + 1)


def find_spelled(text: FoldedText) -> Iterator[LongForm]:
    """Yield the abbreviations in brackets that the words before them spell, with the offsets of these words."""
    bracket = text.plain.find("(")
    while bracket >= 0:
        inside = _IN_BRACKETS.match(text.plain, bracket)
        start = _spelled(text.folded[:bracket], inside[1]) if inside else None
        if inside and start is not None:
            yield LongForm(inside[1], start, len(text.plain[:bracket].rstrip()))
        bracket = text.plain.find("(", bracket + 1)


def _after_long_form(
    text: FoldedText, short: str, bracket: int, possible: Collection[str], long_forms: Collection[LongForm]
) -> Iterator[Definition]:
    ending = {form.concept for form in long_forms if _GAP.fullmatch(text.plain, form.end, bracket)}
    meant = frozenset(ending) & frozenset(possible)
    if meant or _spelled(text.folded[:bracket], short) is not None:
        yield Definition(short, meant)


def _spelled(before: str, short: str) -> int | None:
    """Return where the last words of a folded text begin whose initials an abbreviation has as its letters, if any."""
    letters = [letter for letter in short.lower() if letter.isalnum()]
    words = list(_WORDS.finditer(before, before.rfind("\t") + 1))
    for word in reversed(words[-_MOST_WORDS:]):
        if word[0][0] == letters[-1]:
            letters.pop()
            if not letters:
                return word.start()
        elif len(word[0]) > _LONGEST_SKIPPED:
            return None
    return None
