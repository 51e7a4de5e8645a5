"""The printed form of a passage: its lines with the numbers that its text lacks, and quotations from it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from extractors.document import Block, Passage
from extractors.text.superscripts import without_note_marks
from pipelines.quotations.wording import weighs

GAP = "[…]"
"""The mark for words that a quotation leaves out."""
_MOST_ASIDE = 3
"""Lines between an item and the line that it completes that are no items: items go on in them, pages end."""
_ITEM = re.compile(r"\(\s?[a-z]{1,4}\s?\)\s")
"""The number of an item that remained in the text when it was read."""
_TERM = re.compile(r"[\"'\u2018\u201c\u00ab]")
"""The beginning of a definition: the term in quotation marks."""
_OPEN = re.compile(r"\s\S+[:—–]\s*$")
"""The end of a line that a list completes; a word alone ("Whereas:") stands above whole sentences."""

Span = tuple[int, int]


class Line(NamedTuple):
    """A line of a passage by the offsets of its text, with its printed number, "" without one.

    `begins` says that its block does not begin before. `depth` is that of an item of a list, from 1, and 0 for other
    lines; `is_open`: a list completes it.
    """

    start: int
    end: int
    number: str
    begins: bool
    is_heading: bool
    depth: int
    is_open: bool


def lines_of(passage: Passage, blocks: Mapping[int, Block]) -> Iterator[Line]:
    """Yield the lines of a passage, in their order; `blocks` are those of its paper, by their ids."""
    ends = [start - 1 for start, *_ in passage.pieces[1:]] + [len(passage.text)]
    for (start, name, offset), end in zip(passage.pieces, ends, strict=False):
        block, text = blocks[name], passage.text[start:end]
        begins = not block.text[:offset].strip()
        number = block.unread_number if begins and block.kind != "footnote" else ""
        is_item = block.kind == "item" or (block.kind == "paragraph" and _ITEM.match(text))
        depth = block.level or 1 if is_item else 0
        yield Line(start, end, number, begins, block.kind == "heading", depth, bool(_OPEN.search(text)))


def joined(passages: Sequence[Passage]) -> Passage:
    """Return consecutive passages as one, with the id of the first."""
    first, start = passages[0], len(passages[0].text) + 1
    pieces, places = list(first.pieces), list(first.places)
    for one in passages[1:]:
        pieces += ((begin + start, block, offset) for begin, block, offset in one.pieces)
        places += (
            place.model_copy(update={"start": place.start + start, "end": place.end + start}) for place in one.places
        )
        start += len(one.text) + 1
    text = "\n".join(one.text for one in passages)
    return first.model_copy(update={"text": text, "pieces": tuple(pieces), "places": tuple(places)})


def with_list(passage: Passage, passages: Sequence[Passage], blocks: Mapping[int, Block]) -> tuple[Passage, int]:
    """Return a passage joined with those that continue its list, and the offset of its own text."""
    texts = [one for one in passages if one.kind == passage.kind]
    goes_on = [next((line.depth > 0 for line in lines_of(one, blocks)), False) for one in texts]
    at = next(place for place, one in enumerate(texts) if one.id == passage.id)
    first, end = at, at + 1
    while first and goes_on[first]:
        first -= 1
    while end < len(texts) and goes_on[end]:
        end += 1
    return joined(texts[first:end]), sum(len(one.text) + 1 for one in texts[first:at])


def quoted(
    passage: Passage, blocks: Mapping[int, Block], spans: Iterable[Span], *, through: bool = False
) -> tuple[str, Span] | None:
    """Return stretches of a passage as printed, and their span; None for headings alone.

    An item stands behind the line that it completes, and behind such a line all of its items; a definition stands alone
    rather than behind others that would have to be quoted too. `[…]` stands for what lies between two stretches, unless
    it has a number, a negation or a modal verb: that is quoted too. With `through` a list that the last stretch ends in
    is quoted to its end.
    """
    lines = [line for line in lines_of(passage, blocks) if not line.is_heading]
    first = lines[0].start if lines else len(passage.text)
    held = _with_items(lines, [(max(start, first), end) for start, end in spans if end > first], through=through)
    held = _with_lead(passage, lines, held)
    said = ""
    last: int | None = None
    for start, end in held:
        if last is not None and (between := passage.text[last:start]).strip():
            start, gap = (last, "") if weighs(between, passage.language) else (start, f" {GAP}")  # noqa: PLW2901
            said += gap
        for line in lines:
            if text := passage.text[max(line.start, start) : max(start, min(line.end, end))].strip():
                said += "\n" + f"{line.number} {text}".lstrip() if start <= line.start and line.begins else f" {text}"
        last = end
    return (without_note_marks(said.strip()), (held[0][0], held[-1][1])) if held else None


def _with_items(lines: Sequence[Line], spans: list[Span], *, through: bool) -> list[Span]:
    """Return spans, of which the last is extended to the end of the lists of open lines in it."""
    if not spans:
        return spans
    start, end = spans[-1]
    for place, line in enumerate(lines):
        if start < line.end <= end and (line.is_open or (through and line.depth)):
            least = 1 if through else line.depth + 1
            behind = next((one for one in range(place + 1, len(lines)) if lines[one].depth < least), len(lines))
            end = max(end, lines[behind - 1].end)
    return [*spans[:-1], (start, end)]


def _with_lead(passage: Passage, lines: Sequence[Line], spans: list[Span]) -> list[Span]:
    """Return spans preceded by that of the line which the first item completes."""
    first = next((place for place, line in enumerate(lines) if spans and spans[0][0] < line.end), 0)
    if not spans or not lines[first].depth:
        return spans
    before = [line for line in reversed(lines[:first]) if not line.depth][:_MOST_ASIDE]
    lead = next((line for line in before if line.is_open), None)
    if lead is None:
        return spans
    text, item = passage.text, spans[0][0]
    said = text[lead.start : lead.end], text[lead.end : item]
    if _TERM.match(text, item) and [bool(weighs(one, passage.language)) for one in said] == [False, True]:
        return spans
    return [(lead.start, lead.end), *spans]
