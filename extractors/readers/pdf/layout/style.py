"""The body style of a PDF: type size, weight and line spacing."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from extractors.document import Box, Cell, MarkKind
from extractors.readers.pdf.layout.rotation import Turn
from extractors.readers.pdf.pdfium.annotations import Remark
from extractors.readers.pdf.pdfium.coordinates import covers
from extractors.readers.pdf.text.dehyphenation import WholeWords
from extractors.readers.pdf.text.lines import Line
from extractors.text.superscripts import RAISED_DIGITS

NOTE_SIZE = 0.93
"""Type smaller than so many times the size of the body text may make a footnote."""

NOTE_MARK = re.compile(
    r"^(?P<mark>\d{1,3}|\*{1,3}|[⁰¹²³⁴-⁹]{1,3})(?:\s*/|\)|(?P<dash>\s?[-–])(?=\s))?\s*(?=[^\W\d]|[\"'“«(])"
)
"""What begins a footnote; with a dash, where its mark stands raised in the text (`is_note_of`)."""

_WIDER = 1.3  # times the usual distance
_FEWEST = 3  # lines that are evidence of another distance
_USUAL_LEADING = 1.2
"""Em between the lines of a paragraph, where it cannot be measured."""

_RUNS_ON = re.compile(r"[^\W\d_]{2,}(?![\w.)])")


@dataclass(frozen=True, slots=True)
class TableArea:
    """A table found on a page: where it is, what its cells hold, how many rows are headers, if rules part it.

    `unassigned` are lines in its place that are in none of its cells.
    """

    box: Box
    cells: tuple[Cell, ...]
    header_rows: int = 0
    ruled: bool = False
    unassigned: frozenset[Line] = frozenset()

    @property
    def height(self) -> int:
        """The number of rows."""
        return max(cell.row + cell.rowspan for cell in self.cells)

    @property
    def width(self) -> int:
        """The number of columns."""
        return max(cell.column + cell.colspan for cell in self.cells)

    def covers(self, line: Line) -> bool:
        """Return whether a line stands in the place of the table."""
        return covers(self.box, line.box)

    def holds(self, line: Line) -> bool:
        """Return whether a line is part of the table."""
        return self.covers(line) and line not in self.unassigned


@dataclass(frozen=True, slots=True)
class PageLines:
    """What was found on one page; `width` and `height` in points as shown.

    Where the page is read as if turned (`turn`), all of it is in points of the page as read, but what does not
    stand upright then: that is `beside`, in points of the page as shown.
    """

    number: int
    width: float
    height: float
    lines: list[Line]
    tables: tuple[TableArea, ...] = ()
    remarks: Sequence[Remark] = ()
    marks: Sequence[MarkKind] = ()
    turn: Turn | None = None
    beside: "PageLines | None" = None


@dataclass(frozen=True, slots=True)
class Style:
    """Size in points and weight of the body text; the usual distance of baselines by rounded type size.

    `wide` is the distance in some paragraphs of a page, by the same. `words` are those of the lines, running heads
    aside.
    """

    size: float
    bold: bool
    leading: dict[int, float] = field(default_factory=dict)
    wide: dict[int, float] = field(default_factory=dict)
    words: WholeWords = field(default_factory=WholeWords)

    def is_small(self, line: Line) -> bool:
        """Return whether a line may be of a note: its type is smaller than the body's, or it is at a foot."""
        return line.foot or line.size < NOTE_SIZE * self.size

    def may_open_note(self, line: Line) -> bool:
        """Return whether a line may be the first one of a note: it may be of one, or it begins with a raised digit."""
        return self.is_small(line) or line.text[:1] in RAISED_DIGITS


def usual_style(pages: Sequence[PageLines], running: Collection[int]) -> Style:
    """Return the style of most of the text, running heads aside."""
    looks: dict[tuple[float, bool], int] = defaultdict(int)
    steps: dict[int, list[float]] = defaultdict(list)
    within: dict[int, Counter[float]] = defaultdict(Counter)
    counted: list[Line] = []
    for page in pages:
        lines = [line for line in page.lines if id(line) not in running]
        counted += lines
        for line in lines:
            looks[line.size, line.bold] += len(line.text)
        for before, line in _neighbours(lines):
            points, step = round(line.size), round(2 * (line.baseline - before.baseline)) / 2
            steps[points].append(step)
            if _runs_on(line):
                within[points][step] += 1
    sizes: Counter[float] = Counter()
    weights: Counter[bool] = Counter()
    for (size, bold), length in looks.items():
        sizes[round(2 * size) / 2] += length
        weights[bold] += length
    return Style(
        size=sizes.most_common(1)[0][0] if sizes else 10.0,
        bold=weights[True] > weights[False],
        leading={size: _leading(size, Counter(found), within[size]) for size, found in steps.items()},
        words=WholeWords(counted),
    )


def wide_leading(lines: Sequence[Line], style: Style) -> dict[int, float]:
    """Return the distance of baselines that only some lines in a row have, by rounded type size.

    An abstract or a notice may be set wider than the text: several full lines of it that go on are the evidence.
    """
    wider: dict[int, Counter[float]] = defaultdict(Counter)
    right = max((line.end for line in lines), default=0.0)
    for before, line in pairwise(lines):
        size, step = round(line.size), line.baseline - before.baseline
        if step > _WIDER * style.leading.get(size, step) and _is_above(before, line) and before.size == line.size:
            full = before.end > right - line.size and not before.text.endswith(".")
            if full and abs(before.start - line.start) < line.size and _runs_on(line):
                wider[size][round(2 * step) / 2] += 1
    common = {size: steps.most_common(1)[0] for size, steps in wider.items()}
    return {size: step for size, (step, count) in common.items() if count >= _FEWEST}


def _leading(size: int, steps: Counter[float], within: Counter[float]) -> float:
    """Return the usual distance of baselines inside paragraphs: of lines that surely go on, else a guess.

    Where every paragraph has one line, the commonest distance is that between paragraphs.
    """
    step = max(steps, key=within.__getitem__)
    return step if within[step] else min(steps.most_common(1)[0][0], _USUAL_LEADING * size)


def _runs_on(line: Line) -> bool:
    """Return whether a line may go on from the one above: it begins with a word not in capitals, and no number."""
    return not line.text[0].isupper() and _RUNS_ON.match(line.text) is not None


def _neighbours(lines: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
    """Yield each line after the next one above it, where that is one of the two before it."""
    for one, other, line in zip([None, None, *lines], [None, *lines], lines, strict=False):
        if other and _is_above(other, line):
            yield other, line
        elif one and _is_above(one, line):
            yield one, line


def _is_above(other: Line, line: Line) -> bool:
    """Return whether a line is the next one below another, as near as lines of a paragraph."""
    return (
        0.8 * line.size < line.baseline - other.baseline < 2.2 * line.size
        and other.end > line.start
        and line.end > other.start
        and other.angle == line.angle
    )
