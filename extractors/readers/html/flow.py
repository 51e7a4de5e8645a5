"""Walks the elements of an HTML page and collects its blocks.

A table that is only page layout is part of the flow.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from extractors.document import BlockKind, Cell
from extractors.readers.package_xml import Element
from extractors.readers.reading_builder import ReadingBuilder
from extractors.text.numbering import (
    ItemLevels,
    is_item,
    letters,
    roman,
    split_bullet,
    split_division,
    split_number,
)

_SKIPPED = frozenset(
    "script style noscript template head svg iframe object select button textarea".split()  # noqa: SIM905
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure "  # noqa: SIM905
    "footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody "
    "td tfoot th thead tr ul".split()
)
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_MAX_DEPTH = 200  # elements within elements; deeper ones give their text only
_INLINE = frozenset(  # elements that do not separate words
    "a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup tt u "  # noqa: SIM905
    "var wbr".split()
)
_NUMBER = re.compile(r"[0-9]{1,9}")
_MAX_SPAN = 1000  # as browsers cap it
_MIN_FILLED = 0.3  # share of the cells; emptier tables are page layout


class Flow:
    """Walks the elements of a page and gathers its blocks.

    `kind` and `level` are those of the blocks to come, where something above says so; `mark` is the number that
    the next block gets.
    """

    def __init__(self, builder: ReadingBuilder) -> None:
        self.builder = builder
        self.kind: BlockKind | None = None
        self.level: int | None = None
        self.mark: str | None = None
        self.items = ItemLevels()
        self._lists = 0
        self._pending: list[str] = []

    def walk(self, element: Element, depth: int = 0) -> None:
        """Gather the blocks inside an element, in document order."""
        self._inside(element, depth)
        self.flush()

    def flush(self) -> None:
        """End the block that is open."""
        text = " ".join("".join(self._pending).split())
        self._pending.clear()
        if text:
            self.emit(text)

    def emit(self, text: str) -> None:
        """Add a block of text."""
        number, rest = (self.mark, text) if self.mark else split_number(text)
        bullet = split_bullet(text)
        kind, level, self.mark = self.kind, self.level, None
        listed = bullet is not None or number == "•"
        if listed:
            number, rest = None, bullet or text
        if kind == "heading":
            self.items.close()
            division = split_division(text)
            number, rest = division[:2] if division else (number, rest)
        elif kind is None and (listed or (number and is_item(number))):
            kind, level = "item", self.items.level(number or "•")
        elif kind is None and number:
            self.items.close()
        self.builder.block(kind or "paragraph", rest, number=number, level=level)

    def block(self, element: Element, depth: int) -> None:
        """Gather an element that stands on lines of its own."""
        tag = element.tag
        if tag[0] == "h" and tag[1:].isdigit():
            with self.as_kind("heading", int(tag[1:])):
                self.walk(element, depth)
        elif tag in ("nav", "footer") and self.kind is None:
            with self.as_kind("header" if tag == "nav" else "footer"):
                self.walk(element, depth)
        elif tag in ("ol", "ul", "dir", "menu"):
            self._list(element, depth)
        elif tag == "table" and is_data_table(element):
            for caption in element.findall("caption"):
                self.walk(caption, depth)
            cells, header_rows = table_cells(element)
            self.builder.table(cells, header_rows=header_rows)
        else:
            self.walk(element, depth)

    @contextmanager
    def as_kind(self, kind: BlockKind | None, level: int | None = None) -> Iterator[None]:
        """Give the blocks made inside a kind and a level."""
        before = self.kind, self.level
        self.kind, self.level = kind, level
        yield
        self.kind, self.level = before

    def _inside(self, element: Element, depth: int) -> None:
        self._pending.append(element.text or "")
        for child in element:
            if isinstance(child.tag, str) and child.tag not in _SKIPPED and not _is_hidden(child):
                self._child(child, depth + 1)
            self._pending.append(child.tail or "")

    def _child(self, child: Element, depth: int) -> None:
        if depth > _MAX_DEPTH:
            self._pending.append(f" {inline_text(child)} ")
        elif child.tag in _BLOCKS:
            self.flush()
            self.block(child, depth)
            self.flush()
        elif child.tag == "br":
            self._pending.append("\n")
        else:
            self._inside(child, depth)

    def _list(self, element: Element, depth: int) -> None:
        ordered = element.tag == "ol"
        start = element.get("start") or "1"
        count = int(start) if _WHOLE.fullmatch(start) else 1
        self._lists += 1
        for child in element:
            if child.tag != "li":
                if isinstance(child.tag, str) and child.tag not in _SKIPPED:
                    self._child(child, depth + 1)
                continue
            value = child.get("value") or ""
            count = int(value) if _WHOLE.fullmatch(value) else count
            with self.as_kind(self.kind or "item", self._lists):
                self.mark = _list_mark(count, element.get("type")) if ordered else "•"
                self.walk(child, depth + 1)
                self.mark = None
            count += 1
        self._lists -= 1


def _list_mark(count: int, kind: str | None) -> str:
    if kind is None or count < 1 or kind not in "aAiI":
        return f"{count}."
    text = letters(count) if kind in "aA" else roman(count)
    return f"{text.upper() if kind.isupper() else text}."


def _is_hidden(element: Element) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return "hidden" in element.attrib or "display:none" in style


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


def _header_rows(rows: list[Element]) -> int:
    count = 0
    for row in rows[:-1]:
        cells = list(_cells(row))
        if next(row.iterancestors()).tag != "thead" and not (cells and all(cell.tag == "th" for cell in cells)):
            break
        count += 1
    return count


def _span(cell: Element, name: str) -> int:
    value = cell.get(name) or "1"
    return min(max(1, int(value)), _MAX_SPAN) if _NUMBER.fullmatch(value) else 1
