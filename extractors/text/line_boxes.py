"""Places of text on pages: boxes of lines and of table cells."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from extractors.document import Block, BlockPart, Box, PassageBox, Table, around

_SAME_COLUMN = 0.5
"""Share of a line's height by which the next one of its column may stand higher than it."""


class PlacedText(NamedTuple):
    """A stretch of a block's text that stands in one place, by offsets, end exclusive.

    It is a line, a cell of a table, or all that is known of where a block stands.
    """

    start: int
    end: int
    page: int
    box: Box


def placed_texts(block: Block, table: Table | None = None) -> tuple[PlacedText, ...]:
    """Return where the text of a block stands, in its order; none for a format without boxes.

    `table` is the one that the block stands for.
    """
    if table:
        return tuple(_cells(table))
    if block.page is None:
        return ()
    parts = block.parts or (BlockPart(start=0, page=block.page, box=block.box),)
    found = [(one.start, one.page, one.box) for one in parts if one.box]
    if block.lines:
        found = [(start, _page_at(parts, start), (x0, top, x1, bottom)) for start, x0, top, x1, bottom in block.lines]
    ends = [*(start for start, _, _ in found[1:]), len(block.text)]
    return tuple(PlacedText(start, end, page, box) for (start, page, box), end in zip(found, ends, strict=False))


def passage_boxes(lines: Iterable[PlacedText]) -> Iterator[PassageBox]:
    """Yield one box for each column of lines: one that stands higher than the line before it begins another."""
    column: list[PlacedText] = []
    for line in lines:
        if column and (line.page != column[-1].page or _is_above(line.box, column[-1].box)):
            yield _boxed(column)
            column = []
        column.append(line)
    if column:
        yield _boxed(column)


def _page_at(parts: Sequence[BlockPart], start: int) -> int:
    return next((one.page for one in reversed(parts) if one.start <= start), parts[0].page)


def _is_above(box: Box, before: Box) -> bool:
    return box[1] < before[1] - _SAME_COLUMN * (before[3] - before[1])


def _boxed(column: Sequence[PlacedText]) -> PassageBox:
    return PassageBox(page=column[0].page, box=around(line.box for line in column))


def _cells(table: Table) -> Iterator[PlacedText]:
    """Yield the cells of a table: in its text they are parted by tabs, and rows by line feeds."""
    cells = {(cell.row, cell.column): cell for cell in table.cells}
    at = 0
    for number, row in enumerate(table.rows):
        for column, value in enumerate(row):
            end = at + len(" ".join(value.split()))
            cell = cells.get((number, column))
            if at < end and cell and cell.page is not None and cell.box:
                yield PlacedText(at, end, cell.page, cell.box)
            at = end + 1
