"""Extracts the decisions that a paper records, with actor, verb, addressee, deadline and paragraph.

A decision is a verb of `proceedings.yaml` right behind its subject at the start of a clause ("The Committee,
having heard the delegates, endorsed ..."), behind a pronoun for such a subject, or behind a conjunction that
goes on with it. A chair decides by asking. What others were invited to do is one, even without an agent. What a
body itself "was invited to" do, what it did at another session, what somebody else who speaks says was agreed, and what
an annex tells are no decisions of the paper. "It was so agreed." stands for the sentence before.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from configs.labels import alternatives, fold
from configs.proceedings import DecisionVerb, Proceedings
from configs.sentences import SentenceRules
from extractors.document import Block, Deadline, Decision
from extractors.metadata.addressees import Addressees
from extractors.metadata.clauses import Clauses
from extractors.metadata.deadlines import DeadlineFinder
from extractors.metadata.deciding_verbs import Chairs, DecidingVerbs, Hit, Surroundings
from extractors.metadata.leads import ACTS, Leads, Paragraph, paragraphs_of
from extractors.metadata.recalls import Meeting
from extractors.text.sentences import sentence_spans

_BLOCK_CHARACTERS = 20_000
_SENTENCE_CHARACTERS = 1_500
"""Longest parts of a block and of a sentence that are looked at; keeps the work bounded."""
_MOST_DECISIONS = 2_000
_LONGEST_AGREEMENT = 9
"""Words of a sentence that only says that something was so agreed; a longer one states it."""
_FEWEST_WORDS = 4
"""Of a sentence behind a label ("Action: ...") that says what was decided."""
_MOST_MATTERS = 4
_LISTED, _MOST_ITEMS = 300, 40
"""Characters of a list below a decision that its text goes on with, and items that are looked at for them."""
_OPENING, _CLOSING = "\u201c\u00ab", "\u201d\u00bb"
_MARKS = f'"{_OPENING}{_CLOSING}'


class Agreements:
    """Finds the matter of an agreement in the sentences before it."""

    def __init__(self, words: Proceedings) -> None:
        self._agreed = re.compile(rf"(?<!\w){alternatives(words.so_agreed)}[ .]*$")
        self._proposal = re.compile(rf"(?<!\w){alternatives(words.proposals)}(?!\w)")
        self._modal = re.compile(rf"(?<!\w){alternatives(words.modals)}(?!\w)")
        self._condition = re.compile(rf"{alternatives(words.conditions)}(?!\w)")
        self._recall = re.compile(rf"(?<!\w){alternatives(words.recalls)}(?!\w)")

    def found_at(self, folded: str) -> int | None:
        """Return where a sentence says at its end that something was so agreed."""
        match = self._agreed.search(folded)
        return match.start() if match else None

    def proposes(self, said: Sequence[str]) -> bool:
        """Return whether any of the sentences proposes something."""
        return any(self._proposal.search(fold(sentence)) for sentence in said)

    def matters_of(self, said: Sequence[str]) -> tuple[str, ...]:
        """Return the sentences that state what was agreed: proposals and what follows from them, else the last one.

        `said` is the paragraph before the agreement.
        """
        folded = list(_outside_quotations(said))
        proposals = [at for at, one in enumerate(folded) if self._proposal.search(one) and not self._recall.search(one)]
        first = proposals[0] if proposals else 0
        follows = [at for at, one in enumerate(folded) if at >= first and self._states(one)]
        places = sorted({*proposals, *follows})[-_MOST_MATTERS:] or [len(said) - 1]
        return tuple(said[at] for at in places if said)

    def _states(self, folded: str) -> bool:
        return bool(self._modal.search(folded)) and not (self._condition.match(folded) or self._recall.search(folded))


def _with_list(decisions: Sequence[Decision], items: Iterable[Paragraph]) -> Sequence[Decision]:
    """Return decisions, those that end in a colon with the beginning of the list below them."""
    if not any(one.text.endswith(":") for one in decisions):
        return decisions
    listed = " ".join(word for one in items for word in f"{one.block.number or ''} {one.block.text}".split())
    if len(listed) > _LISTED:
        listed = f"{listed[:_LISTED].rsplit(' ', 1)[0]} […]"
    return [
        one.model_copy(update={"text": f"{one.text} {listed}".rstrip()}) if one.text.endswith(":") else one
        for one in decisions
    ]


def _outside_quotations(said: Sequence[str]) -> Iterator[str]:
    """Yield the sentences folded, an empty text for one that begins within a quotation."""
    inside = False
    for sentence in said:
        yield "" if inside else fold(sentence)
        marks = [mark for mark in sentence if mark in _MARKS]
        for mark in marks:
            inside = mark in _OPENING or (mark not in _CLOSING and not inside)


@dataclass(frozen=True)
class _Opened:
    """A decision whose matter is the list below it ("urges States to:"), as far as it is printed above the list."""

    verb: DecisionVerb
    decision: Decision
    fresh: bool = True
    """Whether no item of the list was read yet."""


@dataclass(frozen=True)
class _Context(Surroundings):
    """The state that one paragraph passes on to the next."""

    opened: _Opened | None = None
    before: tuple[Paragraph, tuple[str, ...]] | None = None
    """The paragraph before with its sentences."""


class DecisionFinder:
    """Finds decisions; made once from the words of proceedings and the rules of sentences."""

    def __init__(self, proceedings: Proceedings, sentences: SentenceRules) -> None:
        by_lemma = {verb.lemma: verb for verb in proceedings.decisions}
        self._decide, self._agree, self._instruct = (by_lemma[lemma] for lemma in ("decide", "agree", "instruct"))
        self._clauses = Clauses(proceedings)
        self._chairs = Chairs(proceedings)
        self._addressees = Addressees(proceedings)
        self._agreements = Agreements(proceedings)
        self._deadlines = DeadlineFinder(proceedings.deadlines)
        self._leads = Leads(proceedings, self._clauses)
        self._verbs = DecidingVerbs(proceedings, self._clauses, self._chairs, self._addressees)
        self._sentences = sentences
        self._pluperfects = proceedings.pluperfects
        number = r"(?:no\.? ?|n° ?)?\d[\d/.-]*"
        labels = alternatives(proceedings.decision_labels)
        self._labelled = re.compile(rf"{labels} (?:{number} ?:|\({number}\) ?:?) ?(?=\S)|{labels} ?: (?=\S)")
        self._decision_label = re.compile(rf"{alternatives(proceedings.decision_words)}(?!\w)")
        self._numbered = re.compile(rf"\({labels} {number}\)[ .]*$")
        ending = alternatives(word.rstrip("'") for word in (*proceedings.requests, *proceedings.that))
        self._to_list = re.compile(rf"(?:^|(?<!\w){ending})['’]?,? ?:$")

    def decisions_of(self, blocks: Sequence[Block], meeting: Meeting | None = None) -> tuple[Decision, ...]:
        """Return the decisions recorded in a paper's blocks, in order, one for each verb and sentence.

        `meeting` is the paper's own: a decision of another one is only recalled.
        """
        found: list[Decision] = []
        context = _Context(meeting or Meeting())
        in_annex = False
        paragraphs = tuple(paragraphs_of(blocks))
        for place, paragraph in enumerate(paragraphs, start=1):
            # A cover may name the annex that the paper itself is; a resolution in an annex is the body's.
            in_annex = in_annex or (bool(found) and self._leads.opens_annex(paragraph.block))
            lead = self._leads.over(paragraph, context.lead, context.meeting)
            opened = context.opened if paragraph.is_part else None
            context = replace(context, lead=lead, opened=opened, subject=None, labelled=False, recalled=False)
            if self._may_decide(paragraph) and not (in_annex and (lead is None or lead.rules not in ACTS)):
                decisions, after = self._in_paragraph(paragraph, context)
                context = replace(after, lead=lead)
                if opened and opened.fresh and found and decisions:
                    found.pop()  # the list's first item holds what stood above it
                items = takewhile(lambda one: one.is_part, islice(paragraphs, place, place + _MOST_ITEMS))
                found += _with_list(decisions, items)
            if len(found) >= _MOST_DECISIONS:
                break
        return tuple(found[:_MOST_DECISIONS])

    def _may_decide(self, paragraph: Paragraph) -> bool:
        """Return whether a block is running text, or a heading that goes on: "The Board approved the following:"."""
        block = paragraph.block
        return block.kind in ("paragraph", "item") or (block.kind == "heading" and block.text.rstrip().endswith(":"))

    def _in_paragraph(self, paragraph: Paragraph, context: _Context) -> tuple[list[Decision], _Context]:
        """Return the decisions of a paragraph, and the context of the next one."""
        text = paragraph.block.text[:_BLOCK_CHARACTERS]
        found: list[Decision] = []
        said: list[str] = []
        if self._leads.named(text, context.meeting):
            return found, replace(context, opened=None, before=None)
        spans = sentence_spans(text, self._sentences)
        goes_on = self._chairs.goes_on(fold(text[start:end]) for start, end in spans)
        context = replace(context, reported=context.reported and goes_on, chair=context.chair if goes_on else None)
        for start, end in spans:
            sentence = text[start : min(end, start + _SENTENCE_CHARACTERS)]
            decisions, context = self._of_sentence(sentence, paragraph, said, context)
            found += decisions
            said.append(" ".join(sentence.split()))
        # What is agreed on below a list is what stands above it.
        listed = paragraph.block.kind == "item" and not self._agreements.proposes(said)
        kept = context.before if listed and context.before else (paragraph, tuple(said))
        return found, replace(context, before=kept if said else context.before)

    def _of_sentence(
        self, sentence: str, paragraph: Paragraph, said: Sequence[str], context: _Context
    ) -> tuple[list[Decision], _Context]:
        """Return the decisions of a sentence, and the context of the next one."""
        folded = fold(sentence)
        label = self._labelled.match(folded)
        says_enough = label is not None and self._says_enough(sentence, folded, label)
        chair = self._chairs.speaking(sentence, folded, context.chair)
        context = replace(context, chair=chair, labelled=context.labelled or says_enough)
        if self._agreements.found_at(folded) is not None and len(folded.split()) <= _LONGEST_AGREEMENT:
            return list(self._agreed(sentence, folded, paragraph, said, context)), context
        begin = label.end() if label and says_enough else 0
        clause, folded_clause = sentence[begin:], folded[begin:]
        if concluded := self._clauses.conclusion_start(folded_clause):
            clause = self._as_present(clause[concluded:])
            folded_clause = fold(clause)
        else:
            begin = self._chairs.statement_end(folded_clause, context.chair)
            clause, folded_clause = clause[begin:], folded_clause[begin:]
        hits = self._verbs.in_sentence(clause, folded_clause, context) or self._without_verb(
            clause, folded_clause, context
        )
        found = list(self._decisions(hits, (clause, folded_clause), sentence, paragraph, context))
        opened = self._opened(hits, found, folded_clause)
        if context.opened and not said:
            found.insert(0, self._listed(context.opened, (sentence, folded), paragraph, context))
            opened = opened or replace(context.opened, fresh=False)
        elif context.opened:
            opened = opened or context.opened
        lead = context.lead if context.lead and context.lead.rules != "list" else None
        subject = self._subject_after(sentence, folded, context, hits)
        reported = context.reported
        if not said:
            reported = reported or self._clauses.is_reported(folded) or self._chairs.is_of_other(folded)
        spoken = reported or context.chair is not None
        recalled = not hits and spoken and (context.recalled or self._verbs.recalls(folded))
        return found, replace(context, subject=subject, lead=lead, opened=opened, reported=reported, recalled=recalled)

    def _decisions(
        self, hits: Sequence[Hit], printed: tuple[str, str], sentence: str, paragraph: Paragraph, context: _Context
    ) -> Iterator[Decision]:
        """Yield a decision for each verb of a sentence; the text up to the next verb says who is to act by when."""
        clause, folded = printed
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
                deadline=self._deadline(hit.verb, clause[hit.end : until], folded[hit.end : until], context),
                text=" ".join(sentence.split()),
            )

    def _says_enough(self, sentence: str, folded: str, label: re.Match[str]) -> bool:
        """Return whether a label stands before what was decided; of an action without a number somebody is to act."""
        text, folded = sentence[label.end() :], folded[label.end() :]
        if len(text.split()) < _FEWEST_WORDS:
            return False
        named = self._addressees.assigned(text, folded) or self._addressees.obliged(text, folded, 0, len(text))
        return bool(self._decision_label.match(label[0])) or any(map(str.isdigit, label[0])) or named is not None

    def _addressee(self, hit: Hit, clause: str, folded: str, until: int, context: _Context) -> str | None:
        if hit.verb.asks and hit.end:
            if hit.passive is not None:
                return self._addressees.subject(clause, folded, hit.passive)
            asked = self._addressees.asked(clause, folded, hit.end, until)
            if asked or hit.verb is not self._instruct:
                return asked.name if asked else None
        if hit.verb is self._instruct and not hit.end and (assigned := self._addressees.assigned(clause, folded)):
            return assigned
        if hit.verb in (self._agree, self._decide, self._instruct) and hit.passive is None:
            return self._addressees.obliged(clause, folded, hit.end, until, context.chair)
        return None

    def _deadline(self, verb: DecisionVerb, text: str, folded: str, context: _Context) -> Deadline | None:
        if not (verb.asks or verb.plans):
            return None
        meeting = context.meeting
        return self._deadlines.deadline_in(text, folded, written=meeting.day, sessions=meeting.sessions)

    def _agreed(
        self, sentence: str, folded: str, paragraph: Paragraph, said: Sequence[str], context: _Context
    ) -> Iterator[Decision]:
        """Yield what "It was so agreed" stands for: the matter in the sentences before it."""
        clauses, names = self._clauses, context.meeting.names
        so = self._agreements.found_at(folded) or 0
        actor = clauses.actor_before(sentence, folded, clauses.verb_group(folded, so).start, names)
        place, before = paragraph, tuple(said)
        if not (said or context.before):
            before = (" ".join(sentence.split()),)
        elif not said and context.before:
            place, before = context.before
        matters, speaker = self._agreements.matters_of(before), context.chair
        for matter in before:
            folded = fold(matter)
            speaker = self._chairs.speaking(matter, folded, speaker)
            if matter in matters:
                yield Decision(
                    verb=self._agree.id,
                    paragraph=place.number,
                    page=place.block.page,
                    actor=actor.name if actor else None,
                    addressee=self._addressees.obliged(matter, folded, 0, len(matter), speaker),
                    deadline=self._deadline(self._agree, matter, folded, context),
                    text=matter,
                )

    def _without_verb(self, clause: str, folded: str, context: _Context) -> list[Hit]:
        """Return what a sentence without a verb of its own decides, below a label or in a directive."""
        if context.labelled or self._numbered.search(folded):
            verb = self._instruct if self._addressees.assigned(clause, folded) else self._decide
            return [Hit(verb, None, 0, 0)]
        directive = context.lead if context.lead and context.lead.rules == "directive" else None
        if directive and self._addressees.obliged(clause, folded, 0, len(folded)):
            return [Hit(self._instruct, directive.name, 0, 0)]
        return []

    def _opened(self, hits: Sequence[Hit], found: Sequence[Decision], folded: str) -> _Opened | None:
        """Return the last decision of a sentence whose matter is the list below it."""
        if not (
            hits and found and hits[-1].verb.id != "took note" and self._to_list.search(folded[hits[-1].end :].strip())
        ):
            return None
        return _Opened(hits[-1].verb, found[-1])

    def _listed(self, opened: _Opened, printed: tuple[str, str], paragraph: Paragraph, context: _Context) -> Decision:
        """Return the decision that an item of a list is; the first one stands with what is printed above the list."""
        above = (opened.decision.text, (paragraph.block.number or "").strip()) if opened.fresh else ()
        return opened.decision.model_copy(
            update={
                "paragraph": paragraph.number,
                "page": paragraph.block.page,
                "deadline": self._deadline(opened.verb, *printed, context) or opened.decision.deadline,
                "text": " ".join([*filter(None, above), *printed[0].split()]),
            }
        )

    def _subject_after(self, sentence: str, folded: str, context: _Context, hits: Sequence[Hit]) -> str | None:
        """Return what a pronoun at the start of the next sentence stands for."""
        if self._clauses.starts_with_pronoun(folded):
            return context.subject
        opening = self._clauses.opening_actor(sentence, folded, context.meeting.names)
        return opening.name if opening else next((hit.actor for hit in hits if hit.actor), None)

    def _as_present(self, text: str) -> str:
        """Return what a chair concluded a body "had" done as what it "has" done."""
        for had, has in self._pluperfects.items():
            text = text.replace(f" {had} ", f" {has} ")
        return text
