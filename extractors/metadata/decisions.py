"""The decisions that a paper records: who took note of, agreed on or adopted what, in which paragraph.

A decision is a verb of `proceedings.yaml` right behind its subject at the start of a clause ("The Committee,
having heard the delegates, endorsed ..."), behind a pronoun for such a subject, or behind a conjunction that
goes on with it. What a body "was invited to" do and what it did at another session are no decisions of the paper.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from configs.labels import fold
from configs.proceedings import Proceedings
from configs.sentences import SentenceRules
from extractors.document import Block, Decision
from extractors.metadata.clauses import Clauses
from extractors.metadata.paragraphs import Paragraph, paragraphs_of
from extractors.metadata.sessions import sessions_in
from extractors.sentences import sentence_spans

_BLOCK_CHARACTERS = 20_000
_SENTENCE_CHARACTERS = 1_500
"""Longest parts of a block and of a sentence that are looked at; keeps the work bounded."""
_MOST_DECISIONS = 2_000
_LEAD_CHARACTERS = 200
_LATE_SESSION = 40
"""A session named this soon after the verb may be that of the decision."""


@dataclass(frozen=True)
class _Context:
    """What comes into a sentence from outside: the subject that a pronoun stands for, and that of a list."""

    subject: str | None
    lead: str | None
    sessions: Collection[int]


class DecisionFinder:
    """Finds decisions; made once from the words of proceedings and the rules of sentences."""

    def __init__(self, proceedings: Proceedings, sentences: SentenceRules) -> None:
        self._verbs = proceedings.verbs
        self._clauses = Clauses(proceedings)
        self._sentences = sentences

    def decisions_of(self, blocks: Sequence[Block], sessions: Collection[int] = ()) -> tuple[Decision, ...]:
        """Return the decisions recorded in a paper's blocks, in order, one for each verb and sentence.

        `sessions` are the paper's own: a decision of another one is only recalled.
        """
        found: list[Decision] = []
        lead: str | None = None
        whole = False
        for paragraph in paragraphs_of(blocks):
            block = paragraph.block
            if block.kind not in ("paragraph", "item"):
                lead = None if block.kind == "heading" else lead
                continue
            opened = self._lead(block.text)
            if opened or not (lead and (paragraph.is_part or (whole and self._starts_with_verb(block.text)))):
                lead = opened
                # "The Assembly," rules all paragraphs of a resolution, "The Committee:" the list below it.
                whole = block.text.rstrip().endswith(",")
            found += self._in_paragraph(paragraph, None if opened else lead, sessions)
            if len(found) >= _MOST_DECISIONS:
                break
        return tuple(found[:_MOST_DECISIONS])

    def _in_paragraph(self, paragraph: Paragraph, lead: str | None, sessions: Collection[int]) -> Iterator[Decision]:
        text = paragraph.block.text[:_BLOCK_CHARACTERS]
        context = _Context(None, lead, sessions)
        for start, end in sentence_spans(text, self._sentences):
            sentence = text[start : min(end, start + _SENTENCE_CHARACTERS)]
            folded = fold(sentence)
            hits = dict(self._in_sentence(sentence, folded, context))
            for verb, actor in hits.items():
                yield Decision(
                    verb=verb,
                    paragraph=paragraph.number,
                    page=paragraph.block.page,
                    actor=actor,
                    text=" ".join(sentence.split()),
                )
            context = _Context(self._subject_after(sentence, folded, context, hits), None, sessions)

    def _in_sentence(self, sentence: str, folded: str, context: _Context) -> Iterator[tuple[str, str | None]]:
        """Yield the verbs of a sentence and their actors."""
        clauses = self._clauses
        opening = clauses.opening_actor(sentence, folded)
        actor, since = (opening.name, opening.end) if opening else (None, 0)
        running = decided = False
        for form, start, end in self._verbs.find(sentence):
            group = clauses.verb_group(folded, start)
            active = group.helper in form.auxiliaries if group.helper else form.finite
            named = clauses.actor_before(sentence, folded, group.start) if active else None
            if clauses.is_idiom(folded, end):
                continue
            if named:
                actor, since = named.name, named.end
                running = decided = not self._is_recalled(folded, named.start, end, context.sessions)
            elif active and (actor or context.subject) and clauses.pronoun_before(folded, group.start):
                actor, since = actor or context.subject, end
                running = decided = not self._is_recalled(folded, 0, end, context.sessions)
            elif context.lead and not folded[: group.start].strip() and (active or not group.helper):
                actor, since, running, decided = context.lead, end, True, True
            elif actor and (not group.helper or group.helper in form.auxiliaries):
                running = clauses.goes_on(folded, since, group.start, freely=decided)
                running = running and not self._is_recalled(folded, 0, end, context.sessions)
            else:
                running = False
                if clauses.is_passive(folded, group, end) and not self._is_recalled(folded, 0, end, context.sessions):
                    yield form.verb, None
            if running:
                yield form.verb, actor

    def _subject_after(self, sentence: str, folded: str, context: _Context, hits: dict[str, str | None]) -> str | None:
        """Return what a pronoun at the start of the next sentence stands for."""
        if self._clauses.starts_with_pronoun(folded):
            return context.subject
        opening = self._clauses.opening_actor(sentence, folded)
        return opening.name if opening else next(filter(None, hits.values()), None)

    def _is_recalled(self, folded: str, subject: int, verb_end: int, sessions: Collection[int]) -> bool:
        if self._clauses.recalls(folded, subject, verb_end):
            return True
        seen = verb_end + _LATE_SESSION * self._clauses.is_dated(folded, verb_end)
        named = sessions_in(folded[:seen]) if sessions else None
        return named is not None and set(sessions).isdisjoint(named[0])

    def _starts_with_verb(self, text: str) -> bool:
        folded = fold(text[:_LEAD_CHARACTERS])
        first = next(self._verbs.find(folded), None)
        return first is not None and not folded[: self._clauses.verb_group(folded, first[1]).start].strip()

    def _lead(self, text: str) -> str | None:
        lead = self._clauses.lead(text) if len(text) <= _LEAD_CHARACTERS else None
        return lead.name if lead else None
