"""Entries of an agenda, the action marks in brackets behind their titles, and the parts that run on in them."""

import re
from collections.abc import Iterator

from configs.labels import alternatives, fold
from configs.proceedings import Proceedings
from extractors.document import AgendaEntry
from extractors.metadata.items import plain_item

_MARK = re.compile(r"\(([^()]{2,160})\)")
_PART = re.compile(r"(?:^|(?<=\s))\(?(?P<letter>[a-z])[).] ?(?=\S)")
_LEADERS = re.compile(r"(?:\s?\.){4,}\s?\d{0,4}$")
"""Dots that lead to a page."""
_FIRST_LETTER = ord("a")


class Marks:
    """Makes entries and takes off their action marks; made once from the words of proceedings."""

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
