"""The themes of a paper on the reader page: each has a number and a colour for all its marks.

The number repeats the colour for the colour-blind and for prints. Suggested themes have neither.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from extractors.document import Passage
from pipelines.search.service import DocumentTheme
from pipelines.viewing.document_view import PageView, PassageOnPage

COLOURS = 12
"""Colours of the style sheet; further themes reuse them in order, with their own numbers."""
_STEP = 15
"""Points between the centres of adjacent marks."""

Stretch = tuple[int, int]
"""Offsets in a text, end exclusive."""
Span = tuple[int, int, str]
"""A stretch of text and its name: the id of a theme, or an element of HTML."""


class ThemeMark(NamedTuple):
    """A theme of a paper: its id, its number on the page, from 1, and its name."""

    id: str
    number: int
    name: str

    @property
    def colour(self) -> int:
        """The number of its colour, from 1 to `COLOURS`."""
        return (self.number - 1) % COLOURS + 1


class PlacedMark(NamedTuple):
    """A mark beside the box of a passage; `x`, `y` is its centre in points of the page."""

    mark: ThemeMark
    x: float
    y: float


class ThemeMarks:
    """The marks of the themes of one paper, the strongest theme first; `name_of` says what a theme is called."""

    def __init__(self, themes: Sequence[DocumentTheme], name_of: Callable[[str], str]) -> None:
        self._marks = {one.id: ThemeMark(one.id, number, name_of(one.id)) for number, one in enumerate(themes, 1)}

    def get(self, theme: str) -> ThemeMark | None:
        """Return the mark of a theme; None for one that no passage of the paper has for certain."""
        return self._marks.get(theme)

    def of(self, passage: Passage) -> tuple[ThemeMark, ...]:
        """Return the marks of the themes that a passage names or is about for certain, each once, by number."""
        found = {one.id for one in passage.themes if one.status != "suggested"} & self._marks.keys()
        return tuple(sorted((self._marks[theme] for theme in found), key=lambda mark: mark.number))

    def quoted(self, passage: Passage, sentences: Sequence[Stretch], words: Sequence[Stretch] = ()) -> Markup:
        """Return the text of a passage with sentences and words marked, and what names a theme in its colour."""
        return self.text(passage.text, sentences, words, [(one.start, one.end, one.id) for one in passage.named])

    def text(self, text: str, sentences: Sequence[Stretch], words: Sequence[Stretch], named: Sequence[Span]) -> Markup:
        """Return a text with sentences in `em`, words in `mark`, and the mentions of themes inside and outside them."""
        mentions, marked = list(_pieces(text, named)), list(_pieces(text, [(*one, "mark") for one in words]))
        return Markup().join(
            self._in_element(self._marked(text, start, end, marked, mentions), "em" if is_sentence else "")
            for start, end, is_sentence in _pieces(text, [(*one, "em") for one in sentences])
        )

    def _marked(self, text: str, start: int, end: int, marked: Sequence[Span], mentions: Sequence[Span]) -> Markup:
        """Return a stretch of a text with its marks and mentions."""
        parts: list[Markup] = []
        for low, high, name in marked:
            low, high = max(low, start), min(high, end)  # noqa: PLW2901 - cut to the range
            if low < high:
                inside = Markup().join(
                    self._mention(text, max(low, a), min(high, b), theme, whole=b <= high)
                    for a, b, theme in mentions
                    if a < high and b > low
                )
                parts.append(self._in_element(inside, name))
        return Markup().join(parts)

    @staticmethod
    def _in_element(text: Markup, name: str) -> Markup:
        return Markup("<{0}>{1}</{0}>").format(Markup(name), text) if name else text  # noqa: S704 - a name of ours

    def beside(self, passage: Passage, place: PassageOnPage, page: PageView) -> Iterator[PlacedMark]:
        """Yield the marks of a passage to the right of its first box, in columns of the same height."""
        if not place.boxes:
            return
        _, top, right, bottom = place.boxes[0]
        marks = self.of(passage)
        rows = max(1, int((bottom - top) // _STEP))
        left = min(right + _STEP * 0.6, page.width - _STEP * (-(-len(marks) // rows) - 0.5))  # keeps all on the page
        for index, mark in enumerate(marks):
            column, row = divmod(index, rows)
            yield PlacedMark(mark, round(left + _STEP * column, 1), round(top + _STEP * (row + 0.5), 1))

    def _mention(self, text: str, start: int, end: int, theme: str, *, whole: bool) -> Markup:
        """Return words as a mention of a theme; the style sheet shows the number at the end of the mention.

        So a reader who copies the text does not copy the number.
        """
        mark = self._marks.get(theme)
        if mark is None:
            return escape(text[start:end])
        number = Markup(' data-number="{}"').format(mark.number) if whole else ""
        return Markup('<span class="theme theme-{}" title="{}"{}>{}</span>').format(
            mark.colour, mark.name, number, text[start:end]
        )


def _pieces(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """Yield a text in pieces: spans, and the text between them; the first and longest of overlapping spans counts."""
    done = 0
    for start, end, name in sorted(spans, key=lambda one: (one[0], -one[1])):
        start, end = max(start, done), min(end, len(text))  # noqa: PLW2901 - the remaining part
        if start < end:
            if done < start:
                yield done, start, ""
            yield start, end, name
            done = end
    if done < len(text):
        yield done, len(text), ""
