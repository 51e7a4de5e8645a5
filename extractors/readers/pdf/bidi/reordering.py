"""The reading order of the glyphs of rows with right-to-left text.

The bidirectional algorithm (Unicode UAX #9) places each letter of a text. This is its inverse: words and numbers of
the other direction keep their order, all else is read from where the row begins.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from extractors.text.superscripts import RAISED_DIGITS

WIDE_GAP = 1.0
"""Em; what stands beyond a wider gap is no part of the words before it."""

_KINDS = {"R": "R", "AL": "R", "L": "L", "EN": "E", "AN": "E", "CS": "C", "ES": "S", "ET": "T", "WS": "W"}
_OTHER, _BARRIER, _MARK = "N", "B", "M"  # the mark of a note is no part of the adjacent number
_JOINT = "(?:[CSTN]{0,3}|W)"  # between a Latin word and a number that is read with it: "A/79", "Window 2010"
_LATIN = rf"(?:E++{_JOINT}){{0,9}}L(?:[^RB]*L)?(?:{_JOINT}E++)*M*"
_NUMBERS = {  # after an Arabic letter, a hyphen joins no figures, and a sign of per cent stands as the others do
    True: re.compile(rf"{_LATIN}|E+(?:CE+)*T*|M+"),
    False: re.compile(rf"{_LATIN}|(?:(?<!T)T+)?E+(?:[CS]E+)*T*|M+"),
}
_RIGHT_TO_LEFT = re.compile(r"R(?:[^LB]*R)?")
_ARABIC = re.compile(r"[\u0600-\u07ff\u0860-\u08ff\ufb50-\ufdff\ufe70-\ufefc]")
_PAIRS = {"(": ")", "[": "]", "{": "}", "«": "»"}
_OPENING = {closing: opening for opening, closing in _PAIRS.items()}
_BRACKET = re.compile(r"[()\[\]{}«»]")
_STOPS = " \xa0.,;:!?،؛؟"


class Glyph(NamedTuple):
    """What is drawn at one place: its text, and where it begins and ends; `gap` says that it is a wide space."""

    text: str
    left: float
    right: float
    gap: bool = False


class Place(NamedTuple):
    """A glyph of a row, and how it is moved: by `offset` along the row, mirrored first where it is `right_to_left`."""

    glyph: int
    right_to_left: bool
    offset: float


def read_order(glyphs: Sequence[Glyph], *, right_to_left: bool, start: float) -> list[Place]:
    """Return the glyphs of a row, given from left to right, in the order of reading.

    A row that is `right_to_left` begins at its right. They are moved so that reading leads from `start` to the right.
    """
    kinds = "".join(_BARRIER if glyph.gap else _kind(glyph.text) for glyph in glyphs)
    arabic = any(_ARABIC.match(glyph.text) for glyph in glyphs)
    return list(_Row(glyphs, kinds, arabic=arabic).read(0, len(glyphs), right_to_left=right_to_left, start=start))


class _Row:
    def __init__(self, glyphs: Sequence[Glyph], kinds: str, *, arabic: bool) -> None:
        self._glyphs, self._kinds, self._numbers = glyphs, kinds, _NUMBERS[arabic]

    def read(self, first: int, end: int, *, right_to_left: bool, start: float) -> Iterator[Place]:
        """Yield the glyphs of a stretch; those that run the other way are moved as a whole."""
        left, right = self._extent(first, end)
        offset = start + right if right_to_left else start - left
        passed = end if right_to_left else first
        runs = list(self._runs(first, end, right_to_left=right_to_left))
        for begin, stop in reversed(runs) if right_to_left else runs:
            between = range(passed - 1, stop - 1, -1) if right_to_left else range(passed, begin)
            yield from (Place(place, right_to_left, offset) for place in between)
            edges = self._extent(begin, stop)
            if right_to_left:
                shift = offset - edges[1] - edges[0]
                yield from (Place(place, not right_to_left, shift) for place in range(begin, stop))
            else:
                yield from self.read(begin, stop, right_to_left=True, start=offset + edges[0])
            passed = begin if right_to_left else stop
        rest = range(passed - 1, first - 1, -1) if right_to_left else range(passed, end)
        yield from (Place(place, right_to_left, offset) for place in rest)

    def _runs(self, first: int, end: int, *, right_to_left: bool) -> Iterator[tuple[int, int]]:
        pattern = self._numbers if right_to_left else _RIGHT_TO_LEFT
        for match in pattern.finditer(self._kinds, first, end):
            begin, stop = match.span()
            yield begin, stop + (right_to_left and self._is_closed_at(begin, stop, end))

    def _is_closed_at(self, begin: int, stop: int, end: int) -> bool:
        """Return whether a bracket that Latin words open is closed right after them: "World (WCO)"."""
        return self._brackets(begin, stop) % 2 == 1 and self._brackets(stop, min(stop + 1, end)) == 1

    def _brackets(self, begin: int, stop: int) -> int:
        return sum(glyph.text in _PAIRS or glyph.text in _OPENING for glyph in self._glyphs[begin:stop])

    def _extent(self, first: int, end: int) -> tuple[float, float]:
        some = self._glyphs[first:end]
        return min(glyph.left for glyph in some), max(glyph.right for glyph in some)


@cache
def _kind(text: str) -> str:
    if text == "،":  # the algorithm lets it join figures, and no Latin text has it
        return "R"
    if text in RAISED_DIGITS:
        return _MARK
    for character in text:
        kind = _KINDS.get(unicodedata.bidirectional(character))
        if kind:
            return kind
    return _OTHER


def with_brackets_turned(text: str) -> str:
    """Return a text in the order of reading, each bracket opening or closing as it should.

    A word follows one that opens. Some files encode how a bracket looks, others what it means, and PDFium mirrors some.
    """
    turned = list(text)
    opened: Counter[str] = Counter()
    for match in _BRACKET.finditer(text):
        place, sign = match.start(), match[0]
        opening = sign if sign in _PAIRS else _OPENING[sign]
        before = turned[place - 1] if place else " "
        after = text[place + 1] if place + 1 < len(text) else " "
        begins, ends = before.isspace() or before in _PAIRS, after in _STOPS
        opens = begins if begins is not ends else not opened[opening]
        turned[place] = opening if opens else _PAIRS[opening]
        if opens:
            opened[opening] += 1
        elif opened[opening]:
            opened[opening] -= 1
    return "".join(turned)
