"""Detects footnotes under a short rule at the end of a PDF page, in type of any size.

Raised marks in the text refer to its footnotes.
"""

import re
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from extractors.document import Box
from extractors.readers.pdf.layout.style import NOTE_MARK
from extractors.readers.pdf.text.lines import Line
from extractors.text.superscripts import SUPERSCRIPTS

_LOWER = 0.5  # share of the page's height below which notes may begin
_LOWEST = 0.82  # the same for the terms on which a paper is printed, on its first page
_SHORTEST = 30.0  # points of the rule
_LONGEST = 0.5  # of the width of the text
_SAME_EDGE = 3.0  # points
_MOST_LINES = 10  # in one foot
_ABOVE = 0.5  # em from the baseline of the text above to the rule; an underline is nearer
_RAISED = re.compile(r" ?[⁰¹²³⁴-⁹](?<!^.)[⁰¹²³⁴-⁹]*")
_DIGITS = {raised: ord(digit) for digit, raised in ((chr(key), value) for key, value in SUPERSCRIPTS.items())}


class ReferringText(NamedTuple):
    """A text that may refer to notes by raised marks, and the pages that it stands on."""

    text: str
    pages: tuple[int, ...]


def plain_mark(mark: str) -> str:
    """Return a footnote's mark with its digits on the line: `¹` is `1`."""
    return mark.translate(_DIGITS)


class NoteReferences(NamedTuple):
    """A text without its marks, the positions of their notes, and where in the text the marks stood."""

    text: str
    notes: list[int]
    marks: list[tuple[int, int]]


def link_notes(texts: Sequence[ReferringText], notes: Iterable[tuple[int, str]]) -> dict[int, NoteReferences]:
    """Return the texts whose marks refer to notes, by their positions.

    `notes` are page and mark of each footnote. A raised number without a note on its page stays: `m²`.
    """
    waiting: dict[tuple[int, str], int] = {}
    for position, (page, mark) in enumerate(notes):
        waiting.setdefault((page, mark), position)
    found: dict[int, NoteReferences] = {}
    for place, referring in enumerate(texts):
        if not _RAISED.search(referring.text):
            continue
        here = NoteReferences("", [], [])
        text, end = "", 0
        for match in _RAISED.finditer(referring.text):
            keys = [(page, plain_mark(match[0].lstrip())) for page in referring.pages]
            key = next((key for key in keys if key in waiting), None)
            if key is not None:
                here.notes.append(waiting.pop(key))
                here.marks.append(match.span())
                text += referring.text[end : match.start()]
                end = match.end()
        if here.notes:
            found[place] = here._replace(text=text + referring.text[end:])
    return found


def with_foot(lines: Sequence[Line], rulings: Sequence[Box], number: int, height: float) -> list[Line]:
    """Return the lines of a page, those of a foot marked: its rule begins where the lines under it do.

    Rules occur above other content, too. So the text under one has to begin with the mark of a note that is raised
    in the text above, or to be at the end of the first page of a paper; bold type, of headings, is no foot.
    """
    rules = [rule for rule in rulings if rule[2] - rule[0] > _SHORTEST and rule[1] > _LOWER * height]
    upright = [line for line in lines if line.angle == 0] if rules else []
    if not upright:
        return list(lines)
    wide = max(line.end for line in upright) - min(line.start for line in upright)
    feet: set[int] = set()
    for rule in rules:
        x0, top, x1, bottom = rule
        if bottom - top < x1 - x0 < _LONGEST * wide:
            foot = _under(upright, rule)
            if foot and (is_note_of(foot[0], upright) or (number == 1 and top > _LOWEST * height)):
                feet.update(map(id, foot))
    return [line._replace(foot=True) if id(line) in feet else line for line in lines]


def _under(lines: Sequence[Line], rule: Box) -> list[Line]:
    """Return the lines of the foot under a rule from top to bottom; none where it is no foot's."""
    x0, top, x1, bottom = rule
    column = [line for line in lines if x0 - _SAME_EDGE <= line.start <= x1]
    below = sorted((line for line in column if line.baseline > bottom), key=attrgetter("baseline"))
    if not 0 < len(below) <= _MOST_LINES or below[0].bold or abs(below[0].start - x0) >= _SAME_EDGE:
        return []
    above = [line for line in lines if line.start < x1 and line.end > x0 and line.baseline <= top + 1]
    last = max(above, key=attrgetter("baseline"), default=None)
    return below if last and top - last.baseline > _ABOVE * last.size else []


def is_note_of(first: Line, lines: Sequence[Line]) -> bool:
    """Return whether a line begins with the mark of a note that stands raised in another one of some lines."""
    match = NOTE_MARK.match(first.text)
    mark = match["mark"].translate(SUPERSCRIPTS) if match else ""
    return bool(mark) and any(mark in line.text for line in lines if line is not first)
