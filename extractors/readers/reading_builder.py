"""Builds a reading: its blocks and tables, collected in reading order.

Every text of every format passes through here, where control characters are removed.
"""

from collections.abc import Sequence
from math import ceil, floor

from configs.system.controls import storable
from extractors.document import Block, BlockKind, BlockPart, Box, Cell, Mark, Page, Reading, ReadStatus, Table, around


class ReadingBuilder:
    """Collects the blocks and tables of one document and numbers the blocks from 0."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.tables: list[Table] = []
        self.marks: list[Mark] = []
        self.warnings: list[str] = []

    def block(
        self,
        kind: BlockKind,
        text: str,
        *,
        number: str | None = None,
        level: int | None = None,
        page: int | None = None,
        box: Box | None = None,
        parts: Sequence[BlockPart] = (),
        lines: Sequence[tuple[int, Box]] = (),
    ) -> None:
        """Add a block; one without any text is left out, a bare number is its own text.

        `parts` are those of a block on several pages, `lines` those that it is printed in, with their boxes: both by
        offsets in the text as given.
        """
        number = _stored(number)
        before, text = text, storable(text).strip() or (number or "")
        if text:
            if text != before:
                parts = [one.model_copy(update={"start": len(storable(before[: one.start]).lstrip())}) for one in parts]
                lines = [(len(storable(before[:start]).lstrip()), box) for start, box in lines]
            self.blocks.append(
                Block(
                    id=len(self.blocks),
                    page=page,
                    box=box,
                    kind=kind,
                    number=number,
                    level=level,
                    text=text,
                    parts=tuple(parts),
                    lines=tuple(
                        [
                            (start, floor(x0), floor(top), ceil(x1), ceil(bottom))
                            for start, (x0, top, x1, bottom) in lines
                        ]
                    ),
                )
            )

    def extend_last(self, text: str) -> None:
        """Add words to the last block: it goes on in another element."""
        last = self.blocks[-1]
        self.blocks[-1] = last.model_copy(update={"text": f"{last.text} {storable(text)}"})

    def entitle_last(self, text: str) -> bool:
        """Give the last block its title if it is a heading that is a number only; return whether it was."""
        last = self.blocks[-1] if self.blocks else None
        if last is None or last.kind != "heading" or last.number is None or last.text != last.number:
            return False
        self.blocks[-1] = last.model_copy(update={"text": storable(text)})
        return True

    def table(
        self, cells: Sequence[Cell], *, header_rows: int = 0, page: int | None = None, box: Box | None = None
    ) -> None:
        """Add a table of cells and the block that stands for it; a table without any text is left out."""
        cells = [_storable(cell) for cell in cells]
        if not any(cell.text for cell in cells):
            return
        rows = grid(cells)
        lines = ["\t".join(" ".join(value.split()) for value in row) for row in rows]
        text, parts = "\n".join(lines), _parts_of_table(cells, lines)
        block = Block(id=len(self.blocks), page=page, box=box, kind="table", text=text, parts=parts)
        self.blocks.append(block)
        pages = {number for number in (page, *(cell.page for cell in cells)) if number is not None}
        self.tables.append(
            Table(
                block=block.id,
                pages=tuple(sorted(pages)),
                header_rows=header_rows,
                rows=rows,
                cells=tuple(cells),
            )
        )

    def adopt(self, reading: Reading, *, joined: bool = False, page: int | None = None, box: Box | None = None) -> None:
        """Add the blocks and tables of another reading, all in one place; its running heads and feet are left out.

        Its headings are paragraphs, as what follows here does not stand under them; headings they are where the other
        is `joined` to the text.
        """
        tables = {table.block: table for table in reading.tables}
        for block in reading.blocks:
            if table := tables.get(block.id):
                cells = [cell.model_copy(update={"page": None, "box": None}) for cell in table.cells]
                self.table(cells, header_rows=table.header_rows, page=page, box=box)
            elif block.kind == "heading" and not joined:
                self.block("paragraph", block.text, number=block.number, page=page, box=box)
            elif block.kind not in ("header", "footer"):
                self.block(block.kind, block.text, number=block.number, level=block.level, page=page, box=box)

    def warn_of_attached(self, count: int) -> None:
        """Warn of the number of attached files, without their names, which not every reader may see."""
        if count:
            self.warnings.append("1 file is attached" if count == 1 else f"{count} files are attached")

    def reading(
        self,
        media_type: str,
        *,
        pages: Sequence[Page] = (),
        properties: dict[str, str] | None = None,
        status: ReadStatus | None = None,
    ) -> Reading:
        """Return what was collected; without a status, a document with no block at all is `empty`."""
        if status is None:
            status = "read" if self.blocks else "empty"
        warnings = [*self.warnings]
        if status == "empty":
            warnings.append("there is no text and no image in it")
        return Reading(
            media_type=media_type,
            status=status,
            pages=tuple(page.model_copy(update={"label": _stored(page.label)}) for page in pages),
            blocks=tuple(self.blocks),
            tables=tuple(self.tables),
            properties={name: storable(value) for name, value in (properties or {}).items() if value},
            marks=tuple(mark.model_copy(update={"number": _stored(mark.number)}) for mark in self.marks),
            warnings=tuple(dict.fromkeys(map(storable, warnings))),
        )


def _stored(text: str | None) -> str | None:
    return storable(text) or None if text else None


def _storable(cell: Cell) -> Cell:
    text = storable(cell.text)
    return cell if text == cell.text else cell.model_copy(update={"text": text})


def _parts_of_table(cells: Sequence[Cell], rows: Sequence[str]) -> tuple[BlockPart, ...]:
    """Return the parts of a table that stands on several pages, by the rows whose texts these are."""
    pages = {cell.row: cell.page for cell in reversed(cells) if cell.page is not None}
    if len(set(pages.values())) < 2:  # noqa: PLR2004 - one page is no part
        return ()
    parts: list[BlockPart] = []
    start = 0
    for row, text in enumerate(rows):
        page = pages.get(row)
        if page is not None and (not parts or page > parts[-1].page):
            boxes = [cell.box for cell in cells if cell.page == page and cell.box]
            parts.append(BlockPart(start=start if parts else 0, page=page, box=around(boxes) if boxes else None))
        start += len(text) + 1
    return tuple(parts)


def grid(cells: Sequence[Cell]) -> tuple[tuple[str, ...], ...]:
    """Return the rectangle of texts that cells span; a merged cell's text stands once, at its top left."""
    height = max((cell.row + cell.rowspan for cell in cells), default=0)
    width = max((cell.column + cell.colspan for cell in cells), default=0)
    rows = [[""] * width for _ in range(height)]
    for cell in cells:
        rows[cell.row][cell.column] = cell.text
    return tuple(tuple(row) for row in rows)
