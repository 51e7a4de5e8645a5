"""Reads ODT: walks its XML for headings, numbered lists, tables, notes and objects; tracked changes are accepted."""

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from configs.settings import ReadingLimits
from extractors.document import Cell, Mark, Reading
from extractors.media import ODT
from extractors.readers.equations import mathml_text
from extractors.readers.metafile import text_of_metafile
from extractors.readers.odt.marks import TextStyles
from extractors.readers.odt.numbering import Lists
from extractors.readers.ooxml.embedded import read_embedded
from extractors.readers.ooxml.graphics import embedded_warnings
from extractors.readers.ooxml.package import check_package
from extractors.readers.package_xml import Element, Package, open_package
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.unreadable import UnreadableError
from extractors.text.numbering import (
    BULLET,
    ItemLevels,
    is_bullet,
    is_item,
    split_bullet,
    split_division,
    split_number,
)

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
T = f"{{{_OASIS}:text:1.0}}"
_TABLE = f"{{{_OASIS}:table:1.0}}"
_OFFICE = f"{{{_OASIS}:office:1.0}}"
_DRAW = f"{{{_OASIS}:drawing:1.0}}"
_CHART = f"{{{_OASIS}:chart:1.0}}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_FORMULA = "{http://www.w3.org/1998/Math/MathML}math"
_HREF = "{http://www.w3.org/1999/xlink}href"
_SKIPPED = {f"{_OFFICE}annotation", f"{T}tracked-changes", f"{T}note", f"{T}ruby-text", f"{_DRAW}text-box"}
_CONTAINERS = {f"{T}section", f"{T}index-body", f"{T}index-title", f"{_DRAW}text-box"}
_CONTAINERS |= {f"{_CHART}{name}" for name in ("chart", "title", "subtitle", "plot-area", "axis")}
_INDEXES = {f"{T}{name}" for name in ("table-of-content", "alphabetical-index", "bibliography", "user-index")}
_MAX_REPEATED = 1_000  # spaces, rows or columns that one element stands for
_MAX_CELLS = 100_000
_NAMES = {
    "title": "title",
    "creator": "author",
    "creation-date": "created",
    "language": "language",
    "subject": "subject",
}


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the blocks and tables of an OpenDocument text; raises `UnreadableError` for a broken package."""
    check_package(path, limits)
    with open_package(path) as package:
        manifest = package.xml("META-INF/manifest.xml")
        if manifest is not None and manifest.find(".//{*}encryption-data") is not None:
            raise UnreadableError("encrypted", "the text is locked", "save it without a password")
        content = package.xml("content.xml")
        body = None if content is None else content.find(f"{_OFFICE}body/{_OFFICE}text")
        if body is None:
            raise UnreadableError("malformed", "the file has no text part", "save it again")
        return _read(package, "", body, limits)


def _read(package: Package, folder: str, body: Element, limits: ReadingLimits) -> Reading:
    """Return the reading of a document in a folder of a package, by the body of its content."""
    styles, meta = package.xml(f"{folder}styles.xml"), package.xml(f"{folder}meta.xml")
    roots = [root for root in (styles, body.getroottree().getroot()) if root is not None]
    walk = _Walk(roots, _Objects(package, folder, limits))
    walk.objects.type_formulas(body)
    for text in _running(styles, "header"):
        walk.builder.block("header", text)
    walk.flow(body)
    for mark, text in walk.notes:
        walk.builder.block("footnote", text, number=mark)
    for number, text in enumerate(walk.comments, start=1):
        walk.builder.block("footnote", text, number=f"[{number}]")
    for text in _running(styles, "footer"):
        walk.builder.block("footer", text)
    if body.find(f"{T}tracked-changes") is not None:
        walk.builder.warnings.append("it has tracked changes, which are read as accepted")
    if walk.comments:
        walk.builder.warnings.append(f"it has {len(walk.comments)} comments, which stand behind the text as notes")
    walk.builder.warnings += walk.objects.warnings()
    if not walk.builder.blocks and body.find(f".//{_DRAW}image") is not None:
        walk.builder.warnings.append("it holds pictures only, which need OCR: save it as PDF")
        return walk.builder.reading(ODT, status="needs_ocr", properties=_properties(meta))
    return walk.builder.reading(ODT, properties=_properties(meta))


class _Objects:
    """What a document holds as files of its package: documents in folders, files of other programs, drawings."""

    def __init__(self, package: Package, folder: str, limits: ReadingLimits) -> None:
        self._package, self._folder, self._limits = package, folder, limits
        self._read: dict[str, bool] = {}  # by the names of their parts

    def reading(self, element: Element) -> Reading | None:
        """Return the reading of the object that an element stands for, once.

        None where it cannot be read, is empty, or was returned before.
        """
        name = self._name(element)
        if name in self._read:
            return None
        try:
            reading = self._document(name) or self._file(name)
        except UnreadableError:
            reading = None
        self._read[name] = reading is not None and bool(reading.blocks)
        return reading if self._read[name] else None

    def lines(self, element: Element) -> list[str]:
        """Return the lines of text that a drawing shows; none of a picture."""
        return text_of_metafile(self._package.content(self._name(element)) or b"")

    def type_formulas(self, body: Element) -> None:
        """Insert the text of formulas at their places."""
        for element in list(body.iter(f"{_DRAW}object")):
            try:
                content = self._package.xml(f"{self._name(element)}/content.xml")
            except UnreadableError:
                continue
            if content is not None and content.tag == _FORMULA:
                frame = next(element.iterancestors())
                del frame[:]
                frame.text = mathml_text(content)

    def warnings(self) -> list[str]:
        """Return the warnings about the objects."""
        read = sum(self._read.values())
        return embedded_warnings(read, len(self._read) - read)

    def _document(self, name: str) -> Reading | None:
        if self._limits.embedded_depth == 0:
            return None
        content = self._package.xml(f"{name}/content.xml")
        body = None if content is None else content.find(f"{_OFFICE}body/*")
        if body is None:
            return None
        depth = self._limits.embedded_depth - 1
        return _read(self._package, f"{name}/", body, self._limits.model_copy(update={"embedded_depth": depth}))

    def _file(self, name: str) -> Reading | None:
        content = self._package.content(name)
        return read_embedded(content, self._limits) if content else None

    def _name(self, element: Element) -> str:
        return posixpath.normpath(self._folder + (element.get(_HREF) or ""))


class _Walk:
    """Walks the elements of a text and collects its blocks.

    `notes` are mark and text of its notes, `comments` the texts of its comments with their authors, `objects` what it
    holds besides text.
    """

    def __init__(self, roots: list[Any], objects: _Objects) -> None:
        self.builder = ReadingBuilder()
        self.notes: list[tuple[str, str]] = []
        self.comments: list[str] = []
        self.objects = objects
        self._lists = Lists(roots, T)
        self._styles = TextStyles(roots)
        self._items = ItemLevels()
        for root in roots:
            self._styles.raise_figures(root)

    def flow(self, parent: Iterable[Element]) -> None:
        """Gather what stands in an element, in order."""
        for element in parent:
            if element.tag == f"{T}h":
                self._heading(element)
            elif element.tag == f"{T}p":
                self._paragraph(element)
            elif element.tag == f"{T}list":
                self._list(element, 1, None)
            elif element.tag == f"{_TABLE}table":
                self._table(element)
            elif element.tag == f"{_DRAW}frame":
                self.flow(element)
                self._shown(element)
            elif element.tag in _CONTAINERS:
                self.flow(element)
            elif element.tag in _INDEXES:
                self.flow(element.findall(f"{T}index-body"))

    def _heading(self, element: Element, listed: str | None = None) -> None:
        text = self._text(element)
        level = _count(element, f"{T}outline-level")
        counted = self._lists.heading_number(element, level) if text else None
        printed = listed if listed and not is_bullet(listed) else counted
        number, rest = (printed, text) if printed else split_number(text)
        division = split_division(text) if printed is None else None
        number, rest = division[:2] if division else (number, rest)
        self._items.close()
        self.builder.block("heading", rest, number=number, level=level)
        self._frames(element)

    def _paragraph(self, element: Element, number: str | None = None) -> None:
        text = self._text(element)
        typed, rest = (number, text) if number else split_number(text)
        bullet = split_bullet(text) if typed is None else None
        if not text:
            pass
        elif is_bullet(typed) or bullet is not None:
            self.builder.block("item", bullet or text, level=self._items.level(typed or BULLET))
        elif typed and is_item(typed):
            self.builder.block("item", rest, number=typed, level=self._items.level(typed))
        else:
            if typed is None:
                self._items.close()
            self.builder.block("paragraph", rest, number=typed)
        self._frames(element)

    def _list(self, element: Element, level: int, style: str | None) -> None:
        style = element.get(f"{T}style-name") or style
        self._lists.begin(element, style, level)
        for item in element:
            if item.tag not in (f"{T}list-item", f"{T}list-header"):
                continue
            number = None
            if item.tag == f"{T}list-item" and any(child.tag in (f"{T}p", f"{T}h") for child in item):
                start = item.get(f"{T}start-value")
                number = self._lists.next_number(style, level, int(start) if start else None)
                number = BULLET * level if number == BULLET else number
            for child in item:
                if child.tag == f"{T}list":
                    self._list(child, level + 1, style)
                elif child.tag == f"{T}h":
                    self._heading(child, number)
                    number = None
                elif child.tag == f"{T}p":
                    self._paragraph(child, number)
                    number = None

    def _table(self, element: Element) -> None:
        rows = list(_rows(element))
        heads = {id(row) for part in element.iter(f"{_TABLE}table-header-rows") for row in part}
        cells: list[Cell] = []
        for place, row in enumerate(rows):
            column = 0
            for cell in row:
                if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                    continue
                repeated = min(_count(cell, f"{_TABLE}number-columns-repeated"), _MAX_REPEATED)
                text = "\n".join(filter(None, map(self._text, cell.iter(f"{T}p", f"{T}h"))))
                for step in range(repeated if text else 0):
                    spans = {
                        "rowspan": min(_count(cell, f"{_TABLE}number-rows-spanned"), len(rows) - place),
                        "colspan": min(_count(cell, f"{_TABLE}number-columns-spanned"), _MAX_REPEATED),
                    }
                    cells.append(Cell(row=place, column=column + step, text=text, **spans))
                column += repeated
            if len(cells) > _MAX_CELLS:
                raise UnreadableError("too_large", "a table has too many cells", "split the file")
        if len(rows) < 2 or max((cell.column + cell.colspan for cell in cells), default=0) < 2:  # noqa: PLR2004 - a frame
            for row in rows:
                for cell in row:
                    self.flow(cell)
            return
        header = sum(id(row) in heads for row in rows)
        self.builder.table(cells, header_rows=header if header < len(rows) else 0)

    def _frames(self, element: Element) -> None:
        for box in _direct_children(element, f"{_DRAW}text-box"):
            self.flow(box)
        for frame in _direct_children(element, f"{_DRAW}frame"):
            self._shown(frame)

    def _shown(self, frame: Element) -> None:
        """Gather the object in a frame; where there is none that can be read, the text of the drawing."""
        readings = [self.objects.reading(item) for item in frame.iterchildren(f"{_DRAW}object", f"{_DRAW}object-ole")]
        for reading in filter(None, readings):
            self.builder.adopt(reading)
        if not any(readings):
            for image in frame.iterchildren(f"{_DRAW}image"):
                for line in self.objects.lines(image):
                    self.builder.block("paragraph", line)

    def _text(self, element: Element) -> str:
        for note in _direct_children(element, f"{T}note"):
            mark = note.findtext(f"{T}note-citation") or str(len(self.notes) + 1)
            body = note.find(f"{T}note-body")
            self.notes.append((mark.strip(), "" if body is None else _joined(body)))
        for comment in _direct_children(element, f"{_OFFICE}annotation"):
            author, text = " ".join((comment.findtext(f"{_DC}creator") or "").split()), _joined(comment)
            if text:
                self.comments.append(f"{author}: {text}" if author else text)
        self.builder.marks += [Mark(kind=kind) for kind in self._styles.marks(element, _SKIPPED)]
        return paragraph_text(element)


def _direct_children(paragraph: Element, name: str) -> Iterator[Element]:
    """Yield the elements of a name that stand in a paragraph itself, not in one within it."""
    for element in paragraph.iter(name):
        if next(element.iterancestors(f"{T}p", f"{T}h"), None) is paragraph:
            yield element


def _joined(element: Element) -> str:
    """Return the paragraphs in an element as one text."""
    return " ".join(filter(None, map(paragraph_text, element.iter(f"{T}p", f"{T}h"))))


def paragraph_text(element: Element) -> str:
    """Return the text of a paragraph without notes, comments and text boxes, white space folded."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == f"{T}s":
            yield " " * min(_count(child, f"{T}c"), _MAX_REPEATED)
        elif child.tag in (f"{T}tab", f"{T}line-break"):
            yield " "
        elif child.tag not in _SKIPPED:
            yield from _pieces(child)
        yield child.tail or ""


def _rows(table: Element) -> Iterator[Element]:
    for part in table:
        if part.tag == f"{_TABLE}table-row":
            yield part
        elif part.tag in {f"{_TABLE}{name}" for name in ("table-header-rows", "table-rows", "table-row-group")}:
            yield from _rows(part)


def _running(styles: Element | None, kind: str) -> list[str]:
    """Return the texts of all headers, or of all footers, each once."""
    if styles is None:
        return []
    names = [f"{{*}}{kind}", f"{{*}}{kind}-left", f"{{*}}{kind}-first"]
    lines = [paragraph_text(line) for name in names for part in styles.iter(name) for line in part.iter(f"{T}p")]
    return list(dict.fromkeys(filter(None, lines)))


def _count(element: Element, name: str) -> int:
    value = element.get(name) or ""
    return max(1, int(value)) if value.isascii() and value.isdigit() else 1


def _properties(meta: Element | None) -> dict[str, str]:
    found = (
        {} if meta is None else {element.tag.rpartition("}")[2]: element.text or "" for element in meta.iter("{*}*")}
    )
    return {name: " ".join(found.get(given, "").split()) for given, name in _NAMES.items()}
