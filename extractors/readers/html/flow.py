"""The flow of an HTML page: a walk over its elements that gathers blocks."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from extractors.document import BlockKind
from extractors.readers.html.tables import inline_text, is_data_table, table_cells
from extractors.readers.numbering import (
    ItemLevels,
    is_item,
    letters,
    roman,
    split_bullet,
    split_division,
    split_number,
)
from extractors.readers.package_xml import Element
from extractors.readers.reading_builder import ReadingBuilder

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
