"""Rules for the evidence of tags: which sentences, items and table rows of a passage qualify.

Evidence is a whole sentence, an item together with the line that introduces it, or a table row that states a fact;
headings, captions, fragments, lists of names, and forms are excluded.
"""

import re

from extractors.classifier.states import Span
from extractors.document import Passage

_FEWEST_WORDS = 6
"""A fragment has fewer."""
_MOST_WORDS_OF_HEADING = 14
"""Longer lines without a full stop are sentences that lost it, or were never given one."""
_FEWEST_LINES, _SHARE_OF_FRAGMENTS = 6, 0.7
"""Of a list or form: lines that it has at least, and the share of those that are fragments."""
_SHORT_WORD, _SHARE_OF_CAPITALS = 3, 0.7
"""Of the words of a heading that is written with capital letters, short ones aside."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_END = re.compile(r"[.!?…;][\"'’”»)\]\d]*(?=\s|$)")
_CAPTION = re.compile(r"[^\W\d_]+\s\d+(?:\.\d+)*\s?[.:–—-]\s")
"""How the name of a figure or table begins."""
_ITEM = re.compile(r"(?:[-–—•●▪■◦○‣*·]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxlcIVXLC]{1,5})[.)])\s")
_NEXT_ITEM = re.compile(r"\s*[^\n]+")
_CONTINUED = re.compile(r"\s*\n\s*(?=[a-zà-öø-ÿ])")
_CELLS = "\t"


class EvidenceRules:
    """Determines which sentences of a passage may be evidence, and their spans."""

    def __init__(self, passage: Passage) -> None:
        self._text, self._headings = passage.text, {" ".join(_WORD.findall(one)) for one in passage.section}
        self._lines = [match.span() for match in re.finditer(r"[^\n]+", self._text)]
        fragments = sum(len(_WORD.findall(self._text, *line)) < _FEWEST_WORDS for line in self._lines)
        self._is_list = len(self._lines) >= _FEWEST_LINES and fragments >= _SHARE_OF_FRAGMENTS * len(self._lines)

    def span_of(self, sentence: Span | None, *, states: bool) -> Span | None:
        """Return the span of the evidence that a sentence provides; None where it does not qualify.

        A row of a table, and a line that is no whole sentence, are evidence only where they state something.
        """
        start, end = sentence or (0, 0)
        words = _WORD.findall(self._text, start, end)
        if len(words) < _FEWEST_WORDS or " ".join(words) in self._headings:
            return None
        if _CELLS in self._text[start:end]:
            return (start, end) if states else None
        if self._text[end - 1] == ":":
            item = _NEXT_ITEM.match(self._text, end)
            return (start, item.end()) if item else None
        is_whole = any(stop.end() == end for stop in _END.finditer(self._text, start, end))
        if not is_whole and (break_ := _CONTINUED.match(self._text, end)):
            stop = _END.search(self._text, break_.end())
            return start, stop.end() if stop else len(self._text)
        introduction = self._introduction(start)
        if introduction is not None:
            return None if self._is_list and not is_whole else (introduction, end)
        is_sentence = is_whole or len(words) > _MOST_WORDS_OF_HEADING
        return (start, end) if is_sentence or (states and not self._is_title(start, words)) else None

    def _is_title(self, start: int, words: list[str]) -> bool:
        """Tell whether words without a full stop are a heading, a caption or a field of a form."""
        long = [word for word in words if len(word) > _SHORT_WORD]
        capitals = sum(word[0].isupper() for word in long)
        is_caption = _CAPTION.match(self._text, start) is not None
        return self._is_list or is_caption or capitals >= _SHARE_OF_CAPITALS * len(long)

    def _introduction(self, start: int) -> int | None:
        """Return where the line begins that introduces the item at an offset; None where it is in no list."""
        number = next(place for place, line in enumerate(self._lines) if start < line[1])
        for first, last in reversed(self._lines[:number]):
            line = self._text[first:last].rstrip()
            if line.endswith(":"):
                return first
            if not _ITEM.match(line) and not line.endswith((";", ",")):
                return None
        return None
