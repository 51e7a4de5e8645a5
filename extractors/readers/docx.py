"""DOCX by python-docx: paragraphs and tables in the order of the body, with the numbers that Word prints.

Text is taken from the XML, as changes accepted: insertions count, deletions do not.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from configs.settings import ReadingLimits
from extractors.document import Cell, Reading
from extractors.media import DOCX
from extractors.readers.docx_numbering import Numbering
from extractors.readers.docx_styles import Styles
from extractors.readers.gather import Gathering
from extractors.readers.numbering import ItemLevels, is_item, roman, split_bullet, split_division, split_number
from extractors.readers.ooxml import as_malformed, check_package, core_properties

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_SKIPPED = {f"{W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "txbxContent")}
_SKIPPED.add(f"{_MC}Fallback")  # says again what the choice before it says
_MARKS = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_CONTAINERS = {f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo")}
_CHANGES = [f"{W}{name}" for name in ("ins", "del", "moveFrom", "moveTo")]
_MAX_BOLD_HEADING = 120  # characters


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the blocks, tables and properties of a DOCX; raises `UnreadableError` for a broken package."""
    import docx

    check_package(path, limits)
    with as_malformed("Word file"):
        document = docx.Document(str(path))
    reader = _Body(document)
    heads, feet = _running_texts(document)
    for text in heads:
        reader.gathering.block("header", text)
    reader.flow(document.element.body)
    for number, note in enumerate(_notes(document, "footnote"), start=1):
        reader.gathering.block("footnote", note, number=str(number))
    for number, note in enumerate(_notes(document, "endnote"), start=1):
        reader.gathering.block("footnote", note, number=roman(number))  # as Word counts them unless told otherwise
    for text in feet:
        reader.gathering.block("footer", text)
    if next(document.element.body.iter(*_CHANGES), None) is not None:
        reader.gathering.warnings.append("it has tracked changes, which are read as accepted")
    if not reader.gathering.blocks and document.inline_shapes:
        reader.gathering.warnings.append("it holds pictures only, which need OCR: save it as PDF")
        return reader.gathering.reading(DOCX, status="needs_ocr", properties=core_properties(document))
    return reader.gathering.reading(DOCX, properties=core_properties(document))


class _Body:
    """Goes through the elements of a body and gathers its blocks."""

    def __init__(self, document: Any) -> None:  # noqa: ANN401 - python-docx has no types
        self.gathering = Gathering()
        self._styles = Styles(document.styles.element, W)
        part = next(
            (rel.target_part for rel in document.part.rels.values() if rel.reltype.endswith("/numbering")),
            None,
        )
        self._numbering = Numbering(None if part is None else part.element, W)
        self._items = ItemLevels()

    def flow(self, parent: Any) -> None:  # noqa: ANN401
        """Gather the paragraphs and tables that stand in an element, in order."""
        for element in parent:
            if element.tag == f"{W}p":
                self._paragraph(element)
            elif element.tag == f"{W}tbl":
                self._table(element)
            elif element.tag in _CONTAINERS:
                self.flow(element)

    def _paragraph(self, element: Any) -> None:  # noqa: ANN401
        text = paragraph_text(element)
        if text:
            self._block(element, text)
        for box in _text_boxes(element):
            self.flow(box)

    def _block(self, element: Any, text: str) -> None:  # noqa: ANN401
        printed = self._printed_number(element)
        level = self._styles.heading_level(element)
        typed, rest = split_number(text) if printed is None else (None, text)
        division = split_division(text)
        short = len(text) <= _MAX_BOLD_HEADING and not text.endswith((".", ";", ","))
        if level is None and short and self._styles.is_bold(element, _printing_runs(element)):
            level = self._styles.deepest + 1
        if level is not None:
            self._items.close()
            number, rest, _ = division if division and printed is None else (printed or typed, rest, level)
            self.gathering.block("heading", rest, number=number if number != "•" else None, level=level)
            return
        number = printed or typed
        bullet = split_bullet(text) if number is None else None
        if number == "•" or bullet is not None:
            self.gathering.block("item", bullet or text, level=self._items.level("•"))
        elif number and is_item(number):
            self.gathering.block("item", rest, number=number, level=self._items.level(number))
        else:
            if number:
                self._items.close()
            self.gathering.block("paragraph", rest, number=number)

    def _printed_number(self, element: Any) -> str | None:  # noqa: ANN401
        list_id, depth, style = self._styles.list_of(element)
        if list_id is None:
            return None
        if depth is None:
            depth = self._numbering.level_of_style(list_id, style)
        return self._numbering.next_number(list_id, depth)

    def _table(self, element: Any) -> None:  # noqa: ANN401
        rows = [row for row in _children(element, "tr") if row.find(f"{W}trPr/{W}del") is None]
        width = max((sum(_span(cell) for cell in _children(row, "tc")) for row in rows), default=0)
        if len(rows) < 2 or width < 2:  # noqa: PLR2004 - a frame round text is no table
            for row in rows:
                for cell in _children(row, "tc"):
                    self.flow(cell)
            return
        header = 0
        while header < len(rows) and rows[header].find(f"{W}trPr/{W}tblHeader") is not None:
            header += 1
        self.gathering.table(self._cells(rows), header_rows=header if header < len(rows) else 0)

    def _cells(self, rows: list[Any]) -> list[Cell]:
        cells: list[Cell] = []
        above: dict[int, int] = {}  # column → place in `cells` of the cell that may grow down
        for place, row in enumerate(rows):
            column = int(_value(row, f"{W}trPr/{W}gridBefore") or 0)
            for element in _children(row, "tc"):
                merge = element.find(f"{W}tcPr/{W}vMerge")
                span = _span(element)
                if merge is not None and merge.get(f"{W}val") != "restart" and column in above:
                    over = cells[above[column]]
                    cells[above[column]] = over.model_copy(update={"rowspan": place - over.row + 1})
                else:
                    cells.append(Cell(row=place, column=column, colspan=span, text=self._cell_text(element)))
                    above[column] = len(cells) - 1
                column += span
        return cells

    def _cell_text(self, element: Any) -> str:  # noqa: ANN401
        lines = []
        for paragraph in element.iter(f"{W}p"):
            text, number = paragraph_text(paragraph), None
            if text:
                number = self._printed_number(paragraph)
            lines.append(f"{number} {text}" if number else text)
        return "\n".join(line for line in lines if line)


def paragraph_text(element: Any) -> str:  # noqa: ANN401 - an lxml element
    """Return the text of a paragraph without deletions, field codes and text boxes, white space folded."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: Any) -> Iterator[str]:  # noqa: ANN401
    for child in element:
        if child.tag in _SKIPPED:
            continue
        if child.tag == f"{W}t":
            yield child.text or ""
        elif child.tag in _MARKS:
            yield _MARKS[child.tag]
        else:
            yield from _pieces(child)


def _text_boxes(element: Any) -> Iterator[Any]:  # noqa: ANN401
    for box in element.iter(f"{W}txbxContent"):
        over = list(box.iterancestors(f"{W}txbxContent", f"{_MC}Fallback", f"{W}p"))
        # the nearest of these must be this paragraph: a copy in a fallback and a box in a box are left out
        if over and over[0] is element:
            yield box


def _printing_runs(element: Any) -> list[Any]:  # noqa: ANN401
    return [run for run in element.iter(f"{W}r") if any((text.text or "").strip() for text in run.iter(f"{W}t"))]


def _children(element: Any, name: str) -> Iterator[Any]:  # noqa: ANN401
    for child in element:
        if child.tag == f"{W}{name}":
            yield child
        elif child.tag in _CONTAINERS:
            yield from _children(child, name)


def _span(cell: Any) -> int:  # noqa: ANN401
    return int(_value(cell, f"{W}tcPr/{W}gridSpan") or 1)


def _value(element: Any, path: str) -> str | None:  # noqa: ANN401
    found = element.find(path)
    return None if found is None else found.get(f"{W}val")


def _running_texts(document: Any) -> tuple[list[str], list[str]]:  # noqa: ANN401
    """Return the texts of all headers and of all footers, each once."""
    heads: dict[str, None] = {}
    feet: dict[str, None] = {}
    for rel in document.part.rels.values():
        for kind, texts in (("/header", heads), ("/footer", feet)):
            if rel.reltype.endswith(kind) and not rel.is_external:
                root = rel.target_part.element
                texts.update(dict.fromkeys(text for p in root.iter(f"{W}p") if (text := paragraph_text(p))))
    return list(heads), list(feet)


def _notes(document: Any, kind: str) -> Iterator[str]:  # noqa: ANN401
    """Yield the texts of the footnotes or of the endnotes, without the lines that part them from the text."""
    from docx.oxml.parser import parse_xml

    for rel in document.part.rels.values():
        if rel.reltype.endswith(f"/{kind}s") and not rel.is_external:
            for note in parse_xml(rel.target_part.blob).findall(f"{W}{kind}"):
                text = " ".join(filter(None, map(paragraph_text, note.iter(f"{W}p"))))
                if note.get(f"{W}type") is None and text:
                    yield text
