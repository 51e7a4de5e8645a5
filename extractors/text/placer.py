"""Where the text of a passage stands: its places, and its boxes on the pages."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from extractors.document import Block, BlockPart, Box, Document, PassageBox, Place, around
from extractors.text.places import Spot


class Piece(NamedTuple):
    """A stretch of a block's text that is a line of a passage; `offset` is where it starts in the block."""

    block: Block
    offset: int
    text: str


class _Stretch(NamedTuple):
    """A part of a piece on one page, by offsets in the passage."""

    start: int
    end: int
    block: Block
    part: BlockPart | None


class Placer:
    """Knows the pages of one document and what each of its blocks is cited by."""

    def __init__(self, document: Document, spots: Mapping[int, Spot]) -> None:
        self._spots = spots
        self._labels = {page.number: page.label for page in document.pages}

    def places(self, pieces: Sequence[Piece]) -> tuple[Place, ...]:
        """Return the places of a passage whose lines are some pieces, in the order of its text and without gaps."""
        places: list[Place] = []
        for stretch in _stretches(pieces):
            page = stretch.part.page if stretch.part else None
            label = self._labels.get(page) if page is not None else None
            spot = self._spots.get(stretch.block.id, Spot())
            place = Place(start=stretch.start, end=stretch.end, page=page, label=label, **spot._asdict())
            if places and _is_same(places[-1], place):
                places[-1] = places[-1].model_copy(update={"end": place.end})
            else:
                places.append(place)
        return tuple(places)

    def boxes(self, pieces: Sequence[Piece]) -> tuple[PassageBox, ...]:
        """Return the box of a passage on each page that it stands on."""
        by_page: dict[int, Box] = {}
        for stretch in _stretches(pieces):
            if stretch.part is None or stretch.part.box is None:
                continue
            before = by_page.get(stretch.part.page, stretch.part.box)
            by_page[stretch.part.page] = around([before, stretch.part.box])
        return tuple(PassageBox(page=page, box=box) for page, box in sorted(by_page.items()))


def _stretches(pieces: Sequence[Piece]) -> Iterator[_Stretch]:
    """Yield the parts of pieces by page; each reaches to the next one, the line feed between two lines included."""
    start = 0
    for number, (block, offset, text) in enumerate(pieces):
        end = start + len(text) + (number + 1 < len(pieces))
        parts = block.parts or (() if block.page is None else (BlockPart(start=0, page=block.page, box=block.box),))
        if not parts:
            yield _Stretch(start, end, block, None)
        bounds = [*(part.start for part in parts), len(block.text)]
        spans = zip(parts, pairwise(bounds), strict=True)
        held = [(part, low) for part, (low, high) in spans if low < offset + len(text) and offset < high]
        edges = [start, *(start + low - offset for _, low in held[1:]), end]
        for (part, _), low, high in zip(held, edges, edges[1:], strict=False):
            yield _Stretch(low, high, block, part)
        start = end


def _is_same(one: Place, other: Place) -> bool:
    return one.model_dump(exclude={"start", "end"}) == other.model_dump(exclude={"start", "end"})
