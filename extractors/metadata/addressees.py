"""Who is to act: the object of a verb that asks, the subject of what somebody should do, as printed.

All positions are offsets into one sentence; `folded` is the same sentence in lower case without accents.
"""

import re
from dataclasses import dataclass

from configs.labels import alternatives, before_word, fold
from configs.proceedings import Proceedings

_MOST = 240
"""Longest addressee with what stands between it and its verb, in characters."""
_INFINITIVE = re.compile(
    r"(?:(?P<mark>,? to)(?= (?!the\b|a\b|an\b|its\b|their\b|this\b|that\b|these\b|all\b|any\b|each\b|which\b|whom\b)"
    r"(?P<verb>(?:[a-z]+ly )?[a-z-]+)\b|: ?)"
    r"|(?P<marque>,? (?:a|de)| d'|,? d')(?= ?(?P<verbe>(?:s'|se |ne pas |y |en )?[a-z]+(?:er|ir|re))\b| ?: ?))"
)
_INFINITIVE_AT_END = re.compile(r",? (?:to|a|de) ?:?$")
_RELATIVE = re.compile(
    r"\b(?:that|which|who|whose|qui|dont|required|requested|able|wishing|obligation|position|need)\b"
)
_THAT_SUBJECT = re.compile(
    r"(?: that|,? que|,? qu')(?: |(?<='))(?P<name>[^,;:]{2,120}?) "
    r"(?!be\b|been\b|take note\b|prenne note\b)(?P<verb>[a-z-]+)\b"
)
_MAIN_CLAUSE = re.compile(r"^(?:.{0,200}? (?:that|which|de|que) |.{0,40}?qu')?")
_PHRASE = re.compile(
    r"(?<!\w)(?:of|for|on|in|to|at|from|with|without|that|which|who|as|de|du|des|d'|sur|pour|qui|dont)(?!\w)|,|\("
)
_OBJECT_MARKS = re.compile(r"(?:(?:a|aux|au|upon|on|to) (?=\w))|(?:,? [^,]{1,60}, )", re.ASCII)


@dataclass(frozen=True)
class Addressee:
    """Who is asked, as printed, and the first word of what they are to do, folded, if one is given."""

    name: str
    verb: str | None


class Addressees:
    """Answers who is to act by a sentence; made once from the words of proceedings."""

    def __init__(self, words: Proceedings) -> None:
        people = alternatives((*words.asked, *words.actors, *words.speakers, *words.chairs))
        self._people = re.compile(rf"(?<!\w){people}(?!\w)")
        self._article = re.compile(rf"(?:{before_word((*words.articles, *words.speaker_articles))})")
        self._duty = re.compile(rf" (?:{alternatives(words.duties)})(?!\w)(?! (?:not )?be(?:en)?\b| etre\b)")
        self._pronoun = re.compile(rf"{alternatives(words.chair_pronouns)}(?!\w)")
        self._opener = re.compile(rf"^(?:{alternatives(words.openers)}) [^,;:]{{1,120}}, ")

    def asked(self, sentence: str, folded: str, start: int, end: int) -> Addressee | None:
        """Return whom the verb that ends at `start` asks to do something, in the text up to `end`."""
        part = folded[start : min(end, start + _MOST)]
        aside = re.match(r" ?, [^,]{1,100},(?= )", part)
        offset = aside.end() if aside else 0
        found = list(_INFINITIVE.finditer(part, offset))
        found = [one for one in found if not part.startswith(" to do so", one.start())]
        chosen = next(iter(found), None)
        if chosen is None:
            return self._in_clause(sentence, folded, start, end)
        if _RELATIVE.search(part, offset, chosen.start()):
            later = [one for one in found[1:] if "," not in part[chosen.end() : one.start()]]
            chosen = later[0] if later else chosen
        name = self._name(sentence, start + offset, start + chosen.start())
        return Addressee(name, chosen["verb"] or chosen["verbe"]) if name else None

    def obliged(self, sentence: str, folded: str, start: int, end: int, speaker: str | None = None) -> str | None:
        """Return who should, shall, would or can do something between `start` and `end`.

        A pronoun is the `speaker`.
        """
        part = folded[start:end]
        duty = self._duty.search(part)
        if not duty:
            found = self._in_clause(sentence, folded, start, end)
            return found.name if found else None
        that = max(part.rfind(mark, 0, duty.start()) for mark in (" that ", ", ", " que ", " qu'", ": "))
        begin = 0 if that < 0 else that + len(re.match(r"(?:, |: | that | que | qu')", part[that:])[0])  # type: ignore[index]
        own = self._aside(part, duty.start())
        begin = own if own is not None else begin
        if self._pronoun.fullmatch(part, begin, duty.start()):
            return speaker
        return self._name(sentence, start + begin, start + duty.start())

    def subject(self, sentence: str, folded: str, end: int) -> str | None:
        """Return who stands before a passive whose auxiliary begins at `end`."""
        opener = self._opener.match(folded)
        return self._name(sentence, opener.end() if opener else 0, end)

    def _in_clause(self, sentence: str, folded: str, start: int, end: int) -> Addressee | None:
        """Return the subject of what is asked by a clause: "requested that the Secretariat prepare"."""
        part = folded[start:end]
        for match in _THAT_SUBJECT.finditer(part):
            head = self._people.search(match["name"])
            if head and head.end() == len(match["name"]) and not match["verb"].endswith(("s", "ed")):
                name = self._name(sentence, start + match.start("name"), start + match.end("name"))
                return Addressee(name, match["verb"]) if name else None
        return None

    def _aside(self, part: str, end: int) -> int | None:
        """Return where a subject begins that has an aside behind it: "State Parties, as listed in Annex A, shall"."""
        match = re.search(r"(?:^|that |que )(?P<name>[^,;:]{2,80}), [^,;:]{2,80},?$", part[:end])
        if match and self._people.search(match["name"]) and part[:end].rstrip().endswith(","):
            return match.start("name")
        return None

    def _name(self, sentence: str, start: int, end: int) -> str | None:
        """Return the text between two places as a name, if somebody is named who can act."""
        text = " ".join(sentence[start:end].split()).strip(" ,;:")
        folded = fold(text)
        mark = _OBJECT_MARKS.match(folded)
        if mark:
            text, folded = text[mark.end() :], folded[mark.end() :]
        phrase = _PHRASE.search(folded, 1)
        head = folded[: phrase.start()] if phrase else folded
        bare = text[len(match[0]) :] if (match := self._article.match(folded)) else text
        if not text or not (self._people.search(head) or (bare[:1].isupper() and not bare.split()[0].isdigit())):
            return None
        return text
