"""Positions of sentences and words of passages: their blocks, and their rectangles on pages.

Reading keeps the box of each line and the block of each piece of a passage, so nothing is searched for. Where a word
stands in its line follows from the usual widths of letters: a point or two beside the letters themselves.
"""

import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from extractors.document import Block, Box, Document, Passage, PassageBox
from extractors.text.line_boxes import PlacedText, placed_texts

_WIDTHS = {
    letter: width
    for letters, width in (
        (" !',.:;I[]ijl|", 0.25),
        ("ft()-/", 0.29),
        ("rJ", 0.33),
        ("s", 0.42),
        ("acez", 0.46),
        ("wm", 0.73),
    )
    for letter in letters
}
"""Em that letters take, as the mean of Times and Helvetica."""
_CAPITAL, _OTHER, _IDEOGRAPH = 0.66, 0.5, 1.0
_BULLET = "•"
_AFTER_NUMBER = "  "
"""What stands between the number or bullet of a paragraph of one line and its text."""
_FLAT, _WIDE = 0.4, 2.0
"""Em that a line of text may have at least and at most, as shares of its height; else it is several, or turned."""


class BlockSpan(NamedTuple):
    """A stretch of a block's text, by offsets, end exclusive."""

    block: int
    start: int
    end: int


def block_spans(passage: Passage, start: int, end: int) -> Iterator[BlockSpan]:
    """Yield the spans of blocks for a span of a passage's text, in order."""
    bounds = pairwise([*(one[0] for one in passage.pieces), len(passage.text) + 1])
    for (first, block, offset), (low, high) in zip(passage.pieces, bounds, strict=True):
        if low < end and start < high - 1:
            yield BlockSpan(block, max(start, low) - first + offset, min(end, high - 1) - first + offset)


class SpanBoxes:
    """Computes the positions of spans of the passages of one document."""

    def __init__(self, document: Document) -> None:
        self._blocks = {block.id: block for block in document.blocks}
        self._tables = {table.block: table for table in document.tables}
        self._placed: dict[int, tuple[PlacedText, ...]] = {}

    def boxes(self, passage: Passage, start: int, end: int) -> Iterator[PassageBox]:
        """Yield a box for each line, or cell of a table, that a stretch of a passage's text covers."""
        for span in block_spans(passage, start, end):
            block = self._blocks.get(span.block)
            for line in self._lines(block) if block else ():
                low, high = max(span.start, line.start), min(span.end, line.end)
                if block and block.text[low:high].strip():
                    yield PassageBox(page=line.page, box=self._cut(block, line, low, high))

    def _lines(self, block: Block) -> tuple[PlacedText, ...]:
        if block.id not in self._placed:
            self._placed[block.id] = placed_texts(block, self._tables.get(block.id))
        return self._placed[block.id]

    def _cut(self, block: Block, line: PlacedText, start: int, end: int) -> Box:
        """Return the part of a line's box in which some of its text stands; all of it where that cannot be said."""
        x0, top, x1, bottom = line.box
        text = block.text[line.start : line.end].rstrip()
        before, own = block.text[line.start : start], block.text[start:end].rstrip()
        if block.kind == "table" or len(own) >= len(text):
            return line.box
        em, left = self._set_width(block, line, text)
        if not _FLAT * (bottom - top) < em < _WIDE * (bottom - top):
            return line.box
        low, high = left + em * _width(before), min(left + em * _width(before + own), x1)
        if _runs_leftwards(text):
            low, high = x0 + x1 - high, x0 + x1 - low
        return low, top, high, bottom

    def _set_width(self, block: Block, line: PlacedText, text: str) -> tuple[float, float]:
        """Return the em of a line's type, and where its text begins: behind the number of its block, which is none."""
        x0, _, x1, _ = line.box
        width = _width(text) or _OTHER
        mark = block.number or (_BULLET if block.kind == "item" else "")
        if line.start or not mark:
            return (x1 - x0) / width, x0
        others = [_em(block, other) for other in self._lines(block)[1:]]
        em = median(others) if others else (x1 - x0) / _width(f"{mark}{_AFTER_NUMBER}{text}")
        return em, max(x0, x1 - em * width)


def _em(block: Block, line: PlacedText) -> float:
    return (line.box[2] - line.box[0]) / (_width(block.text[line.start : line.end].rstrip()) or _OTHER)


def _width(text: str) -> float:
    return sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if (known := _WIDTHS.get(letter)) is not None:
        return known
    if letter >= "\u1100" and unicodedata.east_asian_width(letter) in "WF":
        return _IDEOGRAPH
    return _CAPITAL if letter.isupper() else _OTHER


def _runs_leftwards(text: str) -> bool:
    return next((kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL")), "L") != "L"
