"""Zero-result diagnostics: which word or filter excludes everything, and suggestions for misspelt words.

Both engines share it: an engine only counts the papers that match a part of the query under the filters. The access
classes of the reader apply, so that nothing is revealed about papers that the reader may not see.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from typing import NamedTuple, Protocol

from extractors.document import Value
from index.analysis import PLACEHOLDER, Analysis, fold
from index.filters import Condition, Filters
from index.query.highlights import within_distance
from index.query.parser import Query
from index.query.tree import Clause, Conjunction, Fuzzy, Leaf, Occur, Phrase, Word, leaves_of
from index.ranking.fusion import SHORT

_MOST_PARTS = 8
"""Words and filters that are looked at, of each kind: every one costs a few counts."""
_TEXTS = 200
"""Passages in which words are looked for that are spelt nearly so."""
_CANDIDATES, _SUGGESTIONS = 5, 3
_MOST_TEXTS = 9
"""Queries with other spellings that are tried: that with the most papers is suggested."""
_WORD = re.compile(r"[^\W\d_]{3,}")
"""A word that may be misspelt; shorter ones are too near to too many."""
_SHORT = 5
"""Letters up to which a word may differ in one letter only."""


class Suggestion(Value):
    """Another spelling of a word, and the papers that have it."""

    text: str
    documents: int


class Part(Value):
    """A word or filter of a question without an answer.

    `alone` papers match it by itself (a word: under the filters; null for what is excluded), and `without` papers match
    the rest of the question.
    """

    text: str
    alone: int | None
    without: int
    suggestions: tuple[Suggestion, ...] = ()


class EmptyResultDiagnosis(Value):
    """Why nothing matches; `query` is the question with other spellings that do match."""

    words: tuple[Part, ...] = ()
    filters: tuple[Part, ...] = ()
    query: str | None = None


CountRequest = tuple[Query, Filters]


class CountingIndex(Protocol):
    """One snapshot of an index, queried by words."""

    def papers(self, questions: Sequence[CountRequest]) -> list[int]:
        """Return for each query how many papers a search in mode `text` finds."""
        ...

    def texts(self, query: Query, filters: Filters, most: int) -> Iterable[tuple[str, str | None]]:
        """Return text and language of passages that match, by document."""
        ...


def needs_hints(query: Query, *, has_all: bool, any_close: bool) -> bool:
    """Return whether an answer needs diagnostics: no passage has all words, and nothing is close or the query is short.

    A passage seldom has all words of a long query, and each of its words costs a few counts.
    """
    return not any_close or (not has_all and len(query.plain.split()) < SHORT)


def diagnose(
    query: Query, filters: Filters, asked: CountingIndex, analysis: Analysis, parse: Callable[[str], Query]
) -> EmptyResultDiagnosis | None:
    """Return why a query finds nothing under all filters, including its own; None without a cause.

    `parse` parses a query with another spelling.
    """
    pieces = list(islice(_pieces(query), _MOST_PARTS))
    conditions = filters.conditions[:_MOST_PARTS]
    if not pieces and not conditions:
        return None
    questions: list[CountRequest] = [(one, filters) for piece in pieces for one in (_alone(piece.leaf), piece.rest)]
    for place, own in enumerate(conditions):
        others = (*filters.conditions[:place], *filters.conditions[place + 1 :])
        questions.append((Query(""), filters.model_copy(update={"conditions": (own,)})))
        questions.append((query, filters.model_copy(update={"conditions": others})))
    counted = asked.papers(questions)
    counts = list(zip(counted[::2], counted[1::2], strict=True))
    is_any_unknown = not all(alone for alone, _ in counts[: len(pieces)])
    spelling = _Spelling(filters, asked, analysis, query.text, is_any_unknown=is_any_unknown)
    words = tuple(spelling.part(piece, *two) for piece, two in zip(pieces, counts, strict=False))
    found = (_filter(own, *two) for own, two in zip(conditions, counts[len(pieces) :], strict=True))
    texts = spelling.texts()
    papers = asked.papers([(parse(one), filters) for one in texts]) if texts else []
    most, best = max(zip(papers, texts, strict=True), key=lambda one: one[0], default=(0, None))
    return EmptyResultDiagnosis(words=words, filters=tuple(found), query=best if most else None)


def _filter(own: Condition, alone: int, without: int) -> Part:
    return Part(text=str(own), alone=alone, without=without)


class _Piece(NamedTuple):
    """A word or phrase of a query, whether it is required, and the query without the part that contains it."""

    leaf: Leaf
    occur: Occur
    rest: Query


def _pieces(query: Query) -> Iterator[_Piece]:
    """Return the words and phrases to count: those with a letter or a digit."""
    return (piece for piece in _all_pieces(query) if fold(piece.leaf.text))


def _all_pieces(query: Query) -> Iterator[_Piece]:
    if not isinstance(query.root, Conjunction):
        yield from (_Piece(leaf, "any", query) for leaf in query.leaves)
        return
    for clause in query.root.clauses:
        rest = tuple(other for other in query.root.clauses if other != clause)
        root = Conjunction(rest) if rest else None
        without = replace(query, root=root, leaves=tuple(leaves_of(root)) if root else ())
        yield from (_Piece(leaf, clause.occur, without) for leaf in leaves_of(clause.node))


def _alone(leaf: Leaf) -> Query:
    return Query(leaf.text, Conjunction((Clause(leaf),)), leaves=(leaf,))


class _Spelling:
    """Looks for other spellings of the words that no paper has, among the words that match under the same filters.

    Where one of a query matches nothing (`is_any_unknown`), another that matches by its stem alone is misspelt, too.
    `better` are those of each word, the best first.
    """

    def __init__(
        self, filters: Filters, asked: CountingIndex, analysis: Analysis, text: str, *, is_any_unknown: bool
    ) -> None:
        self._is_any_unknown = is_any_unknown
        self._filters, self._asked, self._analysis, self._text = filters, asked, analysis, text
        self.better: dict[str, list[Suggestion]] = {}

    def texts(self) -> list[str]:
        """Return the query with all corrected spellings, the best first; none where any word suffices."""
        found = []
        for others in islice(product(*self.better.values()), _MOST_TEXTS if self.better else 0):
            text = self._text
            for word, other in zip(self.better, others, strict=True):
                text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", other.text, text)
            found.append(text)
        return found

    def part(self, piece: _Piece, alone: int, without: int) -> Part:
        """Return the diagnostics of a word or phrase."""
        if piece.occur == "not":
            return Part(text=f"-{piece.leaf.typed}", alone=None, without=without)
        better = self._better(piece.leaf) if self._is_any_unknown else {}
        self.better |= better
        suggestions = tuple(one for others in better.values() for one in others)
        return Part(text=piece.leaf.typed, alone=alone, without=without, suggestions=suggestions)

    def _better(self, leaf: Leaf) -> dict[str, list[Suggestion]]:
        """Return the words of a leaf that no paper has so spelt, with their other spellings, the best first."""
        words = _WORD.findall(leaf.text)[:_MOST_PARTS] if isinstance(leaf, Word | Phrase) else []
        words = [word for word in words if not self._is_stop_word(word)]
        counts = self._counts([Fuzzy(word, 0) for word in words])
        words = [word for word, count in zip(words, counts, strict=True) if not count]
        found = {word: self._others(word) for word in words}
        return {word: others for word, others in found.items() if others}

    def _is_stop_word(self, word: str) -> bool:
        """Return whether a word is a stop word of some language, and so not misspelt."""
        tokens = (self._analysis.tokens(word, field) for field in self._analysis.fields)
        return any(all(token.term == PLACEHOLDER for token in found) for found in tokens)

    def _others(self, word: str) -> list[Suggestion]:
        distance = 1 if len(word) <= _SHORT else 2
        asked = fold(word)
        spelt: dict[str, Counter[str]] = defaultdict(Counter)
        for text, language in self._asked.texts(_alone(Fuzzy(word, distance)), self._filters, _TEXTS):
            for token in self._analysis.tokens(text, language):
                if token.term != PLACEHOLDER and within_distance(token.word, asked, distance):
                    spelt[token.word][text[token.start : token.end].lower()] += 1
        nearest = sorted(spelt, key=lambda one: (not within_distance(one, asked, 1), -spelt[one].total(), one))
        best = [spelt[one].most_common(1)[0][0] for one in nearest[:_CANDIDATES]]
        counted = zip(best, self._counts(map(Word, best)), strict=True)
        return [Suggestion(text=one, documents=count) for one, count in counted if count][:_SUGGESTIONS]

    def _counts(self, leaves: Iterable[Leaf]) -> list[int]:
        questions = [(_alone(leaf), self._filters) for leaf in leaves]
        return self._asked.papers(questions) if questions else []
