"""Highlights: the spans of a passage's text that match the words of a query."""

import itertools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from index.analysis import PLACEHOLDER, Analysis, Token
from index.query.tree import Fuzzy, Leaf, PaperName, Phrase, Prefix, ThemeName, Word, Wording

Span = tuple[int, int]
Terms = frozenset[str]
TermsOf = Callable[[Token, str | None], Terms]
"""Gives the terms of the index that a word of a query stands for, in a language."""


class Highlighter:
    """Finds the words and phrases of one query in texts; their terms are looked up once per language."""

    def __init__(self, leaves: Sequence[Leaf], analysis: Analysis, terms_of: TermsOf) -> None:
        self._leaves, self._analysis, self._terms_of = leaves, analysis, terms_of
        self._rows: dict[tuple[str, str | None], list[Terms]] = {}
        self._first_letters: dict[str | None, Terms | None] = {}
        self._alone: dict[str | None, bool] = {}

    def spans(self, text: str, language: str | None) -> tuple[Span, ...]:
        """Return the spans of `text` that the words and phrases match, in order and not nested."""
        tokens = self._tokens(text, language)
        places: dict[str, list[int]] = defaultdict(list)
        for place, token in enumerate(tokens):
            places[token.term].append(place)

        def in_a_row(words: str) -> set[Span]:
            return set(_in_a_row(self._row(words, language), tokens, places))

        def of_language(labels: Iterable[Wording]) -> Iterable[str]:
            field = self._analysis.field(language)
            return (one.text for one in labels if self._analysis.field(one.language) == field)

        def spans_of(leaf: Leaf) -> set[Span]:
            match leaf:
                case Prefix() | Fuzzy():
                    return set(_spelt(leaf, self._analysis.tokens(leaf.text, language), tokens))
                case Phrase():
                    loose = leaf.slop and set(_near(self._row(leaf.text, language), leaf.slop, tokens, places))
                    return loose or in_a_row(leaf.text)
                case Word():  # a compound may have matched by its parts
                    own = in_a_row(leaf.text) or set().union(*map(in_a_row, leaf.parts))
                    return own.union(*map(in_a_row, of_language(leaf.counterparts)))
                case PaperName():
                    return set().union(*map(spans_of, leaf.spellings))
                case ThemeName():
                    return set().union(*map(spans_of, leaf.words), *map(in_a_row, of_language(leaf.labels)))

        return _disjoint(set().union(*map(spans_of, self._leaves)))

    def _tokens(self, text: str, language: str | None) -> list[Token]:
        """Return the tokens that the query may match, with their positions where the query has phrases."""
        initials = self._initials(language)
        if initials is None or not self._stand_alone(language):
            return self._analysis.tokens(text, language, initials)
        return self._analysis.words_from(text, language, initials)

    def _stand_alone(self, language: str | None) -> bool:
        """Return whether the query has no sequences of words."""
        if language not in self._alone:
            rows = (self._row(text, language) for leaf in self._leaves for text in leaf.rows)
            self._alone[language] = all(len(row) <= 1 for row in rows)
        return self._alone[language]

    def _initials(self, language: str | None) -> Terms | None:
        """Return the first letters of all terms of the query; None where any word may be one of its words."""
        if language not in self._first_letters:
            texts = [text for leaf in self._leaves for text in leaf.rows]
            terms = Terms().union(*(terms for text in texts for terms in self._row(text, language)))
            plain = (
                all(isinstance(leaf, Word | Phrase | ThemeName) for leaf in self._leaves) and PLACEHOLDER not in terms
            )
            self._first_letters[language] = Terms(term[0] for term in terms) if plain else None
        return self._first_letters[language]

    def _row(self, words: str, language: str | None) -> list[Terms]:
        known = self._rows.get((words, language))
        if known is None:
            tokens = trimmed(self._analysis.tokens(words, language))
            known = self._rows[words, language] = [self._terms_of(token, language) for token in tokens]
        return known


def within_distance(left: str, right: str, distance: int) -> bool:
    """Return whether two words differ in at most `distance` letters, a swap of neighbours counting one.

    Optimal string alignment: the same distance as the fuzzy queries of the engines.
    """
    if abs(len(left) - len(right)) > distance:
        return False
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        two_before, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
        if min(row) > distance and min(before) > distance:
            return False
    return row[-1] <= distance


def trimmed(asked: Sequence[Token]) -> Sequence[Token]:
    """Return the tokens without stop words at the ends."""
    kept = [place for place, token in enumerate(asked) if token.term != PLACEHOLDER]
    return asked[kept[0] : kept[-1] + 1] if kept else ()


def _in_a_row(wanted: list[Terms], tokens: list[Token], places: Mapping[str, list[int]]) -> Iterable[Span]:
    if not wanted:
        return
    first, *rest = wanted
    for place in itertools.chain.from_iterable(places.get(term, ()) for term in first):
        following = tokens[place + 1 : place + len(wanted)]
        if len(following) == len(rest) and all(one.term in terms for one, terms in zip(following, rest, strict=True)):
            yield tokens[place].start, tokens[place + len(rest)].end


def _near(wanted: list[Terms], slop: int, tokens: list[Token], places: Mapping[str, list[int]]) -> Iterable[Span]:
    """Yield the spans of the words of a loose phrase, where any word matches a stop word."""
    words = [terms for terms in wanted if PLACEHOLDER not in terms]
    widest = len(wanted) + slop
    rows = [sorted(itertools.chain.from_iterable(places.get(term, ()) for term in terms)) for terms in words]
    for first in rows[0] if rows else ():
        row = [first]
        for following in rows[1:]:
            at = bisect_right(following, row[-1])
            if at == len(following):
                return
            row.append(following[at])
        if row[-1] - first < widest:
            yield from ((tokens[place].start, tokens[place].end) for place in row)


def _spelt(leaf: Prefix | Fuzzy, asked: list[Token], tokens: list[Token]) -> Iterable[Span]:
    word = asked[-1].word if asked else ""
    for token in tokens if word else ():
        if isinstance(leaf, Prefix):
            found = token.word.startswith(word)
        else:
            found = within_distance(token.word, word, leaf.distance)
        if found:
            yield token.start, token.end


def _disjoint(spans: set[Span]) -> tuple[Span, ...]:
    kept: list[Span] = []
    for start, end in sorted(spans):
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return tuple(kept)
