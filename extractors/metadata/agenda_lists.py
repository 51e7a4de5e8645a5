"""Extracts agendas from lists, numbered or not, by their title or their first item.

Action marks in brackets behind titles and parts that run on in them are taken off here, for tables and headings too.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from configs.labels import alternatives, fold
from configs.proceedings import Proceedings
from extractors.document import AgendaEntry, Block
from extractors.metadata.items import plain_item
from extractors.metadata.sessions import roman

_NUMBERED = re.compile(r"(?P<item>[IVXL]{1,7}|\d{1,3}|[A-Z](?=\.))[.)]? +(?=\S)")
_MOST_CHARACTERS = 600
"""Longer than this a numbered paragraph is running text and no item of an agenda."""
_TITLE_CHARACTERS = 220
"""Longest title without a number: more than that is a paragraph."""
_FULL_LINE, _SHORT_LINE = range(60, 81), 40
"""Characters of a line that fills the page: a short one below it goes on with its title."""
_ENDS = (".", ";", ",", ":")
_FRONT_BLOCKS = 400
_FEWEST_ENTRIES = 2
_MARK = re.compile(r"\(([^()]{2,160})\)")
_PART = re.compile(r"(?:^|(?<=\s))\(?(?P<letter>[a-z])[).] ?(?=\S)")
_LEADERS = re.compile(r"(?:\s?\.){4,}\s?\d{0,4}$")
"""Dots that lead to a page."""
_FIRST_LETTER = ord("a")


class Marks:
    """Creates entries without their action marks; built once from the words of proceedings."""

    def __init__(self, words: Proceedings) -> None:
        self._words = words
        self._separators = re.compile(rf"[,;/&]|\b{alternatives(words.mark_separators)}\b")
        joints = alternatives((*words.number_joints, "-", ","))
        self._range = re.compile(rf"\d{{1,4}}(?: ?{joints} ?\d{{1,4}}){{0,8}}")

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
        pieces = [piece.strip() for piece in self._separators.split(" ".join(fold(mark).split())) if piece.strip(" .")]
        found = [self._words.action(piece) for piece in pieces]
        return tuple(dict.fromkeys(action for action in found if action)) if found and all(found) else ()

    def entry(self, item: str, title: str, paragraphs: str | None = None, mark: str | None = None) -> AgendaEntry:
        """Return an entry; `paragraphs` counts only if it is a range, `mark` is the cell of a column of actions."""
        actions, title = self.actions_in(_LEADERS.sub("", title))
        if mark:
            actions = tuple(dict.fromkeys(actions + (self.actions_of(mark.strip("()")) or self.actions_in(mark)[0])))
        printed = paragraphs if paragraphs and self._range.fullmatch(fold(paragraphs)) else None
        return AgendaEntry(item=plain_item(item), title=title.strip(" -\u2013:"), actions=actions, paragraphs=printed)

    def entries(
        self, item: str, title: str, paragraphs: str | None = None, mark: str | None = None
    ) -> Iterator[AgendaEntry]:
        """Yield an entry and, as entries of their own, the parts that its title runs on with: "a) ... b) ...".

        Each has the marks in its own part of the title; marks behind the last part alone are those of the item.
        """
        found: list[re.Match[str]] = []
        for match in _PART.finditer(title):
            if ord(match["letter"]) == _FIRST_LETTER + len(found):
                found.append(match)
        if len(found) < 2 or "(" in item:  # noqa: PLR2004 - one letter may be a word
            yield self.entry(item, title, paragraphs, mark)
            return
        whole = self.entry(item, title[: found[0].start()], paragraphs, mark)
        ends = [match.start() for match in found[1:]] + [len(title)]
        parts = [
            self.entry(f"{whole.item}({match['letter']})", title[match.end() : end])
            for match, end in zip(found, ends, strict=True)
        ]
        if not any(entry.actions for entry in (whole, *parts[:-1])):
            whole = whole.model_copy(update={"actions": parts[-1].actions})
            parts[-1] = parts[-1].model_copy(update={"actions": ()})
        yield from (whole, *parts)


class AgendaLists:
    """Reads agendas in lists; made once from the words of proceedings."""

    def __init__(self, words: Proceedings, marks: Marks) -> None:
        self._words, self._marks = words, marks
        paragraphs, joints = alternatives(words.cited_paragraphs.en), alternatives((*words.ranges, "-"))
        self._range = re.compile(rf"(?<![\w.,])(?:§+ ?|{paragraphs} ?)?(\d{{1,3}} ?{joints} ?\d{{1,3}})$")

    def entries(self, blocks: Sequence[Block]) -> tuple[AgendaEntry, ...]:
        """Return the first agenda that is listed in the front of a paper, else nothing."""
        for position, block in enumerate(blocks[:_FRONT_BLOCKS]):
            if len(block.text) >= _MOST_CHARACTERS:
                continue
            number, title = _split(block)
            following: Sequence[Block] = ()
            if self._words.is_agenda_title(block.text):
                following = blocks[position + 1 :]
            elif number and 1 in _values(number) and self._words.opens_agenda(title) and not title.endswith(_ENDS):
                following = blocks[position:]
            found = tuple(self._numbered(following))
            if len(found) < _FEWEST_ENTRIES:
                found = tuple(self._unnumbered(following))
            if len(found) >= _FEWEST_ENTRIES:
                return found
        return ()

    def _numbered(self, blocks: Sequence[Block]) -> Iterator[AgendaEntry]:
        """Yield the items of a list that begins here and ends where its numbers do."""
        last, parent = 0, ""
        entry: AgendaEntry | None = None
        for position, block in enumerate(blocks):
            number, title = _split(block)
            if entry and _divides(block, blocks[position + 1 : position + 2], last):
                yield entry
                entry = None
                continue
            if not number or len(title) > _MOST_CHARACTERS:
                more = self._continued(entry, block, blocks[position + 1 : position + 3], last)
                if last and not more:
                    break
                entry = more
                continue
            values = _values(number)
            if not (last + 1 in values if values else last):
                break
            if values:
                last, parent = last + 1, number.strip(" .):")
            elif "(" in number or ")" in number:
                number = f"{parent}{number}"
            if entry:
                yield entry
            entry = self._entry(number, title)
        if entry:
            yield entry

    def _continued(
        self, entry: AgendaEntry | None, block: Block, following: Sequence[Block], last: int
    ) -> AgendaEntry | None:
        """Return an entry with the marks, the rest or the points that a block without a number adds; None if none."""
        text = " ".join(block.text.split())
        if entry is None or len(text) > _MOST_CHARACTERS:
            return None
        actions, rest = self._marks.actions_in(text)
        if actions and not rest:
            return entry.model_copy(update={"actions": actions})
        if block.kind == "item":
            return entry
        numbers = [number for number, _ in map(_split, following) if number]
        if len(text) < _TITLE_CHARACTERS and any(last + 1 in _values(number) for number in numbers):
            return self._marks.entry(entry.item, f"{entry.title} {text}").model_copy(
                update={"paragraphs": entry.paragraphs, "actions": entry.actions}
            )
        return None

    def _unnumbered(self, blocks: Sequence[Block]) -> Iterator[AgendaEntry]:
        """Yield the short lines that follow, numbered by their order, up to running text, a heading or a repetition."""
        titles = list(self._titles(blocks))
        if not titles or not self._words.opens_agenda(titles[0]):
            return
        for number, title in enumerate(titles, start=1):
            yield self._entry(str(number), title)

    def _titles(self, blocks: Sequence[Block]) -> Iterator[str]:
        last, line = "", ""
        seen: set[str] = set()
        for block in blocks:
            text = " ".join(block.text.split())
            number, _ = _split(block)
            if block.number and last and not (number and _values(number)):
                continue  # a part of the item above
            if number or len(text) > _TITLE_CHARACTERS or text.endswith((".", ";")):
                break
            folded = fold(text)
            if _repeats(folded, seen):
                break
            seen.add(folded)
            if len(line) in _FULL_LINE and len(text) < _SHORT_LINE:
                last, line = f"{last} {text}", text
                continue
            if last:
                yield last
            last = line = text
        if last:
            yield last

    def _entry(self, number: str, title: str) -> AgendaEntry:
        match = self._range.search(fold(title))
        paragraphs = title[match.start(1) :] if match else None
        return self._marks.entry(number, title[: match.start()] if match else title, paragraphs)


def _split(block: Block) -> tuple[str | None, str]:
    text = " ".join(islice(block.text.split(), _MOST_CHARACTERS))
    if block.number:
        return block.number, text
    match = _NUMBERED.match(text)
    return (match["item"], text[match.end() :]) if match else (None, text)


def _divides(block: Block, following: Sequence[Block], last: int) -> bool:
    """Return whether a heading only groups the items of a list, which goes on below it: "B. Items for discussion"."""
    if block.kind != "heading" or not block.number or last + 1 in _values(block.number):
        return False
    number, title = _split(following[0]) if following and following[0].kind != "heading" else (None, "")
    return number is not None and len(title) < _TITLE_CHARACTERS and last + 1 in _values(number)


def _values(number: str) -> Collection[int]:
    """Return the places that a main item (`3.`, `III`, `C.`) may have in its list; none for a part (`(a)`, `3.1`)."""
    plain = number.strip(" .):")
    if plain.isascii() and plain.isdecimal():
        return {int(plain)}
    if "(" in plain or not plain.isupper():
        return ()
    values = {roman(plain.lower()), ord(plain) - ord("A") + 1 if len(plain) == 1 else None}
    return {value for value in values if value}


def _repeats(folded: str, seen: Collection[str]) -> bool:
    """Return whether a folded line repeats an item, as the first heading below an agenda does."""
    return any(folded == one or (len(one) >= _SHORT_LINE and folded.startswith(one)) for one in seen)
