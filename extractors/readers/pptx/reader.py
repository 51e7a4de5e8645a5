"""Reads PPTX by python-pptx: a slide becomes a page, its title a heading; notes and comments have no boxes.

Paragraphs have the numbers that PowerPoint counts. Comments are the older ones and the threads of newer versions, with
the names of their authors.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from configs.settings import ReadingLimits
from extractors.document import BlockKind, Box, Cell, Mark, Page, Reading, ReadStatus
from extractors.media import PPTX
from extractors.readers.docx.lists import whole_number
from extractors.readers.equations import EQUATION, equation_text
from extractors.readers.number_forms import count_in_form
from extractors.readers.ooxml.graphics import GRAPHICS, ContentOf, Graphics, content_from
from extractors.readers.ooxml.package import OfficeObject, as_malformed, check_package, core_properties
from extractors.readers.ooxml.transitional import open_package
from extractors.readers.package_xml import Element, parse_xml
from extractors.readers.pptx.shapes import EMU_PER_POINT, MC, Place, shapes_of
from extractors.readers.reading_builder import ReadingBuilder
from extractors.text.numbering import split_bullet, split_number
from extractors.text.superscripts import superscript

_SAME_ROW = 6.0  # points
_FOOTERS = (13, 15, 16)  # PP_PLACEHOLDER: slide number, footer, date
_NOTES = 2  # PP_PLACEHOLDER: body, which holds the notes of a notes page
_RUNNING_ON_NOTES: dict[int, BlockKind] = {14: "header", 15: "footer"}  # PP_PLACEHOLDER: header, footer

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_STRUCK = ("sngStrike", "dblStrike")
_SCHEME = re.compile(r"(alphaLc|alphaUc|romanLc|romanUc|arabic)(ParenBoth|ParenR|Period|Plain)")
_FORMS = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
    "arabic": "decimal",
}
_AROUND = {"ParenBoth": "({})", "ParenR": "{})", "Period": "{}.", "Plain": "{}"}


@dataclass(frozen=True, slots=True)
class _TextLine:
    """A paragraph: its text, white space folded, its depth from 0, its number, how often a stretch is struck."""

    text: str
    depth: int
    number: str | None
    struck: int


class Comments:
    """The comments of a deck."""

    def __init__(self, deck: OfficeObject) -> None:
        self._authors = {
            author.get("id"): " ".join((author.get("name") or "").split())
            for kind in ("commentAuthors", "authors")
            for root in _roots(deck.part, kind)
            for author in root.iter("{*}cmAuthor", "{*}author")
        }

    def on(self, slide: OfficeObject) -> list[str]:
        """Return the comments on a slide and the replies to them, in order, each with its author."""
        said = []
        for root in _roots(slide.part, "comments"):
            for comment in root.iter("{*}cm"):
                for one in (comment, *comment.findall("{*}replyLst/{*}reply")):
                    body = one.find("{*}txBody")
                    plain = one.findtext("{*}text") or ""
                    text = " ".join(plain.split()) if body is None else _text_of(body)
                    author = self._authors.get(one.get("authorId"))
                    said.append(f"{author}: {text}" if author and text else text)
        return [text for text in said if text]


def _roots(part: OfficeObject, kind: str) -> list[OfficeObject]:
    """Return the root elements of the parts of a kind that a part is related to."""
    related = [rel for rel in part.rels.values() if not rel.is_external and rel.reltype.rpartition("/")[2] == kind]
    return [parse_xml(rel.target_part.blob, str(rel.target_part.partname)) for rel in related]


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the slides of a PPTX as pages with their blocks; raises `UnreadableError` for a broken package.

    Text of the masters is gathered as headers, once. Comments are notes, with a warning.
    """
    import pptx

    check_package(path, limits)
    with as_malformed("presentation"):
        deck = open_package(path, pptx.Presentation)
    width = round((deck.slide_width or 0) / EMU_PER_POINT, 2)
    height = round((deck.slide_height or 0) / EMU_PER_POINT, 2)
    builder = ReadingBuilder()
    for text in _master_texts(deck):
        builder.block("header", text)
    comments = Comments(deck)
    graphics = Graphics(builder, limits)
    pages = []
    commented = 0
    for number, slide in enumerate(deck.slides, start=1):
        bare = _Slide(slide, number, builder, graphics).gather()
        for place, text in enumerate(comments.on(slide), start=commented + 1):
            builder.block("footnote", text, number=f"[{place}]", page=number)
            commented = place
        pages.append(Page(number=number, width=width, height=height, status="needs_ocr" if bare else "text"))
    waiting = sum(page.status == "needs_ocr" for page in pages)
    if waiting:
        builder.warnings.append(f"{waiting} of {len(pages)} slides are pictures and need OCR")
    if commented:
        builder.warnings.append(f"it has {commented} comments, which stand behind their slides as notes")
    builder.warnings += graphics.warnings(
        rel.reltype for part in _parts(deck) for rel in part.rels.values() if not rel.is_external
    )
    said = any(block.kind not in ("header", "footer") for block in builder.blocks)
    status: ReadStatus | None = "needs_ocr" if waiting and not said else None
    return builder.reading(PPTX, pages=pages, status=status, properties=core_properties(deck))


class _Slide:
    """Collects the blocks of one slide."""

    def __init__(self, slide: OfficeObject, number: int, builder: ReadingBuilder, graphics: Graphics) -> None:
        self._slide = slide
        self._graphics = graphics
        self._page = number
        self._builder = builder
        self._content_of = content_from(slide.part)

    def gather(self) -> bool:
        """Gather the title, the other shapes from top to bottom, the notes; return whether there are pictures only."""
        if self._slide._element.get("show") in ("0", "false"):  # noqa: SLF001 - no public way to know
            self._builder.warnings.append(f"slide {self._page} is hidden and is read all the same")
        shapes = list(shapes_of(self._slide))
        shapes.sort(key=lambda item: (round((item[1] or (0, 0))[1] / _SAME_ROW), (item[1] or (0, 0))[0]))
        title = self._slide.shapes.title
        before = len(self._builder.blocks)
        footers: list[tuple[str, Box | None]] = []
        pictures = 0
        if title is not None and title.has_text_frame:
            self._title(title)
        for shape, box in shapes:
            if title is not None and shape._element is title._element:  # noqa: SLF001 - ids may stand twice
                continue
            if shape.is_placeholder and shape.placeholder_format.type in _FOOTERS:
                footers.append((" ".join(shape.text_frame.text.split()), box))
            else:
                pictures += self._shape(shape, box)
        self._notes()
        bare = pictures > 0 and len(self._builder.blocks) == before
        for text, box in footers:
            self._builder.block("footer", text, page=self._page, box=box)
        return bare

    def _title(self, title: OfficeObject) -> None:
        mark, rest = split_number(_text_of(title._element.txBody))  # noqa: SLF001
        self._builder.block("heading", rest, number=mark, level=1, page=self._page, box=Place().box(title))

    def _shape(self, shape: OfficeObject, box: Box | None) -> bool:
        """Gather a shape; return whether it is a picture without text."""
        if shape.has_text_frame:
            self._text(shape, box)
            return False
        before = len(self._builder.blocks)
        self._add_content(shape, self._content_of, box)
        return bool(shape.element.tag.endswith("}pic")) and len(self._builder.blocks) == before

    def _add_content(self, shape: OfficeObject, content_of: ContentOf, box: Box | None) -> None:
        """Add the table, the chart or other content of a shape without text."""
        if getattr(shape, "has_table", False) and shape.has_table:
            table = shape.table
            self._builder.table(_cells(table), header_rows=int(table.first_row), page=self._page, box=box)
            return
        for graphic in shape._element.iter(*GRAPHICS):  # noqa: SLF001
            self._graphics.add(graphic, content_of, page=self._page, box=box)

    def _text(self, shape: OfficeObject, box: Box | None) -> None:
        lines = list(_lines_of(shape._element.txBody))  # noqa: SLF001
        listed = shape.is_placeholder and len(lines) > 1
        for line in lines:
            self._line(line, box, listed=listed)

    def _line(self, line: _TextLine, box: Box | None, *, listed: bool) -> None:
        bullet = split_bullet(line.text) if line.number is None else None
        mark, rest = split_number(line.text) if line.number is None else (line.number, line.text)
        self._builder.marks += [Mark(kind="struck", page=self._page, number=mark)] * line.struck
        if bullet is not None or listed or line.depth or line.number:
            level = line.depth + 1
            self._builder.block("item", bullet or rest, number=mark, level=level, page=self._page, box=box)
        else:
            self._builder.block("paragraph", rest, number=mark, page=self._page, box=box)

    def _notes(self) -> None:
        """Gather the page of notes, whose places are not those of the slide."""
        if not self._slide.has_notes_slide:
            return
        notes = self._slide.notes_slide
        content_of = content_from(notes.part)
        for shape, _ in shapes_of(notes):
            role = shape.placeholder_format.type if shape.is_placeholder else None
            if not shape.has_text_frame and role is None:
                self._add_content(shape, content_of, None)
            elif shape.has_text_frame and role in _RUNNING_ON_NOTES:
                self._builder.block(_RUNNING_ON_NOTES[role], shape.text_frame.text, page=self._page)
            elif shape.has_text_frame and role in (None, _NOTES):
                for line in _lines_of(shape._element.txBody):  # noqa: SLF001
                    self._builder.block("paragraph", line.text, number=line.number, page=self._page)


def _cells(table: OfficeObject) -> list[Cell]:
    height, width = len(table.rows), len(table.columns)
    return [
        Cell(
            row=row,
            column=column,
            rowspan=min(cell.span_height, height - row) if cell.is_merge_origin else 1,
            colspan=min(cell.span_width, width - column) if cell.is_merge_origin else 1,
            text="\n".join(line.text for line in _lines_of(cell._tc)),  # noqa: SLF001
        )
        for row, line in enumerate(table.rows)
        for column, cell in enumerate(line.cells)
        if not cell.is_spanned
    ]


def _parts(deck: OfficeObject) -> Iterator[OfficeObject]:
    """Yield the parts of the slides and of their notes."""
    for slide in deck.slides:
        yield slide.part
        if slide.has_notes_slide:
            yield slide.notes_slide.part


def _master_texts(deck: OfficeObject) -> Iterator[str]:
    """Yield the texts that the masters and layouts in use put on slides, each once."""
    layouts = {id(slide.slide_layout.part): slide.slide_layout for slide in deck.slides}
    masters = {id(layout.slide_master.part): layout.slide_master for layout in layouts.values()}
    seen: set[str] = set()
    for sheet in (*masters.values(), *layouts.values()):
        for shape in sheet.shapes:
            text = _text_of(shape._element.txBody) if shape.has_text_frame and not shape.is_placeholder else ""  # noqa: SLF001
            if text and text not in seen:
                seen.add(text)
                yield text


def _lines_of(body: Element | None) -> Iterator[_TextLine]:
    """Yield the paragraphs of a text body that have any text, in order; a shape without a body has none."""
    counter = _Counter()
    for paragraph in () if body is None else body.iter(f"{_A}p"):
        pieces = list(_pieces(paragraph))
        text = " ".join("".join(piece for piece, _ in pieces).split())
        properties = paragraph.find(f"{_A}pPr")
        depth = 0 if properties is None else whole_number(properties.get("lvl")) or 0
        number = (
            counter.count(depth, None if properties is None else properties.find(f"{_A}buAutoNum")) if text else None
        )
        if text:
            marks = [struck for piece, struck in pieces if piece.strip()]
            stretches = sum(now and not before for before, now in zip([False, *marks], marks, strict=False))
            yield _TextLine(text, depth, number, stretches)


def _text_of(body: Element | None) -> str:
    """Return the text of a text body in one line."""
    return " ".join(line.text for line in _lines_of(body))


def _pieces(element: Element) -> Iterator[tuple[str, bool]]:
    """Yield each piece of text, and whether it is struck through."""
    for child in element:
        if child.tag == f"{_A}br":
            yield " ", False
        elif child.tag == EQUATION:
            yield equation_text(child), False
        elif child.tag == f"{_A}t":
            properties = element.find(f"{_A}rPr")
            baseline, strike = ("", "") if properties is None else map(properties.get, ("baseline", "strike"))
            raised = (whole_number(baseline) or 0) > 0
            yield superscript(child.text or "") if raised else child.text or "", strike in _STRUCK
        elif child.tag != f"{MC}Fallback":
            yield from _pieces(child)


class _Counter:
    """Counts the numbered paragraphs of one text."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[str, int]] = {}  # depth → scheme and count of the list that goes on there

    def count(self, depth: int, numbering: Element | None) -> str | None:
        """Return the number of the next paragraph, None where it has none."""
        self._open = {at: state for at, state in self._open.items() if at <= depth}
        scheme = None if numbering is None else _SCHEME.fullmatch(numbering.get("type") or "")
        if numbering is None or scheme is None:
            self._open.pop(depth, None)
            return None
        start = whole_number(numbering.get("startAt")) or 1
        key = f"{scheme[0]} {start}"
        before = self._open.get(depth)
        count = before[1] + 1 if before and before[0] == key else start
        self._open[depth] = (key, count)
        return _AROUND[scheme[2]].format(count_in_form(count, _FORMS[scheme[1]]))
