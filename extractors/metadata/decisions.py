"""The decisions that a paper records: who took note of, agreed on or adopted what, in which paragraph.

A decision is a verb of `proceedings.yaml` right behind its subject at the start of a clause ("The Committee,
having heard the delegates, endorsed ..."), behind a pronoun for such a subject, or behind a conjunction that
goes on with it. What others were invited to do is one, even without an agent. What a body itself "was invited to" do
and what it did at another session are no decisions of the paper.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from configs.labels import alternatives, fold
from configs.proceedings import Form, Proceedings
from configs.sentences import SentenceRules
from configs.structure import load_structure
from extractors.document import Block, Decision
from extractors.metadata.clauses import Clauses, VerbGroup
from extractors.metadata.paragraphs import Paragraph, paragraphs_of
from extractors.metadata.recalls import Meeting, is_of_another_time
from extractors.text.sentences import sentence_spans

_BLOCK_CHARACTERS = 20_000
_SENTENCE_CHARACTERS = 1_500
"""Longest parts of a block and of a sentence that are looked at; keeps the work bounded."""
_MOST_DECISIONS = 2_000
_LEAD_CHARACTERS = 200
_LATE_TIME = 40
"""A session or a day named this soon after the verb may be that of the decision."""


@dataclass(frozen=True)
class _Lead:
    """A subject that a block of its own names; `whole` rules a resolution to its end, another one the list below it."""

    name: str
    whole: bool


@dataclass(frozen=True)
class _Context:
    """What comes into a sentence from outside: the subject that a pronoun stands for, the lead, the meeting."""

    meeting: Meeting
    subject: str | None = None
    lead: _Lead | None = None


@dataclass(frozen=True)
class _Ruling:
    """The subject that goes on to rule a sentence: from where, and whether it has decided something so far."""

    actor: str | None
    since: int
    decided: bool = False


class DecisionFinder:
    """Finds decisions; made once from the words of proceedings and the rules of sentences."""

    def __init__(self, proceedings: Proceedings, sentences: SentenceRules) -> None:
        self._verbs = proceedings.verbs
        self._asking = {verb.id for verb in proceedings.decisions if verb.asks}
        self._clauses = Clauses(proceedings)
        self._sentences = sentences
        self._pluperfects = proceedings.pluperfects
        self._plain_decision = proceedings.decision("decide")
        self._labelled = re.compile(rf"{alternatives(proceedings.decision_words)} (?:no\.? ?|n° ?)?\d[\d/.-]* ?: ?\S")
        self._appendix = re.compile(rf"{alternatives(load_structure().divisions[0].words)}(?!\w)")

    def decisions_of(self, blocks: Sequence[Block], meeting: Meeting | None = None) -> tuple[Decision, ...]:
        """Return the decisions recorded in a paper's blocks, in order, one for each verb and sentence.

        `meeting` is the paper's own: a decision of another one is only recalled.
        """
        found: list[Decision] = []
        context = _Context(meeting or Meeting())
        for paragraph in paragraphs_of(blocks):
            context = replace(context, lead=self._lead(paragraph, context))
            if paragraph.block.kind in ("paragraph", "item"):
                found += self._in_paragraph(paragraph, context)
            if len(found) >= _MOST_DECISIONS:
                break
        return tuple(found[:_MOST_DECISIONS])

    def _lead(self, paragraph: Paragraph, context: _Context) -> _Lead | None:
        """Return the lead that rules a paragraph: "The Assembly," all below it, "The Committee:" the list below it."""
        text, lead = paragraph.block.text, context.lead
        if paragraph.block.kind == "heading":
            return lead if lead and lead.whole and not self._appendix.match(fold(text[:_LEAD_CHARACTERS])) else None
        actor = self._clauses.lead(text, context.meeting.names) if len(text) <= _LEAD_CHARACTERS else None
        if actor:
            return _Lead(actor.name, text.rstrip().endswith(","))
        return lead if lead and (lead.whole or paragraph.is_part) else None

    def _in_paragraph(self, paragraph: Paragraph, context: _Context) -> Iterator[Decision]:
        text = paragraph.block.text[:_BLOCK_CHARACTERS]
        found = False
        for start, end in sentence_spans(text, self._sentences):
            sentence = text[start : min(end, start + _SENTENCE_CHARACTERS)]
            folded = fold(sentence)
            hits = dict(self._in_sentence(sentence, folded, context))
            if not (hits or found) and self._plain_decision and self._labelled.match(folded):
                hits = {self._plain_decision: None}
            for verb, actor in hits.items():
                found = True
                yield Decision(
                    verb=verb,
                    paragraph=paragraph.number,
                    page=paragraph.block.page,
                    actor=actor,
                    text=" ".join(sentence.split()),
                )
            lead = context.lead if context.lead and context.lead.whole else None
            context = replace(context, subject=self._subject_after(sentence, folded, context, hits), lead=lead)

    def _in_sentence(self, sentence: str, folded: str, context: _Context) -> Iterator[tuple[str, str | None]]:
        """Yield the verbs of a sentence and their actors."""
        skipped = self._clauses.conclusion_start(folded)
        if skipped:
            sentence, folded = self._as_present(sentence[skipped:]), self._as_present(folded[skipped:])
        opening = self._clauses.opening_actor(sentence, folded, context.meeting.names)
        ruling = _Ruling(opening.name if opening else None, opening.end if opening else 0)
        running = False
        for form, start, end in self._verbs.find(folded):
            group = self._clauses.verb_group(folded, start)
            if self._clauses.is_idiom(folded, end) or self._clauses.is_quoted(sentence, start):
                continue
            active = group.helper in form.auxiliaries if group.helper else form.finite
            new = self._new_ruling(sentence, folded, group, end, ruling, context) if active else None
            if new:
                ruling, running = new, new.decided
            elif context.lead and self._is_led(sentence, folded, (start, end), group, active=active, lead=context.lead):
                ruling, running = _Ruling(context.lead.name, end, decided=True), True
            elif ruling.actor and (not group.helper or group.helper in form.auxiliaries):
                running = self._clauses.goes_on(folded, ruling.since, group.start, freely=ruling.decided)
                running = running and not self._is_recalled(folded, 0, end, context.meeting)
            else:
                running = False
            if running:
                yield form.verb, ruling.actor
            else:
                yield from self._passive(sentence, folded, form, group, end, context)

    def _new_ruling(
        self, sentence: str, folded: str, group: VerbGroup, end: int, ruling: _Ruling, context: _Context
    ) -> _Ruling | None:
        """Return the subject right before a verb, by its name or as a pronoun."""
        named = self._clauses.actor_before(sentence, folded, group.start, context.meeting.names)
        if named:
            recalled = self._is_recalled(folded, named.start, end, context.meeting)
            return _Ruling(named.name, named.end, decided=not recalled)
        actor = ruling.actor or context.subject
        if actor and self._clauses.pronoun_before(folded, group.start):
            return _Ruling(actor, end, decided=not self._is_recalled(folded, 0, end, context.meeting))
        return None

    def _is_led(
        self, sentence: str, folded: str, span: tuple[int, int], group: VerbGroup, *, active: bool, lead: _Lead
    ) -> bool:
        """Return whether a verb is its lead's: it begins the sentence, or is in capitals in a resolution."""
        if not (active or not group.helper):
            return False
        return not folded[: group.start].strip() or (lead.whole and sentence[slice(*span)].isupper())

    def _passive(
        self, sentence: str, folded: str, form: Form, group: VerbGroup, end: int, context: _Context
    ) -> Iterator[tuple[str, str | None]]:
        clauses = self._clauses
        start = clauses.passive_start(folded, group)
        if start is None or self._is_recalled(folded, 0, end, context.meeting):
            return
        agent = clauses.agent_behind(sentence, folded, end, context.meeting.names)
        if agent and clauses.is_adopted(folded, start):
            yield form.verb, agent.name
        elif clauses.is_passive(folded, start, end) or (
            form.verb in self._asking and clauses.is_asked(folded, group, end)
        ):
            yield form.verb, None

    def _subject_after(self, sentence: str, folded: str, context: _Context, hits: dict[str, str | None]) -> str | None:
        """Return what a pronoun at the start of the next sentence stands for."""
        if self._clauses.starts_with_pronoun(folded):
            return context.subject
        opening = self._clauses.opening_actor(sentence, folded, context.meeting.names)
        return opening.name if opening else next(filter(None, hits.values()), None)

    def _is_recalled(self, folded: str, subject: int, verb_end: int, meeting: Meeting) -> bool:
        if self._clauses.recalls(folded, subject, verb_end):
            return True
        seen = verb_end + _LATE_TIME * self._clauses.is_dated(folded, verb_end)
        return is_of_another_time(folded[:subject], folded[verb_end:seen], folded[:seen], meeting)

    def _as_present(self, text: str) -> str:
        """Return what a chair concluded a body "had" done as what it "has" done."""
        for had, has in self._pluperfects.items():
            text = text.replace(f" {had} ", f" {has} ")
        return text
