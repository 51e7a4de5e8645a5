"""The subjects that blocks of their own name, and what they rule: "The Assembly,", "The Committee:"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from configs.labels import alternatives, before_word, fold
from configs.proceedings import Form, Proceedings
from configs.structure import load_structure
from extractors.metadata.clauses import Clauses
from extractors.metadata.paragraphs import Paragraph
from extractors.metadata.recalls import Meeting

_LEAD_CHARACTERS = 200
ACTS = ("resolution", "declaration")


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
            ends = not lead or lead.rules == "list" or self._appendix.match(fold(text[:_LEAD_CHARACTERS]))
            return named or (None if ends else lead)
        return named or (lead if lead and (lead.rules != "list" or paragraph.is_part) else None)

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
    """Return the form that an auxiliary, or none, makes of what several verbs print alike."""
    return next((form for form in forms if is_active(form, helper)), forms[0])


def is_active(form: Form, helper: str | None) -> bool:
    """Return whether a form behind an auxiliary, or none, says that its subject does it."""
    return helper in form.auxiliaries if helper else form.finite
