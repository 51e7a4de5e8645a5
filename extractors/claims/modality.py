"""Rules for the modality of a sentence: whether it states a capability as achieved, planned, recommended or lacking.

The cues are data (`configs/modality.yaml`). How they weigh against each other is decided here:

1. A question, a definition or talk about a text (`void`) makes no claim; after a strong claim it only ends what
   counts ("has no means of knowing whether …"). A language without cues makes none.
2. What stands before a reporting phrase ("informed the Committee that") does not count; after one, a prospect
   ("would be opened") is planned.
3. What a meeting or its secretariat does ("The Committee agreed to …") is no fact about an administration;
   only a recommendation in such a sentence counts.
4. Cues in a subordinate clause ("although …,", ", which …,") count only where the main clause has none, and
   those of a condition that begins the sentence ("if …,") not at all: nor does what could then be done.
   Where a clause after a contrast ("…, but …") says that something is lacking, what stands before does not count.
5. A negation turns the next cue: achieved and planned to lacking, lacking to achieved.
6. Cues of strength .7 and more outweigh those of .5 and more, those all others. Then, of what is left:
   recommended; a pilot, which is planned even where it was launched; achieved, where a connector parts it
   from a later plan; lacking or planned, whichever stands first; achieved.

A bare statement of fact ("The office is open.") is achieved with the least strength, .4: whether it speaks of
a capability at all is for others to say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from configs.modality import Meaning, ModalityConfig
from extractors.claims.cues import CLAUSE_ENDS, Cue, CueFinder, Tokens
from extractors.document import Modality

STRONG, PLAIN = 0.7, 0.5
"""Least strengths of a cue that outweighs all below it; weaker ones are the last tier."""

_TIERS = (STRONG, PLAIN)
_SUBORDINATE = 0.8  # how much of its strength a cue keeps that stands in a subordinate clause
_WORDS_BEFORE_SUBJECT = 2  # an article and an adjective
_MODALITIES: Mapping[Meaning, Modality] = {
    "achieved": "achieved",
    "planned": "planned",
    "pilot": "planned",
    "recommended": "recommended",
    "lacking": "lacking",
}
_NEGATED: Mapping[Meaning, Meaning] = {"achieved": "lacking", "planned": "lacking", "lacking": "achieved"}


class StatedModality(NamedTuple):
    """The modality of a sentence, None where it makes no claim.

    `start` and `end` mark the deciding cue in the sentence, `strength` (0–1) is how sure that cue is, and
    `negated` says that a negation turned it.
    """

    modality: Modality | None
    start: int = 0
    end: int = 0
    strength: float = 0.0
    negated: bool = False


NO_CLAIM = StatedModality(None)


class ModalityRules:
    """The compiled cues of every language; `judge` may be called from anywhere, it keeps no state."""

    def __init__(self, config: ModalityConfig) -> None:
        self._config = config
        self._languages = {code: CueFinder(cues) for code, cues in config.languages.items()}

    @property
    def version(self) -> str:
        """The version of the cues."""
        return self._config.version

    def judge(self, sentence: str, language: str | None) -> StatedModality:
        """Return what one sentence in a language ("en", "fr") claims, and the cue that says so."""
        cues = self._languages.get(language or "")
        text = Tokens(sentence)
        if cues is None or "?" in text.words[-2:]:  # a quotation mark may follow
            return NO_CLAIM
        found = _before_void(_after_reporting(cues.find(text)))
        reported = bool(found) and found[0].means == "reporting"
        beginning = found[0].last + 1 if reported else 0
        found = _resolve_prospects(found, reported=reported)
        found = _without_procedure(found, text, beginning, self._config.actor_reach)
        condition = cues.condition(text, beginning)
        claims = [cue for cue in _negate(found, self._config.negation_reach) if cue.first not in condition]
        if condition:
            claims = [cue for cue in claims if cue.means != "recommended" or cue.strength >= STRONG]
        aside = cues.subordinate(text, beginning)
        main = [cue for cue in claims if cue.first not in aside]
        side = [replace(cue, strength=cue.strength * _SUBORDINATE) for cue in claims if cue.first in aside]
        main = _after_contrast(main, cues.contrasts(text))
        chosen = _decide(main, cues.connectors(text)) or _decide(side, ())
        if chosen is None:
            return NO_CLAIM
        start, end = text.span(chosen.first, chosen.last)
        return StatedModality(_MODALITIES[chosen.means], start, end, round(chosen.strength, 3), chosen.negated)


def _after_reporting(found: list[Cue]) -> list[Cue]:
    last = max((at for at, cue in enumerate(found) if cue.means == "reporting"), default=None)
    return found if last is None else found[last:]


def _before_void(found: list[Cue]) -> list[Cue]:
    """Return the cues before a void cue; nothing where there is one and no strong claim before it."""
    at = next((at for at, cue in enumerate(found) if cue.means == "void"), None)
    if at is None:
        return found
    strong = any(cue.means in _MODALITIES and cue.strength >= STRONG for cue in found[:at])
    return found[:at] if strong else []


def _resolve_prospects(found: list[Cue], *, reported: bool) -> list[Cue]:
    """Return the cues, each prospect a plan where speech is reported ("would be opened") and nothing elsewhere."""
    means: Meaning = "planned" if reported else "nothing"
    return [replace(cue, means=means) if cue.means == "prospect" else cue for cue in found]


def _after_contrast(main: list[Cue], contrasts: Sequence[int]) -> list[Cue]:
    """Return the cues after the last contrast ("…, but …") where these say lacking, else all cues."""
    rest = [cue for cue in main if contrasts and cue.first > contrasts[-1]]
    return rest if any(cue.means == "lacking" and cue.strength >= _TIERS[-1] for cue in rest) else main


def _without_procedure(found: list[Cue], text: Tokens, beginning: int, reach: int) -> list[Cue]:
    """Keep only recommendations where a clause begins with a meeting, and the next cue is its action."""
    cues = [cue for cue in found if cue.means != "nothing"]
    subject = None  # last word of the meeting that began the clause, as in "the report of the Committee"
    for cue in cues:
        if cue.means == "actor":
            if subject is not None or _begins_clause(text, cue.first, beginning):
                subject = cue.last
        elif subject is not None:
            near = cue.first - subject <= reach + 1
            if cue.means == "act" or (near and cue.means in _MODALITIES):
                return [cue for cue in cues if cue.means in ("recommended", "reporting")]
            return found
        elif cue.means in _MODALITIES:
            return found
    return found


def _begins_clause(text: Tokens, at: int, beginning: int) -> bool:
    near = text.words[max(beginning, at - _WORDS_BEFORE_SUBJECT - 1) : at]
    return len(near) <= _WORDS_BEFORE_SUBJECT or not CLAUSE_ENDS.isdisjoint(near)


def _negate(found: list[Cue], reach: int) -> Iterator[Cue]:
    """Yield the claims, each turned by a negation that stands no more than `reach` words before it."""
    negation: Cue | None = None
    for cue in found:
        if cue.means == "not":
            negation = cue
        elif cue.means in _MODALITIES:
            if negation and cue.first - negation.last <= reach + 1 and cue.means in _NEGATED:
                yield replace(cue, means=_NEGATED[cue.means], first=negation.first, negated=True)
            else:
                yield cue
            negation = None


def _decide(cues: list[Cue], connectors: Iterable[int]) -> Cue | None:
    """Return the cue that decides among those of the main clauses."""
    heaviest = max((cue.strength for cue in cues), default=0.0)
    tier = next((bound for bound in _TIERS if heaviest >= bound), 0.0)
    first = {cue.means: cue for cue in reversed(cues) if cue.strength >= tier}
    for meaning in ("recommended", "pilot"):
        if meaning in first:
            return first[meaning]
    achieved, planned, lacking = first.get("achieved"), first.get("planned"), first.get("lacking")
    parted = achieved and planned and any(achieved.last < at < planned.first for at in connectors)
    if achieved and parted and not lacking:
        return achieved
    return min((cue for cue in (planned, lacking) if cue), key=lambda cue: cue.first, default=achieved)
