"""The agenda of a paper: from its table, from a numbered list under a title, else from the headings of its items."""

import re
from collections.abc import Iterator, Sequence

from configs.labels import fold
from configs.proceedings import Proceedings, alternatives
from extractors.document import AgendaEntry, Block, Reading, Table
from extractors.metadata.items import plain_item
from extractors.metadata.sessions import roman

_ROMAN = r"[ivxl]{1,7}"
_PART = r"(?: ?\(?[a-z]{1,2}\)?)?"
_ITEM = re.compile(
    rf"(?:(?:{_ROMAN}|\d{{1,3}})(?:\.(?:\d{{1,2}}|[a-z])){{0,3}}{_PART}|[a-z](?:\.\d{{1,2}}){{0,2}}|\([a-z]{{1,4}}\))[.):]?"
)
_RANGE = re.compile(r"(?<![\w.,])(?:§+ ?|paras?\.? ?)?(\d{1,3} ?(?:-|to|a) ?\d{1,3})$")
_PLAIN_RANGE = re.compile(r"\d{1,4}(?: ?(?:-|to|a|et|and|,) ?\d{1,4}){0,8}")
_MARK = re.compile(r"\(([^()]{2,160})\)")
_SEPARATORS = re.compile(r"[,;/&]|\b(?:and|et|or|ou|for|to|pour|de|d'|a)\b")
_FURNITURE = ("header", "footer", "footnote")
_MOST_ENTRIES = 500
_MOST_CHARACTERS = 600
"""Longer than this a numbered paragraph is running text and no item of an agenda."""
_FEWEST_ENTRIES = 2
_HEAD_ROWS = 3
_FRONT_BLOCKS = 400


class AgendaFinder:
    """Finds agendas and action marks; made once from the words of proceedings."""

    def __init__(self, words: Proceedings) -> None:
        self._words = words
        item = alternatives(words.item_words)
        self._item_heading = re.compile(
            rf"{item} (?P<item>(?:{_ROMAN}|\d{{1,3}}|[a-z])(?:\.\d{{1,2}}){{0,3}}(?: ?\([a-z]{{1,2}}\))?)"
            r"(?: ?[-:.)]| of the agenda ?[-:.]?| de l'ordre du jour ?[-:.]?) ?(?=\S)"
        )

    def agenda_of(self, reading: Reading) -> tuple[AgendaEntry, ...]:
        """Return the agenda that a paper prints, in order; empty where it prints none."""
        for table in reading.tables:
            entries = self._from_table(table)
            if len(entries) >= _FEWEST_ENTRIES:
                return entries[:_MOST_ENTRIES]
        blocks = [block for block in reading.blocks if block.kind not in _FURNITURE]
        return (self._from_list(blocks) or self._from_headings(blocks))[:_MOST_ENTRIES]

    def actions_in(self, text: str) -> tuple[tuple[str, ...], str]:
        """Return the actions that marks in brackets ask for, and the text without these marks."""
        actions: list[str] = []
        kept, at = [], 0
        for match in _MARK.finditer(text):
            found = self.actions_of(match[1])
            if found:
                actions += found
                kept.append(text[at : match.start()])
                at = match.end()
        kept.append(text[at:])
        return tuple(dict.fromkeys(actions)), " ".join(" ".join(kept).split())

    def actions_of(self, mark: str) -> tuple[str, ...]:
        """Return the actions of one mark ("To take note, for discussion and guidance"); empty if it is no mark."""
        whole = self._words.action(mark)
        if whole:
            return (whole,)
        pieces = [piece.strip() for piece in _SEPARATORS.split(" ".join(fold(mark).split())) if piece.strip(" .")]
        found = [self._words.action(piece) for piece in pieces]
        return tuple(dict.fromkeys(action for action in found if action)) if found and all(found) else ()

    def _from_table(self, table: Table) -> tuple[AgendaEntry, ...]:
        for position, row in enumerate(table.rows[:_HEAD_ROWS]):
            columns: dict[str, int] = {}
            for number, cell in enumerate(row):
                name = self._words.column(cell)
                if name == "item" and "item" in columns:
                    name = "title"
                if name:
                    columns.setdefault(name, number)
            if {"item", "title"} <= columns.keys():
                return tuple(self._rows(table.rows[position + 1 :], columns))
        return ()

    def _rows(self, rows: Sequence[Sequence[str]], columns: dict[str, int]) -> Iterator[AgendaEntry]:
        entry: AgendaEntry | None = None
        for row in rows:
            cells = {name: " ".join(row[number].split()) for name, number in columns.items()}
            if not cells["item"]:
                # A row without a number goes on with the one above.
                entry = self._joined(entry, cells)
                continue
            if not _ITEM.fullmatch(fold(cells["item"])):
                continue
            if entry:
                yield entry
            entry = self._entry(cells["item"], cells["title"], cells.get("paragraphs"), cells.get("actions"))
        if entry:
            yield entry

    def _joined(self, entry: AgendaEntry | None, cells: dict[str, str]) -> AgendaEntry | None:
        if entry is None or not cells["title"]:
            return entry
        more = self._entry(entry.item, cells["title"], cells.get("paragraphs"), cells.get("actions"))
        return AgendaEntry(
            item=entry.item,
            title=f"{entry.title} {more.title}".strip(),
            actions=tuple(dict.fromkeys(entry.actions + more.actions)),
            paragraphs=entry.paragraphs or more.paragraphs,
        )

    def _entry(self, item: str, title: str, paragraphs: str | None, mark: str | None = None) -> AgendaEntry:
        actions, title = self.actions_in(title)
        if mark:
            actions = tuple(dict.fromkeys(actions + (self.actions_of(mark.strip("()")) or self.actions_in(mark)[0])))
        printed = paragraphs if paragraphs and _PLAIN_RANGE.fullmatch(fold(paragraphs)) else None
        return AgendaEntry(item=plain_item(item), title=title.strip(" -\u2013:"), actions=actions, paragraphs=printed)

    def _from_list(self, blocks: Sequence[Block]) -> tuple[AgendaEntry, ...]:
        for position, block in enumerate(blocks[:_FRONT_BLOCKS]):
            if len(block.text) < _MOST_CHARACTERS and self._words.is_agenda_title(block.text):
                entries = tuple(self._listed(blocks[position + 1 :]))
                if len(entries) >= _FEWEST_ENTRIES:
                    return entries
        return ()

    def _listed(self, blocks: Sequence[Block]) -> Iterator[AgendaEntry]:
        """Yield the items of a list that begins here and ends where its numbers do."""
        last = 0
        parent = ""
        entry: AgendaEntry | None = None
        for block in blocks:
            text = " ".join(block.text.split())
            number, title = (block.number, text) if block.number else _split(text)
            if not number or len(title) > _MOST_CHARACTERS:
                actions, rest = self.actions_in(text)
                if entry and actions and not rest:
                    entry = entry.model_copy(update={"actions": actions})
                    continue
                if last:
                    break
                continue
            value = _value(number)
            if value is None and not last:
                break
            if value is None:
                number = f"{parent}{number}" if "(" in number or ")" in number else number
            elif value != last + 1:
                break
            else:
                last, parent = value, number.strip(" .):")
            if entry:
                yield entry
            match = _RANGE.search(fold(title))
            paragraphs = title[match.start(1) :] if match else None
            entry = self._entry(number, title[: match.start()] if match else title, paragraphs)
        if entry:
            yield entry

    def _from_headings(self, blocks: Sequence[Block]) -> tuple[AgendaEntry, ...]:
        entries: dict[str, AgendaEntry] = {}
        for block in blocks:
            if block.kind != "heading" or len(block.text) > _MOST_CHARACTERS:
                continue
            match = self._item_heading.match(fold(block.text))
            if match:
                start, end = match.span("item")
                entry = self._entry(block.text[start:end], block.text[match.end() :], None)
                entries.setdefault(entry.item, entry)
        return tuple(entries.values()) if len(entries) >= _FEWEST_ENTRIES else ()


def _split(text: str) -> tuple[str | None, str]:
    match = re.match(r"(?P<item>[IVXL]{1,7}|\d{1,3}|[A-Z](?=\.))[.)]? +(?=\S)", text)
    return (match["item"], text[match.end() :]) if match else (None, text)


def _value(number: str) -> int | None:
    """Return the place of a main item (`3.`, `III`, `C.`) in its list, None for a part of one (`(a)`, `3.1`)."""
    plain = number.strip(" .):")
    if plain.isascii() and plain.isdecimal():
        return int(plain)
    if "(" in plain or not plain.isupper():
        return None
    value = roman(plain.lower())
    if value:
        return value
    return ord(plain) - ord("A") + 1 if len(plain) == 1 else None
