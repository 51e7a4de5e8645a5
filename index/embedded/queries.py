"""The queries of tantivy; its own query parser is not used."""

import re
from collections.abc import Sequence

from tantivy import Occur, Query, Schema

from index.compiler import TERMS, WORDS, stored_term


class TantivyQueries:
    """Makes tantivy's queries for a schema; implements `index.compiler.QueryBuilder`."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def term(self, field: str, value: str) -> Query:
        """Return the query for a term."""
        return Query.term_query(self._schema, *stored_term(field, value))

    def phrase(self, field: str, terms: Sequence[str]) -> Query:
        """Return the query for terms next to each other."""
        return Query.phrase_query(self._schema, TERMS, [stored_term(field, term)[1] for term in terms])

    def prefix(self, word: str) -> Query:
        """Return the query for words that begin so."""
        return Query.regex_query(self._schema, WORDS, f"{re.escape(word)}.*")

    def fuzzy(self, word: str, distance: int) -> Query:
        """Return the query for words that are spelt nearly so."""
        return Query.fuzzy_term_query(self._schema, WORDS, word, distance)

    def all_of(self, needed: Sequence[Query], wanted: Sequence[Query] = (), excluded: Sequence[Query] = ()) -> Query:
        """Return the query for what is needed, wanted and excluded."""
        clauses = [(Occur.Must, query) for query in needed]
        clauses += [(Occur.Should, query) for query in wanted]
        clauses += [(Occur.MustNot, query) for query in excluded]
        return Query.boolean_query(clauses)

    def best_of(self, queries: Sequence[Query]) -> Query:
        """Return the query for any of some."""
        return Query.disjunction_max_query(list(queries))
