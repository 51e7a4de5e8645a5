"""Footnotes of a PDF and the raised marks that tie them to the text."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from extractors.text.superscripts import SUPERSCRIPTS

_RAISED = re.compile(r" ?[⁰¹²³⁴-⁹](?<!^.)[⁰¹²³⁴-⁹]*")
_DIGITS = {raised: ord(digit) for digit, raised in ((chr(key), value) for key, value in SUPERSCRIPTS.items())}


class Bearer(NamedTuple):
    """A text that may bear marks, and the pages that it stands on."""

    text: str
    pages: tuple[int, ...]


def plain_mark(mark: str) -> str:
    """Return a footnote's mark with its digits on the line: `¹` is `1`."""
    return mark.translate(_DIGITS)


class Tied(NamedTuple):
    """The text of a bearer without marks, the positions of their notes, and where in the text the marks stood."""

    text: str
    notes: list[int]
    marks: list[tuple[int, int]]


def tied(bearers: Sequence[Bearer], notes: Iterable[tuple[int, str]]) -> dict[int, Tied]:
    """Return the bearers of marks that are tied to notes, by their positions.

    `notes` are page and mark of each footnote. A raised number without a note on its page stays: `m²`.
    """
    waiting: dict[tuple[int, str], int] = {}
    for position, (page, mark) in enumerate(notes):
        waiting.setdefault((page, mark), position)
    found: dict[int, Tied] = {}
    for place, bearer in enumerate(bearers):
        if not _RAISED.search(bearer.text):
            continue
        here = Tied("", [], [])
        text, end = "", 0
        for match in _RAISED.finditer(bearer.text):
            keys = [(page, plain_mark(match[0].lstrip())) for page in bearer.pages]
            key = next((key for key in keys if key in waiting), None)
            if key is not None:
                here.notes.append(waiting.pop(key))
                here.marks.append(match.span())
                text += bearer.text[end : match.start()]
                end = match.end()
        if here.notes:
            found[place] = here._replace(text=text + bearer.text[end:])
    return found
