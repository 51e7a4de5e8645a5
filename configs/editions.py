"""Edition marks in symbols: revisions, addenda, corrigenda."""

import re
from dataclasses import dataclass
from functools import cached_property

from pydantic import Field

from configs.system.yamlfile import ConfigValue


@dataclass(frozen=True)
class Edition:
    """A symbol without its marks, and the marks (`Rev.1/Corr.2`); `part` if an addendum or corrigendum comes last."""

    paper: str
    marks: str = ""
    part: bool = False


class Editions(ConfigValue):
    """The marks, as papers print them: `ECE/TRANS/WP.30/2023/1/Rev.1`, `G/TFA/W/5/Add.2/Corr.1`, `EX.CL/9(II) Rev.1`.

    `revisions` take a paper's place, `parts` go with it. `series` are beginnings of symbols whose addenda are
    papers of their own (each addendum is another regulation).
    """

    revisions: tuple[str, ...] = Field(default=())
    parts: tuple[str, ...] = Field(default=())
    series: tuple[str, ...] = Field(default=())

    def of(self, symbol: str) -> Edition:
        """Return the edition that a symbol in any spelling names; a symbol without marks is a paper by itself."""
        printed = " ".join(symbol.split())
        match = self._trailing.search(printed)
        start = match.start() if match else len(printed)
        if any(printed.upper().startswith(root.upper()) for root in self.series):
            own = self._part.search(printed)
            start = max(start, own.end() if own else start)
        marks = list(self._mark.finditer(printed, start))
        spelled = "/".join("".join(mark[0].split()) for mark in marks)
        return Edition(printed[:start], spelled, bool(marks) and marks[-1][1].casefold() in self._part_words)

    def paper_of(self, symbol: str) -> str:
        """Return the symbol of the paper whose edition a symbol names: an addendum or corrigendum is one of its own."""
        edition = self.of(symbol)
        marks = (re.match(r"([^\W\d_]+)\.?(\d*)", mark) for mark in edition.marks.split("/"))
        parts = (f"{mark[1]}.{mark[2]}" for mark in marks if mark and mark[1].casefold() in self._part_words)
        return "/".join((edition.paper, *parts))

    def marks_at(self, text: str, start: int) -> str:
        """Return the marks as printed that follow a symbol ending at `start`, else nothing."""
        match = self._behind.match(text, start)
        return match[0] if match else ""

    @cached_property
    def _behind(self) -> re.Pattern[str]:
        return re.compile(rf"{self.suffix}(?![\w/])")

    @cached_property
    def suffix(self) -> str:
        """What may follow the pattern of a symbol: marks set off by spaces, and numbers set off from their marks."""
        words = self._alternatives((*self.revisions, *self.parts))
        if not words:
            return ""
        behind = "|".join(f"(?<={form}[.])" for form in words)
        return (
            rf"(?:(?:{behind})\s\d{{1,2}}(?!\d))?"
            rf"(?:[\s/_-]{{0,2}}(?:{'|'.join(words)})\.?\s?\d{{1,2}}(?!\d)){{0,4}}"
        )

    @cached_property
    def _part_words(self) -> frozenset[str]:
        return frozenset(word.casefold() for word in self.parts)

    @cached_property
    def _mark(self) -> re.Pattern[str]:
        return self._pattern((*self.revisions, *self.parts))

    @cached_property
    def _part(self) -> re.Pattern[str]:
        return self._pattern(self.parts)

    @cached_property
    def _trailing(self) -> re.Pattern[str]:
        return re.compile(rf"(?:[\s/_.-]{{0,2}}{self._mark.pattern})+\.?$", re.IGNORECASE)

    @staticmethod
    def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
        forms = "|".join(map(re.escape, words)) or r"(?!)"
        return re.compile(rf"(?<![A-Za-z])({forms})(?:\.?\s?\d{{1,2}})?(?![A-Za-z0-9])", re.IGNORECASE)

    @staticmethod
    def _alternatives(words: tuple[str, ...]) -> list[str]:
        return [re.escape(form) for word in words for form in dict.fromkeys((word, word.upper()))]
