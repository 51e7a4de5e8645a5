"""Depths of the headings of a paper within its chapters, independent of the levels in its file.

Reports by several authors number the headings of each chapter from 1 and give them the highest level, and print
"Chapter 5" above them as a title of less. Nothing but another chapter, a part or an annex ends a chapter.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from extractors.document import FURNITURE, Block
from extractors.text.numbering import division_of


def depths_of(blocks: Sequence[Block], *, skipped: frozenset[int] = frozenset()) -> dict[int, int]:
    """Return the depths of headings that stand in chapters of a lower level than they have, by the block's id.

    The headings of divisions keep their levels. `skipped` blocks, by id, are tables of contents: what they list holds
    nothing.
    """
    counted = [block for block in blocks if block.kind not in (*FURNITURE, "footnote") and block.id not in skipped]
    depths: dict[int, int] = {}
    for chapter, headings in _chapters(counted):
        if any(level <= chapter for level in headings.values()):
            depths.update({heading: chapter + level for heading, level in headings.items()})
    return depths


def _chapters(blocks: Sequence[Block]) -> Iterator[tuple[int, dict[int, int]]]:
    """Yield the level of each chapter with the levels of the headings in it that are no division's, by their ids.

    A heading right above that of a division that holds others stands above that one.
    """
    chapter: int | None = None
    headings: dict[int, int] = {}
    for block, following in pairwise([*blocks, None]):
        if block is None or block.kind != "heading" or not block.level:
            continue
        division = division_of(block.number)
        if division and (division.holds or (chapter and division.level <= chapter)):
            if chapter:
                yield chapter, headings
            chapter, headings = (division.level if division.holds else None), {}
        elif not division and chapter and not _opens_chapter(following):
            headings[block.id] = block.level
    if chapter:
        yield chapter, headings


def _opens_chapter(block: Block | None) -> bool:
    division = division_of(block.number) if block and block.kind == "heading" else None
    return division is not None and division.holds
