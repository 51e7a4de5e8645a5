"""What is usual in a PDF: its body type, the distance of its lines, and the heads that run over its pages."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from extractors.document import Box, Cell
from extractors.readers.numbering import roman_value
from extractors.readers.pdf_lines import Line

_OUTER = 0.12  # share of the height, at the top and at the bottom, where running heads stand
_OUTERMOST = 0.25  # the same for the first and the last line of a page
_SAME_PLACE = 8.0  # points
_SHORT_PAPER = 3  # pages; there a head that stands twice is a running one
_LONG_NUMBER = 6  # digits; a longer one counts no pages
_DIGITS = re.compile(r"\d+")
_HYPHENATED = re.compile(r"\b[^\W\d_]+-[^\W\d_]+\b")

Edge = Literal["header", "footer"]


@dataclass(frozen=True, slots=True)
class TableArea:
    """A table found on a page: where it is, what its cells hold, how many rows are headers, if rules part it."""

    box: Box
    cells: tuple[Cell, ...]
    header_rows: int = 0
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class PageLines:
    """What was found on one page; `width` and `height` in points as shown."""

    number: int
    width: float
    height: float
    lines: list[Line]
    tables: tuple[TableArea, ...] = ()


@dataclass(frozen=True, slots=True)
class Style:
    """Size in points and weight of the body text; the usual distance of baselines by rounded type size.

    `hyphenated` holds, in lower case, the hyphenated words that stand whole in a line.
    """

    size: float
    bold: bool
    leading: dict[int, float] = field(default_factory=dict)
    hyphenated: frozenset[str] = frozenset()


def running_lines(pages: Sequence[PageLines]) -> dict[int, Edge]:
    """Return the lines, by `id()`, that repeat at one place near the edge of several pages.

    Lines that differ in a number repeat where the number counts the pages: "Article 14" at the top of a page
    and "Article 20" at the top of another are none.
    """
    places: dict[tuple[Edge, str, int | str], list[tuple[float, Line]]] = defaultdict(list)
    for page in pages:
        tops = [line.box[1] for line in page.lines if line.angle == 0]
        extent = (min(tops), max(tops)) if tops else (0.0, 0.0)
        for line in page.lines:
            edge = _edge(line, page, extent)
            if edge:
                at = line.box[1] if edge == "header" else page.height - line.box[3]
                text = line.text.lower()
                folded = "#" if roman_value(text) else _DIGITS.sub("#", text)
                places[edge, folded, text].append((at, line))
                for value in _page_numbers(text):
                    places[edge, folded, value - page.number].append((at, line))
    needed = 2 if len(pages) <= _SHORT_PAPER else 3
    running: dict[int, Edge] = {}
    for (edge, _, _), found in places.items():
        spots = Counter(round(at / _SAME_PLACE) for at, _ in found)
        for at, line in found:
            spot = round(at / _SAME_PLACE)
            if spots[spot - 1] + spots[spot] + spots[spot + 1] >= needed:
                running[id(line)] = edge
    return running


def usual_style(pages: Sequence[PageLines], running: dict[int, Edge]) -> Style:
    """Return what most of the text, running heads aside, looks like."""
    sizes: Counter[float] = Counter()
    weights: Counter[bool] = Counter()
    steps: dict[int, Counter[float]] = defaultdict(Counter)
    hyphenated: set[str] = set()
    for page in pages:
        lines = [line for line in page.lines if id(line) not in running]
        for line in lines:
            sizes[round(2 * line.size) / 2] += len(line.text)
            weights[line.bold] += len(line.text)
            if "-" in line.text:
                hyphenated.update(word.lower() for word in _HYPHENATED.findall(line.text))
        for before, line in pairwise(lines):
            step = round(2 * (line.baseline - before.baseline)) / 2
            if before.angle == line.angle and 0.8 * line.size < step < 2.2 * line.size:
                steps[round(line.size)][step] += 1
    return Style(
        size=sizes.most_common(1)[0][0] if sizes else 10.0,
        bold=weights[True] > weights[False],
        leading={size: found.most_common(1)[0][0] for size, found in steps.items()},
        hyphenated=frozenset(hyphenated),
    )


def _page_numbers(text: str) -> set[int]:
    numeral = roman_value(text)
    return {numeral} if numeral else {int(found) for found in _DIGITS.findall(text) if len(found) < _LONG_NUMBER}


def _edge(line: Line, page: PageLines, extent: tuple[float, float]) -> Edge | None:
    """Tell at which edge a line stands; the first and the last line of a page may stand further in."""
    if line.angle != 0:
        return None
    first, last = (line.box[1] == found for found in extent)
    if line.box[3] < (_OUTERMOST if first else _OUTER) * page.height:
        return "header"
    return "footer" if line.box[1] > (1 - (_OUTERMOST if last else _OUTER)) * page.height else None
