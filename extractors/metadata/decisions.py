"""The decisions that a paper records: who took note of, agreed on or adopted what, in which paragraph.

A decision is a verb of `proceedings.yaml` right behind its subject at the start of a clause ("The Committee,
having heard the delegates, endorsed ..."), behind a pronoun for such a subject, or behind a conjunction that
goes on with it. A chair decides by asking. What others were invited to do is one, even without an agent. What a
body itself "was invited to" do and what it did at another session are no decisions of the paper.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from configs.labels import alternatives, fold
from configs.proceedings import DecisionVerb, Form, Proceedings
from configs.sentences import SentenceRules
from configs.structure import load_structure
from extractors.document import Block, Deadline, Decision
from extractors.metadata.addressees import Addressees
from extractors.metadata.agreements import Agreements
from extractors.metadata.chairs import Chairs
from extractors.metadata.clauses import Clauses, VerbGroup
from extractors.metadata.deadlines import DeadlineFinder
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
_LONGEST_AGREEMENT = 9
"""Words of a sentence that only says that something was so agreed; a longer one states it."""
_FEWEST_WORDS = 4
"""Of a sentence behind a label ("Action: ...") that says what was decided."""


@dataclass(frozen=True)
class _Lead:
    """A subject that a block of its own names.

    It rules a resolution or a directive to its end, else the list below it.
    """

    name: str
    rules: Literal["resolution", "directive", "list"]


@dataclass(frozen=True)
class _Hit:
    """A verb found in a sentence: its actor, and where the verb begins and ends."""

    verb: DecisionVerb
    actor: str | None
    start: int
    end: int
    passive: int | None = None
    """Where the auxiliary of a passive begins."""


@dataclass(frozen=True)
class _Opened:
    """A decision whose matter is the list below it ("urges States to:"), as far as it is printed above the list."""

    verb: DecisionVerb
    decision: Decision
    fresh: bool = True
    """Whether no item of the list was read yet."""


@dataclass(frozen=True)
class _Context:
    """What comes into a sentence from outside: the subject that a pronoun stands for, the lead, the meeting."""

    meeting: Meeting
    subject: str | None = None
    chair: str | None = None
    lead: _Lead | None = None
    opened: _Opened | None = None
    labelled: bool = False
    before: tuple[Paragraph, tuple[str, ...]] | None = None
    """The paragraph before with its sentences."""


@dataclass(frozen=True)
class _Ruling:
    """The subject that goes on to rule a sentence: from where, and whether it has decided something so far."""

    actor: str | None
    since: int
    decided: bool = False
    led: bool = False


class DecisionFinder:
    """Finds decisions; made once from the words of proceedings and the rules of sentences."""

    def __init__(self, proceedings: Proceedings, sentences: SentenceRules) -> None:
        self._verbs = proceedings.verbs
        by_lemma = {verb.lemma: verb for verb in proceedings.decisions}
        self._decide, self._agree, self._instruct = (by_lemma[lemma] for lemma in ("decide", "agree", "instruct"))
        self._clauses = Clauses(proceedings)
        self._chairs = Chairs(proceedings)
        self._addressees = Addressees(proceedings)
        self._agreements = Agreements(proceedings)
        self._deadlines = DeadlineFinder(proceedings.deadlines)
        self._sentences = sentences
        self._pluperfects = proceedings.pluperfects
        number = r"(?:no\.? ?|n° ?)?\d[\d/.-]*"
        labels = alternatives(proceedings.decision_labels)
        self._labelled = re.compile(rf"{labels} (?:{number} ?:|\({number}\) ?:?) ?(?=\S)|{labels} ?: (?=\S)")
        self._numbered = re.compile(rf"\({labels} {number}\)[ .]*$")
        self._appendix = re.compile(rf"{alternatives(load_structure().divisions[0].words)}(?!\w)")
        self._directive = re.compile(rf"(?<!\w){alternatives(proceedings.directive_words)}(?!\w)")
        self._preamble = re.compile(
            rf"(?:{alternatives(proceedings.adverbs)} )?(?:[a-z-]+{alternatives(proceedings.preamble_endings)}"
            rf"|{alternatives(proceedings.preamble_words)})(?!\w)"
        )
        self._reminder = re.compile(
            rf"(?:{alternatives(proceedings.adverbs)} )?{alternatives(proceedings.reminders)}(?!\w)"
        )
        ending = alternatives(word.rstrip("'") for word in (*proceedings.requests, *proceedings.that))
        self._to_list = re.compile(rf"(?:^|(?<!\w){ending})['’]?,? ?:$")
        self._floor = frozenset(map(fold, proceedings.floor_verbs))

    def decisions_of(self, blocks: Sequence[Block], meeting: Meeting | None = None) -> tuple[Decision, ...]:
        """Return the decisions recorded in a paper's blocks, in order, one for each verb and sentence.

        `meeting` is the paper's own: a decision of another one is only recalled.
        """
        found: list[Decision] = []
        context = _Context(meeting or Meeting())
        for paragraph in paragraphs_of(blocks):
            lead = self._lead(paragraph, context)
            opened = context.opened if paragraph.is_part else None
            context = replace(context, lead=lead, opened=opened, subject=None, labelled=False)
            if self._may_decide(paragraph):
                decisions, after = self._in_paragraph(paragraph, context)
                context = replace(after, lead=lead)
                if opened and opened.fresh and found:
                    found.pop()  # the list's first item holds what stood above it
                found += decisions
            if len(found) >= _MOST_DECISIONS:
                break
        return tuple(found[:_MOST_DECISIONS])

    def _may_decide(self, paragraph: Paragraph) -> bool:
        """Return whether a block is running text, or a heading that goes on: "The Board approved the following:"."""
        block = paragraph.block
        return block.kind in ("paragraph", "item") or (block.kind == "heading" and block.text.rstrip().endswith(":"))

    def _lead(self, paragraph: Paragraph, context: _Context) -> _Lead | None:
        """Return the lead that rules a paragraph: "The Assembly," all below it, "The Committee:" the list below it."""
        text, lead = paragraph.block.text, context.lead
        named = self._new_lead(text, context)
        if paragraph.block.kind == "heading":
            named = named if named and named.rules != "list" else None
            ends = not lead or lead.rules == "list" or self._appendix.match(fold(text[:_LEAD_CHARACTERS]))
            return named or (None if ends else lead)
        return named or (lead if lead and (lead.rules != "list" or paragraph.is_part) else None)

    def _new_lead(self, text: str, context: _Context) -> _Lead | None:
        """Return the lead that a block is: "The Assembly,", "The Committee:", "THE COUNCIL HEREBY DIRECTS:"."""
        if len(text) > _LEAD_CHARACTERS:
            return None
        names, folded = context.meeting.names, fold(text)
        if text.rstrip().endswith(":") and self._directive.search(folded):
            for forms, start, _ in self._verbs.find_folded(folded):
                group = self._clauses.verb_group(folded, start)
                actor = self._clauses.actor_before(text, folded, group.start, names)
                if actor and _form(forms, group.helper).verb in (self._instruct, self._decide):
                    return _Lead(actor.name, "directive")
        actor = self._clauses.lead(text, names)
        return _Lead(actor.name, "resolution" if text.rstrip().endswith(",") else "list") if actor else None

    def _in_paragraph(self, paragraph: Paragraph, context: _Context) -> tuple[list[Decision], _Context]:
        """Return the decisions of a paragraph, and the context of the next one."""
        text = paragraph.block.text[:_BLOCK_CHARACTERS]
        found: list[Decision] = []
        said: list[str] = []
        if self._new_lead(text, context):
            return found, replace(context, opened=None, before=None)
        for start, end in sentence_spans(text, self._sentences):
            sentence = text[start : min(end, start + _SENTENCE_CHARACTERS)]
            decisions, context = self._of_sentence(sentence, paragraph, said, context)
            found += decisions
            said.append(" ".join(sentence.split()))
        return found, replace(context, before=(paragraph, tuple(said)) if said else context.before)

    def _of_sentence(
        self, sentence: str, paragraph: Paragraph, said: Sequence[str], context: _Context
    ) -> tuple[list[Decision], _Context]:
        """Return the decisions of a sentence, and the context of the next one."""
        folded = fold(sentence)
        label = self._labelled.match(folded)
        says_enough = label is not None and len(folded[label.end() :].split()) >= _FEWEST_WORDS
        chair = self._chairs.speaking(sentence, folded, context.chair, first=not said)
        context = replace(context, chair=chair, labelled=context.labelled or says_enough)
        if self._agreements.found_at(folded) is not None:
            return list(self._agreed(sentence, folded, paragraph, said, context)), context
        clause = sentence[label.end() :] if label and says_enough else sentence
        clause = clause[self._clauses.conclusion_start(fold(clause)) :]
        clause = self._as_present(clause) if len(clause) < len(sentence) else clause
        folded_clause = fold(clause)
        hits = self._hits(clause, folded_clause, context) or self._unsaid(clause, folded_clause, context)
        found = list(self._decisions(hits, clause, sentence, paragraph, context))
        opened = self._opened(hits, found, folded_clause)
        if context.opened and not said:
            found.insert(0, self._listed(context.opened, sentence, paragraph, context))
            opened = opened or replace(context.opened, fresh=False)
        elif context.opened:
            opened = opened or context.opened
        lead = context.lead if context.lead and context.lead.rules != "list" else None
        subject = self._subject_after(sentence, folded, context, hits)
        return found, replace(context, subject=subject, lead=lead, opened=opened)

    def _decisions(
        self, hits: Sequence[_Hit], clause: str, sentence: str, paragraph: Paragraph, context: _Context
    ) -> Iterator[Decision]:
        """Yield a decision for each verb of a sentence; the text up to the next verb says who is to act by when."""
        folded = fold(clause)
        seen: set[tuple[str, str | None]] = set()
        for number, hit in enumerate(hits):
            until = hits[number + 1].start if number + 1 < len(hits) else len(clause)
            addressee = self._addressee(hit, clause, folded, until, context)
            if (hit.verb.id, addressee) in seen:
                continue
            seen.add((hit.verb.id, addressee))
            yield Decision(
                verb=hit.verb.id,
                paragraph=paragraph.number,
                page=paragraph.block.page,
                actor=hit.actor,
                addressee=addressee,
                deadline=self._deadline(hit.verb, clause[hit.end : until], context),
                text=" ".join(sentence.split()),
            )

    def _addressee(self, hit: _Hit, clause: str, folded: str, until: int, context: _Context) -> str | None:
        if hit.verb.asks and hit.end:
            if hit.passive is not None:
                return self._addressees.subject(clause, folded, hit.passive)
            asked = self._addressees.asked(clause, folded, hit.end, until)
            if asked or hit.verb is not self._instruct:
                return asked.name if asked else None
        if hit.verb in (self._agree, self._decide, self._instruct) and hit.passive is None:
            return self._addressees.obliged(clause, folded, hit.end, until, context.chair)
        return None

    def _deadline(self, verb: DecisionVerb, text: str, context: _Context) -> Deadline | None:
        if not (verb.asks or verb.plans):
            return None
        meeting = context.meeting
        return self._deadlines.deadline_in(text, written=meeting.day, sessions=meeting.sessions)

    def _agreed(
        self, sentence: str, folded: str, paragraph: Paragraph, said: Sequence[str], context: _Context
    ) -> Iterator[Decision]:
        """Yield what "It was so agreed" stands for: the matter in the sentences before it."""
        clauses, names = self._clauses, context.meeting.names
        so = self._agreements.found_at(folded) or 0
        actor = clauses.actor_before(sentence, folded, clauses.verb_group(folded, so).start, names)
        matters: tuple[str, ...]
        if len(folded.split()) > _LONGEST_AGREEMENT:
            place, matters = paragraph, (" ".join(sentence.split()),)
        elif said or not context.before:
            place, matters = paragraph, self._agreements.matters_of(said or [" ".join(sentence.split())])
        else:
            place, matters = context.before[0], self._agreements.matters_of(context.before[1])
        for matter in matters:
            speaker = self._chairs.speaking(matter, fold(matter), context.chair, first=False)
            yield Decision(
                verb=self._agree.id,
                paragraph=place.number,
                page=place.block.page,
                actor=actor.name if actor else None,
                addressee=self._addressees.obliged(matter, fold(matter), 0, len(matter), speaker),
                deadline=self._deadline(self._agree, matter, context),
                text=matter,
            )

    def _unsaid(self, clause: str, folded: str, context: _Context) -> list[_Hit]:
        """Return what a sentence without a verb of its own decides, below a label or in a directive."""
        if context.labelled or self._numbered.search(folded):
            return [_Hit(self._decide, None, 0, 0)]
        directive = context.lead if context.lead and context.lead.rules == "directive" else None
        if directive and self._addressees.obliged(clause, folded, 0, len(folded)):
            return [_Hit(self._instruct, directive.name, 0, 0)]
        return []

    def _opened(self, hits: Sequence[_Hit], found: Sequence[Decision], folded: str) -> _Opened | None:
        """Return the last decision of a sentence whose matter is the list below it."""
        if not (
            hits and found and hits[-1].verb.id != "took note" and self._to_list.search(folded[hits[-1].end :].strip())
        ):
            return None
        return _Opened(hits[-1].verb, found[-1])

    def _listed(self, opened: _Opened, sentence: str, paragraph: Paragraph, context: _Context) -> Decision:
        """Return the decision that an item of a list is; the first one stands with what is printed above the list."""
        above = (opened.decision.text, (paragraph.block.number or "").strip()) if opened.fresh else ()
        return opened.decision.model_copy(
            update={
                "paragraph": paragraph.number,
                "page": paragraph.block.page,
                "deadline": self._deadline(opened.verb, sentence, context) or opened.decision.deadline,
                "text": " ".join([*filter(None, above), *sentence.split()]),
            }
        )

    def _hits(self, sentence: str, folded: str, context: _Context) -> list[_Hit]:
        """Return the verbs of a sentence by which somebody decides, in order."""
        opening = self._clauses.opening_actor(sentence, folded, context.meeting.names)
        ruling = _Ruling(opening.name if opening else None, opening.end if opening else 0)
        preamble, lead = False, context.lead
        if lead and lead.rules == "resolution":
            preamble = bool(self._preamble.match(folded))
            reminder = self._reminder.match(folded)
            ruling = _Ruling(lead.name, reminder.end(), decided=True, led=True) if reminder else ruling
        found: list[_Hit] = []
        for forms, start, end in self._verbs.find_folded(folded):
            group = self._clauses.verb_group(folded, start)
            form = _form(forms, group.helper)
            capital = sentence[start:end].isupper()
            if (form.verb.operative and not (lead and lead.rules != "directive")) or (preamble and not capital):
                continue
            if self._clauses.is_idiom(folded, end) or self._clauses.is_quoted(sentence, start):
                continue
            if form.verb.asks and self._clauses.is_question(folded, end):
                continue
            active = _is_active(form, group.helper)
            new = self._new_ruling(sentence, folded, group, end, ruling, context) if active else None
            if new:
                ruling, running = new, new.decided
            elif lead and (active or not group.helper) and self._is_led(folded, group, lead, capital=capital):
                ruling, running = _Ruling(lead.name, end, decided=True, led=True), True
            elif ruling.actor and (not group.helper or group.helper in form.auxiliaries):
                running = self._clauses.goes_on(folded, ruling.since, group.start, freely=ruling.decided)
                running = running and (ruling.led or not self._is_recalled(folded, 0, end, context.meeting))
            else:
                running = False
            hit = _Hit(form.verb, ruling.actor, group.start, end) if running else None
            hit = hit or self._by_chair(sentence, folded, form, group, end, active=active, context=context)
            hit = hit or self._passive(sentence, folded, form, group, end, context)
            if hit:
                found.append(hit)
        return found

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

    def _is_led(self, folded: str, group: VerbGroup, lead: _Lead, *, capital: bool) -> bool:
        """Return whether a verb is its lead's: it begins the sentence, or is in capitals in a resolution."""
        return not folded[: group.start].strip() or (lead.rules == "resolution" and capital)

    def _by_chair(
        self, sentence: str, folded: str, form: Form, group: VerbGroup, end: int, *, active: bool, context: _Context
    ) -> _Hit | None:
        """Return what a chair asks of somebody, other than to speak."""
        if not (active and form.verb.asks) or self._is_recalled(folded, 0, end, context.meeting):
            return None
        named = self._chairs.before(sentence, folded, group.start)
        chair = named.name if named else context.chair
        if not chair or not (named or self._chairs.is_pronoun_before(folded, group.start)):
            return None
        asked = self._addressees.asked(sentence, folded, end, len(folded))
        if not asked or not asked.verb or (form.verb.politely and asked.verb.split()[-1] in self._floor):
            return None
        return _Hit(form.verb, chair, group.start, end)

    def _passive(
        self, sentence: str, folded: str, form: Form, group: VerbGroup, end: int, context: _Context
    ) -> _Hit | None:
        clauses, verb = self._clauses, form.verb
        start = clauses.passive_start(folded, group)
        if start is None or self._is_recalled(folded, 0, end, context.meeting):
            return None
        agent = clauses.agent_behind(sentence, folded, end, context.meeting.names)
        if agent and clauses.is_adopted(folded, start):
            return _Hit(verb, agent.name, group.start, end, start)
        held = (
            clauses.is_passive(folded, start, end)
            or (verb.asks and clauses.is_asked(folded, group, end))
            or ((verb.of_anybody or context.labelled) and clauses.is_about_anybody(folded, group, start, end))
            or (verb.of_bodies and clauses.is_founded(folded, group, start, end))
        )
        return _Hit(verb, None, group.start, end, start) if held else None

    def _subject_after(self, sentence: str, folded: str, context: _Context, hits: Sequence[_Hit]) -> str | None:
        """Return what a pronoun at the start of the next sentence stands for."""
        if self._clauses.starts_with_pronoun(folded):
            return context.subject
        opening = self._clauses.opening_actor(sentence, folded, context.meeting.names)
        return opening.name if opening else next((hit.actor for hit in hits if hit.actor), None)

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


def _form(forms: Sequence[Form], helper: str | None) -> Form:
    """Return the form that an auxiliary, or none, makes of what several verbs print alike."""
    return next((form for form in forms if _is_active(form, helper)), forms[0])


def _is_active(form: Form, helper: str | None) -> bool:
    return helper in form.auxiliaries if helper else form.finite
