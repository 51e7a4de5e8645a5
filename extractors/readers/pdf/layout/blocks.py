"""Builds the blocks of a PDF from its lines: separates running heads, joins pages, detects headings, items and notes.

Comments that people added to a page become notes behind its text, with their authors.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from extractors.document import Box, Mark
from extractors.readers.pdf.layout.footer import ReferringText, is_note_of, link_notes, plain_mark
from extractors.readers.pdf.layout.furniture import Edge, foot_lines, running_lines
from extractors.readers.pdf.layout.headings import MAX_HEADING, MAX_HEADING_LINES, is_entry, is_heading, set_levels
from extractors.readers.pdf.layout.paragraphs import is_full, joined_lines, paragraphs, runs_on
from extractors.readers.pdf.layout.parts import Part
from extractors.readers.pdf.layout.reading_order import page_gutters, reading_order
from extractors.readers.pdf.layout.rotation import Turn
from extractors.readers.pdf.layout.style import NOTE_MARK, PageLines, Style, TableArea, usual_style
from extractors.readers.pdf.pdfium.document import Outline, title_key
from extractors.readers.pdf.text.lines import Line, has_leaders
from extractors.readers.reading_builder import ReadingBuilder
from extractors.text.numbering import (
    WIDE,
    ItemLevels,
    is_item,
    is_unmarked,
    split_bullet,
    split_division,
    split_number,
)
from extractors.text.superscripts import RAISED_DIGITS


class Remarks:
    """Adds the comments page by page, numbered through the document; one that repeats text of its page is left out."""

    def __init__(self, pages: Sequence[PageLines], builder: ReadingBuilder) -> None:
        self._pending = [page for page in reversed(pages) if page.remarks]
        self._builder = builder
        self._count = 0

    def add_up_to(self, number: int) -> None:
        """Add the comments on the pages up to this one that have not been added yet."""
        while self._pending and self._pending[-1].number <= number:
            page = self._pending.pop()
            page_text = " ".join(line.text for line in page.lines)
            for remark in page.remarks:
                if remark.text not in page_text:
                    self._count += 1
                    text = f"{remark.author}: {remark.text}" if remark.author else remark.text
                    mark = f"[{self._count}]"
                    self._builder.block("footnote", text, number=mark, page=page.number, box=remark.box)

    def warnings(self) -> list[str]:
        """Return the warning that tells a reader of the comments, if there are any."""
        warning = f"it has {self._count} comments, which stand behind the text of their pages as notes"
        return [warning] if self._count else []


@dataclass(frozen=True, slots=True)
class _PageRegions:
    """The lines of a page by region: running heads, body, feet; and its tables."""

    page: PageLines
    heads: list[Line] = field(default_factory=list)
    body: list[Line] = field(default_factory=list)
    feet: list[Line] = field(default_factory=list)
    tables: list[TableArea] = field(default_factory=list)


def add_blocks(pages: Sequence[PageLines], outline: Outline, builder: ReadingBuilder) -> None:
    """Add the blocks and tables of the pages to a builder, page by page in reading order."""
    running = running_lines([*pages, *(page.beside for page in pages if page.beside)])
    style = usual_style(pages, running)
    regions = [_regions_of(page, running, style) for page in pages]
    gutters = page_gutters([page.body for page in regions])
    parts: list[Part] = []
    for page, gutter in zip(regions, gutters, strict=True):
        parts += _page_parts(page, gutter, style)
        if page.page.beside:
            rest = _page_parts(_regions_of(page.page.beside, running, style), None, style)
            parts += [replace(part, beside=True) for part in rest]
    parts = _joined_breaks(parts, style)
    items = ItemLevels()
    referring = _lines_with_marks(pages)
    for part in parts:
        if part.kind == "paragraph":
            _classify(part, style, items, outline, referring[part.page])
    parts = _with_linked_notes(_joined_notes(_joined_headings(parts)))
    set_levels(parts)
    _add_parts(parts, pages, builder)


def _add_parts(parts: Sequence[Part], pages: Sequence[PageLines], builder: ReadingBuilder) -> None:
    remarks = Remarks(pages, builder)
    turns = {page.number: page.turn for page in pages if page.turn}
    for part in parts:
        remarks.add_up_to(part.page - 1)
        turn = None if part.beside else turns.get(part.page)
        box = turn.box(part.box) if turn else part.box
        if part.table:
            cells = [turns[cell.page].cell(cell) if cell.page in turns else cell for cell in part.table.cells]
            builder.table(cells, header_rows=part.table.header_rows, page=part.page, box=box)
        else:
            text = part.text.replace(WIDE, " ")
            pieces = [
                one.model_copy(update={"box": one.box and _turned(one.page, one.box, turns, part)})
                for one in part.pages
            ]
            lines = part.placed_lines
            if turns:
                lines = [(page, start, _turned(page, line, turns, part)) for page, start, line in lines]
            builder.block(
                part.kind,
                text,
                number=part.number,
                level=part.level,
                page=part.page,
                box=box,
                parts=pieces,
                lines=[(start, line) for _, start, line in lines],
            )
    remarks.add_up_to(len(pages))
    builder.marks += [Mark(kind=kind, page=page.number) for page in pages for kind in page.marks]
    builder.warnings.extend(remarks.warnings())


def _turned(page: int, box: Box, turns: Mapping[int, Turn], part: Part) -> Box:
    """Return a box of a part in the coordinates of its page as shown, which may be turned."""
    turn = None if part.beside else turns.get(page)
    return turn.box(box) if turn else box


def _lines_with_marks(pages: Sequence[PageLines]) -> dict[int, list[Line]]:
    """Return by page the lines in which marks may refer to its notes: its own and those of the page before."""
    before = [[], *(page.lines for page in pages)]
    return {page.number: [*lines, *page.lines] for lines, page in zip(before, pages, strict=False)}


def _regions_of(page: PageLines, running: dict[int, Edge], style: Style) -> _PageRegions:
    """Divide the lines of a page into running heads, body and feet; those of tables are left out.

    A line that repeats inside a ruled table belongs to the table, unless all its lines repeat: a masthead in boxes.
    """
    regions = _PageRegions(page)
    foot, in_tables = foot_lines(page, running, style), set[int]()
    for table in page.tables:
        inside = {id(line) for line in page.lines if table.holds(line)}
        if not inside or not inside <= running.keys():
            regions.tables.append(table)
            in_tables |= {line for line in inside if table.ruled or line not in running}
    for line in page.lines:
        edge = running.get(id(line))
        if id(line) in in_tables:
            continue
        if edge == "header":
            regions.heads.append(line)
        elif edge or id(line) in foot:
            regions.feet.append(line)
        else:
            regions.body.append(line)
    return regions


def _page_parts(regions: _PageRegions, gutter: float | None, style: Style) -> Iterator[Part]:
    page = regions.page
    tables = [Part(page.number, [], "table", table=table) for table in regions.tables]
    for line in regions.heads:
        yield Part(page.number, [line], "header", text=line.text)
    for group, right in paragraphs(reading_order(regions.body, gutter), style):
        part = Part(page.number, group, right=right)
        while tables and tables[0].box[1] < part.box[1]:
            yield tables.pop(0)
        yield part
    yield from tables
    for line in regions.feet:
        yield Part(page.number, [line], "footer", text=line.text)


def _joined_breaks(parts: Sequence[Part], style: Style) -> list[Part]:
    """Join a paragraph that is broken by the end of a page or column with the rest of it on the next one."""
    joined: list[Part] = []
    last: Part | None = None  # the last part of the column before that may be open
    interrupted = False  # by a table
    for part in parts:
        if part.kind != "paragraph" or style.is_small(part.lines[0]):
            interrupted = interrupted or part.kind == "table"
            joined.append(part)
            continue
        bold = part.lines[0].bold and not style.bold
        strict = interrupted or bold or bool(last and last.carried)  # few paragraphs fill a page
        if last is not None and _is_broken(last, part) and _continues(last, part.lines[0], strict=strict):
            last.right = part.right
            if part.page == last.page:
                last.lines = last.lines + part.lines
            else:
                last.carried += [(part.page, line) for line in part.lines]
            continue
        joined.append(part)
        last, interrupted = part, False
    return joined


def _is_broken(last: Part, part: Part) -> bool:
    """Return whether a page or a column ends between two parts."""
    if part.page == last.last_page:
        return part.lines[0].baseline < last.last_line.baseline - last.last_line.size
    return part.page == last.last_page + 1


def _continues(part: Part, line: Line, *, strict: bool) -> bool:
    """Return whether the sentence of a part continues in a line; if `strict`, a full last line is not enough."""
    last = part.last_line
    if line.angle != last.angle or not runs_on(last, line):
        return False
    return last.hyphen or line.text[:1].islower() or (not strict and is_full(last, line, part.right))


def _classify(part: Part, style: Style, items: ItemLevels, outline: Outline, referring: Sequence[Line]) -> None:
    """Set text, number and kind of a part that is not a running head; it may be a note to one of the `referring`."""
    text, part.starts = joined_lines(part.all_lines, style.words)
    _set_kind(part, text, style, items, outline, referring)
    part.cut(0, len(text) - len(part.text))  # the number


def _set_kind(
    part: Part, text: str, style: Style, items: ItemLevels, outline: Outline, referring: Sequence[Line]
) -> None:
    part.text = text
    note = NOTE_MARK.match(text) if style.may_open_note(part.lines[0]) else None
    if note and (not note["dash"] or is_note_of(part.lines[0], referring)):
        part.kind, part.number, part.text = "footnote", plain_mark(note["mark"]), text[note.end() :]
        return
    unmarked = is_unmarked(text)
    bullet = None if unmarked else split_bullet(text, letter=False)
    number, rest = (None, text) if unmarked else split_number(text)
    division = None if has_leaders(text) else split_division(text)
    part.declared = _declared(part, (text, rest), outline) if len(text) <= MAX_HEADING else None
    if bullet is not None:
        part.kind, part.text, part.level = "item", bullet, items.level("•")
        return
    if (is_heading(part, number, style) or division) and not is_entry(part):
        part.kind, part.number, part.text = "heading", number, rest
        if division and len(part.lines) <= MAX_HEADING_LINES:
            part.number, part.text, part.level = division
        items.close()
        return
    part.number, part.text = number, rest
    if number and is_item(number):
        part.kind, part.level = "item", items.level(number)
    elif number:
        items.close()


def _declared(part: Part, titles: Sequence[str], outline: Outline) -> int | None:
    """Return the level of a part by the outline, which has one of its titles, else by the structure tree."""
    for title in titles if outline else ():
        level = outline.get((part.page, title_key(title)))
        if level is not None:
            return level
    return part.lines[0].level


def _joined_headings(parts: Sequence[Part]) -> list[Part]:
    """Join a heading that is only its number ("Article 5") with the heading right below it."""
    joined: list[Part] = []
    for part in parts:
        before = joined[-1] if joined else None
        marks = before.text.removeprefix(before.number or "") if before else ""
        alone = before is not None and before.kind == "heading" and before.number and not marks.strip(RAISED_DIGITS)
        if alone and before and part.kind == "heading" and not part.number and before.page == part.page:
            before.join(f"{part.text}{marks}", part, at=0)
        else:
            joined.append(part)
    return joined


def _joined_notes(parts: Sequence[Part]) -> list[Part]:
    """Join the lines of a footnote that were taken for paragraphs of their own."""
    joined: list[Part] = []
    for part in parts:
        note = joined[-1] if joined and joined[-1].kind == "footnote" else None
        if note and part.kind == "paragraph" and part.page == note.page and part.look[0] == note.look[0]:
            text = f"{note.text} {part.number or ''} {part.text}".replace("  ", " ")
            note.join(text, part, at=len(text) - len(part.text.replace("  ", " ")))
        else:
            joined.append(part)
    return joined


def _with_linked_notes(parts: Sequence[Part]) -> list[Part]:
    """Remove the raised marks of footnotes from the text, and put each note after the part that has its mark."""
    notes = [part for part in parts if part.kind == "footnote"]
    if not notes:
        return list(parts)
    referring = [ReferringText(part.text, tuple(range(part.page, part.last_page + 1))) for part in parts]
    references = link_notes(referring, [(note.page, note.number or "") for note in notes])
    moved = {id(notes[position]) for _, positions, _ in references.values() for position in positions}
    ordered: list[Part] = []
    for place, part in enumerate(parts):
        if id(part) in moved:
            continue
        ordered.append(part)
        if place in references:
            part.text, positions, cuts = references[place]
            for start, end in reversed(cuts):
                part.cut(start, end)
            ordered += [notes[position] for position in positions]
    return ordered
