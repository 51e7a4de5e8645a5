"""A parsed query made into tantivy's, as the passages in one language read it."""

import itertools
import re
from collections.abc import Sequence

from tantivy import Occur, Query, Schema

from index.analysis import Analysis, Token
from index.highlights import TermsOf, trimmed
from index.query import Clause, Either, Fuzzy, Group, Node, Phrase, Prefix, Word

_MOST_SPELLINGS = 16
"""Ways to spell a phrase that are looked for, where words without accents stand for several terms."""


class Compiler:
    """Compiles queries for the field of one language; `strict` asks for all words, else for any of them.

    Any of them includes the parts of a compound (`heat-transfer`); what has to be there or may not be there is read
    strictly all the same.
    """

    def __init__(self, schema: Schema, analysis: Analysis, field: str, terms_of: TermsOf, *, strict: bool) -> None:
        self._schema = schema
        self._analysis = analysis
        self._field = field
        self._terms_of = terms_of
        self._strict = strict

    def compile(self, node: Node) -> Query | None:
        """Return the query; None where only stop words and punctuation are left of it in this language."""
        match node:
            case Word() | Phrase():
                return self._in_a_row(trimmed(self._analysis.tokens(node.text, self._field)))
            case Prefix() | Fuzzy():
                return self._spelt(node)
            case Group():
                return self._group(node)
            case Either():
                return _any_of([self.compile(group) for group in node.groups])

    def _group(self, group: Group) -> Query | None:
        clauses: list[tuple[Occur, Query]] = []
        excluded: list[tuple[Occur, Query]] = []
        asks = False
        for clause in group.clauses:
            query = self._clause(clause)
            asks = asks or clause.occur != "not"
            if query is None:
                continue
            if clause.occur == "not":
                excluded.append((Occur.MustNot, query))
            else:
                needed = self._strict or clause.occur == "must"
                clauses.append((Occur.Must if needed else Occur.Should, query))
        if not asks:
            clauses = [(Occur.Must, self._term("language", self._field))]
        return Query.boolean_query(clauses + excluded) if clauses else None

    def _clause(self, clause: Clause) -> Query | None:
        if self._strict:
            return self.compile(clause.node)
        if clause.occur != "any":
            strict = Compiler(self._schema, self._analysis, self._field, self._terms_of, strict=True)
            return strict.compile(clause.node)
        parts = clause.node.parts if isinstance(clause.node, Word) else ()
        if len(parts) <= 1:
            return self.compile(clause.node)
        found = [query for part in parts if (query := self.compile(Word(part)))]
        return Query.boolean_query([(Occur.Should, query) for query in found]) if found else None

    def _in_a_row(self, tokens: Sequence[Token]) -> Query | None:
        choices = [sorted(self._terms_of(token, self._field)) for token in tokens]
        if len(choices) <= 1:
            return _any_of([self._term(self._field, term) for terms in choices for term in terms])
        spellings = itertools.islice(itertools.product(*choices), _MOST_SPELLINGS)
        return _any_of([Query.phrase_query(self._schema, self._field, list(terms)) for terms in spellings])

    def _spelt(self, node: Prefix | Fuzzy) -> Query | None:
        words = [token.word for token in self._analysis.tokens(node.text, self._field) if token.word]
        if not words:
            return None
        last = words.pop()
        if isinstance(node, Prefix):
            spelt = Query.regex_query(self._schema, "words", f"{re.escape(last)}.*")
        else:
            spelt = Query.fuzzy_term_query(self._schema, "words", last, node.distance)
        # the words before it, as in "e-comm*"
        before = [(Occur.Must, self._term("words", word)) for word in words]
        return Query.boolean_query([*before, (Occur.Must, spelt)])

    def _term(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, field, value)


def _any_of(queries: Sequence[Query | None]) -> Query | None:
    kept = [query for query in queries if query]
    return Query.disjunction_max_query(kept) if len(kept) > 1 else kept[0] if kept else None
