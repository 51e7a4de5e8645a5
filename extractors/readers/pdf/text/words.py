"""Words of a PDF page with boxes, and the visual lines of them, for the detection of tables without rules."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter

from extractors.document import Box, around
from extractors.readers.pdf.text.lines import SPACE_WIDTH, are_of_one_word, clean
from extractors.readers.pdf.text.text_layer import TextLayer

_LEADER = re.compile(r"(?:[.…·_]\s?){4,}")
_OVERLAP = -0.35  # em; letters of one word overlap by less
_LINE_OF_TYPE = 1.15  # height of a character's box in em; ascent and descent of most typefaces
_SAME_LINE = 0.5  # of the smaller height; nearer middles stand on one line

WORD = re.compile(r"[^\s\x02\ufffe]+[\x02\ufffe]?")
"""A word in the text of a page, with the hyphen that parts it at the end of a line."""

BREAK = "\r\n"
"""Of a line, as PDFium sees it."""


@dataclass(slots=True, eq=False)
class Word:
    """A word and its box on the page as shown; `leader` says that dots led to it.

    `size` is that of the type in points, from the height of the box; `middle` is the distance of the box's middle
    from the top of the page.
    """

    text: str
    box: Box
    leader: bool = False
    size: float = field(init=False)
    middle: float = field(init=False)

    def __post_init__(self) -> None:
        _, top, _, bottom = self.box
        self.size = (bottom - top) / _LINE_OF_TYPE
        self.middle = (top + bottom) / 2


class VisualLine:
    """Adjacent words, from left to right, whatever the order they are drawn in.

    `size` is that of the largest type of the line in points, `extent` where the line begins and ends.
    """

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = tuple(words)
        left, self.top, right, self.bottom = around(word.box for word in words)
        self.size = max(word.size for word in words)
        self.extent = left, right
        self._segments: dict[float, list[tuple[Word, ...]]] = {}

    def segments(self, gap: float) -> list[tuple[Word, ...]]:
        """Return the runs of words with less than `gap` em between them."""
        found = self._segments.get(gap)
        if found is None:
            found = self._segments[gap] = self._split(gap)
        return found

    def _split(self, gap: float) -> list[tuple[Word, ...]]:
        runs: list[tuple[Word, ...]] = []
        begin = 0
        for place, (before, word) in enumerate(pairwise(self.words), 1):
            if word.leader or word.box[0] - before.box[2] > gap * min(before.size, word.size):
                runs.append(self.words[begin:place])
                begin = place
        return [*runs, self.words[begin:]]


def words_of(layer: TextLayer) -> list[Word]:
    """Return the words of a page in the order of its content; leaders of dots are left out."""
    stretches = list(_stretches(layer.units))
    boxes = layer.boxes([(start, end - 1) for start, end, _ in stretches])
    found: list[Word] = []
    last = 0  # where the word before ends
    for (start, end, led), box in zip(stretches, boxes, strict=True):
        text = layer.units[start:end]
        if not (text.isascii() and text.isprintable()):
            text = clean(text.replace("\x02", "-").replace("\ufffe", "-"))
        if text and box[3] > box[1] and box[2] > box[0]:
            word = Word(text, box, led)
            if found and layer.units[last:start] == BREAK and _are_one_word(found[-1], word):
                before = found.pop()
                word = Word(before.text + text, around((before.box, box)), before.leader)
            found.append(word)
            last = end
    return found


def _are_one_word(before: Word, word: Word) -> bool:
    """Return whether two words of PDFium are one word whose letters are drawn one by one."""
    level = abs(word.middle - before.middle) < _SAME_LINE * word.size
    gap = (word.box[0] - before.box[2]) / word.size
    return level and _OVERLAP < gap < SPACE_WIDTH and are_of_one_word(before.text, word.text)


def _stretches(units: str) -> Iterator[tuple[int, int, bool]]:
    """Yield where each word begins and ends, and whether dots led to it."""
    leaders = [match.span() for match in _LEADER.finditer(units)]
    if not leaders:
        yield from ((match.start(), match.end(), False) for match in WORD.finditer(units))
        return
    passed = 0
    for match in WORD.finditer(units):
        start, end = match.span()
        while passed < len(leaders) and leaders[passed][1] <= start:
            passed += 1
        led = passed > 0 and not units[leaders[passed - 1][1] : start].strip()
        for begin, stop in leaders[passed : passed + 2]:
            if begin <= start < stop:
                start, led = stop, True
            elif start < begin < end:
                end = begin
        if start < end:
            yield start, end, led


def visual_lines(words: Iterable[Word]) -> list[VisualLine]:
    """Return words as lines from top to bottom."""
    rows: list[list[Word]] = []
    middle = 0.0  # of the last row's words, on average
    for word in sorted(words, key=attrgetter("middle")):
        if rows and word.middle - middle < _SAME_LINE * min(word.size, rows[-1][0].size):
            rows[-1].append(word)
            middle += (word.middle - middle) / len(rows[-1])
        else:
            rows.append([word])
            middle = word.middle
    lines = [VisualLine(sorted(row, key=_left)) for row in rows]
    return sorted(lines, key=attrgetter("top"))


def _left(word: Word) -> float:
    return word.box[0]
