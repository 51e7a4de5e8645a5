"""The grammar of decisions: what stands before a verb, in English and French, told from the words of proceedings.

All positions are offsets into one sentence; `folded` is the same sentence in lower case without accents.
"""

import re
from dataclasses import dataclass

from configs.labels import fold
from configs.proceedings import Proceedings, alternatives

_LOOK_BACK = 300
_WORD = r"[\w.'/&-]{1,40}"
_ARTICLE = r"(?:(?:the|all|all the|le|la|les|tous les|toutes les) |l')"
_AGENT = re.compile(r" (?:by|par) (?!consensus|acclamation|unanim)")


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


class Clauses:
    """Answers what stands before and behind the verbs of a sentence."""

    def __init__(self, words: Proceedings) -> None:
        helpers = {form for forms in words.auxiliaries.values() for form in forms} | set(words.passives)
        openers, prepositions = alternatives(words.openers), alternatives(words.name_prepositions)
        adjective = rf"{_WORD}{alternatives(words.adjective_endings)}(?!\w)"
        conjunctions = alternatives(words.conjunctions)
        tail = rf"(?: {adjective}){{0,3}}(?: {prepositions}(?: {_WORD}){{1,9}}?)?(?: \([^()]{{1,24}}\))?"
        name = rf"(?P<name>(?P<mods>(?:{_WORD} ){{0,5}}?){alternatives(words.actors)}(?!\w){tail})"
        actor = rf"(?P<article>{_ARTICLE})?{name}"
        clause = rf"(?:^{openers}(?: [^,;:]{{1,120}})? (?={_ARTICLE})|^|[,;:(] ?(?:{conjunctions} )?)"
        pronouns = alternatives(words.pronouns)
        self._actor_before = re.compile(rf"{clause}{actor}(?:,[^,;:]{{1,160}},)? ?$")
        self._opening = re.compile(rf"(?:{openers} [^,;:]{{1,120}},? )?{actor}(?=[ ,])")
        self._lead = re.compile(rf"{actor} ?[:,]")
        self._pronoun_before = re.compile(rf"(?:^|[,;:] ?|(?<!\w){conjunctions} |, ){pronouns} $")
        self._opening_pronoun = re.compile(rf"{pronouns} ")
        self._conjunction = re.compile(rf"(?:, ?|; ?|(?<!\w)(?:{conjunctions}) )$")
        self._joined = re.compile(rf"(?<![,;]) {conjunctions} $")
        self._helper = re.compile(rf"(?<![\w']){alternatives(helpers)} $")
        self._adverbs = re.compile(
            rf"(?:(?<!\w){alternatives(words.adverbs)},? |, (?={alternatives(words.adverbs)},))+$"
        )
        self._subordinate = re.compile(rf"(?<!\w)(?:{alternatives(words.subordinates)}(?!\w)|qu')")
        self._recall = re.compile(rf"(?<!\w){alternatives(words.recalls)}(?!\w)")
        self._idiom = re.compile(rf"(?<!\w){alternatives(words.idioms)}$") if tuple(words.idioms) else None
        self._at = re.compile(rf" (?:{openers})(?!\w)")
        self._subject = re.compile(
            rf"{_ARTICLE}?(?:{_WORD} ){{0,2}}?{alternatives(words.subjects)}(?!\w)"
            rf"(?:,[^,;:]{{1,120}},| (?:{openers}|{prepositions}|{_WORD}ed) [^,;:]{{1,120}})? ?$"
        )
        self._impersonal = re.compile(rf"{pronouns} $")
        self._impersonal_verbs = re.compile(r" (?:that|to)(?!\w)| (?:qu'|que |de |d')|[ .]*$")
        self._passives = frozenset(map(fold, words.passives))

    def verb_group(self, folded: str, start: int) -> VerbGroup:
        """Return the group of the verb whose form begins at `start`."""
        start = self._before_adverbs(folded, start)
        helper = self._helper.search(folded, max(0, start - _LOOK_BACK), start)
        if not helper:
            return VerbGroup(start, None)
        return VerbGroup(self._before_adverbs(folded, helper.start()), helper[0].strip())

    def actor_before(self, sentence: str, folded: str, end: int) -> Actor | None:
        """Return the body that is the subject right before `end`, at the start of its clause."""
        position = max(0, end - _LOOK_BACK)
        while match := self._actor_before.search(folded, position, end):
            if self._is_name(sentence, match):
                return _actor(sentence, match)
            position = match.start("name") + 1
        return None

    def opening_actor(self, sentence: str, folded: str) -> Actor | None:
        """Return the body that a sentence begins with."""
        match = self._opening.match(folded)
        return _actor(sentence, match) if match and self._is_name(sentence, match) else None

    def lead(self, block: str) -> Actor | None:
        """Return the body that a whole block names before a list of what it did: "The Committee:"."""
        text = block.strip()
        match = self._lead.fullmatch(fold(text))
        return _actor(text, match) if match and self._is_name(text, match) else None

    def pronoun_before(self, folded: str, end: int) -> bool:
        """Tell whether the subject right before `end` is a pronoun."""
        return bool(self._pronoun_before.search(folded, max(0, end - _LOOK_BACK), end))

    def starts_with_pronoun(self, folded: str) -> bool:
        """Tell whether a sentence begins with a pronoun, which stands for the subject of the last one."""
        return bool(self._opening_pronoun.match(folded))

    def goes_on(self, folded: str, since: int, end: int, *, freely: bool) -> bool:
        """Tell whether a conjunction before `end` goes on with the subject that ruled the text from `since`.

        It does not where a subordinate clause has a subject of its own: there only after a comma, and only if
        the body's own verb stood before it (`freely`).
        """
        if not self._conjunction.search(folded, max(since, end - _LOOK_BACK), end):
            return False
        if not self._subordinate.search(folded, since, end):
            return True
        return freely and not self._joined.search(folded, max(since, end - _LOOK_BACK), end)

    def is_idiom(self, folded: str, end: int) -> bool:
        """Tell whether the words up to `end` are an idiom that decides nothing."""
        return bool(self._idiom and self._idiom.search(folded, max(0, end - _LOOK_BACK), end))

    def recalls(self, folded: str, subject: int, verb_end: int) -> bool:
        """Tell whether a clause whose subject begins at `subject` tells of a decision of the past."""
        after = folded[verb_end : verb_end + _LOOK_BACK].lstrip()
        return bool(self._recall.search(folded, 0, subject) or self._recall.match(after))

    def is_dated(self, folded: str, verb_end: int) -> bool:
        """Tell whether time or place of the decision follow the verb: "agreed at its 2nd Meeting that"."""
        return bool(self._at.match(folded, verb_end))

    def is_passive(self, folded: str, group: VerbGroup, end: int) -> bool:
        """Tell whether a passive records a decision: "The Agenda was adopted", "It was agreed that"."""
        if group.helper not in self._passives or _AGENT.match(folded, end):
            return False
        if self._subject.match(folded, 0, group.start):
            return True
        return bool(self._impersonal.fullmatch(folded, 0, group.start) and self._impersonal_verbs.match(folded, end))

    def _before_adverbs(self, folded: str, end: int) -> int:
        match = self._adverbs.search(folded, max(0, end - _LOOK_BACK), end)
        return match.start() if match else end

    def _is_name(self, sentence: str, match: re.Match[str]) -> bool:
        """Tell whether a match is a name: capitals before its noun, no clause behind; one noun if without article."""
        start, end = match.span("mods")
        if not match["article"]:
            return not match["mods"] and sentence[end : end + 1].isupper()
        names = sentence[start:end].split()
        return all(word[:1].isupper() for word in names) and not self._subordinate.search(match["name"])


def _actor(sentence: str, match: re.Match[str]) -> Actor:
    start, end = match.span("name")
    return Actor(" ".join(sentence[start:end].split()), start, end)
