"""Finds the verbs of decisions in a sentence, with their actors, by the grammar around them.

A chair may act for the body: "The Chairman asked the Secretariat to", "He urged delegations to".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from configs.labels import alternatives, before_word, fold
from configs.proceedings import DecisionVerb, Form, Proceedings
from extractors.metadata.addressees import Addressees
from extractors.metadata.clauses import Actor, Clauses, VerbGroup, actor_of
from extractors.metadata.leads import ACTS, Lead, form_of, is_active
from extractors.metadata.recalls import Meeting, is_of_another_time

_LATE_TIME = 40
"""A session or a day named this soon after the verb may be that of the decision."""
_LOOK_BACK = 300


class Chairs:
    """Answers whether a chair, or a pronoun for one, is the subject; positions are as in `Clauses`."""

    def __init__(self, words: Proceedings) -> None:
        openers, conjunctions = alternatives(words.openers), alternatives(words.conjunctions)
        chair = (
            rf"(?:{alternatives(words.chair_articles)} )?(?P<name>{alternatives(words.chairs)})(?: \([^()]{{1,40}}\))?"
        )
        begins = rf"(?:^|[,;:] ?|(?<!\w)(?:{conjunctions}|{alternatives(words.followers)}) )"
        behind = rf"(?:{begins}|^{openers} [^,;:]{{1,120}},? )"
        self._before = re.compile(rf"{behind}{chair}(?:,[^,;:]{{1,160}},)? ?$")
        self._opening = re.compile(rf"(?:{openers} [^,;:]{{1,120}},? )?{chair}(?=[ ,])")
        pronouns = alternatives(words.chair_pronouns)
        of = rf"{alternatives(words.name_prepositions)} (?:{before_word(words.articles)})?"
        self._of_other = re.compile(rf"{self._opening.pattern} {of}(?!{alternatives(words.actors)})")
        self._pronoun_before = re.compile(rf"{begins}{pronouns} $")
        self._opening_pronoun = re.compile(rf"(?:[^;:]{{1,160}}, )?{pronouns} ")
        said = rf"{alternatives(words.statements)} (?:{before_word(words.that)})?"
        self._statement = re.compile(rf"(?:{openers} [^,;:]{{1,120}}, )?{chair} {said}")
        self._own_statement = re.compile(rf"{pronouns} {said}")
        speaker = rf"(?:{alternatives(words.speaker_articles)} ?)?(?:[\w-]+ )?"
        self._speaker = re.compile(rf"{speaker}{alternatives(words.speakers)}(?!\w)")
        alone = [one for one in words.speakers if one not in set(words.asked)]
        self._one_speaker = re.compile(rf"{speaker}{alternatives(alone)}(?!\w)")

    def before(self, sentence: str, folded: str, end: int) -> Actor | None:
        """Return the chair who is the subject right before `end`."""
        match = self._before.search(folded, max(0, end - _LOOK_BACK), end)
        return actor_of(sentence, match) if match else None

    def is_pronoun_before(self, folded: str, end: int) -> bool:
        """Return whether the subject right before `end` is a pronoun that stands for a person."""
        return bool(self._pronoun_before.search(folded, max(0, end - _LOOK_BACK), end))

    def statement_end(self, folded: str, chair: str | None) -> int:
        """Return where a clause begins that a chair states: "The Chair said that the Committee took note"; else 0.

        A pronoun is the `chair`.
        """
        match = self._statement.match(folded) or (self._own_statement.match(folded) if chair else None)
        return match.end() if match else 0

    def is_of_other(self, folded: str) -> bool:
        """Return whether a sentence begins with the chair of something else than a body: "The Chair of the Fund"."""
        return bool(self._of_other.match(folded))

    def goes_on(self, sentences: Iterable[str]) -> bool:
        """Return whether the first of folded sentences that begins with somebody who speaks has a pronoun for it."""
        for folded in sentences:
            if self._opening_pronoun.match(folded):
                return True
            if self._opening.match(folded) or self._one_speaker.match(folded):
                return False
        return False

    def speaking(self, sentence: str, folded: str, chair: str | None) -> str | None:
        """Return the chair whom a pronoun in a sentence stands for, who was `chair` in the one before.

        Somebody else who speaks ends that.
        """
        match = self._opening.match(folded)
        if match:
            return None if self.is_of_other(folded) else actor_of(sentence, match).name
        if self._opening_pronoun.match(folded):
            return chair
        return None if self._speaker.match(folded) else chair


@dataclass(frozen=True)
class Hit:
    """A verb found in a sentence: its actor, and where the verb begins and ends; both 0 where none is printed."""

    verb: DecisionVerb
    actor: str | None
    start: int
    end: int
    passive: int | None = None
    """Where the auxiliary of a passive begins."""


@dataclass(frozen=True)
class Surroundings:
    """The context of a sentence from outside of it."""

    meeting: Meeting
    subject: str | None = None
    """What a pronoun such as "it" stands for."""
    chair: str | None = None
    """Whom "he" or "she" stands for."""
    lead: Lead | None = None
    labelled: bool = False
    """Whether it stands below a label such as "Decision 4:"."""
    reported: bool = False
    """Whether the paragraph tells what somebody other than the chair said."""
    recalled: bool = False
    """Whether what somebody says in the paragraph told of an earlier decision last."""


@dataclass(frozen=True)
class _Ruling:
    """The current subject of a sentence: its start, and whether a decision of it was found so far."""

    actor: str | None
    since: int
    decided: bool = False
    led: bool = False


class DecidingVerbs:
    """Finds the verbs of one sentence; made once from the words of proceedings."""

    def __init__(self, words: Proceedings, clauses: Clauses, chairs: Chairs, addressees: Addressees) -> None:
        self._verbs = words.verbs
        self._clauses, self._chairs, self._addressees = clauses, chairs, addressees
        self._floor = frozenset(map(fold, words.floor_verbs))
        adverb = rf"(?:{alternatives(words.adverbs)} )?"
        self._preamble = re.compile(
            rf"{adverb}(?:[a-z-]+{alternatives(words.preamble_endings)}|{alternatives(words.preamble_words)})(?!\w)"
        )
        self._jointly_led = re.compile(
            rf"(?:.*(?<!\w){alternatives(words.us)}|{alternatives(words.openers)} [^;:]{{1,{_LOOK_BACK}}},) $"
        )
        self._reminder = re.compile(rf"{adverb}{alternatives(words.reminders)}(?!\w)")

    def in_sentence(self, sentence: str, folded: str, context: Surroundings) -> list[Hit]:
        """Return the verbs of a sentence by which somebody decides, in order."""
        opening = self._clauses.opening_actor(sentence, folded, context.meeting.names)
        ruling = _Ruling(opening.name if opening else None, opening.end if opening else 0)
        preamble, lead = False, context.lead
        if lead and lead.rules in ACTS:
            preamble = bool(self._preamble.match(folded))
            reminder = self._reminder.match(folded)
            ruling = _Ruling(lead.name, reminder.end(), decided=True, led=True) if reminder else ruling
        found: list[Hit] = []
        for forms, start, end in self._verbs.find_folded(folded):
            group = self._clauses.verb_group(folded, start)
            counted = [one for one in forms if is_active(one, group.helper) and self._may_count(one.verb, lead)]
            form = form_of(counted or forms, group.helper)
            capital = sentence[start:end].isupper()
            if not self._may_count(form.verb, lead) or (preamble and not capital):
                continue
            if self._clauses.is_idiom(folded, end) or self._clauses.is_aside(sentence, start):
                continue
            if form.verb.asks and self._clauses.is_question(folded, end):
                continue
            active = is_active(form, group.helper)
            new = self._new_ruling(sentence, folded, group, end, ruling, context) if active else None
            if new:
                ruling, running = new, new.decided
            elif lead and (active or not group.helper) and self._is_led(folded, group, lead, capital=capital):
                ruling, running = _Ruling(lead.name, end, decided=True, led=True), True
            elif (
                ruling.actor
                and (not group.helper or group.helper in form.auxiliaries)
                and not (form.verb.asks and self._clauses.passive_start(folded, group))
            ):
                running = self._clauses.goes_on(folded, ruling.since, group.start, freely=ruling.decided)
                running = running and (ruling.led or not self._is_recalled(folded, 0, end, context.meeting))
            else:
                running = False
            hit = Hit(form.verb, ruling.actor, group.start, end) if running else None
            hit = hit or self._by_chair(sentence, folded, form, group, end, active=active, context=context)
            hit = hit or self._passive(sentence, folded, form, group, end, context)
            if hit:
                found.append(hit)
        return found

    def recalls(self, folded: str) -> bool:
        """Return whether a sentence tells what was decided before: "The Committee had agreed", "The Charter asked"."""
        return any(
            (form.verb.plans and self._clauses.is_earlier(folded, start))
            or (form.verb.asks and not form.verb.politely and form.finite and self._clauses.is_told(folded, start))
            for forms, start, _ in self._verbs.find_folded(folded)
            for form in forms
            if not (form.verb.operative or form.verb.jointly)
        )

    def _may_count(self, verb: DecisionVerb, lead: Lead | None) -> bool:
        """Return whether a verb decides below the lead, or without one: a declaration is in the first person alone."""
        declared = lead is not None and lead.rules == "declaration"
        if verb.jointly or declared:
            return verb.jointly and declared
        return not verb.operative or (lead is not None and lead.rules != "directive")

    def _new_ruling(
        self, sentence: str, folded: str, group: VerbGroup, end: int, ruling: _Ruling, context: Surroundings
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

    def _is_led(self, folded: str, group: VerbGroup, lead: Lead, *, capital: bool) -> bool:
        """Return whether a verb is its lead's.

        It begins the sentence, is in capitals in a resolution, or stands behind "we" or "Given ...," in a declaration.
        """
        before = folded[: group.start]
        jointly = lead.rules == "declaration" and self._jointly_led.match(before)
        return not before.strip() or bool(jointly) or (lead.rules in ACTS and capital)

    def _by_chair(
        self, sentence: str, folded: str, form: Form, group: VerbGroup, end: int, *, active: bool, context: Surroundings
    ) -> Hit | None:
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
        return Hit(form.verb, chair, group.start, end)

    def _passive(
        self, sentence: str, folded: str, form: Form, group: VerbGroup, end: int, context: Surroundings
    ) -> Hit | None:
        clauses, verb = self._clauses, form.verb
        start = clauses.passive_start(folded, group)
        if start is None or context.recalled or self._is_recalled(folded, 0, end, context.meeting):
            return None
        agent = clauses.agent_behind(sentence, folded, end, context.meeting.names)
        if agent and clauses.is_adopted(folded, start):
            return Hit(verb, agent.name, group.start, end, start)
        # "It is recommended" advises; that somebody "is elected" is a decision below a label, and in French minutes.
        past = clauses.is_past(group) or context.labelled
        known = (clauses.is_done(group) or context.labelled) and not context.reported
        told = context.reported and not context.chair
        held = (
            (clauses.is_passive(folded, start, end) and (past or not verb.asks) and not told)
            or (verb.asks and clauses.is_asked(folded, group, end) and not told)
            or (known and (verb.of_anybody or context.labelled) and clauses.is_about_anybody(folded, group, start, end))
            or (known and verb.of_bodies and clauses.is_founded(folded, group, start, end))
        )
        return Hit(verb, None, group.start, end, start) if held else None

    def _is_recalled(self, folded: str, subject: int, verb_end: int, meeting: Meeting) -> bool:
        if self._clauses.recalls(folded, subject, verb_end):
            return True
        # The act itself: "At its third session in April 2031 the Centre recommended the following:".
        if meeting.day and not meeting.sessions and folded.rstrip().endswith(":") and meeting.day[:4] in folded:
            return False
        seen = verb_end + _LATE_TIME * self._clauses.is_dated(folded, verb_end)
        return is_of_another_time(folded[:subject], folded[verb_end:seen], folded[:seen], meeting)
