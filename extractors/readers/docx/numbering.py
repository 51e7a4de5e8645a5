"""The numbers that Word would print: the lists of a DOCX counted as its paragraphs go by.

Counts belong to the abstract list: its instances go on counting where another one of them stopped, and an instance
with a start of its own restarts a level where it is used there first. A paragraph below a level that was not used
yet starts that level, which then goes on from there (Microsoft Knowledge Base, Q110380).
"""

import re
from collections.abc import Mapping

from extractors.readers.docx.lists import LEVELS, Level, ListInstance
from extractors.readers.number_forms import count_in_form

_PLACE = re.compile(r"%([1-9])")


class Numbering:
    """Counts the paragraphs of one story (the body, the text boxes, the notes); give each once, in order."""

    def __init__(self, lists: Mapping[str, ListInstance]) -> None:
        self._lists = lists
        self._counts: dict[str, list[int | None]] = {}  # None: not begun, or to be restarted
        self._begun: set[tuple[str, int]] = set()  # starts of instances that were taken

    def level_of_style(self, list_id: str, style: str) -> int | None:
        """Return the level of a list that a paragraph style is tied to, None where it is tied to none."""
        found = self._lists.get(list_id)
        return None if found is None else found.level_of_style(style)

    def next_number(self, list_id: str, depth: int, language: str | None = None) -> str | None:
        """Count one paragraph at a level (from 0) of a list and return the number as printed.

        Returns "•" for a bullet and None where nothing is printed. `language` is that of the number.
        """
        found = self._lists.get(list_id)
        if found is None or not 0 <= depth < LEVELS:
            return None
        depth = found.depth(depth)
        counts = self._count(list_id, found, depth)
        return _printed(found, depth, counts, language)

    def _count(self, list_id: str, found: ListInstance, depth: int) -> list[int | None]:
        counts = self._counts.setdefault(found.sequence, [None] * LEVELS)
        before = counts[depth]
        if depth in found.starts and (list_id, depth) not in self._begun:
            self._begun.add((list_id, depth))
            counts[depth] = found.starts[depth]
        else:
            counts[depth] = found.start(depth) if before is None else before + 1
        for above in range(depth):
            if counts[above] is None:
                counts[above] = found.level(above).start
        for below in range(depth + 1, LEVELS):
            restart = found.level(below).restart
            if restart is None or depth < restart:
                counts[below] = None
        return counts


def _printed(found: ListInstance, depth: int, counts: list[int | None], language: str | None) -> str | None:
    level = found.level(depth)
    places = [int(place) - 1 for place in _PLACE.findall(level.text)]
    if level.hidden or any(place > depth for place in places):
        return None  # a text that names a level below its own is not printed at all ([MS-OI29500] 2.1.283)
    if level.form == "bullet":
        return "•" if level.text else None

    def value(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        return count_in_form(counts[place] or 0, _form(found.level(place), level), language)

    text = " ".join(_PLACE.sub(value, level.text).split())
    if not any(letter.isalnum() for letter in text):
        return "•" if text and not places else None  # a dash or another sign as the text of a level that counts
    return text


def _form(shown: Level, at: Level) -> str:
    """Return the form in which a number shows one of its levels; legal numbering shows them all in decimals."""
    return "decimal" if at.legal and shown.form not in ("none", "bullet", "decimalZero") else shown.form
