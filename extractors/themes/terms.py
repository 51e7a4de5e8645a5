"""Discovers candidates for new themes: phrases that texts repeat as a whole (C-value).

They are ranked by C-value (Frantzi, Ananiadou and Mima, "Automatic recognition of multi-word terms: the
C-value/NC-value method", International Journal on Digital Libraries 3, 2000). Its linguistic filter wants parts of
speech; here stop words, marks and lists of words that name nothing part phrases, which needs no model and lets more
through.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from configs.stopwords import LanguageRules
from configs.terms import TermRules
from extractors.themes.folding import fold

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_JOINT = re.compile(r"[ \u00a0]|['’]")
"""What may stand between two words of a phrase."""
_MOST_WORDS = 5
"""Words of a term, those aside that may only stand inside."""
_SHORTEST_WORD = 3
_RAREST = 3
"""Fewest occurrences of a term."""

Stems = tuple[str, ...]


class Place(NamedTuple):
    """Where a phrase stands: the number of its text, and offsets into it."""

    text: int
    start: int
    end: int


class Term(NamedTuple):
    """A phrase as it is written most often, its C-value, and every place where it stands."""

    text: str
    score: float
    places: tuple[Place, ...]


@dataclass
class _Phrase:
    places: list[Place] = field(default_factory=list)
    surfaces: Counter[str] = field(default_factory=Counter)


class _Word(NamedTuple):
    start: int
    end: int
    stem: str
    inside: bool


def discover_terms(
    texts: Sequence[str], rules: TermRules, words: LanguageRules, is_known: Callable[[str], bool]
) -> list[Term]:
    """Return the terms of texts in one language, best first, without those that are known in some form.

    A term has two words or more, neither the first nor the last of which may stand inside only, and stands in three
    places or more, not always in capitals. Known terms count where they stand in longer ones.
    """
    phrases = _phrases(texts, rules, words)
    frequent = {stems: phrase for stems, phrase in phrases.items() if len(phrase.places) >= _RAREST}
    scores = _c_values({stems: len(phrase.places) for stems, phrase in frequent.items()})
    terms = [
        Term(phrase.surfaces.most_common(1)[0][0], scores[stems], tuple(phrase.places))
        for stems, phrase in frequent.items()
        if scores[stems] > 0 and not (all(map(str.isupper, phrase.surfaces)) or any(map(is_known, phrase.surfaces)))
    ]
    return sorted(terms, key=lambda term: (-term.score, term.text))


def _c_values(frequencies: dict[Stems, int]) -> dict[Stems, float]:
    """Return the C-value of each phrase: what stands inside longer phrases alone counts less."""
    longer: dict[Stems, list[int]] = defaultdict(list)
    for stems, frequency in frequencies.items():
        for inner in set(_parts(stems)):
            if inner in frequencies:
                longer[inner].append(frequency)
    return {
        stems: math.log2(len(stems)) * (frequency - (sum(longer[stems]) / len(longer[stems]) if longer[stems] else 0))
        for stems, frequency in frequencies.items()
    }


def _parts(stems: Stems) -> Iterator[Stems]:
    for length in range(2, len(stems)):
        for start in range(len(stems) - length + 1):
            yield stems[start : start + length]


def _phrases(texts: Sequence[str], rules: TermRules, words: LanguageRules) -> dict[Stems, _Phrase]:
    import Stemmer  # type: ignore[import-not-found]  # compiled, without types

    stem = Stemmer.Stemmer(words.stemmer).stemWord
    parting = {fold(word) for word in words.words} | rules.edges
    phrases: dict[Stems, _Phrase] = defaultdict(_Phrase)
    for number, text in enumerate(texts):
        for run in _runs(text, rules, parting, stem):
            for first, last in _spans(run):
                start, end = run[first].start, run[last].end
                phrase = phrases[tuple(word.stem for word in run[first : last + 1])]
                phrase.places.append(Place(number, start, end))
                phrase.surfaces[" ".join(text[start:end].split())] += 1
    return phrases


def _runs(text: str, rules: TermRules, parting: set[str], stem: Callable[[str], str]) -> Iterator[list[_Word]]:
    """Yield the stretches of words that may be parts of terms, parted by marks and by all other words."""
    run: list[_Word] = []
    for match in _WORD.finditer(text):
        if run and not _JOINT.fullmatch(text, run[-1].end, match.start()):
            yield run
            run = []
        folded = fold(match[0])
        inside = folded in rules.inside
        if not inside and (folded in parting or len(folded) < _SHORTEST_WORD):
            yield run
            run = []
        else:
            run.append(_Word(match.start(), match.end(), folded if inside else fold(stem(match[0].lower())), inside))
    yield run


def _spans(run: Sequence[_Word]) -> Iterator[tuple[int, int]]:
    ends = [number for number, word in enumerate(run) if not word.inside]
    for number, first in enumerate(ends):
        for last in ends[number + 1 : number + _MOST_WORDS]:
            yield first, last
