"""Hits in the form for pages: place of the passage, reason of the match, themes and tags, citation."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from extractors.document import Document, MaturityTag, Passage, PassageTheme, ThemeStatus
from extractors.media import PDF
from extractors.text.places import places_of_span
from extractors.text.sentences import sentences_in
from index.fields import FieldName
from index.ranking.theme_shares import QueryTheme
from index.results import PassageHit
from pipelines.search import reasons
from pipelines.viewing.citations import annex_name, cite, cite_place

_MOST_THEMES = 6
"""Themes that are shown of a passage."""
_MOST_CHIPS = 4
"""Themes of a passage that are shown in a list of hits before more are asked for."""
_LINES = 400
"""Characters of a passage that a hit shows: about four lines."""
_AROUND = 110
"""Characters of the sentence of the next passage that is shown at the edge of one."""
_WORD = 30
"""Characters within which a word that is cut off is left out."""
_FEW_WORDS = 3
"""Words of a title that says too little alone: "HOWTO", "MUTUAL RECOGNITION", "LETTER OF INTENT"."""
THUMBNAIL = 112
"""Width of the picture of a page beside a hit, in pixels of the style sheet."""


class ThemeChip(NamedTuple):
    """A theme of a passage, once for any number of mentions; `why` is a label or the nearest definition.

    `status` is None for one that is named and that the passage is not about; `field` is the filter that finds it.
    """

    id: str
    label: str
    status: ThemeStatus | None
    confidence: float
    why: str | None

    @property
    def field(self) -> FieldName:
        """The field of filters that finds it."""
        return "theme" if self.status else "theme.named"


class ShownText(NamedTuple):
    """The shown text of a passage: the answering sentence with its neighbours, and the text around them.

    `marks` are spans in `text` of the words that matched, or of the sentence nearest in meaning where `is_near`.
    """

    before: str
    text: str
    marks: tuple[tuple[int, int], ...]
    is_near: bool
    after: str


class PageImage(NamedTuple):
    """The image of a page with a marked passage: its address and its size in points."""

    address: str
    number: int
    width: int
    height: int


class Thumbnail(NamedTuple):
    """A thumbnail of a page with a marked passage: its address, the page, and its height in pixels."""

    address: str
    page: int
    height: int


class PassageView(NamedTuple):
    """A passage in a list of hits; `further_tags` and `further_themes` are hidden until requested.

    `span` is the sentence that answers.
    """

    citation: str
    place: str
    shown: ShownText
    why: reasons.WhyMatched
    tags: tuple[MaturityTag, ...]
    themes: tuple[ThemeChip, ...]
    further_tags: tuple[MaturityTag, ...]
    further_themes: tuple[ThemeChip, ...]
    span: tuple[int, int]

    @property
    def further(self) -> int:
        """How many tags and themes are seen when they are asked for."""
        return len(self.further_tags) + len(self.further_themes)


def passage_view(
    document: Document, passage: PassageHit, about: Sequence[QueryTheme], most: int = _LINES
) -> PassageView:
    """Return a passage for a list of hits, with at most this many characters of text."""
    span = reasons.answer_span(passage)
    tags, themes = tags_of(passage.maturity), themes_of(passage.themes)
    certain = [one for one in themes if one.status != "suggested"][:_MOST_CHIPS]
    return PassageView(
        citation=cite(document, passage, span),
        place=cite_place(document, passage, span),
        shown=shown_text(passage, most),
        why=reasons.why_matched(passage, about),
        tags=tuple(one for one in tags if one.status == "accepted"),
        themes=tuple(certain),
        further_tags=tuple(one for one in tags if one.status != "accepted"),
        further_themes=tuple(one for one in themes if one not in certain),
        span=span,
    )


def thumbnail(document: Document, passage: PassageHit, span: tuple[int, int]) -> Thumbnail | None:
    """Return the thumbnail of the first page of a span of a passage; None for a paper without pages."""
    places = places_of_span(passage.places, *span)
    number = next((one.page for one in places if one.page is not None), None)
    if number is None or document.media_type != PDF or number > len(document.pages):
        return None
    page = document.pages[number - 1]
    address = f"/thumbnails/{document.id}/{number}.png?passage={passage.id}&version={document.sha256[:12]}"
    return Thumbnail(address, number, min(round(THUMBNAIL * page.height / page.width), 2 * THUMBNAIL))


def title_of(document: Document) -> str:
    """Return the display title of a document: its heading and what it belongs to; else the name of its file.

    "ANNEX 4 TRADE FACILITATION" of a file named by its agreement is "Trade facilitation – Annex 4 to the … Agreement";
    a title of up to three words has the name of the body behind it, or that of the file.
    """
    file = unquote(document.source).rpartition("/")[2]
    name = re.sub(r"[\s_-]+", " ", file.rpartition(".")[0]).strip()
    title = document.title or file
    if annex := annex_name(document):
        return annex
    of = document.body_name or name
    is_short = of and document.title and len(title.split()) <= _FEW_WORDS and title.casefold() != of.casefold()
    return f"{title} – {of}" if is_short else title


def symbol_of(document: Document) -> str | None:
    """Return the symbol of a document as printed."""
    return document.symbol.raw if document.symbol else None


def themes_of(themes: Sequence[PassageTheme]) -> tuple[ThemeChip, ...]:
    """Return the themes of a passage, each once: those that it is about by confidence, then others that it names."""
    found: dict[str, ThemeChip] = {}
    for theme in sorted(themes, key=lambda one: (one.status is None, -one.confidence)):
        found.setdefault(theme.id, ThemeChip(theme.id, theme.label, theme.status, theme.confidence, theme.why))
    return tuple(found.values())[:_MOST_THEMES]


def tags_of(tags: Sequence[MaturityTag]) -> tuple[MaturityTag, ...]:
    """Return the shown tags of a passage: accepted ones first, statements before topics, by confidence."""
    shown = (tag for tag in tags if tag.status in ("accepted", "suggested"))
    return tuple(sorted(shown, key=lambda tag: (tag.status != "accepted", tag.claim, -tag.confidence)))


def sentence_before(text: str) -> str:
    """Return the last sentence of what stands before a passage, for one line of context."""
    return sentences_in(text)[-1]


def sentence_after(text: str) -> str:
    """Return the first sentence of what stands after a passage."""
    return sentences_in(text)[0]


def shown_text(passage: PassageHit, most: int | None = None) -> ShownText:
    """Return the shown text of a hit; at the edge of its passage, with one sentence of the next passage.

    Of the passage at most `most` characters are shown.
    """
    text = passage.text
    start, end = reasons.shown_span(text, passage.highlights, passage.nearest, most)
    if start and (space := text.find(" ", start, start + _WORD)) > 0:
        start = space + 1
    if end < len(text) and (space := text.rfind(" ", end - _WORD, end)) > start:
        end = space
    near = (passage.nearest,) if passage.nearest and not passage.highlights else ()
    around = passage.context
    before, after = "", ""
    if around and around.before and start == 0:
        before = f"… {_end_of(sentence_before(around.before[-1].text))} "
    if around and around.after and end == len(text):
        after = f" {_beginning_of(sentence_after(around.after[0].text))} …"
    return ShownText(
        before=before or ("… " if start else ""),
        text=text[start:end],
        marks=tuple((max(s - start, 0), e - start) for s, e in near or passage.highlights if s < end and e > start),
        is_near=bool(near),
        after=after or (" …" if end < len(text) else ""),
    )


def _end_of(text: str) -> str:
    return text if len(text) <= _AROUND else text[-_AROUND:].partition(" ")[2]


def _beginning_of(text: str) -> str:
    return text if len(text) <= _AROUND else text[:_AROUND].rpartition(" ")[0]


def page_image(
    document: Document, passage: Passage | PassageHit, span: tuple[int, int] | None = None
) -> PageImage | None:
    """Return the image of the first page of a passage, or of a span of its text; None for a paper without pages."""
    places = places_of_span(passage.places, *span) if span else passage.places
    number = next((one.page for one in places if one.page is not None), None)
    page = next((one for one in document.pages if number is not None and one.number == number), None)
    if page is None:
        return None
    address = f"/documents/{document.id}/pages/{page.number}.png?highlight={passage.id}"
    return PageImage(address, page.number, round(page.width), round(page.height))


def pages_text(pages: Sequence[int]) -> str:
    """Return page numbers as ranges: `3`, `3–4`, `3, 7`."""
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in _runs(pages))


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    ordered = sorted(set(numbers))
    while ordered:
        length = next((n for n in range(1, len(ordered)) if ordered[n] != ordered[0] + n), len(ordered))
        yield ordered[0], ordered[length - 1]
        ordered = ordered[length:]
