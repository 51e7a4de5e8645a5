"""What is printed of a passage: its lines with the numbers that its text lacks, and stretches of it as quotations."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from extractors.document import Block, BlockKind, Passage
from pipelines.quotations.wording import weighs

GAP = "[…]"
"""What stands for words that a quotation leaves out."""

Span = tuple[int, int]


class Line(NamedTuple):
    """A line of a passage by the offsets of its text, with the number that is printed before it, "" for none."""

    start: int
    end: int
    number: str
    kind: BlockKind


def lines_of(passage: Passage, blocks: Mapping[int, Block]) -> Iterator[Line]:
    """Yield the lines of a passage, in their order; `blocks` are those of its paper, by their ids."""
    ends = [start - 1 for start, *_ in passage.pieces[1:]] + [len(passage.text)]
    for (start, name, offset), end in zip(passage.pieces, ends, strict=False):
        block = blocks[name]
        begins = block.kind != "footnote" and not block.text[:offset].strip()
        yield Line(start, end, block.unread_number if begins else "", block.kind)


def quoted(passage: Passage, blocks: Mapping[int, Block], spans: Iterable[Span]) -> tuple[str, Span] | None:
    """Return stretches of a passage as they are printed, and from where to where they reach; None for headings alone.

    An item stands behind the line that it completes. `[…]` stands for what lies between two stretches, unless it has a
    number, a negation or a modal verb: that is quoted too.
    """
    lines = [line for line in lines_of(passage, blocks) if line.kind != "heading"]
    first = lines[0].start if lines else len(passage.text)
    held = _with_lead(lines, [(max(start, first), end) for start, end in spans if end > first])
    said = ""
    last: int | None = None
    for start, end in held:
        if last is not None and (between := passage.text[last:start]).strip():
            start, gap = (last, "") if weighs(between, passage.language) else (start, f" {GAP}")  # noqa: PLW2901
            said += gap
        for line in lines:
            if text := passage.text[max(line.start, start) : max(start, min(line.end, end))].strip():
                said += "\n" + f"{line.number} {text}".lstrip() if start <= line.start else f" {text}"
        last = end
    return (said.strip(), (held[0][0], held[-1][1])) if held else None


def _with_lead(lines: list[Line], spans: list[Span]) -> list[Span]:
    """Return spans behind that of the line which the item completes that the first one stands in."""
    first = next((place for place, line in enumerate(lines) if spans and spans[0][0] < line.end), 0)
    if not spans or lines[first].kind != "item":
        return spans
    lead = next((line for line in reversed(lines[:first]) if line.kind != "item"), None)
    return [(lead.start, lead.end), *spans] if lead else spans
