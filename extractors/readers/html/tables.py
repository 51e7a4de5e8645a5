"""Tables of HTML: which hold data and which are only page layout, and the cells of the former."""

import re
from collections.abc import Iterator
from typing import Any

from extractors.document import Cell
from extractors.readers.package_xml import Element

_INLINE = frozenset(  # what a word goes on through
    "a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup tt u "  # noqa: SIM905
    "var wbr".split()
)
_WHOLE = re.compile(r"[0-9]{1,9}")
_MAX_SPAN = 1000  # as browsers cap it
_MIN_FILLED = 0.3  # share of the cells; emptier tables are page layout


def is_data_table(table: Element) -> bool:
    """Return whether a table holds data: two rows and columns at least, no table inside it, not mostly empty."""
    rows = [[inline_text(cell) for cell in _cells(row)] for row in _rows(table)]
    if len(rows) < 2 or max(map(len, rows)) < 2 or table.find(".//table") is not None:  # noqa: PLR2004
        return False
    texts = [text for row in rows for text in row]
    return sum(map(bool, texts)) >= _MIN_FILLED * len(texts)


def table_cells(table: Element) -> tuple[list[Cell], int]:
    """Return the cells of a table and the number of its header rows."""
    cells: list[Cell] = []
    taken: set[tuple[int, int]] = set()
    rows = list(_rows(table))
    for place, row in enumerate(rows):
        column = 0
        for element in _cells(row):
            while (place, column) in taken:
                column += 1
            across = _span(element, "colspan")
            down = min(_span(element, "rowspan"), len(rows) - place)
            taken.update((place + y, column + x) for y in range(down) for x in range(across))
            cells.append(Cell(row=place, column=column, rowspan=down, colspan=across, text=inline_text(element)))
    return cells, _header_rows(rows)


def inline_text(element: Element) -> str:
    """Return the text of an element and all inside it, white space folded."""
    from lxml.etree import iterwalk

    pieces = [element.text or ""]
    for event, part in iterwalk(element, events=("start", "end")) if len(element) else ():
        if part is not element:
            around = "" if part.tag in _INLINE else " "
            pieces.append(f"{around}{(part.text if event == 'start' else part.tail) or ''}")
    return " ".join("".join(pieces).split())


def _rows(table: Element) -> Iterator[Element]:
    for part in table:
        if part.tag == "tr":
            yield part
        elif part.tag in ("thead", "tbody", "tfoot"):
            yield from part.iterchildren("tr")


def _cells(row: Element) -> Iterator[Element]:
    yield from row.iterchildren("td", "th")


def _header_rows(rows: list[Any]) -> int:
    count = 0
    for row in rows[:-1]:
        cells = list(_cells(row))
        if row.getparent().tag != "thead" and not (cells and all(cell.tag == "th" for cell in cells)):
            break
        count += 1
    return count


def _span(cell: Element, name: str) -> int:
    value = cell.get(name) or "1"
    return min(max(1, int(value)), _MAX_SPAN) if _WHOLE.fullmatch(value) else 1
