"""The paragraphs of a paper as its own numbers name them, for records that cite them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractors.document import Block

_MAIN = re.compile(r"\(?(\d{1,3}(?:\.\d{1,3}){0,3})[.)]?")
_PART = re.compile(r"\(?([a-z]{1,2}|[ivxl]{1,6}|[A-Z])[.)]")
_FURNITURE = ("header", "footer")
_ENDS = (".", ":", ";", "!", "?")


@dataclass(frozen=True)
class Paragraph:
    """A block of running text with the number that cites it: `12`, `16(a)`, or None where it has none."""

    block: Block
    number: str | None

    @property
    def is_part(self) -> bool:
        """Whether it is a lettered part or an item of a list."""
        return self.block.kind == "item" or bool(self.block.number and _PART.fullmatch(self.block.number))


def paragraphs_of(blocks: Sequence[Block]) -> Iterator[Paragraph]:
    """Yield all blocks but headers and footers in order; what goes on over a page keeps its paragraph's number."""
    main: str | None = None
    last: Paragraph | None = None
    for block in blocks:
        if block.kind in _FURNITURE:
            continue
        if block.kind not in ("paragraph", "item"):
            main = None if block.kind == "heading" else main
            yield Paragraph(block, None)
            last = None if block.kind == "heading" else last
            continue
        number: str | None = None
        printed = (block.number or "").strip()
        if match := _MAIN.fullmatch(printed):
            number = main = match[1]
        elif (part := _PART.fullmatch(printed)) and main:
            number = f"{main}({part[1]})"
        elif block.kind == "item":
            number = main
        elif not printed and last and block.page != last.block.page and not last.block.text.rstrip().endswith(_ENDS):
            number = last.number
        last = Paragraph(block, number)
        yield last
