"""Words of a PDF page with their boxes, and the visual lines they make: what tables without rules are found from."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from extractors.document import Box
from extractors.readers.pdf_lines import TextLayer, clean

_WORD = re.compile(r"[^\s\x02\ufffe]+[\x02\ufffe]?")
_LEADER = re.compile(r"(?:[.…·_]\s?){4,}")
_LINE_OF_TYPE = 1.15  # height of a character's box in em; ascent and descent of most typefaces
_SAME_LINE = 0.5  # of the smaller height; nearer middles stand on one line


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its box on the page as shown; `leader` says that dots led to it."""

    text: str
    box: Box
    leader: bool = False

    @property
    def size(self) -> float:
        """Size of the type in points, from the height of the box."""
        return (self.box[3] - self.box[1]) / _LINE_OF_TYPE

    @property
    def middle(self) -> float:
        """Distance of the box's middle from the top of the page."""
        return (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True, slots=True)
class VisualLine:
    """Words that stand beside one another, from left to right, whatever the order they are drawn in."""

    words: tuple[Word, ...]
    top: float
    bottom: float

    @property
    def size(self) -> float:
        """Size of the largest type of the line in points."""
        return max(word.size for word in self.words)

    @property
    def extent(self) -> tuple[float, float]:
        """Where the line begins and ends."""
        return self.words[0].box[0], max(word.box[2] for word in self.words)

    def segments(self, gap: float) -> list[tuple[Word, ...]]:
        """Return the runs of words with less than `gap` em between them."""
        runs: list[list[Word]] = [[self.words[0]]]
        for before, word in pairwise(self.words):
            if word.leader or word.box[0] - before.box[2] > gap * min(before.size, word.size):
                runs.append([])
            runs[-1].append(word)
        return [tuple(run) for run in runs]


def words_of(layer: TextLayer) -> list[Word]:
    """Return the words of a page in the order of its content; leaders of dots are left out."""
    leaders = [match.span() for match in _LEADER.finditer(layer.units)]
    found = []
    led = 0
    for match in _WORD.finditer(layer.units):
        while led < len(leaders) and leaders[led][1] <= match.start():
            led += 1
        inside = [span for span in leaders[led : led + 2] if span[0] < match.end()]
        after = led > 0 and not layer.units[leaders[led - 1][1] : match.start()].strip()
        start, last = match.start(), match.end()
        for begin, end in inside:
            if begin <= start:
                start, after = max(start, end), True
            else:
                last = begin
        text = clean(layer.units[start:last].replace("\x02", "-").replace("\ufffe", "-"))
        if start < last and text:
            found.append(Word(text, layer.box_of(start, last - 1), after))
    return [word for word in found if word.box[3] > word.box[1] and word.box[2] > word.box[0]]


def visual_lines(words: Iterable[Word]) -> list[VisualLine]:
    """Return words as lines from top to bottom."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.middle):
        near = rows and word.middle - _middle(rows[-1]) < _SAME_LINE * min(word.size, rows[-1][0].size)
        if near:
            rows[-1].append(word)
        else:
            rows.append([word])
    return sorted(_lines(rows), key=lambda line: line.top)


def _middle(words: Sequence[Word]) -> float:
    return sum(word.middle for word in words) / len(words)


def _lines(rows: Iterable[list[Word]]) -> Iterator[VisualLine]:
    for row in rows:
        row.sort(key=lambda word: word.box[0])
        yield VisualLine(tuple(row), min(word.box[1] for word in row), max(word.box[3] for word in row))
