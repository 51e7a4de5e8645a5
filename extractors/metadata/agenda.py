"""The agenda of a paper: from its table, from a list under a title, else from the headings of its items."""

import re
from collections.abc import Iterator, Sequence

from configs.labels import alternatives, fold
from configs.proceedings import Proceedings
from configs.structure import load_structure
from extractors.document import AgendaEntry, Block, Reading
from extractors.metadata.agenda_lists import AgendaLists
from extractors.metadata.agenda_marks import Marks
from extractors.metadata.agenda_tables import AgendaTables

_FURNITURE = ("header", "footer", "footnote")
_MOST_ENTRIES = 500
_MOST_CHARACTERS = 600
_FEWEST_ENTRIES, _FEWEST_SECTIONS = 2, 3
_NUMBER = r"(?:[ivxl]{1,7}|\d{1,3}|[a-z])(?:\.\d{1,2}){0,3}(?: ?\(?[a-z]{1,2}\))?"
_DIVISION = re.compile(r"^(?:[ivxl]{1,7}|[a-z]|\d{1,2})[.)] ")
_PLACES = r"(?:[ .]*(?P<paragraphs>\d{1,3}(?: ?- ?\d{1,3})?) +\d{1,3})?"
"""The paragraphs and the page that a list of contents gives behind a heading."""


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
        """Return the headings from the one on that opens an agenda, as far as they are as deep, numbered by order."""
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
