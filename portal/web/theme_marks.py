"""The themes of a paper in the reader: each has a number and a colour of its own, wherever the page shows it.

The number says the same as the colour, for those who do not tell colours apart and for prints. Suggested themes have
neither: what is marked is what counts.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from extractors.document import Passage
from pipelines.search.service import DocumentTheme
from pipelines.viewing.document_view import PageView, PassageOnPage
from portal.web.hits import evidence_spans

COLOURS = 12
"""Colours of the style sheet; of more themes the next ones begin again with the first, under numbers of their own."""
_STEP = 15
"""Points from the middle of one mark to that of the next one."""

Span = tuple[int, int, str]
"""A stretch of text and the theme that it names, by its id."""


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
    """A mark beside the box of a passage; its middle in points of the page."""

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

    def quoted(self, passage: Passage) -> Markup:
        """Return the text of a passage with the words of its tags marked, and those that name a theme in its colour."""
        named = [
            (one.start, one.end, one.id)
            for one in passage.themes
            if one.kind == "named" and one.start is not None and one.end is not None
        ]
        return self._text(passage.text, evidence_spans(passage), named)

    def block(self, text: str, passage: Passage | None, wanted: Sequence[tuple[int, int]] = ()) -> Markup:
        """Return the text of a block likewise, with what was searched for marked; `passage` is the one it is in.

        The words of themes are looked for: a block does not say where in the passage it stands.
        """
        surfaces = {
            one.surface: one.id for one in (passage.themes if passage else ()) if one.kind == "named" and one.surface
        }
        return self._text(text, wanted, list(_found(text, surfaces)))

    def beside(self, passage: Passage, place: PassageOnPage, page: PageView) -> Iterator[PlacedMark]:
        """Yield the marks of a passage at the right of its box, in columns as high as the box."""
        if place.box is None:
            return
        top, right = place.box.top * page.height / 100, (place.box.left + place.box.width) * page.width / 100
        marks = self.of(passage)
        rows = max(1, int(place.box.height * page.height / 100 // _STEP))
        left = min(right + _STEP * 0.6, page.width - _STEP * (-(-len(marks) // rows) - 0.5))  # so that all are on it
        for at, mark in enumerate(marks):
            column, row = divmod(at, rows)
            yield PlacedMark(mark, round(left + _STEP * column, 1), round(top + _STEP * (row + 0.5), 1))

    def _text(self, text: str, marked: Sequence[tuple[int, int]], named: Sequence[Span]) -> Markup:
        """Return a text with some stretches in `mark` and, within these and outside, mentions of themes."""
        parts: list[Markup] = []
        mentions = list(_pieces(text, named))
        for start, end, is_marked in _pieces(text, [(start, end, "mark") for start, end in marked]):
            inside = Markup().join(
                self._mention(text, max(start, a), min(end, b), theme, whole=b <= end)
                for a, b, theme in mentions
                if a < end and b > start
            )
            parts.append(Markup("<mark>{}</mark>").format(inside) if is_marked else inside)
        return Markup().join(parts)

    def _mention(self, text: str, start: int, end: int, theme: str, *, whole: bool) -> Markup:
        """Return some words as a mention of a theme; its number stands where the mention ends, in the style alone.

        So the number is shown, and is not part of what a reader copies.
        """
        mark = self._marks.get(theme)
        if mark is None:
            return escape(text[start:end])
        number = Markup(' data-number="{}"').format(mark.number) if whole else ""
        return Markup('<span class="theme theme-{}" title="{}"{}>{}</span>').format(
            mark.colour, mark.name, number, text[start:end]
        )


def _pieces(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """Yield a text piece by piece: spans, of those that overlap the longest that begins first, and what is between."""
    at = 0
    for start, end, name in sorted(spans, key=lambda one: (one[0], -one[1])):
        start, end = max(start, at), min(end, len(text))  # noqa: PLW2901 - the part that is left
        if start < end:
            if at < start:
                yield at, start, ""
            yield start, end, name
            at = end
    if at < len(text):
        yield at, len(text), ""


def _found(text: str, surfaces: dict[str, str]) -> Iterator[Span]:
    if not surfaces:
        return
    longest_first = sorted(surfaces, key=len, reverse=True)
    for match in re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", text):
        yield match.start(), match.end(), surfaces[match.group()]
