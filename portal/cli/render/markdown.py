"""A document as Markdown for people: what it is, then its text with headings, lists, tables, notes and page marks."""

import re
from collections.abc import Iterator, Sequence

from extractors.document import Block, Document, Page, Table
from portal.cli.render.records import RECORDS, record_lines

_SPECIAL = re.compile(r"([\\`*<]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|\[(?=[^\]]*\]\())")
_AT_START = re.compile(r"^(?=(?:#{1,6}|[+-])(?: |$)|>|~{3}|[=-]+$)")
_DEEPEST = 6  # headings of Markdown
_UNREAD = {"needs_ocr": "a picture, not read", "failed": "broken, not read"}


def markdown(document: Document) -> str:
    """Return title, what is known of the document, and its text; running heads are left out.

    Numbers are those that are printed. `<!-- p. 3 -->` stands where page 3 begins; a table's first row is its
    header, a line break in a cell `<br>`; notes are quoted.
    """
    parts = [f"# {_escaped(document.title or document.source)}", "\n".join(_head(document))]
    body = list(_body(document))
    return "\n\n".join([*parts, "---", *body] if body else parts)


def _head(document: Document) -> Iterator[str]:
    """Yield what is known of the document, a list item a line."""
    meeting = document.meeting_dates
    days = dict.fromkeys(str(day) for day in (meeting.start, meeting.end) if day) if meeting else ()
    facts = {
        "Status": document.status,
        "Symbol": document.symbol.raw if document.symbol else None,
        "Body": document.body_name or document.body,
        "Sessions": ", ".join(map(str, document.sessions)),
        "Meeting": " to ".join(days),
        "Date": document.date,
        "Language": document.language,
        "Kind": document.kind,
        "Agenda item": document.agenda_item,
        "Submitted by": document.submitted_by,
        "Distribution": document.distribution,
        "Purpose": document.purpose,
        "Action required": document.action_required,
        "Pages": str(len(document.pages)) if document.pages else None,
    }
    yield from (f"- {name}: {_escaped(value)}" for name, value in facts.items() if value)
    lists = {"Warnings": document.warnings}
    lists |= {field.capitalize(): tuple(record_lines(document, field)) for field in RECORDS}
    for name, lines in lists.items():
        if lines:
            yield f"- {name}:"
            yield from (f"  - {_escaped(line)}" for line in lines)


def _body(document: Document) -> Iterator[str]:
    """Yield the parts of the text, which an empty line parts from each other."""
    tables = {table.block: table for table in document.tables}
    marks = _PageMarks(document.pages)
    run: list[Block] = []  # items or notes that follow each other
    for block in document.blocks:
        if block.kind in ("header", "footer"):
            continue
        mark = marks.before(block)
        if run and (mark or block.kind != run[0].kind):
            yield _run(run)
            run = []
        if mark:
            yield mark
        if block.kind in ("item", "footnote"):
            run.append(block)
        elif block.kind == "heading":
            yield f"{'#' * min(_DEEPEST, 1 + (block.level or 1))} {_numbered(block)}"
        else:
            yield _table(tables[block.id]) if block.id in tables else _numbered(block)
    if run:
        yield _run(run)
    yield from marks.rest()


class _PageMarks:
    """The marks of the pages that begin, as the blocks go by."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._left = list(pages) if len(pages) > 1 else []

    def before(self, block: Block) -> str:
        """Return the marks that stand before a block, "" where no page begins with it."""
        begun = [page for page in self._left if block.page is not None and page.number <= block.page]
        self._left = self._left[len(begun) :]
        return "\n".join(_page_mark(page) for page in begun if page.number == block.page or page.status in _UNREAD)

    def rest(self) -> Iterator[str]:
        """Yield the marks of the pages behind the last block that were not read."""
        yield from (_page_mark(page) for page in self._left if page.status in _UNREAD)


def _page_mark(page: Page) -> str:
    label = f" ({page.label})" if page.label and page.label != str(page.number) else ""
    unread = f": {_UNREAD[page.status]}" if page.status in _UNREAD else ""
    return f"<!-- p. {page.number}{label.replace('--', '- -')}{unread} -->"


def _run(blocks: Sequence[Block]) -> str:
    """Return items as a list, nested by their levels, or notes as a quotation."""
    if blocks[0].kind == "footnote":
        return "\n>\n".join(f"> {_numbered(block)}" for block in blocks)
    lines = []
    levels: list[int] = []  # of the items that the next one may lie in
    for block in blocks:
        level = block.level or 1
        while levels and levels[-1] >= level:
            levels.pop()
        lines.append(f"{'  ' * len(levels)}- {_numbered(block)}")
        levels.append(level)
    return "\n".join(lines)


def _table(table: Table) -> str:
    """Return a table without its rows and columns that are empty; they come from cells that are merged or drawn."""
    filled = [column for column in range(len(table.rows[0])) if any(row[column].strip() for row in table.rows)]
    rows = [[_cell(row[column]) for column in filled] for row in table.rows if any(text.strip() for text in row)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * len(filled), *rows[1:]))


def _cell(text: str) -> str:
    lines = (" ".join(_SPECIAL.sub(r"\\\1", line).split()) for line in text.splitlines())
    return "<br>".join(lines).replace("|", r"\|")


def _numbered(block: Block) -> str:
    if block.number and block.number != block.text:
        return f"{_escaped(block.number)} {_escaped(block.text)}"
    return _escaped(block.text)


def _escaped(text: str) -> str:
    """Return a text in which no sign is taken for Markdown or HTML."""
    return _AT_START.sub(r"\\", _SPECIAL.sub(r"\\\1", " ".join(text.split())))
