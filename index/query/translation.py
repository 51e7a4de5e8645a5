"""Translates words of a query by rules for their endings (quality, qualité) and from a word list (goods)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from configs.counterparts import CounterpartRules, load_counterparts
from index.analysis import PLACEHOLDER, Analysis, fold
from index.query.tree import Word, Wording

_STEM = 4
"""Letters that have to stand before an ending: of shorter words too many look alike."""
_LONGER = _STEM + 1
"""Letters of a word that may have another ending."""


class Counterparts:
    """Translates the words of queries between two languages. Not thread-safe."""

    def __init__(self, analysis: Analysis, rules: CounterpartRules) -> None:
        first, second = rules.languages
        self._between = {
            first: _Direction(analysis, first, second, rules.endings, rules.words),
            second: _Direction(analysis, second, first, _reversed_rules(rules.endings), _reversed_rules(rules.words)),
        }

    def of(self, words: Sequence[str], text: str) -> list[Word]:
        """Return words of a query (`text` is the whole query) with its language and their translations.

        A word that the analysis splits has no translation; no word has one where the language cannot be detected.
        """
        language = self._language_of(text)
        if language is None:
            return list(map(Word, words))
        return [Word(word, language, tuple(self._between[language].of(word))) for word in words]

    def _language_of(self, text: str) -> str | None:
        """Return the language with more stop words and listed words in a query than the other language.

        One word is enough, unlike for `Analysis.language_of_query`: a wrong language only adds words here.
        """
        counts = Counter({language: direction.known_in(text) for language, direction in self._between.items()})
        (first, most), (_, other) = counts.most_common()
        return first if most > other else None


class _Direction:
    """The translation rules from one language to another."""

    def __init__(
        self,
        analysis: Analysis,
        language: str,
        other: str,
        endings: Mapping[str, frozenset[str]],
        words: Mapping[str, frozenset[str]],
    ) -> None:
        self._analysis, self._language, self._other = analysis, language, other
        self._endings: dict[str, set[str]] = defaultdict(set)
        for ending, others in endings.items():
            self._endings[fold(ending)] |= others
        self._longest = max(map(len, self._endings), default=0)
        self._words: dict[str, set[str]] = defaultdict(set)
        for word, others in words.items():
            self._words[analysis.plain_term(fold(word), language)] |= others

    def of(self, word: str) -> Iterator[Wording]:
        """Yield the translations of a word of letters, each indexed term once, without words spelt alike in both."""
        tokens = self._analysis.tokens(word, self._language)
        if len(tokens) != 1 or tokens[0].term == PLACEHOLDER or not tokens[0].word.isalpha():
            return
        plain = tokens[0].word
        seen = {self._analysis.plain_term(plain, self._other), PLACEHOLDER}
        for candidate in sorted(self._candidates(plain)):
            term = self._analysis.plain_term(fold(candidate), self._other)
            if term not in seen:
                seen.add(term)
                yield Wording(self._other, candidate)

    def known_in(self, text: str) -> int:
        """Count the words of a text that are stop words or listed words of the language."""
        terms = [token.term for token in self._analysis.tokens(text, self._language)]
        return sum(term == PLACEHOLDER or term in self._words for term in terms)

    def _candidates(self, plain: str) -> set[str]:
        found = set(self._words.get(self._analysis.plain_term(plain, self._language), ()))
        for length in range(min(self._longest, len(plain) - _STEM) + 1) if len(plain) >= _LONGER else ():
            stem, ending = plain[: len(plain) - length], plain[len(plain) - length :]
            found.update(stem + other for other in self._endings.get(ending, ()))
        return found


def open_counterparts(analysis: Analysis) -> Counterparts:
    """Return the counterparts by the shipped rules."""
    return Counterparts(analysis, load_counterparts())


def _reversed_rules(rules: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return the rules from the second language to the first."""
    found: dict[str, set[str]] = defaultdict(set)
    for one, others in rules.items():
        for other in others:
            found[other].add(one)
    return {other: frozenset(ones) for other, ones in found.items()}
