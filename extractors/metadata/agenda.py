"""Extracts the agenda of a paper from a table, a list under a title, or the headings of its items.

The head of a table says what its columns mean; a row without a number continues the one above.
"""

import re
from collections.abc import Iterator, Sequence

from configs.labels import alternatives, fold
from configs.proceedings import Proceedings
from configs.structure import load_structure
from extractors.document import AgendaEntry, Block, Reading, Table
from extractors.metadata.agenda_lists import AgendaLists, Marks

_FURNITURE = ("header", "footer", "footnote")
_MOST_ENTRIES = 500
_MOST_CHARACTERS = 600
_FEWEST_ENTRIES, _FEWEST_SECTIONS = 2, 3
_NUMBER = r"(?:[ivxl]{1,7}|\d{1,3}|[a-z])(?:\.\d{1,2}){0,3}(?: ?\(?[a-z]{1,2}\))?"
_DIVISION = re.compile(r"^(?:[ivxl]{1,7}|[a-z]|\d{1,2})[.)] ")
_PLACES = r"(?:[ .]*(?P<paragraphs>\d{1,3}(?: ?- ?\d{1,3})?) +\d{1,3})?"
"""The paragraphs and the page that a list of contents gives behind a heading."""
_ROMAN = r"[ivxl]{1,7}"
_PART = r"(?: ?\(?[a-z]{1,2}\)?)?"
_ITEM = re.compile(
    rf"(?:(?:{_ROMAN}|\d{{1,3}})(?:\.(?:\d{{1,2}}|[a-z])){{0,3}}{_PART}|[a-z](?:\.\d{{1,2}}){{0,2}}|\([a-z]{{1,4}}\))[.):]?"
)
_NUMBERED = re.compile(r"(?P<item>(?:[IVXL]{1,7}|\d{1,3}(?:\.\d{1,2})?|[A-Z])[.)]) ?(?=\S)")
_HEAD_ROWS = 3


class AgendaFinder:
    """Finds agendas; made once from the words of proceedings."""

    def __init__(self, words: Proceedings) -> None:
        self._words, self._marks = words, Marks(words)
        self._tables, self._lists = AgendaTables(words, self._marks), AgendaLists(words, self._marks)
        self._appendix = re.compile(rf"{alternatives(load_structure().divisions[0].words)}(?!\w)")
        item, agenda = alternatives(words.item_words), alternatives(words.agenda_words)
        of = alternatives(words.item_links)
        self._leading = re.compile(rf"{item} (?P<item>{_NUMBER})(?: ?[-:.)]| {of} ?{agenda} ?[-:.]?) ?(?=\S)")
        self._trailing = re.compile(rf"\((?:{agenda} )?{item} (?P<item>{_NUMBER})(?: {of} ?{agenda})?\) ?{_PLACES}$")

    def agenda_of(self, reading: Reading) -> tuple[AgendaEntry, ...]:
        """Return the agenda that a paper prints, in order; empty where it prints none."""
        for table in reading.tables:
            entries = self._tables.entries(table)
            if len(entries) >= _FEWEST_ENTRIES:
                return entries[:_MOST_ENTRIES]
        blocks = [block for block in reading.blocks if block.kind not in _FURNITURE]
        entries = self._lists.entries(blocks) or self._from_headings(blocks) or self._from_sections(blocks)
        return entries[:_MOST_ENTRIES]

    def _from_headings(self, blocks: Sequence[Block]) -> tuple[AgendaEntry, ...]:
        """Return the items that headings name: "Item II - Opening", "III. Data exchange (agenda item 4)"."""
        entries: dict[str, AgendaEntry] = {}
        for entry in self._named(blocks):
            entries.setdefault(entry.item, entry)
        return tuple(entries.values()) if len(entries) >= _FEWEST_ENTRIES else ()

    def _from_sections(self, blocks: Sequence[Block]) -> tuple[AgendaEntry, ...]:
        """Return the headings of one level from the opening item of an agenda on, numbered by order."""
        entries: list[AgendaEntry] = []
        level: int | None = None
        for block in blocks:
            if block.kind != "heading" or (entries and block.level != level):
                continue
            if not entries and not self._words.opens_agenda(block.text):
                continue
            if len(block.text) > _MOST_CHARACTERS or self._appendix.match(fold(f"{block.number or ''}{block.text}")):
                break
            level = block.level
            entries.append(self._marks.entry(block.number or str(len(entries) + 1), block.text))
        return tuple(entries) if len(entries) >= _FEWEST_SECTIONS else ()

    def _named(self, blocks: Sequence[Block]) -> Iterator[AgendaEntry]:
        for block in blocks:
            text = " ".join(block.text[: 2 * _MOST_CHARACTERS].split())
            folded = fold(text)
            leading = self._leading.match(folded) if block.kind == "heading" else None
            trailing = self._trailing.search(folded, max(0, len(folded) - _MOST_CHARACTERS))
            if len(text) > _MOST_CHARACTERS:
                continue
            if leading:
                yield self._marks.entry(text[slice(*leading.span("item"))], text[leading.end() :])
            elif trailing:
                division = _DIVISION.match(folded)
                title = text[division.end() if division else 0 : trailing.start()]
                paragraphs = text[slice(*trailing.span("paragraphs"))] if trailing["paragraphs"] else None
                yield self._marks.entry(text[slice(*trailing.span("item"))], title, paragraphs)


class AgendaTables:
    """Reads agendas in tables; made once from the words of proceedings."""

    def __init__(self, words: Proceedings, marks: Marks) -> None:
        self._words, self._marks = words, marks

    def entries(self, table: Table) -> tuple[AgendaEntry, ...]:
        """Return the entries of an agenda table; empty where its head is not that of an agenda.

        Without a column of numbers there has to be one of paragraphs or actions; numbers stand before the titles
        then, or there are none and the entries are numbered by their order.
        """
        for position, row in enumerate(table.rows[:_HEAD_ROWS]):
            columns: dict[str, int] = {}
            for number, cell in enumerate(row):
                name = self._words.column(cell)
                if name == "item" and "item" in columns:
                    name = "title"
                if name:
                    columns.setdefault(name, number)
            rows = table.rows[position + 1 :]
            if {"item", "title"} <= columns.keys():
                return tuple(self._rows(rows, columns))
            title = columns.get("title", columns.get("item"))
            if title is not None and columns.keys() & {"paragraphs", "actions"}:
                return tuple(self._titles(rows, {**columns, "title": title}))
        return ()

    def _rows(self, rows: Sequence[Sequence[str]], columns: dict[str, int]) -> Iterator[AgendaEntry]:
        for cells in _whole_rows(rows, columns):
            if not any(map(str.isalpha, cells["title"])):
                continue  # a table of figures
            yield from self._marks.entries(cells["item"], cells["title"], cells.get("paragraphs"), cells.get("actions"))

    def _titles(self, rows: Sequence[Sequence[str]], columns: dict[str, int]) -> Iterator[AgendaEntry]:
        count = 0
        for row in rows:
            cells = _cells(row, columns)
            printed = _NUMBERED.match(cells["title"])
            title = cells["title"][printed.end() :] if printed else cells["title"]
            if any(map(str.isalpha, title)):
                count += 1
                item = printed["item"] if printed else str(count)
                yield from self._marks.entries(item, title, cells.get("paragraphs"), cells.get("actions"))


def _whole_rows(rows: Sequence[Sequence[str]], columns: dict[str, int]) -> Iterator[dict[str, str]]:
    """Yield the cells of each item; a row without a number continues the one above."""
    whole: dict[str, str] | None = None
    for row in rows:
        cells = _cells(row, columns)
        if not cells["item"]:
            if whole:
                whole = {name: _continued(name, text, cells[name]) for name, text in whole.items()}
        elif _ITEM.fullmatch(fold(cells["item"])):
            if whole:
                yield whole
            whole = cells
    if whole:
        yield whole


def _continued(name: str, text: str, more: str) -> str:
    return text or more if name == "paragraphs" else f"{text} {more}".strip()


def _cells(row: Sequence[str], columns: dict[str, int]) -> dict[str, str]:
    return {name: " ".join(row[number].split()) for name, number in columns.items()}
