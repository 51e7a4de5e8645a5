"""Reads a story of a DOCX (its body, text boxes or notes): paragraphs and tables in order, with their numbers.

Merged cells are one. Text that is struck through, blackened, or shaded grey is a mark of redaction.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from extractors.document import Cell, Mark, MarkKind
from extractors.readers.colours import is_grey, is_hidden_by
from extractors.readers.docx.lists import Numbering, whole_number
from extractors.readers.docx.styles import Look, Styles
from extractors.readers.docx.text import CONTAINERS, MC, Line, W, anchored, is_merged, line_of
from extractors.readers.ooxml.graphics import GRAPHICS, Graphics, content_from
from extractors.readers.package_xml import Element
from extractors.readers.reading_builder import ReadingBuilder
from extractors.text.numbering import (
    BULLET,
    ItemLevels,
    is_bullet,
    is_item,
    split_bullet,
    split_division,
    split_number,
)

_CHUNK = f"{W}altChunk"  # another file that is a part of the text
_MAX_BOLD_HEADING = 160  # characters
_HEX = re.compile(r"[0-9A-Fa-f]{6}")
_HIGHLIGHTS = {"black": "000000", "lightGray": "C0C0C0", "darkGray": "808080"}
_MAX_SPAN = 1_000  # columns; Word has 63


class Story:
    """Walks the elements of a story and collects its blocks.

    `boxes` is the story of the text boxes, whose lists are counted apart. `hidden` counts the paragraphs of which a
    part is left out because it is not printed.
    """

    def __init__(
        self,
        part: Element,
        styles: Styles,
        numbering: Numbering,
        builder: ReadingBuilder,
        graphics: Graphics,
        boxes: "Story | None" = None,
    ) -> None:
        self.hidden = 0
        self._graphics = graphics
        self._content_of = content_from(part)
        self._styles = styles
        self._numbering = numbering
        self._builder = builder
        self._boxes = boxes or self
        self._items = ItemLevels()

    def flow(self, parent: Element) -> None:
        """Gather the paragraphs and tables that stand in an element, in order."""
        for group in _merged(_elements(parent)):
            if group[-1].tag == f"{W}tbl":
                self._table(group[-1])
            elif group[-1].tag == _CHUNK:
                self._graphics.add(group[-1], self._content_of)
            else:
                self._paragraph(group)

    def lines(self, parent: Element) -> Iterator[str]:
        """Yield what the paragraphs in an element print, with their numbers, those of its tables too."""
        for group in _merged(_paragraphs(parent)):
            line, number = self._read(group)
            self._mark(group[-1], line, None)
            mark = BULLET if is_bullet(number) else number
            if line.text:
                yield f"{mark} {line.text}" if mark else line.text
            for box in _anchored(group, f"{W}txbxContent"):
                yield from self._boxes.lines(box)

    def _paragraph(self, group: Sequence[Element]) -> None:
        line, number = self._read(group)
        if line.text:
            self._mark(group[-1], line, self._block(group[-1], line, number))
        for graphic in _anchored(group, *GRAPHICS):
            self._graphics.add(graphic, self._content_of)
        for box in _anchored(group, f"{W}txbxContent"):
            self._boxes.flow(box)

    def _read(self, group: Sequence[Element]) -> tuple[Line, str | None]:
        """Return what a paragraph prints, and its number or as many bullets as its list is deep.

        To be called once for each, in order.
        """
        line = line_of(group, self._styles)
        self.hidden += line.hidden
        paragraph = group[-1]
        if not line.text and (is_merged(paragraph) or paragraph.find(f"{W}pPr/{W}sectPr") is not None):
            return line, None  # deleted with what it held, or the break of a section: neither is counted
        found = self._styles.list_of(paragraph, self._numbering.level_of_style)
        if found is None:
            return line, None
        number = self._numbering.next_number(*found, self._language(paragraph, line))
        if number == BULLET:
            number *= max(found[1], self._styles.named_depth(paragraph)) + 1
        return line, number

    def _language(self, paragraph: Element, line: Line) -> str | None:
        look = line.looks[0] if line.looks else self._styles.look(self._styles.style_of(paragraph), None)
        found = look.property("lang")
        return None if found is None else (found.get(f"{W}val") or "").partition("-")[0].lower() or None

    def _mark(self, paragraph: Element, line: Line, number: str | None) -> None:
        kinds = marks_of(paragraph, line.looks, self._styles)
        self._builder.marks += [Mark(kind=kind, number=number) for kind in kinds]

    def _block(self, paragraph: Element, line: Line, printed: str | None) -> str | None:
        """Gather a paragraph as the block that it is; return its number, printed or typed."""
        text = line.text
        contents = self._styles.is_contents(paragraph)
        level = None if contents else self._styles.heading_level(paragraph)
        typed, rest = split_number(text) if printed is None else (None, text)
        division = split_division(text)
        short = len(text) <= _MAX_BOLD_HEADING and not text.endswith((".", ";", ",")) and not contents
        if level is None and short and all(look.is_on("b") for look in line.looks):
            level = self._styles.deepest + 1
        if level is not None:
            self._items.close()
            number, rest, _ = division if division and printed is None else (printed or typed, rest, level)
            number = None if is_bullet(number) else number
            self._builder.block("heading", rest, number=number, level=level)
            return number
        number = printed or typed
        bullet = split_bullet(text) if number is None else None
        if is_bullet(number) or bullet is not None:
            self._builder.block("item", bullet or text, level=self._items.level(number or BULLET))
            return None
        if number and is_item(number):
            self._builder.block("item", rest, number=number, level=self._items.level(number))
        else:
            if number:
                self._items.close()
            self._builder.block("paragraph", rest, number=number)
        return number

    def _table(self, element: Element) -> None:
        rows = rows_of(element)
        if len(rows) < 2 or width_of(rows) < 2:  # noqa: PLR2004 - a frame round text is no table
            for row in rows:
                for cell in children(row, "tc"):
                    self.flow(cell)
            return
        cells = cells_of(rows, lambda cell: "\n".join(self.lines(cell)))
        self._builder.table(cells, header_rows=header_rows(rows))
        for row in rows:
            for graphic in _graphics_in(row):
                self._graphics.add(graphic, self._content_of)


def _elements(parent: Element) -> Iterator[Element]:
    """Yield the paragraphs, tables and joined files of an element, through what stands round them."""
    for child in parent:
        if child.tag in (f"{W}p", f"{W}tbl", _CHUNK):
            yield child
        elif child.tag in CONTAINERS:
            yield from _elements(child)
        elif child.tag == f"{MC}AlternateContent":
            chosen = child.find(f"{MC}Choice")
            chosen = child.find(f"{MC}Fallback") if chosen is None else chosen
            if chosen is not None:
                yield from _elements(chosen)


def _paragraphs(parent: Element) -> Iterator[Element]:
    """Yield the paragraphs of an element, those of its tables too."""
    for element in _elements(parent):
        if element.tag == f"{W}p":
            yield element
        elif element.tag == f"{W}tbl":
            for row in rows_of(element):
                for cell in children(row, "tc"):
                    yield from _paragraphs(cell)


def _merged(elements: Iterable[Element]) -> Iterator[list[Element]]:
    """Yield tables and joined files alone, and each paragraph behind those that are one with it."""
    group: list[Element] = []
    for element in elements:
        if element.tag != f"{W}p" and group:
            yield group
            group = []
        group.append(element)
        if element.tag != f"{W}p" or not is_merged(element):
            yield group
            group = []
    if group:
        yield group


def _anchored(group: Sequence[Element], *names: str) -> Iterator[Element]:
    for paragraph in group:
        yield from anchored(paragraph, *names)


def _graphics_in(row: Element) -> Iterator[Element]:
    for paragraph in row.iter(f"{W}p"):
        yield from anchored(paragraph, *GRAPHICS)


def marks_of(paragraph: Element, looks: Sequence[Look], styles: Styles) -> Iterator[MarkKind]:
    """Yield the marks on the runs of a paragraph, once for each stretch of them."""
    behind = styles.paragraph_property(paragraph, "shd")
    ground = None if behind is None else _filled(behind)
    for kind, _ in groupby(looks, lambda look: _mark(look, ground)):
        if kind is not None:
            yield kind


def _mark(look: Look, behind: str | None) -> MarkKind | None:
    if look.is_on("strike") or look.is_on("dstrike"):
        return "struck"
    ground = _ground(look) or behind
    if ground is None:
        return None
    if is_hidden_by(_hex(look.property("color"), "val"), ground):
        return "blackened"
    return "shaded" if is_grey(ground) else None


def _ground(look: Look) -> str | None:
    """Return the colour behind a run, in six hexadecimal digits, None where it has none of its own."""
    highlight = look.property("highlight")
    named = _HIGHLIGHTS.get("" if highlight is None else highlight.get(f"{W}val", ""))
    shading = look.property("shd")
    return named or (None if shading is None else _filled(shading))


def _filled(shading: Element) -> str | None:
    pattern = shading.get(f"{W}val") or "clear"
    if pattern == "solid":
        return _hex(shading, "color") or "000000"
    filled = _hex(shading, "fill")
    if pattern.startswith("pct") and pattern[3:].isdigit() and filled in (None, "FFFFFF"):
        grey = round(255 * (1 - min(100, int(pattern[3:])) / 100))
        return f"{grey:02X}" * 3 if _hex(shading, "color") in (None, "000000") else None
    return None if pattern == "nil" else filled


def _hex(item: Element | None, name: str) -> str | None:
    value = "" if item is None else item.get(f"{W}{name}") or ""
    return value.upper() if _HEX.fullmatch(value) else None


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


def width_of(rows: list[Element]) -> int:
    """Return the number of columns that some rows span."""
    return max((sum(_span(cell) for cell in children(row, "tc")) for row in rows), default=0)


def header_rows(rows: list[Element]) -> int:
    """Return how many rows at the top are repeated as headers; where that is all of them, they are none."""
    count = next((place for place, row in enumerate(rows) if row.find(f"{W}trPr/{W}tblHeader") is None), len(rows))
    return count if count < len(rows) else 0


def cells_of(rows: list[Element], text_of: Callable[[Element], str]) -> list[Cell]:
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
    value = None if found is None else whole_number(found.get(f"{W}val"))
    return None if value is None else min(max(0, value), _MAX_SPAN)
