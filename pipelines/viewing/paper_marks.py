"""Marks in a displayed paper: passages for navigation, with sentences and words in them.

A reader has the evidence of the paper marked, or what answers a query in it, or one theme.
"""

from collections.abc import Mapping
from typing import NamedTuple

from configs.settings import Settings
from extractors.document import Document, Passage
from index.filters import AccessClasses
from index.results import Mode
from pipelines.search.reasons import answer_span
from pipelines.search.requests import SearchParameters, search_request
from pipelines.search.service import SearchService

Span = tuple[int, int]
"""Offsets in the text of a passage, end exclusive."""


class PaperMarks(NamedTuple):
    """The ids of the marked passages, in the order of the text; their sentences and words by passage."""

    passages: tuple[str, ...]
    sentences: Mapping[str, tuple[Span, ...]]
    words: Mapping[str, tuple[Span, ...]]

    def around(self, document: Document, passage_id: str | None) -> "Neighbours":
        """Return the marked passages before and after a passage; the first one as the next without a passage."""
        ordinals = {one.id: one.ordinal for one in document.passages}
        here = ordinals.get(passage_id, -1) if passage_id else -1
        before = [one for one in self.passages if ordinals[one] < here]
        after = [one for one in self.passages if ordinals[one] > here]
        return Neighbours(
            number=len(before) + 1 if passage_id in self.passages else None,
            previous=before[-1] if before else None,
            next=after[0] if after else None,
        )


class Neighbours(NamedTuple):
    """The nearest marked passages before and after another, by their ids; `number` is its own position, from 1."""

    number: int | None
    previous: str | None
    next: str | None


def evidence_marks(document: Document) -> PaperMarks:
    """Return the passages with an accepted tag, and the sentences of their evidence."""
    sentences = {one.id: found for one in document.passages if (found := evidence_spans(one))}
    return PaperMarks(tuple(sentences), sentences, {})


def theme_marks(document: Document, theme: str) -> PaperMarks:
    """Return the passages that name a theme or are accepted as being about it, and the words that name it."""
    words: dict[str, tuple[Span, ...]] = {}
    for passage in document.passages:
        own = [one for one in passage.themes if one.id == theme and one.status != "suggested"]
        if own:
            words[passage.id] = tuple((one.start, one.end) for one in own if one.start is not None and one.end)
    return PaperMarks(tuple(words), evidence_marks(document).sentences, words)


def query_marks(
    settings: Settings,
    service: SearchService,
    document: Document,
    query: str,
    *,
    mode: Mode = "hybrid",
    chosen: str | None = None,
    access_classes: AccessClasses,
) -> PaperMarks:
    """Return the passages of a paper that are close to a query, the words that matched, and the sentences that answer.

    Of a passage without a word of the query the sentence nearest in meaning is looked for where it is `chosen`: that
    encodes each of its sentences. Raises `QueryError` for a query that cannot be read.
    """
    asked = SearchParameters(q=query, mode=mode, limit=1, close_only=True)
    most = max(1, len(document.passages))
    filters = [f"document={document.id}"]
    request = search_request(settings, asked, filters, access_classes=access_classes, passages=most)
    if not request.parsed.plain.strip():
        return evidence_marks(document)
    result = service.search(request, sentences=[chosen] if chosen else [])
    found = {one.id: one for hit in result.hits for one in hit.passages}
    if chosen and chosen not in found:  # a list of results shows what is less close as well, by its words
        wider = service.search(request.model_copy(update={"close_only": False}), sentences=[])
        found |= {one.id: one for hit in wider.hits for one in hit.passages if one.id == chosen and one.highlights}
    shown = [one.id for one in document.passages if one.id in found]
    answers = {one: (answer_span(found[one]),) for one in shown if found[one].highlights or found[one].nearest}
    words = {one: found[one].highlights for one in shown}
    return PaperMarks(tuple(shown), dict(evidence_marks(document).sentences) | answers, words)


def evidence_spans(passage: Passage) -> tuple[Span, ...]:
    """Return the places of the words of a passage that its accepted tags rest on."""
    return tuple((tag.start, tag.end) for tag in passage.maturity if tag.status == "accepted")
