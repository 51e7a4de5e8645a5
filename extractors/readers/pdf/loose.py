"""Lines that stand in the place of a table and in none of its cells: nothing of a page may get lost.

A drawing of many boxes looks like a ruled table whose cells cut the words, and a caption, a stamp or text on its side
may stand between the rows that the places of words make.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from extractors.readers.pdf.lines import Line
from extractors.readers.pdf.style import TableArea

_MOST_LOST = 0.3  # of the letters in the place of a table
_LOST = 0.5  # of the letters of a line
_LONG = 10  # letters that stand in another place by accident no more
_WORD = re.compile(r"[^\W\d_]+|\d+")  # a raised digit may stand apart in the cell


def with_loose_lines(areas: Sequence[TableArea], lines: Sequence[Line]) -> tuple[TableArea, ...]:
    """Return tables with the lines that they do not hold, without ruled ones that cut much of what is there."""
    settled = []
    for area in areas:
        there = [line for line in lines if area.covers(line)]
        if _holds_all(area, there):
            settled.append(area)
            continue
        loose = _loose(area, there)
        if not area.ruled or _letters(loose) <= _MOST_LOST * _letters(there):
            settled.append(replace(area, loose=frozenset(loose)))
    return tuple(settled)


def _holds_all(area: TableArea, lines: Sequence[Line]) -> bool:
    """Tell by the letters alone, which is cheap."""
    held = Counter("".join(cell.text for cell in area.cells))
    missing = Counter("".join(line.text for line in lines)) - held
    return not any(map(str.isalnum, missing))


def _loose(area: TableArea, lines: Sequence[Line]) -> list[Line]:
    """Return the lines most of whose words are in no cell; what stands in one as a whole takes its words first.

    A word may be joined there to one of another line: "tradeimpeding".
    """
    cells = [_joined(cell.text) for cell in area.cells]
    texts = {id(line): _joined(line.text) for line in lines}
    whole = {line for line in lines if any(texts[id(line)] in cell for cell in cells)}
    held = Counter(word for cell in area.cells for word in _words(cell.text))
    loose = []
    for line in sorted(lines, key=lambda line: (line not in whole, -len(line.text))):
        words = Counter(_words(line.text))
        lost = words - held
        if sum(len(word) * count for word, count in lost.items()) <= _LOST * sum(map(len, words.elements())):
            held -= words
        elif line not in whole or not _stands_in(texts[id(line)], cells, list(texts.values())):
            loose.append(line)
    return loose


def _stands_in(text: str, cells: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether a text stands in cells as often as in lines."""
    return len(text) >= _LONG and sum(cell.count(text) for cell in cells) >= sum(line.count(text) for line in lines)


def _joined(text: str) -> str:
    return "".join(_words(text))


def _letters(lines: Sequence[Line]) -> int:
    return sum(map(len, (word for line in lines for word in _words(line.text))))


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text))
