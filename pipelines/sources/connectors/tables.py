"""Tables of HTML pages as grids: cells that span several rows or columns stand at each of their places."""

from lxml.html import HtmlElement

_MOST_SPAN = 1000
"""What HTML allows for a cell."""
_MOST_PLACES = 200_000
"""Of a table: a short page may span billions."""
_ROWS = "./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr"


class TableTooLargeError(ValueError):
    """A table with more places for cells than any list of papers has."""


def grid(table: HtmlElement) -> list[list[HtmlElement | None]]:
    """Return the cells of a table row by row, not those of tables within it; None where a row has none.

    Raises `TableTooLargeError`.
    """
    rows: list[list[HtmlElement | None]] = []
    places = 0
    above: dict[int, tuple[HtmlElement, int]] = {}
    for row in table.xpath(_ROWS):
        cells: list[HtmlElement | None] = []
        below: dict[int, tuple[HtmlElement, int]] = {}
        for cell in row.xpath("./td | ./th"):
            _from_above(cells, above, below)
            for _ in range(_span(cell, "colspan")):
                below[len(cells)] = (cell, _span(cell, "rowspan"))
                cells.append(cell)
            if places + len(cells) > _MOST_PLACES:
                raise TableTooLargeError
        _from_above(cells, above, below)
        rows.append(cells)
        places += len(cells)
        above = {place: (cell, left - 1) for place, (cell, left) in below.items() if left > 1}
    return rows


def text_of(element: HtmlElement) -> str:
    """Return the text of an element in one line, with a space where lines and blocks end."""
    return " ".join(" ".join(element.itertext()).split())


def _from_above(
    cells: list[HtmlElement | None],
    above: dict[int, tuple[HtmlElement, int]],
    below: dict[int, tuple[HtmlElement, int]],
) -> None:
    """Add the cells that reach down from rows above, up to the first place that is free."""
    while len(cells) in above:
        below[len(cells)] = above[len(cells)]
        cells.append(above[len(cells)][0])


def _span(cell: HtmlElement, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(max(int(value), 1), _MOST_SPAN) if value.isdecimal() else 1
