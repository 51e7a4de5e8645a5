"""Leads: blocks that only name the subject of the following paragraphs, such as "The Assembly," or "The Committee:".

Paragraphs have the numbers by which records cite them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from configs.labels import alternatives, before_word, fold
from configs.proceedings import Form, Proceedings
from configs.structure import load_structure
from extractors.document import Block
from extractors.metadata.clauses import Clauses
from extractors.metadata.recalls import Meeting

_LEAD_CHARACTERS = 200
ACTS = ("resolution", "declaration")
_MAIN = re.compile(r"\(?(\d{1,3}(?:\.\d{1,3}){0,3})[.)]?")
_PART = re.compile(r"\(?([a-z]{1,2}|[ivxl]{1,6}|[A-Z])[.)]")
_FURNITURE = ("header", "footer")
_ENDS = (".", ":", ";", "!", "?")


@dataclass(frozen=True)
class Paragraph:
    """A block of running text with the number that cites it: `12`, `16(a)`, or None where it has none."""

    block: Block
    number: str | None

    @property
    def is_part(self) -> bool:
        """Whether it is a lettered part or an item of a list."""
        return self.block.kind == "item" or bool(self.block.number and _PART.fullmatch(self.block.number))


def paragraphs_of(blocks: Sequence[Block]) -> Iterator[Paragraph]:
    """Yield all blocks but headers and footers in order; what goes on over a page keeps its paragraph's number."""
    main: str | None = None
    last: Paragraph | None = None
    for block in blocks:
        if block.kind in _FURNITURE:
            continue
        if block.kind not in ("paragraph", "item"):
            main = None if block.kind == "heading" else main
            yield Paragraph(block, None)
            last = None if block.kind == "heading" else last
            continue
        number: str | None = None
        printed = (block.number or "").strip()
        if match := _MAIN.fullmatch(printed):
            number = main = match[1]
        elif (part := _PART.fullmatch(printed)) and main:
            number = f"{main}({part[1]})"
        elif block.kind == "item":
            number = main
        elif not printed and last and block.page != last.block.page and not last.block.text.rstrip().endswith(_ENDS):
            number = last.number
        last = Paragraph(block, number)
        yield last


@dataclass(frozen=True)
class Lead:
    """A subject that a block of its own names.

    It rules a resolution or a directive to its end, else the list below it.
    """

    name: str
    rules: Literal["resolution", "declaration", "directive", "list"]


class Leads:
    """Finds leads; made once from the words of proceedings."""

    def __init__(self, proceedings: Proceedings, clauses: Clauses) -> None:
        self._clauses = clauses
        self._verbs = proceedings.verbs
        self._directing = [verb for verb in proceedings.decisions if verb.lemma in ("instruct", "decide")]
        self._appendix = re.compile(rf"{alternatives(load_structure().divisions[0].words)}(?!\w)")
        self._us = re.compile(
            rf"{alternatives(proceedings.us)},? (?:{before_word(proceedings.articles)})?"
            rf"(?P<name>[^,;:]{{0,40}}{alternatives((*proceedings.actors, *proceedings.declarers))}[^,;:]{{0,80}}),"
        )
        self._directive = re.compile(rf"(?<!\w){alternatives(proceedings.directive_words)}(?!\w)")

    def over(self, paragraph: Paragraph, lead: Lead | None, meeting: Meeting) -> Lead | None:
        """Return the lead that rules a paragraph: "The Assembly," all below it, "The Committee:" the list below it."""
        text = paragraph.block.text
        named = self.named(text, meeting)
        if paragraph.block.kind == "heading":
            named = (
                named if named and (named.rules not in ("list", "resolution") or text.rstrip().endswith(",")) else None
            )
            ends = not lead or lead.rules == "list" or self.opens_annex(paragraph.block)
            return named or (None if ends else lead)
        return named or (lead if lead and (lead.rules != "list" or paragraph.is_part) else None)

    def opens_annex(self, block: Block) -> bool:
        """Return whether a block is the heading of an annex."""
        return block.kind == "heading" and bool(self._appendix.match(fold(block.text[:_LEAD_CHARACTERS])))

    def named(self, text: str, meeting: Meeting) -> Lead | None:
        """Return the lead that a block is: "The Assembly,", "The Committee:", "THE COUNCIL HEREBY DIRECTS:"."""
        folded = fold(text[:_LEAD_CHARACTERS])
        declaring = self._us.match(folded)
        if declaring:
            name = " ".join(text[declaring.start("name") : declaring.end("name")].split())
            return Lead(name, "declaration")
        if len(text) > _LEAD_CHARACTERS:
            return None
        names = meeting.names
        if text.rstrip().endswith(":") and self._directive.search(folded):
            for forms, start, _ in self._verbs.find_folded(folded):
                group = self._clauses.verb_group(folded, start)
                actor = self._clauses.actor_before(text, folded, group.start, names)
                if actor and form_of(forms, group.helper).verb in self._directing:
                    return Lead(actor.name, "directive")
        actor = self._clauses.lead(text, names)
        return Lead(actor.name, "list" if text.rstrip().endswith(":") else "resolution") if actor else None


def form_of(forms: Sequence[Form], helper: str | None) -> Form:
    """Return the verb form by its auxiliary, or without one, where several verbs share a printed form."""
    return next((form for form in forms if is_active(form, helper)), forms[0])


def is_active(form: Form, helper: str | None) -> bool:
    """Return whether a form behind an auxiliary, or none, says that its subject does it."""
    return helper in form.auxiliaries if helper else form.finite
