"""Groups the characters of a row into glyphs: letters with their marks, ligatures, and spaces.

Of scripts that run from right to left, PDFium gives the letters from left to right.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

from extractors.readers.pdf.bidi.reordering import WIDE_GAP, Glyph
from extractors.readers.pdf.text.lines import RAISED_SIZE, SPACE_WIDTH
from extractors.text.superscripts import SUPERSCRIPTS

RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
"""A letter of a script that runs from right to left."""

_LAM_ALEF = re.compile("ل[آأإا]$")  # one glyph in nearly all fonts; some files give its letters as they look
_UNSEEN = re.compile(r"[\u200b\u200d-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_FIGURES = "0123456789"
_RAISED = 0.15  # em by which the mark of a note stands higher than a number
_SAME_PEN = 0.05  # em between places that are one
_NO_WIDTH = 0.02  # em; narrower spaces are PDFium's own
_RIGHT_TO_LEFT = ("R", "AL")
FIRST_RIGHT_TO_LEFT = "\u0590"
"""No character before it runs from right to left."""

_KEPT = re.compile(r"[^\W_](?:[^\W_]|[.,:/%-](?=[^\W_]))*")  # words and numbers of the other direction keep their order
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


class Character(NamedTuple):
    """A character of PDFium's text; `x` and `y` are where it stands on its baseline."""

    place: int
    text: str
    left: float
    right: float
    x: float
    y: float
    size: float
    upright: bool


class Glyphs:
    """Characters that are drawn together: where they begin and end, their size, and where the pen stood."""

    def __init__(self, characters: list[Character]) -> None:
        first = characters[0]
        self.characters = characters
        self.x, self.size = first.x, first.size
        self.left, self.right, self.is_mark = min(first.x, first.left), first.right, is_mark(first.text)
        for one in characters[1:]:
            self.left, self.right = min(self.left, one.left), max(self.right, one.right)
            self.is_mark = self.is_mark and is_mark(one.text)

    @property
    def middle(self) -> float:
        """Where the middle of the characters is."""
        return (self.left + self.right) / 2

    def distance(self, x: float) -> float:
        """Return how far a place is outside of the characters."""
        return max(self.left - x, x - self.right, 0.0)


def are_turned(characters: Sequence[Character]) -> bool:
    """Return whether PDFium has reversed the letters of ligatures: inferred from those of lam and alef, if any.

    It turns them where the file gives the letters of one, and not where it gives the one character for both.
    """
    together = (
        "".join(one.text for one in group) for _, group in groupby(characters, key=attrgetter("x", "left", "right"))
    )
    ligatures = [text for text in together if len(text) == 2]  # noqa: PLR2004 - lam and alef
    plain = sum(_LAM_ALEF.match(text) is not None for text in ligatures)
    return plain <= sum(_LAM_ALEF.match(text[::-1]) is not None for text in ligatures)


def glyphs_of(characters: Sequence[Character], *, turned: bool) -> tuple[list[Glyph], list[list[tuple[str, int]]]]:
    """Return what is drawn in a row from left to right, and the letters of each glyph in the order of reading.

    A space stands where the file has one, or a gap that is as wide. `turned` is the result of `are_turned`.
    """
    glyphs: list[Glyph] = []
    members: list[list[tuple[str, int]]] = []
    end, size = float("inf"), 0.0  # of the last letter
    for group in _with_raised_figures(sorted(_drawn(characters, turned=turned), key=attrgetter("x"))):
        first = group.characters[0]
        if not first.text.isspace():
            gap = (group.left - end) / max(min(size, group.size), 0.1)
            if gap > SPACE_WIDTH and not glyphs[-1].text.isspace():
                glyphs.append(Glyph(" ", end, group.left))
                members.append([(" ", first.place)])
            if gap > WIDE_GAP:
                glyphs[-1] = glyphs[-1]._replace(gap=True)
            end, size = group.right if size == 0 else max(end, group.right), group.size
        glyphs.append(Glyph("".join(one.text for one in group.characters), group.left, group.right))
        members.append([(one.text, one.place) for one in group.characters])
    return glyphs, members


def _with_raised_figures(groups: list[Glyphs]) -> list[Glyphs]:
    """Return what is drawn from left to right, with small raised figures next to a number as superscripts.

    Next to a word they are detected later; next to a number, from the right, they would be its first figures.
    """
    for step in (1, -1):  # the mark of a note stands on the left of a number, or behind Latin words on its right
        number: Glyphs | None = None
        for group in groups[::-1] if step == 1 else groups:
            text = group.characters[0].text
            if number and text in _FIGURES and _is_raised(group, number):
                group.characters[0] = group.characters[0]._replace(text=text.translate(SUPERSCRIPTS))
            elif text in _FIGURES:
                number = group
            else:
                number = None
    return groups


def _is_raised(group: Glyphs, number: Glyphs) -> bool:
    higher = group.characters[0].y - number.characters[0].y
    return group.size <= RAISED_SIZE * number.size and higher > _RAISED * number.size


def _drawn(characters: Sequence[Character], *, turned: bool) -> Iterator[Glyphs]:
    """Yield the characters of a row that are drawn together: letters of one glyph, and the marks over and under it."""
    together: dict[tuple[float, float], list[Character]] = {}
    blanks: list[Glyphs] = []
    for one in characters:
        if not one.text.isspace():
            together.setdefault((round(one.x, 1), round(one.y, 1)), []).append(one)
        elif one.right - one.left > _NO_WIDTH * one.size:
            blanks.append(Glyphs([one]))
    groups = [Glyphs(_read(group, turned=turned)) for group in together.values() if not _UNSEEN.match(group[0].text)]
    letters = _with_alefs_after([group for group in groups if not group.is_mark])
    if letters:
        _attach_marks([group for group in groups if group.is_mark], letters)
    pens = {round(letter.x / letter.size, 1) for letter in letters}
    yield from (one for one in blanks if round(one.x / one.size, 1) not in pens)  # Word draws some under a last letter
    yield from letters


def _with_alefs_after(letters: list[Glyphs]) -> list[Glyphs]:
    """Return letters from left to right, each alef on the left that is drawn over the lam before it, from its start."""
    letters.sort(key=attrgetter("x"))
    for one, other in pairwise(letters):
        near = other.x - one.x < _SAME_PEN * one.size
        if near and _LAM_ALEF.match(one.characters[0].text + other.characters[0].text):
            one.x, other.x = other.x, one.x
    return letters


def _attach_marks(marks: Sequence[Glyphs], letters: Sequence[Glyphs]) -> None:
    """Attach marks to the letters that they are above or below."""
    letters = sorted(letters, key=attrgetter("left"))
    lefts = [letter.left for letter in letters]
    for mark in marks:
        middle = mark.middle
        place = bisect_left(lefts, middle)
        near = letters[max(0, place - 2) : place + 2]
        bearer = min(near, key=lambda one: (one.distance(middle), abs(one.middle - middle)))
        bearer.characters.extend(mark.characters)


def _read(group: list[Character], *, turned: bool) -> list[Character]:
    """Return the letters that one glyph shows in the order of reading.

    PDFium may have turned round those of a script from right to left, or given each a part of the room; a letter comes
    before its marks.
    """
    if len(group) == 1 or not any(RIGHT_TO_LEFT.match(one.text) for one in group):
        return group
    ordered = group[::-1] if turned else group
    read = sorted(ordered, key=lambda one: -one.left - one.right)
    return read[::-1] if is_mark(read[0].text) else read


@cache
def is_mark(text: str) -> bool:
    """Return whether a character is a mark over or under a letter."""
    return unicodedata.category(text) == "Mn"


def runs_leftwards(character: str) -> bool:
    """Return whether a character is of a script that runs from right to left."""
    return character >= FIRST_RIGHT_TO_LEFT and unicodedata.bidirectional(character) in _RIGHT_TO_LEFT


def turned_round(text: str) -> str:
    """Return a text that stands as it looks, from left to right, in the order of reading.

    PDFium takes the letters of a page for drawn from left to right; where a file draws them as they are read, it
    turns them wrongly.
    """
    turned = text[::-1].translate(_MIRRORED)
    return _KEPT.sub(lambda match: match[0] if runs_leftwards(match[0][0]) else match[0][::-1], turned)
