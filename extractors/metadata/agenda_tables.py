"""The agenda in a table: the meaning of its columns, and rows that continue the one above."""

import re
from collections.abc import Iterator, Sequence

from configs.labels import fold
from configs.proceedings import Proceedings
from extractors.document import AgendaEntry, Table
from extractors.metadata.agenda_marks import Marks

_ROMAN = r"[ivxl]{1,7}"
_PART = r"(?: ?\(?[a-z]{1,2}\)?)?"
_ITEM = re.compile(
    rf"(?:(?:{_ROMAN}|\d{{1,3}})(?:\.(?:\d{{1,2}}|[a-z])){{0,3}}{_PART}|[a-z](?:\.\d{{1,2}}){{0,2}}|\([a-z]{{1,4}}\))[.):]?"
)
_NUMBERED = re.compile(r"(?P<item>(?:[IVXL]{1,7}|\d{1,3}(?:\.\d{1,2})?|[A-Z])[.)]) ?(?=\S)")
_HEAD_ROWS = 3


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
