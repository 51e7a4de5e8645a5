"""Blocks of a PDF made from its lines: running heads apart, pages joined, headings, items and notes told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from extractors.document import BlockKind, Box
from extractors.readers.gather import Gathering
from extractors.readers.numbering import ItemLevels, is_item, split_bullet, split_division, split_number
from extractors.readers.pdf_furniture import Edge, foot_lines, running_lines
from extractors.readers.pdf_lines import Line
from extractors.readers.pdf_notes import Bearer, plain_mark, tied
from extractors.readers.pdf_order import page_gutters, reading_order
from extractors.readers.pdf_paragraphs import BIG, LEADERS, is_full, joined_text, paragraphs, runs_on
from extractors.readers.pdf_remarks import Remarks
from extractors.readers.pdf_style import NOTE_MARK, NOTE_SIZE, PageLines, Style, TableArea, usual_style

_MAX_HEADING = 220  # characters
_MAX_HEADING_LINES = 5
_MAX_TITLE = 60  # characters of a title that ends in a full stop or a colon
_MAX_SENTENCE = 100  # characters; a longer bold text that ends in a full stop is a sentence
_MIN_CAPITALS = 5
_MAX_LEVEL = 6


@dataclass(slots=True)
class _Part:
    """What becomes one block; `carried` are its lines on the next page, `right` is where its last line may end.

    `beside` says that it does not stand upright on a page that is read as if turned.
    """

    page: int
    lines: list[Line]
    kind: BlockKind = "paragraph"
    carried: list[Line] = field(default_factory=list)
    number: str | None = None
    text: str = ""
    level: int | None = None
    table: TableArea | None = None
    right: float = 0.0
    beside: bool = False

    @property
    def box(self) -> Box:
        """The box on the part's own page, to a hundredth of a point."""
        boxes = [self.table.box] if self.table else [line.box for line in self.lines]
        x0, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
        x1, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
        return round(x0, 2), round(top, 2), round(x1, 2), round(bottom, 2)

    @property
    def look(self) -> tuple[float, bool, bool]:
        """What headings of one depth share: size to half a point, capitals, weight."""
        line = self.lines[0]
        return round(2 * line.size) / 2, _in_capitals(self.text), line.bold


@dataclass(frozen=True, slots=True)
class _Split:
    """The lines of a page by what they are: running heads, text, feet."""

    page: PageLines
    heads: list[Line] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    feet: list[Line] = field(default_factory=list)


def add_blocks(pages: Sequence[PageLines], gathering: Gathering) -> None:
    """Add the blocks and tables of the pages to a gathering, page by page in reading order."""
    running = running_lines([*pages, *(page.beside for page in pages if page.beside)])
    style = usual_style(pages, running)
    split = [_split(page, running, style) for page in pages]
    gutters = page_gutters([page.lines for page in split])
    parts: list[_Part] = []
    for page, gutter in zip(split, gutters, strict=True):
        parts += _page_parts(page, gutter, style)
        if page.page.beside:
            rest = _page_parts(_split(page.page.beside, running, style), None, style)
            parts += [replace(part, beside=True) for part in rest]
    parts = _joined_breaks(parts, style)
    items = ItemLevels()
    for part in parts:
        if part.kind == "paragraph":
            _classify(part, style, items)
    parts = _with_notes_tied(_joined_notes(_joined_headings(parts)))
    _set_heading_levels(parts)
    _gather(parts, pages, gathering)


def _gather(parts: Sequence[_Part], pages: Sequence[PageLines], gathering: Gathering) -> None:
    remarks = Remarks(pages, gathering)
    turns = {page.number: page.turn for page in pages if page.turn}
    for part in parts:
        remarks.gather_up_to(part.page - 1)
        turn = None if part.beside else turns.get(part.page)
        box = turn.box(part.box) if turn else part.box
        if part.table:
            cells = [turns[cell.page].cell(cell) if cell.page in turns else cell for cell in part.table.cells]
            gathering.table(cells, header_rows=part.table.header_rows, page=part.page, box=box)
        else:
            gathering.block(part.kind, part.text, number=part.number, level=part.level, page=part.page, box=box)
    remarks.gather_up_to(len(pages))
    gathering.warnings.extend(remarks.warnings())


def _split(page: PageLines, running: dict[int, Edge], style: Style) -> _Split:
    """Part the lines of a page into its running heads, its text, and its feet; those of tables are left out."""
    split = _Split(page)
    foot = foot_lines(page, running, style)
    for line in page.lines:
        edge = running.get(id(line))
        if edge == "header":
            split.heads.append(line)
        elif edge or id(line) in foot:
            split.feet.append(line)
        elif not any(_inside(line, table) for table in page.tables):
            split.lines.append(line)
    return split


def _page_parts(split: _Split, gutter: float | None, style: Style) -> Iterator[_Part]:
    page = split.page
    tables = [_Part(page.number, [], "table", table=table) for table in page.tables]
    for line in split.heads:
        yield _Part(page.number, [line], "header", text=line.text)
    for group, right in paragraphs(reading_order(split.lines, gutter), style):
        part = _Part(page.number, group, right=right)
        while tables and tables[0].box[1] < part.box[1]:
            yield tables.pop(0)
        yield part
    yield from tables
    for line in split.feet:
        yield _Part(page.number, [line], "footer", text=line.text)


def _inside(line: Line, table: TableArea) -> bool:
    x, y = (line.box[0] + line.box[2]) / 2, (line.box[1] + line.box[3]) / 2
    x0, top, x1, bottom = table.box
    return x0 <= x <= x1 and top <= y <= bottom


def _joined_breaks(parts: Sequence[_Part], style: Style) -> list[_Part]:
    """Join the paragraph that a page or column breaks off with the rest of it at the top of the next one."""
    joined: list[_Part] = []
    last: _Part | None = None  # the last part of the column before that may be open
    interrupted = False  # by a table
    for part in parts:
        if part.kind != "paragraph" or part.lines[0].size < NOTE_SIZE * style.size:
            interrupted = interrupted or part.kind == "table"
            joined.append(part)
            continue
        sure = interrupted or (part.lines[0].bold and not style.bold)
        if last is not None and _is_broken(last, part) and _continues(last, part.lines[0], sure=sure):
            if part.page == last.page:
                last.lines, last.right = last.lines + part.lines, part.right
            else:
                last.carried = part.lines
                last = None  # a paragraph does not fill a page
            continue
        joined.append(part)
        last, interrupted = part, False
    return joined


def _is_broken(last: _Part, part: _Part) -> bool:
    """Tell whether a page or a column ends between two parts."""
    if part.page == last.page:
        return part.lines[0].baseline < last.lines[-1].baseline - last.lines[-1].size
    return part.page == last.page + 1


def _continues(part: _Part, line: Line, *, sure: bool) -> bool:
    """Tell whether the sentence of a part goes on in a line; `sure` asks for more than a line that is full."""
    last = part.lines[-1]
    if line.angle != last.angle or not runs_on(last, line):
        return False
    return last.hyphen or line.text[:1].islower() or (not sure and is_full(last, line, part.right))


def _classify(part: _Part, style: Style, items: ItemLevels) -> None:
    """Set text, number and kind of a part that is not a running head."""
    text = joined_text(part.lines + part.carried, style.hyphenated)
    part.text = text
    note = NOTE_MARK.match(text)
    if note and part.lines[0].size < NOTE_SIZE * style.size:
        part.kind, part.number, part.text = "footnote", plain_mark(note["mark"]), text[note.end() :]
        return
    bullet = split_bullet(text)
    number, rest = split_number(text)
    division = split_division(text)
    if bullet is not None:
        part.kind, part.text, part.level = "item", bullet, items.level("•")
        return
    if _is_heading(part, number, style) or division:
        part.kind, part.number, part.text = "heading", number, rest
        if division and len(part.lines) <= _MAX_HEADING_LINES:
            part.number, part.text, part.level = division
        items.close()
        return
    part.number, part.text = number, rest
    if number and is_item(number):
        part.kind, part.level = "item", items.level(number)
    elif number:
        items.close()


def _is_heading(part: _Part, number: str | None, style: Style) -> bool:
    text, line = part.text, part.lines[0]
    plain = part.carried or line.angle != 0 or LEADERS.search(text)
    if plain or len(text) > _MAX_HEADING or len(part.lines) > _MAX_HEADING_LINES:
        return False
    if text.endswith((",", ";")) or sum(letter.isalpha() for letter in text) < 3:  # noqa: PLR2004 - a word
        return False
    if number and is_item(number):
        return False
    if line.size >= BIG * style.size and (not text.endswith((".", ":")) or len(text) <= _MAX_TITLE):
        return True
    bold = not style.bold and all(line.bold for line in part.lines)
    if bold and (len(text) <= _MAX_SENTENCE or not text.endswith(".")):
        return True
    return line.size > NOTE_SIZE * style.size and _in_capitals(text) and not text.endswith(".")


def _in_capitals(text: str) -> bool:
    """Tell whether a text is words in capitals, and not just a symbol or a date."""
    words = [word for word in text.split() if word.isalpha()]
    capitals = sum(map(len, words))
    return text.upper() == text and capitals >= _MIN_CAPITALS and capitals > 0.6 * len(text.replace(" ", ""))


def _joined_headings(parts: Sequence[_Part]) -> list[_Part]:
    """Join a heading that is only its number ("Article 5") with the heading right below it."""
    joined: list[_Part] = []
    for part in parts:
        before = joined[-1] if joined else None
        alone = before is not None and before.kind == "heading" and before.number and not before.text
        if alone and before and part.kind == "heading" and not part.number and before.page == part.page:
            before.text = part.text
            before.lines = before.lines + part.lines
        else:
            joined.append(part)
    return joined


def _joined_notes(parts: Sequence[_Part]) -> list[_Part]:
    """Join the lines of a footnote that were taken for paragraphs of their own."""
    joined: list[_Part] = []
    for part in parts:
        note = joined[-1] if joined and joined[-1].kind == "footnote" else None
        if note and part.kind == "paragraph" and part.page == note.page and part.look[0] == note.look[0]:
            note.text = f"{note.text} {part.number or ''} {part.text}".replace("  ", " ")
            note.lines = note.lines + part.lines
        else:
            joined.append(part)
    return joined


def _with_notes_tied(parts: Sequence[_Part]) -> list[_Part]:
    """Take the raised marks of footnotes out of the text; each note stands after the part that bears its mark."""
    notes = [part for part in parts if part.kind == "footnote"]
    bearers = [Bearer(part.text, (part.page, part.page + 1) if part.carried else (part.page,)) for part in parts]
    ties = tied(bearers, [(note.page, note.number or "") for note in notes]) if notes else {}
    moved = {id(notes[position]) for _, positions in ties.values() for position in positions}
    ordered: list[_Part] = []
    for place, part in enumerate(parts):
        if id(part) in moved:
            continue
        ordered.append(part)
        if place in ties:
            part.text, positions = ties[place]
            ordered += [notes[position] for position in positions]
    return ordered


def _set_heading_levels(parts: Sequence[_Part]) -> None:
    """Give headings without a level of their own one by rank: larger type, capitals, bold first."""
    headings = [part for part in parts if part.kind == "heading"]
    looks = sorted({part.look for part in headings if part.level is None}, reverse=True)
    for part in headings:
        if part.level is None:
            part.level = min(looks.index(part.look) + 1, _MAX_LEVEL)
