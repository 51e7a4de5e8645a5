"""Builds tantivy queries for words and phrases; tantivy's own query parser is not used."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from tantivy import Occur, Query, Schema

from index.query.compiler import TERMS, WORDS, stored_term

DocumentsOf: TypeAlias = Callable[[str], Iterable[int]]
"""Gives the numbers of the documents whose symbol has this plain spelling."""
DOCUMENT = "doc"
"""The field with the number of a passage's document, as text: deleting by a number silently deletes nothing."""
_MOST_SPELLINGS = 16
"""Ways to spell a loose phrase that are looked for."""


class TantivyQueries:
    """Builds tantivy's queries for a schema; implements `index.query.compiler.QueryBuilder`."""

    def __init__(self, schema: Schema, documents_of: DocumentsOf) -> None:
        self._schema, self._documents_of = schema, documents_of

    def term(self, field: str, value: str) -> Query:
        """Return the query for a term."""
        return Query.term_query(self._schema, *stored_term(field, value))

    def phrase(self, field: str, terms: Sequence[str]) -> Query:
        """Return the query for terms next to each other."""
        return Query.phrase_query(self._schema, TERMS, [*_stored(field, terms)])

    def near(self, field: str, choices: Sequence[Sequence[str]], slop: int) -> Query:
        """Return the query for a loose phrase: one phrase for each arrangement of gaps between its words.

        tantivy's own slop accepts any order, and misses some matches of three words and more.
        """
        spellings = itertools.islice(itertools.product(*choices), _MOST_SPELLINGS)
        phrases = [
            Query.phrase_query(self._schema, TERMS, [*zip(places, _stored(field, terms), strict=True)])
            for terms in spellings
            for places in _places(len(terms), slop)
        ]
        return self.best_of(phrases)

    def paper(self, form: str) -> Query:
        """Return the query for the passages of papers whose symbol has this plain spelling."""
        own = [Query.term_query(self._schema, DOCUMENT, str(doc)) for doc in self._documents_of(form)]
        return self.best_of(own) if own else Query.empty_query()

    def documents(self, numbers: Iterable[int]) -> Query:
        """Return the query for the passages of documents with these numbers."""
        return Query.term_set_query(self._schema, DOCUMENT, [str(number) for number in numbers])

    def constant(self, query: Query, score: float) -> Query:
        """Return a query with the same score for each passage."""
        return Query.const_score_query(query, score)

    def weighted(self, query: Query, weight: float) -> Query:
        """Return a query with its scores times `weight`."""
        return Query.boost_query(query, weight)

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


def _stored(field: str, terms: Iterable[str]) -> list[str]:
    return [stored_term(field, term)[1] for term in terms]


def _places(words: int, slop: int) -> Iterator[list[int]]:
    """Yield the possible positions of words in order with at most `slop` others among them, the first at 0."""
    for others in itertools.combinations_with_replacement(range(slop + 1), words - 1):
        yield [0, *(place + shift for place, shift in enumerate(others, 1))]
