"""Tables of a DOCX: their rows and cells, merged ones as one."""

from collections.abc import Callable, Iterator
from typing import Any

from extractors.document import Cell
from extractors.readers.docx.lists import whole
from extractors.readers.docx.text import CONTAINERS, W
from extractors.readers.package_xml import Element

_MAX_SPAN = 1_000  # columns; Word has 63


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of that name, those in content controls and insertions too."""
    for child in element:
        if child.tag == f"{W}{name}":
            yield child
        elif child.tag in CONTAINERS:
            yield from children(child, name)


def rows_of(table: Element) -> list[Element]:
    """Return the rows of a table that are not deleted."""
    return [row for row in children(table, "tr") if row.find(f"{W}trPr/{W}del") is None]


def width_of(rows: list[Any]) -> int:
    """Return the number of columns that some rows span."""
    return max((sum(_span(cell) for cell in children(row, "tc")) for row in rows), default=0)


def header_rows(rows: list[Any]) -> int:
    """Return how many rows at the top are repeated as headers; where that is all of them, they are none."""
    count = next((place for place, row in enumerate(rows) if row.find(f"{W}trPr/{W}tblHeader") is None), len(rows))
    return count if count < len(rows) else 0


def cells_of(rows: list[Any], text_of: Callable[[Any], str]) -> list[Cell]:
    """Return the cells of a table; `text_of` is called once for each cell that shows its text, in order."""
    cells: list[Cell] = []
    above: dict[int, int] = {}  # column → place in `cells` of the cell that may grow down
    for place, row in enumerate(rows):
        column = _number(row, f"{W}trPr/{W}gridBefore") or 0
        for element in children(row, "tc"):
            merge = element.find(f"{W}tcPr/{W}vMerge")
            span = _span(element)
            if merge is not None and merge.get(f"{W}val") != "restart" and column in above:
                over = cells[above[column]]
                cells[above[column]] = over.model_copy(update={"rowspan": place - over.row + 1})
            else:
                cells.append(Cell(row=place, column=column, colspan=span, text=text_of(element)))
                above[column] = len(cells) - 1
            column += span
    return cells


def _span(cell: Element) -> int:
    return max(1, _number(cell, f"{W}tcPr/{W}gridSpan") or 1)


def _number(element: Element, path: str) -> int | None:
    found = element.find(path)
    value = None if found is None else whole(found.get(f"{W}val"))
    return None if value is None else min(max(0, value), _MAX_SPAN)
