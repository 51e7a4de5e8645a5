"""Compiles a parsed query to an engine's query for the passages in one language."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from index.analysis import OTHER, PLACEHOLDER, Analysis, Token
from index.query.highlights import Terms, TermsOf, trimmed
from index.query.tree import (
    Clause,
    Conjunction,
    Either,
    Fuzzy,
    Node,
    PaperName,
    Phrase,
    Prefix,
    ThemeName,
    Word,
    Wording,
)

Q = TypeVar("Q")
Spellings = Callable[[str, str], Iterable[str]]
"""Gives the terms of an index, in a language, of words that have this term without their accents."""

WORDS = "words"
"""The field of folded words, for prefixes and misspellings; the fields of terms are `Analysis.fields`."""
LANGUAGE = "language"
"""The field that says which of `Analysis.fields` a passage stands in."""
TERMS = "terms"
"""The field that engines keep the terms of all languages in, each with its language before it."""
THEME_WEIGHT = 0.01
"""What another label of a theme counts of what the words themselves would. A rare label may score ten times what a
common one does: so passages with the words as typed come first, and the others follow in their own order."""
FOREIGN_WEIGHT = 0.75
"""What a word counts in texts of another language than the query's: of two versions of a paper that say the same, the
one in the reader's language comes first."""
_NAMED, _OF_PAPER, _CITING = 30.0, 20.0, 10.0
"""Scores of the passages of the very edition that a symbol names, of the paper's others, and of those that cite it."""
_MOST_SPELLINGS = 16
"""Ways to spell a phrase that are looked for, where words without accents stand for several terms."""


def stored_term(field: str, value: str) -> tuple[str, str]:
    """Return the indexed field and term for a term of one of `Analysis.fields` or of the other fields.

    All languages share one field, so that their scores are based on the same statistics: with one field per
    language, one engine would compute document frequencies and mean lengths per field, the other over all passages.
    """
    return (field, value) if field in (WORDS, LANGUAGE) else (TERMS, f"{field}:{value}")


class QueryBuilder(Protocol[Q]):
    """Builds the queries of an engine."""

    def term(self, field: str, value: str) -> Q:
        """Return the query for a term."""
        ...

    def phrase(self, field: str, terms: Sequence[str]) -> Q:
        """Return the query for terms next to each other."""
        ...

    def near(self, field: str, choices: Sequence[Sequence[str]], slop: int) -> Q:
        """Return the query for one term of each choice, in order, with at most `slop` others among them."""
        ...

    def paper(self, form: str) -> Q:
        """Return the query for the passages of papers whose symbol has this plain spelling."""
        ...

    def constant(self, query: Q, score: float) -> Q:
        """Return a query that matches as another one, with the same score for each passage."""
        ...

    def weighted(self, query: Q, weight: float) -> Q:
        """Return a query that matches as another one, with its scores times `weight`."""
        ...

    def prefix(self, word: str) -> Q:
        """Return the query for words that begin so."""
        ...

    def fuzzy(self, word: str, distance: int) -> Q:
        """Return the query for words that differ in so many letters (a swap of neighbours is one)."""
        ...

    def all_of(self, needed: Sequence[Q], wanted: Sequence[Q] = (), excluded: Sequence[Q] = ()) -> Q:
        """Return the query for all that is needed (where nothing is: any that is wanted), scores added."""
        ...

    def best_of(self, queries: Sequence[Q]) -> Q:
        """Return the query for any of some, with the best score of them."""
        ...


class Compiler(Generic[Q]):
    """Compiles queries for the field of one language; with `strict` all words have to match, else any of them.

    Without `strict` the parts of a compound (`heat-transfer`) match too; required and excluded clauses are always
    strict.
    """

    def __init__(
        self, builder: QueryBuilder[Q], analysis: Analysis, field: str, terms_of: TermsOf, *, strict: bool
    ) -> None:
        self._builder = builder
        self._analysis = analysis
        self._field = field
        self._terms_of = terms_of
        self._strict = strict

    def compile(self, node: Node) -> Q | None:
        """Return the query; None where it consists of stop words and punctuation in this language."""
        match node:
            case Word() | Phrase():
                return self._as_typed(node)
            case PaperName():
                return self._paper(node)
            case ThemeName():
                return self._theme(node)
            case Prefix() | Fuzzy():
                return self._spelt(node)
            case Conjunction():
                return self._group(node)
            case Either():
                return self._any_of([self.compile(group) for group in node.groups])

    def clauses(self, group: Conjunction) -> list[Q]:
        """Return the queries for the clauses of a group that are not empty in this language."""
        return [query for clause in group.clauses if (query := self._clause(clause)) is not None]

    def _group(self, group: Conjunction) -> Q | None:
        needed: list[Q] = []
        wanted: list[Q] = []
        excluded: list[Q] = []
        asks = False
        for clause in group.clauses:
            query = self._clause(clause)
            asks = asks or clause.occur != "not"
            if query is None:
                continue
            if clause.occur == "not":
                excluded.append(query)
            else:
                (needed if self._strict or clause.occur == "must" else wanted).append(query)
        if not asks:
            needed = [self._builder.term(LANGUAGE, self._field)]
        return self._builder.all_of(needed, wanted, excluded) if needed or wanted else None

    def _clause(self, clause: Clause) -> Q | None:
        if self._strict:
            return self.compile(clause.node)
        if clause.occur != "any":
            strict = Compiler(self._builder, self._analysis, self._field, self._terms_of, strict=True)
            return strict.compile(clause.node)
        parts = clause.node.parts if isinstance(clause.node, Word) else ()
        if len(parts) <= 1:
            return self.compile(clause.node)
        found = [query for part in parts if (query := self.compile(Word(part))) is not None]
        return self._builder.all_of((), found) if found else None

    def _as_typed(self, node: Word | Phrase) -> Q | None:
        if isinstance(node, Phrase) and node.slop:
            return self._near(self._tokens(node.text), node.slop)
        own = self._in_a_row(self._tokens(node.text))
        if isinstance(node, Phrase) or node.language in (None, self._field) or self._field == OTHER:
            return own
        others = [self._in_a_row(self._tokens(one.text)) for one in self._field_term(node.counterparts)]
        found = self._any_of([own, *others])
        return self._builder.weighted(found, FOREIGN_WEIGHT) if found is not None else None

    def _tokens(self, text: str) -> Sequence[Token]:
        return trimmed(self._analysis.tokens(text, self._field))

    def _in_a_row(self, tokens: Sequence[Token]) -> Q | None:
        choices = [sorted(self._terms_of(token, self._field)) for token in tokens]
        if len(choices) <= 1:
            return self._any_of([self._builder.term(self._field, term) for terms in choices for term in terms])
        spellings = itertools.islice(itertools.product(*choices), _MOST_SPELLINGS)
        return self._any_of([self._builder.phrase(self._field, terms) for terms in spellings])

    def _near(self, tokens: Sequence[Token], slop: int) -> Q | None:
        """Return the query for a loose phrase, where any word matches a stop word. It scores as its words do."""
        words = [sorted(self._terms_of(token, self._field)) for token in tokens if token.term != PLACEHOLDER]
        if len(words) <= 1:
            return self._in_a_row([token for token in tokens if token.term != PLACEHOLDER])
        near = self._builder.near(self._field, words, slop + len(tokens) - len(words))
        scored = [self._any_of([self._builder.term(self._field, term) for term in terms]) for terms in words]
        return self._builder.all_of([self._builder.constant(near, 0.0), *(one for one in scored if one is not None)])

    def _paper(self, node: PaperName) -> Q:
        builder = self._builder
        own = ((node.form, _NAMED), (node.paper, _OF_PAPER))
        found = [builder.constant(builder.paper(form), score) for form, score in own]
        cited = self._any_of([self.compile(spelling) for spelling in node.spellings])
        return builder.best_of([*found, builder.constant(cited, _CITING)] if cited is not None else found)

    def _theme(self, node: ThemeName) -> Q | None:
        typed = self._group(Conjunction(tuple(Clause(word) for word in node.words)))
        others = self._any_of([self._in_a_row(tokens) for tokens in self._shortest(node.labels)])
        if others is None:
            return typed
        banned = [query for tokens in self._shortest(node.negative) if (query := self._in_a_row(tokens)) is not None]
        if banned:
            others = self._builder.all_of([others], (), banned)
        others = self._builder.weighted(others, THEME_WEIGHT)
        if typed is None:
            return others
        return self._builder.best_of([typed, others]) if self._strict else self._builder.all_of((), [typed, others])

    def _shortest(self, labels: Iterable[Wording]) -> list[Sequence[Token]]:
        """Return the tokens of the labels in this language, without those that contain another one."""
        found: dict[tuple[str, ...], Sequence[Token]] = {}
        for label in self._field_term(labels):
            tokens = self._tokens(label.text)
            found.setdefault(tuple(self._analysis.plain_term(token.word, self._field) for token in tokens), tokens)
        found.pop((), None)
        return [tokens for terms, tokens in found.items() if not any(_contains(terms, other) for other in found)]

    def _field_term(self, labels: Iterable[Wording]) -> Iterable[Wording]:
        return (label for label in labels if self._analysis.field(label.language) == self._field)

    def _spelt(self, node: Prefix | Fuzzy) -> Q | None:
        words = [token.word for token in self._analysis.tokens(node.text, self._field) if token.word]
        if not words:
            return None
        last = words.pop()
        builder = self._builder
        spelt = builder.prefix(last) if isinstance(node, Prefix) else builder.fuzzy(last, node.distance)
        # the words before the prefix, as in "e-comm*"
        return builder.all_of([*(builder.term(WORDS, word) for word in words), spelt])

    def _any_of(self, queries: Sequence[Q | None]) -> Q | None:
        kept = [query for query in queries if query is not None]
        return self._builder.best_of(kept) if len(kept) > 1 else kept[0] if kept else None


def compiled(builder: QueryBuilder[Q], analysis: Analysis, root: Node, terms_of: TermsOf, *, strict: bool) -> Q | None:
    """Return the query for the passages that match in one of the languages; None where it is empty.

    With OR fallback, one flat query has the words of all languages: a passage has words of its own language alone,
    so that its score is the same, and tantivy can skip passages that cannot be among the best only in a flat union.
    """
    compilers = [Compiler(builder, analysis, field, terms_of, strict=strict) for field in analysis.fields]
    if not strict and isinstance(root, Conjunction) and all(clause.occur == "any" for clause in root.clauses):
        wanted = [query for one in compilers for query in one.clauses(root)]
        return builder.all_of((), wanted) if wanted else None
    branches = [query for one in compilers if (query := one.compile(root)) is not None]
    return builder.best_of(branches) if branches else None


def counted(builder: QueryBuilder[Q], analysis: Analysis, nodes: Iterable[Node], terms_of: TermsOf) -> Q | None:
    """Return the query for the passages that match any of the queries strictly; the score is the number of matches."""
    found = [compiled(builder, analysis, node, terms_of, strict=True) for node in nodes]
    wanted = [builder.constant(query, 1.0) for query in found if query is not None]
    return builder.all_of((), wanted) if wanted else None


def terms_of(analysis: Analysis, spellings: Spellings) -> TermsOf:
    """Return a function from a word to the terms that match it in an index, with or without accents."""

    def stands_for(token: Token, language: str | None) -> Terms:
        if token.term == PLACEHOLDER:
            return frozenset({PLACEHOLDER})
        plain = analysis.plain_term(token.word, language)
        found = {token.term, plain, *spellings(analysis.field(language), plain)}
        return frozenset(found - {PLACEHOLDER})

    return stands_for


def _contains(terms: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether a sequence of terms contains another, shorter one."""
    width = len(other)
    starts = range(len(terms) - width + 1)
    return width < len(terms) and any(terms[start : start + width] == other for start in starts)
