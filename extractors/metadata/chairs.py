"""Who chairs, where a chair acts for the body: "The Chairman asked the Secretariat to", "He urged delegations to"."""

import re

from configs.labels import alternatives, before_word
from configs.proceedings import Proceedings
from extractors.metadata.clauses import Actor, actor_of

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
        self._pronoun_before = re.compile(rf"{begins}{pronouns} $")
        self._opening_pronoun = re.compile(rf"(?:[\w ]{{1,40}}, )?{pronouns} ")
        said = rf"{alternatives(words.statements)} (?:{before_word(words.that)})?"
        self._statement = re.compile(rf"(?:{openers} [^,;:]{{1,120}}, )?{chair} {said}")
        self._own_statement = re.compile(rf"{pronouns} {said}")
        self._speaker = re.compile(
            rf"(?:{alternatives(words.speaker_articles)} ?)?(?:[\w-]+ )?{alternatives(words.speakers)}(?!\w)"
        )

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

    def speaking(self, sentence: str, folded: str, chair: str | None, *, first: bool) -> str | None:
        """Return the chair whom a pronoun in a sentence stands for, who was `chair` in the one before.

        Somebody else who speaks ends that, and so does a paragraph whose `first` sentence names nobody.
        """
        match = self._opening.match(folded)
        if match:
            return actor_of(sentence, match).name
        if self._opening_pronoun.match(folded):
            return chair
        return None if first or self._speaker.match(folded) else chair
