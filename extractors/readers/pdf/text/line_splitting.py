"""Splits PDFium's lines of a page at gutters and wide gaps."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from extractors.readers.pdf.bidi.clusters import runs_leftwards
from extractors.readers.pdf.text.lines import Line, joined_rows
from extractors.readers.pdf.text.text_layer import Gap, Piece, Span, TextLayer

_MEAN_ADVANCE = 0.62  # em; a line wider than this per character probably has a wide gap in it
_LEAST_ADVANCE = 0.36  # em; a line narrower than this per character probably goes on in another column
_MAX_THICK = 2.0  # em; a line's first and last characters stand on one row
_GAP = 2.2  # em; a wider gap parts two lines of one row
_GUTTER = 0.9  # em; the same where most lines have a gap at one place
_SIZE_GAP = 0.4  # em; the same where the size of the type changes too
_SIZE_CHANGE = 0.25  # share of the larger size
_LONG_LINE = 30  # characters
_SAMPLE = 5  # lines
_SHARED_GAP = 0.6  # share of the sample
_APART = 20.0  # points between gutters
_COLUMN_STARTS = 4  # lines that begin at one place; fewer make no column
_COLUMN_MARGIN = 0.2  # share of the width of the text where no second column begins
_MAX_NUMBER = 8  # characters of a printed number
_NUMBER_GAP = 6.0  # em after a printed number at most
_FAR = 1.6  # times as wide as three lines in four of its page, a line may be two in columns
_PRINTED_NUMBER = re.compile(
    r"(?:[^\w(]|\(?(?:\d{1,3}|[^\W\d_]{1,2}|[ivxlcIVXLC]{1,6})(?:\.\d{1,3})*[.)\]:°][-–—]?|\d{1,3}(?:\.\d{1,3})*|§\d{1,3}|\w)$"
)


def lines_of(layer: TextLayer) -> list[Line]:
    """Return the lines of a page in the order of its content."""
    rows = layer.pieces()
    if not rows:
        return []
    starts = _column_starts(rows)
    gutters = _gutters(layer, rows, starts)
    widths = sorted(row.line.end - row.line.start for row in rows)
    wide = _FAR * widths[3 * len(widths) // 4]
    odd = [
        row.line.end - row.line.start > wide or _may_be_several(row) or _crosses(layer, row, gutters) for row in rows
    ]
    parted = _parted(layer, rows, odd, gutters)
    begun = [x for x in (starts if parted is rows else _column_starts(parted)) if x not in gutters]
    if begun:
        parted = _parted(layer, parted, [_crosses(layer, row, begun) for row in parted], begun)
    return joined_rows([row.line for row in parted])


def _may_be_several(row: Piece) -> bool:
    """Return whether a line may be several: its width or its row does not fit its characters."""
    line, first, last, sizes = row
    if first == last:
        return False
    size = line.size
    if line.backward or not _LEAST_ADVANCE < (line.end - line.start) / (size * (last - first + 1)) < _MEAN_ADVANCE:
        return True
    x0, top, x1, bottom = line.box
    return not _alike(sizes) or (x1 - x0 if line.angle % 180 else bottom - top) > _MAX_THICK * size


def _crosses(layer: TextLayer, row: Piece, gutters: Sequence[float]) -> bool:
    """Return whether an upright line has a gap as wide as a gutter where there is one."""
    line, first, last, _ = row
    if line.angle != 0 or first == last:
        return False
    for x in gutters:
        if line.start < x < line.end:
            gap = layer.gap_at(x, line, first, last)
            if gap and gap.right - gap.left > _GUTTER * line.size:
                return True
    return False


def _gutters(layer: TextLayer, rows: Sequence[Piece], starts: Sequence[float]) -> list[float]:
    """Return where, along upright lines, most of a sample of long lines have a gap, after the starts of columns.

    PDFium gives two columns as one line each where a file draws them row by row.
    """
    long = [row for row in rows if row.last - row.first > _LONG_LINE and row.line.angle == 0]
    if len(long) < _SAMPLE:
        return []
    gutters = list(starts)
    sample = long[:: len(long) // _SAMPLE][:_SAMPLE]
    gaps: list[list[Gap]] = []
    for line, first, last, _ in sample:
        gaps.append([gap for gap in layer.gaps(line, first, last, _GUTTER) if gap.left < gap.right])
        if sum(not found for found in gaps) > (1 - _SHARED_GAP) * len(sample):
            return gutters  # too few can share a gap
    for x in sorted((gap.left + gap.right) / 2 for found in gaps for gap in found):
        shared = sum(any(gap.left < x < gap.right for gap in found) for found in gaps)
        if shared >= _SHARED_GAP * len(sample) and all(abs(x - other) > _APART for other in gutters):
            gutters.append(x)
    return gutters


def _column_starts(rows: Sequence[Piece]) -> list[float]:
    """Return where, a little before many lines begin, a gutter may end."""
    lines = [row.line for row in rows if row.line.angle == 0]
    if len(lines) < _COLUMN_STARTS:
        return []
    starts = [line.start for line in lines]
    left, right = min(starts), max([line.end for line in lines])
    margin = _COLUMN_MARGIN * (right - left)
    inner = [round(start) for start in starts if left + margin < start < right - margin]
    if len(inner) < _COLUMN_STARTS:
        return []
    found: list[float] = []
    for start, count in Counter(inner).most_common():
        if count < _COLUMN_STARTS:
            break
        if all(abs(start - other) > _APART for other in found):
            found.append(start - 1.5)
    return found


def _parted(layer: TextLayer, rows: list[Piece], doubtful: Sequence[bool], gutters: Sequence[float]) -> list[Piece]:
    """Return rows with doubtful ones split into their parts; the same list where none is split."""
    spans = {place: _parts(layer, rows[place], gutters) for place, doubt in enumerate(doubtful) if doubt}
    spans = {place: parts for place, parts in spans.items() if len(parts) > 1}
    if not spans:
        return rows
    placed = iter(layer.placed([span for parts in spans.values() for span in parts]))
    parted: list[Piece] = []
    for place, row in enumerate(rows):
        if place in spans:
            parted += [part for part in islice(placed, len(spans[place])) if part.line.text]  # not control characters
        else:
            parted.append(row)
    return parted


def _parts(layer: TextLayer, row: Piece, gutters: Sequence[float]) -> list[Span]:
    """Return the parts of a line at its wide gaps; a gap after a printed number or a bullet is none."""
    line, first, last, _ = row
    parts: list[Span] = []
    begin = first
    for gap in layer.gaps(line, first, last, _SIZE_GAP):
        near = gap.right - gap.left < _NUMBER_GAP * line.size
        if not (near and _is_mark(layer.units[begin : gap.before + 1])) and _is_break(layer, line, gap, gutters):
            parts.append((begin, gap.before, False))
            begin = gap.after
    return [*parts, (begin, last, line.hyphen)]


def _is_break(layer: TextLayer, line: Line, gap: Gap, gutters: Sequence[float]) -> bool:
    """Return whether a gap parts a line in two: it is wide, or leads back, or the type changes in it."""
    wide = gap.right - gap.left
    if wide < -line.size and not runs_leftwards(layer.units[gap.before]):
        return True
    if wide > _GAP * line.size:
        return True
    if wide > _GUTTER * line.size and any(gap.left < x < gap.right for x in gutters):
        return True
    return wide > _SIZE_GAP * line.size and not _alike(layer.sizes(gap.before, gap.after))


def _alike(sizes: tuple[float, float]) -> bool:
    one, other = sizes
    return one == other or abs(one - other) <= _SIZE_CHANGE * max(sizes)


def _is_mark(text: str) -> bool:
    """Return whether what begins a line is a printed number or a bullet, which stands away from its text."""
    return len(text) <= _MAX_NUMBER and _PRINTED_NUMBER.match(text) is not None
