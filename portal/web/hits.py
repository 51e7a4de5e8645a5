"""Hits as the pages show them: where a passage stands, why it matched, what it is about, how it is cited."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from extractors.document import Document, MaturityTag, Passage, PassageTheme, ThemeStatus
from extractors.text.sentences import sentences_in
from index.fields import FieldName
from index.results import PassageHit
from pipelines.search import reasons

_MOST_THEMES = 6
"""Themes that are shown of a passage."""


class ThemeChip(NamedTuple):
    """A theme of a passage, once, however often it is named; `why` is a label or the nearest definition.

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
    """What is shown of a passage: the sentence that answers with its neighbours, and what stands around them.

    `marks` are spans in `text` of the words that matched, or of the sentence nearest in meaning where `is_near`.
    """

    before: str
    text: str
    marks: tuple[tuple[int, int], ...]
    is_near: bool
    after: str


class PageImage(NamedTuple):
    """The image of a page with a passage marked: its address and its size in points."""

    address: str
    number: int
    width: int
    height: int


why_matched = reasons.why_matched
"""Why a passage is among the hits, for the templates."""
answer_span = reasons.answer_span
"""The sentence of a hit that answers, for the templates."""


def title_of(document: Document) -> str:
    """Return what a person calls a document: its title, else the name of its file."""
    return document.title or document.source.rsplit("/", maxsplit=1)[-1]


def symbol_of(document: Document) -> str | None:
    """Return the symbol of a document as printed."""
    return document.symbol.raw if document.symbol else None


def themes_of(themes: Sequence[PassageTheme]) -> tuple[ThemeChip, ...]:
    """Return the themes of a passage, each once: those that it is about, the surest first, then those named alone."""
    found: dict[str, ThemeChip] = {}
    for theme in sorted(themes, key=lambda one: (one.status is None, -one.confidence)):
        found.setdefault(theme.id, ThemeChip(theme.id, theme.label, theme.status, theme.confidence, theme.why))
    return tuple(found.values())[:_MOST_THEMES]


def tags_of(tags: Sequence[MaturityTag]) -> tuple[MaturityTag, ...]:
    """Return the tags of a passage that are shown, the surest first."""
    shown = (tag for tag in tags if tag.status in ("accepted", "suggested"))
    return tuple(sorted(shown, key=lambda tag: (tag.status != "accepted", -tag.confidence)))


def sentence_before(text: str) -> str:
    """Return the last sentence of what stands before a passage, for one line of context."""
    return sentences_in(text)[-1]


def sentence_after(text: str) -> str:
    """Return the first sentence of what stands after a passage."""
    return sentences_in(text)[0]


def shown_text(passage: PassageHit) -> ShownText:
    """Return what is shown of a hit; at the edge of its passage one sentence of the next passage is shown too."""
    start, end = reasons.shown_span(passage.text, passage.highlights, passage.nearest)
    near = (passage.nearest,) if passage.nearest and not passage.highlights else ()
    around = passage.context
    before = f"… {sentence_before(around.before[-1].text)} " if around and around.before and start == 0 else ""
    after = f" {sentence_after(around.after[0].text)} …" if around and around.after and end == len(passage.text) else ""
    return ShownText(
        before=before or ("… " if start else ""),
        text=passage.text[start:end],
        marks=tuple((max(s - start, 0), e - start) for s, e in near or passage.highlights if s < end and e > start),
        is_near=bool(near),
        after=after or (" …" if end < len(passage.text) else ""),
    )


def page_image(document: Document, passage: Passage) -> PageImage | None:
    """Return the image of the first page of a passage; None for a paper without pages."""
    page = next((one for one in document.pages if passage.pages and one.number == passage.pages[0]), None)
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
