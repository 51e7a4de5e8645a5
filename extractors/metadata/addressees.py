"""Finds the addressees of decisions: the object of a verb of request, or the subject of an obligation, as printed.

All positions are offsets into one sentence; `folded` is the same sentence in lower case without accents.
"""

import re
from dataclasses import dataclass

from configs.labels import alternatives, before_word, fold
from configs.proceedings import Proceedings

_MOST = 240
"""Longest addressee with what stands between it and its verb, in characters."""


@dataclass(frozen=True)
class Addressee:
    """An addressee as printed, and the folded verb of the requested action."""

    name: str
    verb: str | None


class Addressees:
    """Finds the addressees in a sentence; built once from the words of proceedings."""

    def __init__(self, words: Proceedings) -> None:
        own = words.addressees
        people = alternatives((*own.people, *words.asked, *words.actors, *words.speakers, *words.chairs))
        pronouns, prepositions = alternatives(words.chair_pronouns), before_word(own.prepositions)
        requests, endings = before_word(words.requests), alternatives(own.infinitive_endings)
        en, fr = alternatives(words.requests.en), before_word(words.requests.fr)
        english = rf",? {en}(?= (?!{alternatives(own.no_infinitives)}\b)(?P<verb>(?:[a-z]+ly )?[a-z-]+)\b| ?:)"
        french = rf",? ?(?<!\w){fr}(?=(?:{before_word(own.clitics)})?(?P<verbe>[a-z]+{endings})\b| ?:)"
        self._infinitive = re.compile(rf"{english}|{french}")
        self._people = re.compile(rf"(?<!\w){people}(?=,|$| (?:{alternatives(own.behind)}|[a-z]+(?:ing|ed))\b)")
        self._article = re.compile(before_word((*words.articles, *words.speaker_articles, *own.no_infinitives)))
        self._relative = re.compile(rf"\b{alternatives(own.relatives)}\b")
        self._same = re.compile(rf",? {alternatives(own.same)}")
        passive = rf"(?! (?:not )?{alternatives(own.passives)}\b)"
        duties, duty_endings = alternatives(words.duties), alternatives(words.duty_endings)
        self._duty = re.compile(rf" (?:{duties}|[a-z]{{1,20}}{duty_endings})(?!\w){passive}")
        self._verb = re.compile(rf"{self._duty.pattern}| {alternatives(words.passives)} ")
        told = rf"{alternatives((*words.pronouns, *words.chair_pronouns))}(?!\w)(?: [a-z]+ )?"
        self._addressee_words = re.compile(rf"(?:{told}|{alternatives((*words.adverbs, *words.conjunctions))},? )+")
        self._assigned = re.compile(rf"(?P<name>[^,;:]{{2,80}}?) {requests}[a-z]+")
        that = before_word(words.that)
        self._that = re.compile(rf" {that}")
        no_verb = rf"(?!(?:{alternatives((*own.passives, *own.phrases, *own.relatives))}|and|or|et|ou)\b)"
        name = rf"(?:{before_word(words.articles)})?(?:(?!{prepositions})[\w'-]+ ){{0,6}}?{people}"
        self._clause = re.compile(
            rf" {that}(?:(?P<pronoun>{pronouns})|(?P<name>{name}))"
            rf" {no_verb}(?P<verb>(?![a-z-]+(?:s|ed|ing)\b)[a-z-]+)"
        )
        self._begins = re.compile(rf" {that}|, |: ")
        self._aside = re.compile(rf"(?:.* {that}|^ ?)(?P<name>[^,;:]{{2,80}}), [^,;:]{{2,80}},$")
        self._speaking = re.compile(rf"(?<!\w){pronouns}$")
        self._opener = re.compile(rf"{alternatives(words.openers)} [^,;:]{{1,120}}, ")
        self._phrase = re.compile(rf"(?<!\w)(?:{prepositions}|{alternatives(own.relatives)}(?!\w))|,|\(")
        self._object = re.compile(rf"{before_word(own.objects)}(?=\w)|,? [^,]{{1,60}}, ")

    def asked(self, sentence: str, folded: str, start: int, end: int) -> Addressee | None:
        """Return whom the verb that ends at `start` asks to do something, in the text up to `end`."""
        part = folded[start : min(end, start + _MOST)]
        if self._that.match(part):
            return self._in_clause(sentence, folded, start, end, None)
        aside = re.match(r" ?, [^,]{1,100},(?= )", part)
        offset = aside.end() if aside else 0
        found = [one for one in self._infinitive.finditer(part, offset) if not self._same.match(part, one.start())]
        if not found:
            return self._in_clause(sentence, folded, start, end, None)
        chosen = found[0]
        if self._relative.search(part, offset, chosen.start()):
            # "States that are under an obligation to cooperate to provide it": the first belongs to the name.
            chosen = next((one for one in found[1:] if "," not in part[chosen.end() : one.start()]), chosen)
        name = self._name(sentence, folded, start + offset, start + chosen.start())
        return Addressee(name, chosen["verb"] or chosen["verbe"]) if name else None

    def obliged(self, sentence: str, folded: str, start: int, end: int, speaker: str | None = None) -> str | None:
        """Return who should, shall, would or can do something between `start` and `end`; a pronoun is the `speaker`."""
        part = folded[start:end]
        duty = self._duty.search(part)
        if not duty:
            found = self._in_clause(sentence, folded, start, end, speaker)
            return found.name if found else None
        before = part[: duty.start()]
        if self._speaking.search(before):
            return speaker
        aside = self._aside.match(before)
        if aside and self._people.search(aside["name"]):
            return self._name(sentence, folded, start + aside.start("name"), start + duty.start())
        begins = [match.end() for match in self._begins.finditer(before)]
        return self._name(sentence, folded, start + (begins[-1] if begins else 0), start + duty.start())

    def assigned(self, sentence: str, folded: str) -> str | None:
        """Return who is to act where an action is noted so: "Secretariat to circulate the text"."""
        match = self._assigned.match(folded)
        if not match or self._verb.search(f" {match[0]} "):
            return None
        return self._name(sentence, folded, match.start("name"), match.end("name"))

    def subject(self, sentence: str, folded: str, end: int) -> str | None:
        """Return the subject of a passive whose auxiliary begins at `end`."""
        opener = self._opener.match(folded)
        return self._name(sentence, folded, opener.end() if opener else 0, end)

    def _in_clause(self, sentence: str, folded: str, start: int, end: int, speaker: str | None) -> Addressee | None:
        """Return the subject of what is asked by a clause: "requested that the Secretariat prepare"."""
        match = self._clause.search(folded, start, end)
        if not match:
            return None
        name = speaker if match["pronoun"] else self._name(sentence, folded, *match.span("name"))
        return Addressee(name, match["verb"]) if name else None

    def _name(self, sentence: str, folded: str, start: int, end: int) -> str | None:
        """Return the text between two places as a name, if somebody is named who can act."""
        told = self._addressee_words.match(folded, start, end)
        start = told.end() if told else start
        text = " ".join(sentence[start:end].split()).strip(" ,;:")
        folded = fold(text)
        if mark := self._object.match(folded):
            text, folded = text[mark.end() :], folded[mark.end() :]
        phrase = self._phrase.search(folded, 1)
        head = text[: phrase.start()].rstrip() if phrase else text
        article = self._article.match(folded)
        bare = head[article.end() :] if article else head
        named = bare[:1].isupper() and bare.split()[-1][:1].isupper() and (start > 0 or article or " " in bare)
        return text if text and (self._people.search(folded[: len(head)]) or named) else None
