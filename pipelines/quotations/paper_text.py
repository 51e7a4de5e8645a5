"""The text of a paper as it is quoted from: its passages one behind the other, and where each stretch of it stands."""

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from extractors.document import Document, Passage, Place
from extractors.text.places import places_of_span
from pipelines.quotations.letters import Letters, letters_of, places_of

Span = tuple[int, int]
"""Offsets of a stretch in the text of a paper, end exclusive."""


class PaperText:
    """The text of one paper; its notes come last, for a paragraph goes on behind the notes of its page."""

    note, section = None, ()
    """It is no note and below no heading; with `places` this is what a citation is made of."""

    def __init__(self, document: Document) -> None:
        self.document = document
        passages = sorted(document.passages, key=lambda one: one.kind == "note")
        self._passages: Sequence[Passage] = passages
        self._starts: list[int] = []
        length = 0
        for passage in passages:
            self._starts.append(length)
            length += len(passage.text) + 1
        self.text = "\n".join(passage.text for passage in passages)

    @cached_property
    def letters(self) -> Letters:
        """The letters of the text."""
        return letters_of(self.text)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """What stands where in the text; of the notes among it the page alone."""
        found = []
        for passage, offset in zip(self._passages, self._starts, strict=True):
            for place in passage.places:
                moved = place.model_copy(update={"start": place.start + offset, "end": place.end + offset})
                found.append(moved)
        return tuple(found)

    def passage_at(self, offset: int) -> tuple[Passage, int]:
        """Return the passage at an offset, and where it begins."""
        place = bisect_right(self._starts, offset) - 1
        return self._passages[place], self._starts[place]

    def spans_of(self, parts: Sequence[str]) -> Iterator[tuple[Span, ...]]:
        """Yield where the parts of a quotation stand one behind the other in one paragraph, a span for each part."""
        first, *others = (letters_of(part).text for part in parts)
        for span in places_of(first, self.letters, self.text):
            spans = [span]
            for wanted in others:
                behind = places_of(wanted, self.letters, self.text, self.letters.after(spans[-1][1]))
                following = next(behind, None)
                if following is None or not self._in_one_paragraph(spans[0][0], following[1] - 1):
                    break
                spans.append(following)
            else:
                yield tuple(spans)

    def paragraphs(self) -> Iterator[tuple[int, str]]:
        """Yield the passages with where they begin: what a changed quotation is compared with."""
        for passage, start in zip(self._passages, self._starts, strict=True):
            yield start, passage.text

    def places_at(self, spans: Iterable[Span]) -> tuple[Place, ...]:
        """Return the places of some spans."""
        return tuple(place for span in spans for place in places_of_span(self.places, *span))

    def left_out(self, spans: Iterable[Span]) -> str:
        """Return the text between spans."""
        spans = tuple(spans)
        gaps = itertools.pairwise(spans)
        return "\n".join(self.text[before[1] : behind[0]] for before, behind in gaps)

    def _in_one_paragraph(self, first: int, last: int) -> bool:
        """Return whether two offsets lie in one printed paragraph, or in one passage where none is numbered."""
        one, other = self._place_at(first), self._place_at(last)
        if one and other and one.paragraph and other.paragraph:
            return (one.annex, one.article, one.paragraph) == (other.annex, other.article, other.paragraph)
        return self.passage_at(first)[0].id == self.passage_at(last)[0].id

    def _place_at(self, offset: int) -> Place | None:
        return next((place for place in self.places if place.start <= offset < place.end), None)
