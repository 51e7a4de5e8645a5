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


def tied(bearers: Sequence[Bearer], notes: Iterable[tuple[int, str]]) -> dict[int, tuple[str, list[int]]]:
    """Return the text without marks, and the positions of the notes that they are tied to, by position of bearer.

    `notes` are page and mark of each footnote. A raised number without a note on its page stays: `m²`.
    """
    waiting: dict[tuple[int, str], int] = {}
    for position, (page, mark) in enumerate(notes):
        waiting.setdefault((page, mark), position)
    found: dict[int, tuple[str, list[int]]] = {}
    for place, bearer in enumerate(bearers):
        if not _RAISED.search(bearer.text):
            continue
        here: list[int] = []

        def without(match: re.Match[str], pages: tuple[int, ...] = bearer.pages, here: list[int] = here) -> str:
            for page in pages:
                position = waiting.pop((page, plain_mark(match[0].lstrip())), None)
                if position is not None:
                    here.append(position)
                    return ""
            return match[0]

        text = _RAISED.sub(without, bearer.text)
        if here:
            found[place] = text, here
    return found
