"""The text of a paper for quotations: its joined passages, with the place of each stretch.

The printed numbers of paragraphs and items stand before their lines, and a quotation has them or leaves them out.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from extractors.document import Document, Passage, Place
from extractors.text.places import places_of_span
from pipelines.quotations.letters import Letters, letters_of, places_of
from pipelines.quotations.printed import Span, lines_of


class PaperText:
    """The text of one paper; its notes come last, so that a paragraph continues after the notes of its page."""

    note, section = None, ()
    """It is no note and below no heading; with `places` this is what a citation is made of."""

    def __init__(self, document: Document) -> None:
        self.document = document
        blocks = {block.id: block for block in document.blocks}
        self._passages: Sequence[Passage] = sorted(document.passages, key=lambda one: one.kind == "note")
        self._starts: list[int] = []
        self._lines: list[Sequence[tuple[int, str]]] = []
        """Of each passage the lines that have a number: where they begin in its text, and the number."""
        printed, plain = [""], [""]
        length = 0
        for passage in self._passages:
            self._starts.append(length)
            lines = [(line.start, f"{line.number} ") for line in lines_of(passage, blocks) if line.number]
            self._lines.append(lines)
            bounds = [0, *(start for start, _ in lines), len(passage.text)]
            for (low, high), number in zip(itertools.pairwise(bounds), [*(one for _, one in lines), ""], strict=True):
                between = passage.text[low:high]
                printed += between, number
                plain += between, " " * len(number)
                length += len(between) + len(number)
            printed.append("\n")
            plain.append("\n")
            length += 1
        self.text = "".join(printed)
        self._plain = "".join(plain)
        """The text with spaces in place of the numbers."""

    @cached_property
    def letters(self) -> tuple[Letters, ...]:
        """The letters of the text, and those without the numbers, where it has some."""
        letters = letters_of(self.text)
        if not any(self._lines):
            return (letters,)
        said = [one for one in zip(*letters, strict=True) if self._plain[one[1]] != " "]
        return letters, Letters("".join(letter for letter, _ in said), tuple(place for _, place in said))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The places in the text; for notes only the page."""
        return tuple(
            place.model_copy(
                update={"start": self._offset(number, place.start), "end": self._offset(number, place.end)}
            )
            for number, passage in enumerate(self._passages)
            for place in passage.places
        )

    def _offset(self, passage: int, place: int) -> int:
        """Return the offset in the text for an offset of a passage: at the start of a line, before its number."""
        numbers = (len(number) for start, number in self._lines[passage] if start < place)
        return self._starts[passage] + place + sum(numbers)

    def passage_at(self, offset: int) -> Passage:
        """Return the passage at an offset."""
        return self._passages[bisect_right(self._starts, offset) - 1]

    def spans_of(self, parts: Sequence[str]) -> Iterator[tuple[Span, ...]]:
        """Yield the spans of the parts of a quotation, in order within one paragraph, one span for each part."""
        first, *others = map(self._spans, parts)
        for span in first:
            spans = [span]
            for found in others:
                place = bisect_left(found, spans[-1][1:])
                if place == len(found) or not self._in_one_paragraph(spans[0][0], found[place][1] - 1):
                    break
                spans.append(found[place])
            else:
                yield tuple(spans)

    def _spans(self, part: str) -> list[Span]:
        """Return the spans of a part of a quotation, with or without the numbers of the lines in it."""
        found = (places_of(part, one, self.text) for one in self.letters)
        return sorted(set(itertools.chain.from_iterable(found)))

    def paragraphs(self) -> Iterator[tuple[int, str]]:
        """Yield the passages with their offsets, also without numbers, for comparison with a changed quotation."""
        for start, end, lines in zip(self._starts, [*self._starts[1:], len(self.text)], self._lines, strict=True):
            yield start, self._plain[start : end - 1]
            if lines:
                yield start, self.text[start : end - 1]

    def places_at(self, spans: Iterable[Span]) -> tuple[Place, ...]:
        """Return the places of some spans."""
        return tuple(place for span in spans for place in places_of_span(self.places, *span))

    def left_out(self, spans: Iterable[Span]) -> str:
        """Return the text between spans."""
        spans = tuple(spans)
        gaps = itertools.pairwise(spans)
        return "\n".join(self._plain[before[1] : behind[0]] for before, behind in gaps)

    def _in_one_paragraph(self, first: int, last: int) -> bool:
        """Return whether two offsets are in one printed paragraph, or in one passage if none is numbered."""
        one, other = self._place_at(first), self._place_at(last)
        if one and other and one.paragraph and other.paragraph:
            return (one.annex, one.article, one.paragraph) == (other.annex, other.article, other.paragraph)
        return self.passage_at(first).id == self.passage_at(last).id

    def _place_at(self, offset: int) -> Place | None:
        place = bisect_right(self.places, offset, key=lambda one: one.start)
        return next((one for one in self.places[max(place - 1, 0) : place] if offset < one.end), None)
