"""Builds Elasticsearch queries for words and phrases."""

from collections.abc import Sequence
from typing import Any

from index.analysis import Analysis
from index.query.compiler import TERMS, WORDS, compiled, stored_term
from index.query.highlights import TermsOf
from index.query.tree import Node

Body = dict[str, Any]

_MOST_EXPANSIONS = 1024
"""Words that a misspelt one may stand for: all of them in practice; the default of 50 would drop some."""
NOTHING: Body = {"match_none": {}}


class ElasticQueries:
    """Builds the queries of Elasticsearch; implements `index.query.compiler.QueryBuilder`."""

    def term(self, field: str, value: str) -> Body:
        """Return the query for a term."""
        name, term = stored_term(field, value)
        return {"term": {name: {"value": term}}}

    def phrase(self, field: str, terms: Sequence[str]) -> Body:
        """Return the query for terms next to each other; the analyser of the field splits at spaces only."""
        return {"match_phrase": {TERMS: " ".join(stored_term(field, term)[1] for term in terms)}}

    def near(self, field: str, choices: Sequence[Sequence[str]], slop: int) -> Body:
        """Return the query for one term of each choice, in order, with at most `slop` others among them."""
        words = [
            {"span_or": {"clauses": [{"span_term": dict([stored_term(field, term)])} for term in terms]}}
            for terms in choices
        ]
        return {"span_near": {"clauses": words, "slop": slop, "in_order": True}}

    def paper(self, form: str) -> Body:
        """Return the query for the passages of papers whose symbol has this plain spelling."""
        return {"term": {"filters.symbol": {"value": form}}}

    def constant(self, query: Body, score: float) -> Body:
        """Return a query with the same score for each passage."""
        return {"constant_score": {"filter": query, "boost": score}}

    def weighted(self, query: Body, weight: float) -> Body:
        """Return a query with its scores times `weight`."""
        return {"bool": {"must": [query], "boost": weight}}

    def prefix(self, word: str) -> Body:
        """Return the query for words that begin so."""
        return {"prefix": {WORDS: {"value": word}}}

    def fuzzy(self, word: str, distance: int) -> Body:
        """Return the query for words that are spelt nearly so, with the same score for each."""
        spelt = {"value": word, "fuzziness": distance, "max_expansions": _MOST_EXPANSIONS}
        return {"constant_score": {"filter": {"fuzzy": {WORDS: {**spelt, "rewrite": "constant_score"}}}}}

    def all_of(self, needed: Sequence[Body], wanted: Sequence[Body] = (), excluded: Sequence[Body] = ()) -> Body:
        """Return the query for what is needed, wanted and excluded."""
        clauses = {"must": needed, "should": wanted, "must_not": excluded}
        return {"bool": {name: list(queries) for name, queries in clauses.items() if queries}}

    def best_of(self, queries: Sequence[Body]) -> Body:
        """Return the query for any of some."""
        return {"dis_max": {"queries": list(queries)}}


def text_query(root: Node, analysis: Analysis, terms_of: TermsOf, *, strict: bool) -> Body:
    """Return the query for the passages that match in one of the languages; `strict` asks for all words."""
    query = compiled(ElasticQueries(), analysis, root, terms_of, strict=strict)
    return NOTHING if query is None else query
