"""Detects the rows of a table without rules: joins the lines of wrapped cells."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from extractors.readers.pdf.tables.columns import CELL_GAP, SPACE, column_of
from extractors.readers.pdf.text.words import VisualLine, Word

_FIGURE = re.compile(r"^[\s$€£¥%()<>≤≥~*+\-–—−.,:/\d]*(?:[\d–—−-]|\.{2,}|n/?a)[\s%()*+.,\d]{0,3}[a-z]?$", re.IGNORECASE)
_SPREAD = 0.12  # em; gaps between lines that differ by more are two kinds of gap
_STACKED = 0.1  # share of the joined rows where figures may stand on figures
_WRAPPED = 0.6  # share of the joined texts that continue the one above
_FITS = 0.25  # em for the space before a word
_ROOM = 0.5  # em that a column may be wider than its longest line


@dataclass(slots=True)
class Piece:
    """Words in one or more columns of one line."""

    column: int
    last: int
    words: list[Word] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words with spaces between them."""
        return " ".join(word.text for word in self.words)

    @property
    def is_figure(self) -> bool:
        """Return whether the piece is a number, a dash or a mark for nothing, and no words."""
        return is_figure(self.text)


TableLine = Mapping[int, Piece]
"""The pieces of one line by their first column."""


def is_figure(text: str) -> bool:
    """Return whether a text is a number, a dash or a mark for nothing, and no words."""
    return bool(_FIGURE.match(text))


def pieces_of(line: VisualLine, places: Sequence[float]) -> dict[int, Piece]:
    """Return the pieces of a line by column; text across a gap without a break spans the columns."""
    pieces: dict[int, Piece] = {}
    for run in line.segments(CELL_GAP):
        for part in _split(run, places):
            first = column_of(part[0].box[0] + 1, places)
            last = max(first, column_of(max(word.box[2] for word in part) - 1, places))
            if len(part) == 1 and first != last:  # one long word crosses the edge of its column
                first = last = column_of((part[0].box[0] + part[0].box[2]) / 2, places)
            if first in pieces:
                pieces[first].words.extend(part)
                pieces[first].last = max(pieces[first].last, last)
            else:
                pieces[first] = Piece(first, last, list(part))
    return pieces


def _split(run: Sequence[Word], places: Sequence[float]) -> list[list[Word]]:
    parts = [[run[0]]]
    for before, word in pairwise(run):
        between = bisect_left(places, before.box[2] - 1) != bisect_left(places, word.box[0] + 1)
        if between and word.box[0] - before.box[2] > SPACE * min(before.size, word.size):
            parts.append([])
        parts[-1].append(word)
    return parts


def row_starts(
    lines: Sequence[VisualLine], table: Sequence[TableLine], rules: Sequence[float], *, headed: bool = False
) -> list[int]:
    """Return the lines that begin a row. `rules` are the heights of rules across the table.

    A table is `headed` where its head stands above, so that no line of it is one.

    Rows are separated by rules between them, else by wider gaps than within rows, else by the text.
    """
    starts = _by_rules(lines, rules)
    if starts and _is_plausible(starts, table):
        return starts
    rights = _right_ends(table)
    starts = _by_gaps(lines)
    if starts and _is_plausible(starts, table) and _is_wrapped(starts, table, rights):
        return starts
    return _by_text(table, rights, 0 if headed else _head_lines(table))


def _by_rules(lines: Sequence[VisualLine], rules: Sequence[float]) -> list[int]:
    bands = [bisect_left(rules, (line.top + line.bottom) / 2) for line in lines]
    starts = [index for index in range(len(lines)) if index == 0 or bands[index] != bands[index - 1]]
    return starts if len(starts) > 3 else []  # noqa: PLR2004 - a rule above, below the head, and at the end


def _by_gaps(lines: Sequence[VisualLine]) -> list[int]:
    """Split the lines at the wider of two kinds of gap; nowhere where all gaps are alike."""
    gaps, bottom = [], lines[0].bottom
    for line in lines[1:]:
        gaps.append(max(0.0, (line.top - bottom) / line.size))  # lines side by side, not level, are one row
        bottom = max(bottom, line.bottom)
    ordered = sorted(gaps)
    jumps = [(wide - narrow, (wide + narrow) / 2) for narrow, wide in pairwise(ordered)]
    if not jumps or max(jumps)[0] < _SPREAD:
        return []
    limit = max(jumps)[1]
    for jump, middle in jumps:  # the narrowest clear jump separates wrapped lines from rows
        if jump >= max(_SPREAD, 0.4 * max(jumps)[0]):
            limit = middle
            break
    return [0, *(index for index, gap in enumerate(gaps, 1) if gap > limit)]


def _is_plausible(starts: Sequence[int], table: Sequence[TableLine]) -> bool:
    """Return whether rows hold wrapped text and not several rows: figures do not stand on figures."""
    joined = stacked = 0
    for start, end in pairwise([*starts, len(table)]):
        columns = [piece.column for line in table[start:end] for piece in line.values()]
        figures = [piece.column for line in table[start:end] for piece in line.values() if piece.is_figure]
        if end - start > 1:
            joined += 1
            stacked += len(set(figures)) < len(figures) and len(columns) > 1
    return joined > 0 and stacked <= _STACKED * joined


def _is_wrapped(starts: Sequence[int], table: Sequence[TableLine], rights: Mapping[int, float]) -> bool:
    """Return whether most texts below each other in a row continue one another."""
    goes_on = []
    for start, end in pairwise([*starts, len(table)]):
        above: dict[int, Piece] = {}
        for line in table[start:end]:
            goes_on += [_wraps(above[column], piece, rights) for column, piece in line.items() if column in above]
            above.update(line)
    return sum(goes_on) >= _WRAPPED * len(goes_on)


def _right_ends(table: Sequence[TableLine]) -> dict[int, float]:
    """Return the right end of the longest text of each column."""
    rights: dict[int, float] = {}
    for line in table:
        for piece in line.values():
            if piece.column == piece.last:
                right = max(word.box[2] for word in piece.words)
                rights[piece.column] = max(rights.get(piece.column, 0), right)
    return rights


def _by_text(table: Sequence[TableLine], rights: Mapping[int, float], head: int) -> list[int]:
    """Join a line to the row above where each of its texts continues one there; the first `head` are the header."""
    starts = [0]
    for index in range(1, len(table)):
        above, line = table[index - 1], table[index]
        if index < head:
            goes_on = _is_wrapped_header(above, line)
        elif index == head and head > 0:
            goes_on = False
        else:
            goes_on = _continues(above, line, rights, first=table[starts[-1]])
        if not goes_on:
            starts.append(index)
    return starts


def _head_lines(table: Sequence[TableLine]) -> int:
    """Count the lines above the first one with figures in half of its columns or more, or with a number."""
    for index, line in enumerate(table):
        if 0 in line and len(line) > 1 and line[0].is_figure:
            return index
        figures = sum(piece.is_figure for piece in line.values() if piece.column)
        if figures >= 1 and figures >= 0.5 * (len(line) - (0 in line)):
            return index
    return 0


def _is_wrapped_header(above: TableLine, line: TableLine) -> bool:
    """Return whether a header line continues the one above: no text there spans several columns of the line."""
    if 0 in above and 0 in line and _is_label(above[0]):
        return False
    return not any(
        piece.last > piece.column and sum(piece.column <= below <= piece.last for below in line) > 1
        for piece in above.values()
    )


def _continues(above: TableLine, line: TableLine, rights: Mapping[int, float], *, first: TableLine) -> bool:
    if any(piece.is_figure for piece in line.values()):
        wrapped_label = len(above) == 1 and 0 in above and 0 in line and above[0].last == 0
        return wrapped_label and _wraps(above[0], line[0], rights)
    if any(column not in first for column in line):
        return False
    if 0 not in line:
        return all(not first[column].is_figure for column in line)
    return all(column in above and _wraps(above[column], piece, rights) for column, piece in line.items())


def _is_label(piece: Piece) -> bool:
    """Return whether a text names its row and ends there: `Date:`."""
    return piece.column == 0 and piece.text.endswith(":")


def _wraps(above: Piece, below: Piece, rights: Mapping[int, float]) -> bool:
    """Return whether a text continues in the next line: in lower case, or with a first word that had no room above."""
    if above.is_figure or below.is_figure:
        return False
    if below.text[0].islower():
        return True
    if _is_label(above):
        return False
    word, end = below.words[0], max(word.box[2] for word in above.words)
    room = rights.get(above.column, end) + _ROOM * word.size
    return end + _FITS * word.size + word.box[2] - word.box[0] > room
