"""The grammar of decisions: subjects, auxiliaries and passives around verbs, by the words of `proceedings.yaml`.

All positions are offsets into one sentence; `folded` is the same sentence in lower case without accents.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from configs.labels import alternatives, before_word, fold
from configs.proceedings import Proceedings

_LOOK_BACK = 300
_WORD = r"[\w.'/&-]{1,40}"
_ACRONYM = r"(?P<acronym>[a-z]{2,8}(?:/[a-z]{2,8})?(?:-?\d{1,3})?)"
_JOINTS = ("and", "et")
_QUOTES = (("\u201c", "\u201d"), ("\u00ab", "\u00bb"))


@dataclass(frozen=True)
class VerbGroup:
    """Where a verb with its auxiliary and adverbs begins, and the auxiliary, folded, if it has one."""

    start: int
    helper: str | None


@dataclass(frozen=True)
class Actor:
    """A subject as printed, without its article, and where it begins and ends."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class BodyNames:
    """What a paper calls its bodies: the acronyms that it uses, and whether its own body is a group."""

    acronyms: Collection[str] = ()
    is_group: bool = False


class Clauses:
    """Analyses the clauses around the verbs of an English or French sentence."""

    def __init__(self, words: Proceedings) -> None:
        article, agents = before_word(words.articles), alternatives(words.agents)
        helpers = {form for forms in words.auxiliaries.values() for form in forms} | set(words.passives)
        openers, prepositions = alternatives(words.openers), alternatives(words.name_prepositions)
        adjective = rf"{_WORD}{alternatives(words.adjective_endings)}(?!\w)"
        conjunctions = alternatives(words.conjunctions)
        tail = rf"(?: {adjective}){{0,3}}(?: {prepositions}(?: {_WORD}){{1,9}}?)?(?: \([^()]{{1,24}}\))?"
        noun = rf"(?:(?P<noun>{alternatives(words.actors)})|{_ACRONYM})(?!\w)"
        name = rf"(?P<name>(?P<mods>(?:{_WORD} ){{0,5}}?){noun}{tail})"
        actor = rf"(?P<article>{article})?{name}"
        chairs, conclusions, pronouns = map(alternatives, (words.chairs, words.conclusions, words.pronouns))
        clause = rf"(?:^{openers}(?: [^,;:]{{1,120}})? (?={article})|^|[,;:(] ?(?:{conjunctions} )?)"
        at = (
            rf"(?!{alternatives(words.recalls)}){openers} {alternatives(words.possessives)} (?:{_WORD} ){{1,4}}?"
            rf"{alternatives(words.deadlines.meetings)}(?: {openers} {_WORD}(?: \d{{4}})?){{0,2}}"
        )
        self._actor_before = re.compile(rf"{clause}{actor}(?:,[^,;:]{{1,160}},| {at})? ?$")
        self._actor_joined = re.compile(rf"(?<!\w)(?:{conjunctions}) {actor} ?$")
        self._agent = re.compile(rf" {agents} {actor}(?=[ ,.;]|$)")
        self._concluded = re.compile(
            rf"(?:[^,;:]{{1,80}}, )?(?:{alternatives(words.chair_articles)} )?{chairs} (?:\([^()]{{1,24}}\) )?"
            rf"{conclusions} {before_word(words.that)}"
        )
        self._speaker = re.compile(
            rf"(?:(?:{alternatives(words.speaker_articles)} ?)?(?:[\w-]+ )?{alternatives(words.speakers)}"
            rf"|[^;:]{{1,160}}, {alternatives(words.chair_pronouns)} {alternatives(words.statements)})(?!\w)"
        )
        self._question = re.compile(rf" {alternatives(words.questions)}(?!\w)")
        self._loose = frozenset(map(fold, words.loose_actors))
        self._opening = re.compile(rf"(?:{openers} [^,;:]{{1,120}},? )?{actor}(?=[ ,])")
        self._lead = re.compile(rf"{actor}(?: ?[:,])?")
        self._pronoun_before = re.compile(rf"(?:^|[,;:] ?|(?<!\w){conjunctions} |, ){pronouns} $")
        self._opening_pronoun = re.compile(rf"{pronouns} ")
        self._conjunction = re.compile(rf"(?:, ?|; ?|(?<!\w)(?:{conjunctions}) )$")
        self._joined = re.compile(rf"(?<![,;])(?<![,;] ) {conjunctions} $")
        self._helper = re.compile(rf"(?<![\w']){alternatives(helpers)} $")
        self._adverbs = re.compile(
            rf"(?:(?<!\w){alternatives(words.adverbs)},? |, (?={alternatives(words.adverbs)},))+$"
        )
        self._subordinate = re.compile(rf"(?<!\w)(?:{alternatives(words.subordinates)}(?!\w)|qu')")
        self._relative = re.compile(rf"{self._subordinate.pattern} ?$")
        self._recall = re.compile(rf"(?<!\w){alternatives(words.recalls)}(?!\w)")
        self._earlier = re.compile(rf"(?<!\w){alternatives(words.pluperfects)}(?:,? [a-z]+,?){{0,2}} $")
        self._idiom = re.compile(rf"(?<!\w){alternatives(words.idioms)}$") if tuple(words.idioms) else None
        self._at = re.compile(rf",? (?:{openers})(?!\w)")
        phrase = rf" (?:{openers}|{prepositions}|(?:as )?{_WORD}ed) [^,;:]{{1,120}}"
        behind = rf"(?:,[^,;:]{{1,120}},|{phrase}| \([^()]{{1,60}}\)|-[^;:]{{1,160}}-){{0,2}} ?$"
        subject = rf"{alternatives(words.subjects)}(?!\w)(?: {adjective}){{0,2}}{behind}"
        begins = rf"(?:^|[,;:] ?|(?<!\w)(?:{conjunctions}) )"
        self._subject = re.compile(rf"{begins}{article}(?P<mods>(?:{_WORD} ){{0,5}}?){subject}")
        asked = rf"{alternatives(words.asked)}(?!\w)(?: {adjective}){{0,2}}{behind}"
        self._asked = re.compile(rf"{begins}{article}?(?:{_WORD} ){{0,2}}?{asked}") if tuple(words.asked) else None
        self._founded = re.compile(
            rf"{begins}(?:{article}|{alternatives(words.speaker_articles)} )?(?:{_WORD} ){{0,5}}?"
            rf"{alternatives(words.actors)}(?!\w){behind}"
        )
        self._bare_subject = re.compile(rf"(?:{_WORD} ){{0,3}}?{subject}")
        self._impersonal = re.compile(rf"{pronouns} $")
        self._impersonal_verbs = re.compile(
            rf" {alternatives(words.impersonal.en)}(?!\w)| {before_word(words.impersonal.fr)}|[ .]*$"
        )
        self._coordinated = re.compile(
            rf"(?<![\w']){alternatives(words.passives)} (?:{_WORD},? ){{1,5}}(?:{conjunctions}) "
            rf"(?:{alternatives(words.adverbs)} )?$"
        )
        self._by_somebody = re.compile(rf" {agents} (?!{alternatives(words.manners)})")
        self._request = re.compile(rf" {before_word(words.requests)}")
        self._passives = frozenset(map(fold, words.passives))
        self._past_passives = frozenset(map(fold, words.past_passives))
        self._present_minutes = frozenset(map(fold, words.passives.fr))

    def verb_group(self, folded: str, start: int) -> VerbGroup:
        """Return the group of the verb whose form begins at `start`."""
        start = self._before_adverbs(folded, start)
        helper = self._helper.search(folded, max(0, start - _LOOK_BACK), start)
        if not helper:
            return VerbGroup(start, None)
        return VerbGroup(self._before_adverbs(folded, helper.start()), helper[0].strip())

    def actor_before(self, sentence: str, folded: str, end: int, names: BodyNames) -> Actor | None:
        """Return the body that is the subject right before `end`, at the start of its clause.

        Behind a mere "and" it is one only where nothing before it is subordinate or reported speech.
        """
        position = max(0, end - _LOOK_BACK)
        while match := self._actor_before.search(folded, position, end):
            if self._is_name(sentence, match, names):
                return actor_of(sentence, match)
            position = match.start("name") + 1
        match = self._actor_joined.search(folded, max(0, end - _LOOK_BACK), end)
        if match and self._is_name(sentence, match, names) and not self._is_reported(folded, match.start()):
            return actor_of(sentence, match)
        return None

    def agent_behind(self, sentence: str, folded: str, verb_end: int, names: BodyNames) -> Actor | None:
        """Return the body by which a passive says that something was done."""
        match = self._agent.match(folded, verb_end)
        return actor_of(sentence, match) if match and self._is_name(sentence, match, names) else None

    def opening_actor(self, sentence: str, folded: str, names: BodyNames) -> Actor | None:
        """Return the body that a sentence begins with."""
        match = self._opening.match(folded)
        return actor_of(sentence, match) if match and self._is_name(sentence, match, names) else None

    def lead(self, block: str, names: BodyNames) -> Actor | None:
        """Return the body that a whole block names before what it did: "The Committee:", "The Assembly,"."""
        text = block.strip()
        match = self._lead.fullmatch(fold(text))
        named = (
            match is not None
            and self._is_name(text, match, names)
            and (text[-1] in ":," or (match["article"] and text[-1] not in ".;"))
        )
        return actor_of(text, match) if match and named else None

    def conclusion_start(self, folded: str) -> int:
        """Return where the clause begins that reports what a chair concluded the body to have done; 0 without one."""
        match = self._concluded.match(folded)
        return match.end() if match else 0

    def is_aside(self, sentence: str, at: int) -> bool:
        """Return whether a position lies between quotation marks, or in brackets within a sentence."""
        before = sentence[:at]
        if before.count('"') % 2 == 1 or any(before.count(left) > before.count(right) for left, right in _QUOTES):
            return True
        return before.rfind("(") > max(0, before.rfind(")")) and ")" in sentence[at:]

    def is_question(self, folded: str, end: int) -> bool:
        """Return whether a verb that ends at `end` only puts a question."""
        return bool(self._question.match(folded, end))

    def pronoun_before(self, folded: str, end: int) -> bool:
        """Return whether the subject right before `end` is a pronoun."""
        return bool(self._pronoun_before.search(folded, max(0, end - _LOOK_BACK), end))

    def starts_with_pronoun(self, folded: str) -> bool:
        """Return whether a sentence begins with a pronoun, which stands for the subject of the last one."""
        return bool(self._opening_pronoun.match(folded))

    def goes_on(self, folded: str, since: int, end: int, *, freely: bool) -> bool:
        """Return whether a conjunction before `end` goes on with the subject that ruled the text from `since`.

        It does not where a subordinate clause has a subject of its own: there only after a comma, and only if
        the body's own verb stood before it (`freely`).
        """
        if not self._conjunction.search(folded, max(since, end - _LOOK_BACK), end):
            return False
        if not self._subordinate.search(folded, since, end):
            return True
        return freely and not self._joined.search(folded, max(since, end - _LOOK_BACK), end)

    def is_idiom(self, folded: str, end: int) -> bool:
        """Return whether the words up to `end` are an idiom that decides nothing."""
        return bool(self._idiom and self._idiom.search(folded, max(0, end - _LOOK_BACK), end))

    def recalls(self, folded: str, subject: int, verb_end: int) -> bool:
        """Return whether a clause whose subject begins at `subject` recalls an earlier decision."""
        after = folded[verb_end : verb_end + _LOOK_BACK].lstrip()
        return bool(self._recall.search(folded, 0, subject) or self._recall.match(after))

    def is_earlier(self, folded: str, start: int) -> bool:
        """Return whether the verb at `start` tells what was done before: "had also agreed"."""
        return bool(self._earlier.search(folded, max(0, start - _LOOK_BACK), start))

    def is_told(self, folded: str, start: int) -> bool:
        """Return whether the verb at `start` stands in what somebody says: "said that the Charter instructed"."""
        return self.verb_group(folded, start).helper is None and bool(self._subordinate.search(folded, 0, start))

    def is_dated(self, folded: str, verb_end: int) -> bool:
        """Return whether time or place of the decision follow the verb: "agreed at its 2nd Meeting that"."""
        return bool(self._at.match(folded, verb_end))

    def is_passive(self, folded: str, start: int, end: int) -> bool:
        """Return whether a passive records a decision: "The Agenda was adopted", "It was agreed that".

        `start` is where its auxiliary begins, `end` where its verb ends. One with an agent is not handled here.
        """
        if self._by_somebody.match(folded, end):
            return False
        if self._impersonal.fullmatch(folded, 0, start):
            return bool(self._impersonal_verbs.match(folded, end))
        return self.is_adopted(folded, start)

    def is_adopted(self, folded: str, start: int) -> bool:
        """Return whether what stands before `start` is the text, the plan or the agenda that a body adopts."""
        if self._relative.search(folded, max(0, start - _LOOK_BACK), start):
            return False
        if self._bare_subject.match(folded, 0, start):
            return True
        match = self._subject.search(folded, max(0, start - _LOOK_BACK), start)
        return bool(match) and not self._is_reported(folded, match.end("mods") if match else 0)

    def is_asked(self, folded: str, group: VerbGroup, end: int) -> bool:
        """Return whether somebody was asked to do something: "Members were invited to", without an agent."""
        if not self._asked or group.helper not in self._past_passives or not self._request.match(folded, end):
            return False
        match = self._asked.search(folded, max(0, group.start - _LOOK_BACK), group.start)
        # "The delegates were invited to": here the delegates do not speak, they are asked.
        return match is not None and (match.start() == 0 or not self._is_reported(folded, match.start()))

    def is_reported(self, folded: str) -> bool:
        """Return whether a sentence begins with somebody who speaks, or with a phrase before "he said"."""
        return bool(self._speaker.match(folded))

    def is_past(self, group: VerbGroup) -> bool:
        """Return whether a passive is in the past."""
        return group.helper in self._past_passives

    def is_done(self, group: VerbGroup) -> bool:
        """Return whether a passive says what was done: French minutes are written in the present."""
        return group.helper in self._past_passives or group.helper in self._present_minutes

    def is_about_anybody(self, folded: str, group: VerbGroup, start: int, end: int) -> bool:
        """Return whether a passive is no reported speech and has no agent, whoever it is about."""
        told = group.helper in self._passives and not self._by_somebody.match(folded, end)
        return told and not self._subordinate.search(folded, 0, start)

    def is_founded(self, folded: str, group: VerbGroup, start: int, end: int) -> bool:
        """Return whether a passive is about a body, which it sets up."""
        return self.is_about_anybody(folded, group, start, end) and bool(
            self._founded.search(folded, max(0, start - _LOOK_BACK), start)
        )

    def passive_start(self, folded: str, group: VerbGroup) -> int | None:
        """Return where the auxiliary of a passive begins, before other participles too: "was amended and approved"."""
        if group.helper in self._passives:
            return group.start
        match = (
            None if group.helper else self._coordinated.search(folded, max(0, group.start - _LOOK_BACK), group.start)
        )
        return match.start() if match else None

    def _is_reported(self, folded: str, end: int) -> bool:
        return bool(self._speaker.match(folded) or self._subordinate.search(folded, 0, end))

    def _before_adverbs(self, folded: str, end: int) -> int:
        match = self._adverbs.search(folded, max(0, end - _LOOK_BACK), end)
        return match.start() if match else end

    def _is_name(self, sentence: str, match: re.Match[str], names: BodyNames) -> bool:
        """Return whether a match is a name: capitals before its noun, no clause behind; one noun if without article."""
        start, end = match.span("mods")
        if match["acronym"]:
            return not match["mods"] and sentence[slice(*match.span("acronym"))] in names.acronyms
        if match["noun"] in self._loose and (match["mods"] or not names.is_group):
            return False
        if not match["article"]:
            return not match["mods"] and sentence[end : end + 1].isupper()
        before = sentence[start:end].split()
        return all(word[:1].isupper() or word in _JOINTS for word in before) and not self._subordinate.search(
            match["name"]
        )


def actor_of(sentence: str, match: re.Match[str]) -> Actor:
    """Return the actor that the group `name` of a match is."""
    start, end = match.span("name")
    return Actor(" ".join(sentence[start:end].split()), start, end)
