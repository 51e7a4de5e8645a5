"""Unassigned lines: lines within a table's area but in none of its cells, which are kept as text.

A drawing of many boxes looks like a ruled table whose cells cut the words, and a caption, a stamp or text on its side
may stand between the rows that the places of words make.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from extractors.readers.pdf.layout.style import TableArea
from extractors.readers.pdf.text.lines import Line

_MOST_LOST = 0.3  # of the letters in the place of a table
_LOST = 0.5  # of the letters of a line
_LONG = 10  # letters; longer words do not recur elsewhere by accident
_WORD = re.compile(r"[^\W\d_]+|\d+")  # a raised digit may be separate in the cell


def with_unassigned_lines(areas: Sequence[TableArea], lines: Sequence[Line]) -> tuple[TableArea, ...]:
    """Return tables with their unassigned lines, without ruled tables that cut much of their text."""
    settled = []
    for area in areas:
        there = [line for line in lines if area.covers(line)]
        if _holds_all(area, there):
            settled.append(area)
            continue
        unassigned = _unassigned(area, there)
        if not area.ruled or _letters(unassigned) <= _MOST_LOST * _letters(there):
            settled.append(replace(area, unassigned=frozenset(unassigned)))
    return tuple(settled)


def _holds_all(area: TableArea, lines: Sequence[Line]) -> bool:
    """Return whether the cells hold all letters and digits of the lines: a cheap test."""
    held = Counter("".join(cell.text for cell in area.cells))
    missing = Counter("".join(line.text for line in lines)) - held
    return not any(map(str.isalnum, missing))


def _unassigned(area: TableArea, lines: Sequence[Line]) -> list[Line]:
    """Return the lines most of whose words are in no cell; what stands in one as a whole takes its words first.

    A word may be joined there to one of another line: "tradeimpeding". Words that occur more often than in cells are
    unassigned.
    """
    cells = "\n".join(_joined(cell.text) for cell in area.cells)
    texts = [_joined(line.text) for line in lines]
    said = "\n".join(texts)
    whole = [text in cells for text in texts]
    held = Counter(word for cell in area.cells for word in _words(cell.text))
    unassigned = []
    for place in sorted(range(len(lines)), key=lambda place: (not whole[place], -len(texts[place]))):
        words = Counter(_words(lines[place].text))
        lost = words - held
        if sum(len(word) * count for word, count in lost.items()) <= _LOST * sum(map(len, words.elements())):
            held -= words
        elif len(texts[place]) < _LONG or not whole[place] or cells.count(texts[place]) < said.count(texts[place]):
            unassigned.append(lines[place])
    return unassigned


def _joined(text: str) -> str:
    return "".join(_words(text))


def _letters(lines: Sequence[Line]) -> int:
    return sum(map(len, (word for line in lines for word in _words(line.text))))


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text))
