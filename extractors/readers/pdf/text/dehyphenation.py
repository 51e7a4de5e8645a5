"""Dehyphenation by the unhyphenated words of a document, which distinguish spelling hyphens from line-end hyphens."""

import re
from collections.abc import Iterable
from functools import cached_property

from extractors.readers.pdf.text.lines import Line

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SHORTEST = 4  # letters of a half that is taken for a word; "com" and "tion" are parts of many


class WholeWords:
    """The words of lines, in lower case, collected on the first query."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self._lines = tuple(lines)

    def keep_hyphen(self, first: str, second: str) -> bool:
        """Return whether two halves of a word at a line's end are spelt with a hyphen.

        They are where the document has the hyphenated form elsewhere; and where it has both halves as words, and
        never the joined word ("trade-" and "enabling").
        """
        first, second = first.lower(), second.lower()
        if f"{first}-{second}" in self._words:
            return True
        both = {first.rpartition("-")[2], second.partition("-")[0]}
        return min(map(len, both)) >= _SHORTEST and both <= self._words and f"{first}{second}" not in self._words

    @cached_property
    def _words(self) -> frozenset[str]:
        found: set[str] = set()
        parted = False
        for line in self._lines:
            words = _WORD.findall(line.text.lower())
            whole = words[int(parted) : len(words) - int(line.hyphen)]
            found.update(whole)
            found.update(half for word in whole if "-" in word for half in word.split("-"))
            parted = line.hyphen
        return frozenset(found)
