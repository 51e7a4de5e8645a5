"""A parsed query made into an engine's, as the passages in one language read it."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from index.analysis import PLACEHOLDER, Analysis, Token
from index.highlights import Terms, TermsOf, trimmed
from index.query import Clause, Either, Fuzzy, Group, Node, Phrase, Prefix, Word

Q = TypeVar("Q")
Spellings = Callable[[str, str], Iterable[str]]
"""Gives the terms of an index, in a language, of words that have this term without their accents."""

WORDS = "words"
"""The field of folded words, for prefixes and misspellings; the fields of terms are `Analysis.fields`."""
LANGUAGE = "language"
"""The field that says which of `Analysis.fields` a passage stands in."""
TERMS = "terms"
"""The field that engines keep the terms of all languages in, each with its language before it."""
_MOST_SPELLINGS = 16
"""Ways to spell a phrase that are looked for, where words without accents stand for several terms."""


def stored_term(field: str, value: str) -> tuple[str, str]:
    """Return the field and the term that an engine keeps for one of `Analysis.fields` or of the other fields.

    All languages share one field, so that the scores of all are made of the same counts: a field of its own would
    measure the rareness of words and the length of passages by itself on one engine, and by all passages on another.
    """
    return (field, value) if field in (WORDS, LANGUAGE) else (TERMS, f"{field}:{value}")


class QueryBuilder(Protocol[Q]):
    """Makes the queries of an engine."""

    def term(self, field: str, value: str) -> Q:
        """Return the query for a term."""
        ...

    def phrase(self, field: str, terms: Sequence[str]) -> Q:
        """Return the query for terms next to each other."""
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
    """Compiles queries for the field of one language; `strict` asks for all words, else for any of them.

    Any of them includes the parts of a compound (`heat-transfer`); what has to be there or may not be there is read
    strictly all the same.
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
        """Return the query; None where only stop words and punctuation are left of it in this language."""
        match node:
            case Word() | Phrase():
                return self._in_a_row(trimmed(self._analysis.tokens(node.text, self._field)))
            case Prefix() | Fuzzy():
                return self._spelt(node)
            case Group():
                return self._group(node)
            case Either():
                return self._any_of([self.compile(group) for group in node.groups])

    def _group(self, group: Group) -> Q | None:
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

    def _in_a_row(self, tokens: Sequence[Token]) -> Q | None:
        choices = [sorted(self._terms_of(token, self._field)) for token in tokens]
        if len(choices) <= 1:
            return self._any_of([self._builder.term(self._field, term) for terms in choices for term in terms])
        spellings = itertools.islice(itertools.product(*choices), _MOST_SPELLINGS)
        return self._any_of([self._builder.phrase(self._field, terms) for terms in spellings])

    def _spelt(self, node: Prefix | Fuzzy) -> Q | None:
        words = [token.word for token in self._analysis.tokens(node.text, self._field) if token.word]
        if not words:
            return None
        last = words.pop()
        builder = self._builder
        spelt = builder.prefix(last) if isinstance(node, Prefix) else builder.fuzzy(last, node.distance)
        # the words before it, as in "e-comm*"
        return builder.all_of([*(builder.term(WORDS, word) for word in words), spelt])

    def _any_of(self, queries: Sequence[Q | None]) -> Q | None:
        kept = [query for query in queries if query is not None]
        return self._builder.best_of(kept) if len(kept) > 1 else kept[0] if kept else None


def terms_of(analysis: Analysis, spellings: Spellings) -> TermsOf:
    """Return what gives the terms that a word of a query stands for in an index, accents or not."""

    def stands_for(token: Token, language: str | None) -> Terms:
        if token.term == PLACEHOLDER:
            return frozenset({PLACEHOLDER})
        plain = analysis.plain_term(token.word, language)
        found = {token.term, plain, *spellings(analysis.field(language), plain)}
        return frozenset(found - {PLACEHOLDER})

    return stands_for
