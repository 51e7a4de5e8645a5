"""Detects furniture of PDF pages: running heads, page numbers, and notes at the foot without a mark in the text.

The numbers printed on pages are read from their heads and feet as a sequence.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from extractors.document import FURNITURE, Block, Page
from extractors.readers.pdf.layout.style import NOTE_MARK, PageLines, Style
from extractors.readers.pdf.text.lines import Line
from extractors.text.numbering import roman_value

_OUTER = 0.12  # share of the height, at the top and at the bottom, where running heads stand
_OUTERMOST = 0.25  # the same for the first and the last line of a page
_FOOT = 0.18  # the same for notes at the foot
_SAME_PLACE = 8.0  # points
_SHORT_PAPER = 3  # pages; there a head that stands twice is a running one
_LONG_NUMBER = 6  # digits; a longer one counts no pages
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"(?:[^\W\d_]+\.?\s)?[\W_]*(?P<page>\d{1,4})(?:\s?\W\s?\d{1,4}|\s[^\W\d_]+\s\d{1,4})?[\W_]*$")
_SYMBOL = re.compile(r"(?<!\S)(?=\S*\d)(?=\S*[^\W\d_a-z])\S{6,}")
# Of a paper that the United Nations print, what stands under its bars, and of one by the US Government.
_JOB_NUMBER = re.compile(r"(?:[A-Z]{2}\.)?\d{2}-\d{5}(?: ?\([A-Z]\)|$)|\*\d{7}\*$|VerDate \w")
_SHORTEST_TITLE = 15  # characters
_MAX_HEAD = 60  # characters of a running head that stands once
_APART = 1.6  # em between the baselines of a note at the foot and of the text above it
_TOGETHER = 2.5  # em between baselines of one foot

Edge = Literal["header", "footer"]
_NUMBER = re.compile(r"(?<![\w.,:/-])\d{1,4}(?![\w.,:]|[-/]\d{3})|(?<=/)\d{1,4}$")
_LONGEST = 60
"""Characters of a line in which a number may be that of a page: longer ones are notes."""
_FEWEST = 3
"""Pages whose numbers go up with them, to be a sequence; 2 in a paper of so many pages at most."""


class _Candidate(NamedTuple):
    """A number on a page that may be the page's: as printed, and by how much it is ahead of the page's place."""

    printed: str
    ahead: int


def with_printed_numbers(pages: Sequence[Page], blocks: Sequence[Block]) -> list[Page]:
    """Return the pages with the numbers printed on them as labels; those of pages without one follow from the others.

    What is printed outranks the label that the file declares, which stays where the heads and feet have no sequence.
    """
    candidates: dict[int, list[_Candidate]] = defaultdict(list)
    for block in blocks:
        if block.kind in FURNITURE and block.page is not None:
            candidates[block.page] += _candidates(block.text, block.page)
    support: Counter[tuple[bool, int]] = Counter()
    for found in candidates.values():
        support.update({_sequence(one) for one in found})
    needed = 2 if len(pages) <= _FEWEST else _FEWEST
    labels: dict[int, _Candidate] = {}
    for page, found in candidates.items():
        best = max(found, key=lambda one: support[_sequence(one)], default=None)
        if best and support[_sequence(best)] >= needed:
            labels[page] = best
    return [page.model_copy(update={"label": _label(page.number, labels) or page.label}) for page in pages]


def _candidates(text: str, page: int) -> Iterator[_Candidate]:
    text = text.strip()
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 4]} … {text[-_LONGEST // 4 :]}"
    for match in _NUMBER.finditer(text):
        yield _Candidate(match[0], int(match[0]) - page)
    value = roman_value(text.strip("-–— "))
    if value is not None:
        yield _Candidate(text.strip("-–— "), value - page)


def _sequence(candidate: _Candidate) -> tuple[bool, int]:
    return candidate.printed.isdecimal(), candidate.ahead


def _label(page: int, labels: dict[int, _Candidate]) -> str | None:
    """Return the printed number of a page, else the one between those of the pages before and after it."""
    if page in labels:
        return labels[page].printed
    before = max((number for number in labels if number < page), default=None)
    after = min((number for number in labels if number > page), default=None)
    if before is None or after is None or _sequence(labels[before]) != _sequence(labels[after]):
        return None
    return str(page + labels[before].ahead) if labels[before].printed.isdecimal() else None


def running_lines(pages: Sequence[PageLines]) -> dict[int, Edge]:
    """Return the lines, by `id()`, that run over the pages near their edges.

    They repeat at one place of several pages, or a head of a later page holds the first page's symbol, alone or next to
    the first page's title, or an outermost line is nothing but the number of its page. Lines that differ in a number
    repeat where the number counts the pages: "Article 14" at the top of a page and "Article 20" at the top of another
    are none.
    """
    running = _repeated(pages)
    first = " ".join(line.text for page in pages[:1] for line in page.lines)
    symbols = set(_SYMBOL.findall(first))
    for page in pages[1:]:
        upright = [line for line in page.lines if line.angle == 0 and id(line) not in running]
        inner = sorted(upright, key=lambda line: line.box[1])
        for line in _with_title(inner, page, symbols, first):
            running[id(line)] = "header"
        for line in (*inner[:1], *inner[-1:]):
            edge = _edge(line, page, (-1.0, -1.0))
            head = edge == "header" and _holds_symbol(line.text, symbols) and not _is_close(line, inner)
            if edge and (head or _is_page_number(line.text, page.number)):
                running[id(line)] = edge
    return running


def foot_lines(page: PageLines, running: dict[int, Edge], style: Style) -> set[int]:
    """Return the lines, by `id()`, of the notes at the foot of a page that no mark links to the text.

    They are set in small type on the first page or under a rule, apart from the text above, and nothing but running
    feet stands below them: the terms on which a paper is printed, its copyright, the number of its job, which may be
    as large as text.
    """
    upright = [line for line in page.lines if line.angle == 0 and id(line) not in running]
    small: list[Line] = []
    text: list[Line] = []
    for line in upright:
        (small if style.is_small(line) or _JOB_NUMBER.match(line.text) else text).append(line)
    if not small or not text:
        return set()
    lowest = max(line.box[3] for line in text)
    foot = sorted((line for line in small if line.baseline > lowest), key=lambda line: line.baseline)
    found: set[int] = set()
    is_note = False
    before: Line | None = None
    for line in foot:
        near = before is not None and line.baseline - before.baseline < _TOGETHER * line.size
        is_note = NOTE_MARK.match(line.text) is not None or (is_note and near)
        low = _may_be_foot(line, page) and line.box[1] > (1 - _FOOT) * page.height
        if low and not is_note and line.baseline - lowest > _APART * line.size:
            found.add(id(line))
        elif not is_note:
            lowest = line.box[3]  # small print that belongs to the text
        before = line
    return found


def _may_be_foot(line: Line, page: PageLines) -> bool:
    """Return whether a line in small type low on a page may be no part of its text.

    On later pages that are captions, quotations and the last rows of tables more often than notes.
    """
    if line.foot or page.number == 1 or _JOB_NUMBER.match(line.text):
        return True
    return _PAGE_NUMBER.match(line.text) is not None or roman_value(line.text.lower()) is not None


def _repeated(pages: Sequence[PageLines]) -> dict[int, Edge]:
    places: dict[tuple[Edge, str, int | str], list[tuple[int, int, Line]]] = defaultdict(list)
    for page in pages:
        tops = [line.box[1] for line in page.lines if line.angle == 0]
        extent = (min(tops), max(tops)) if tops else (0.0, 0.0)
        high, low = _OUTERMOST * page.height, (1 - _OUTERMOST) * page.height
        outer = [line for line in page.lines if line.box[3] < high or line.box[1] > low]
        for line in outer:
            edge = _edge(line, page, extent)
            if edge:
                at = line.box[1] if edge == "header" else page.height - line.box[3]
                found = round(at / _SAME_PLACE), page.number, line
                text = line.text.lower()
                numeral = roman_value(text)
                folded = "#" if numeral else _DIGITS.sub("#", text)
                places[edge, folded, text].append(found)
                for value in {numeral} if numeral else _page_numbers(text):
                    places[edge, folded, value - page.number].append(found)
    needed = 2 if len(pages) <= _SHORT_PAPER else 3
    running: dict[int, Edge] = {}
    for (edge, _, _), lines in places.items():
        spots: dict[int, set[int]] = defaultdict(set)
        for spot, number, _ in lines:
            spots[spot].add(number)
        for spot, _, line in lines:
            if len(spots[spot].union(spots.get(spot - 1, ()), spots.get(spot + 1, ()))) >= needed:
                running[id(line)] = edge
    return running


def _page_numbers(text: str) -> set[int]:
    return {int(found) for found in _DIGITS.findall(text) if len(found) < _LONG_NUMBER}


def _edge(line: Line, page: PageLines, extent: tuple[float, float]) -> Edge | None:
    """Return the edge at which a line stands; the first and the last line of a page may stand further in."""
    if line.angle != 0:
        return None
    first, last = (line.box[1] == found for found in extent)
    if line.box[3] < (_OUTERMOST if first else _OUTER) * page.height:
        return "header"
    return "footer" if line.box[1] > (1 - (_OUTERMOST if last else _OUTER)) * page.height else None


def _is_page_number(text: str, page: int) -> bool:
    """Return whether a line consists of the number of its page: "2.", "- 2 -", "Page 2 of 7"."""
    match = _PAGE_NUMBER.match(text)
    return match is not None and int(match["page"]) == page


def _holds_symbol(text: str, symbols: set[str]) -> bool:
    """Return whether a short line is one of the symbols or begins one: running heads leave a version out."""
    return len(text) <= _MAX_HEAD and any(symbol.startswith(text) for symbol in symbols if _SYMBOL.fullmatch(text))


def _with_title(lines: Sequence[Line], page: PageLines, symbols: set[str], first: str) -> list[Line]:
    """Return the lines at the top of a page that hold a symbol of the first page and words that stand there, too.

    `first` is the text of the first page.
    """
    found: list[Line] = []
    titled = False
    for line in lines:
        rest = " ".join(word for word in line.text.split() if word not in symbols)
        title = len(rest) >= _SHORTEST_TITLE and rest in first
        if (rest and not title) or _edge(line, page, (-1.0, -1.0)) != "header":
            break
        titled = titled or title
        found.append(line)
    return found if titled and any(set(line.text.split()) & symbols for line in found) else []


def _is_close(line: Line, lines: Sequence[Line]) -> bool:
    """Return whether text follows right below a line."""
    below = [other.baseline - line.baseline for other in lines if other.baseline > line.box[3]]
    return bool(below) and min(below) < _APART * line.size
