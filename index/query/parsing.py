"""Queries with what an index knows of their words and filters, the same for the readers of both engines."""

from index.analysis import Analysis
from index.filters import Descendants
from index.query.expansion import ThemesIn
from index.query.parser import Query, analysed_query, parse_query
from index.query.translation import open_counterparts


class QueryParsing:
    """Analyses queries; `descendants` resolves sub-bodies in them, `themes_in` finds the labels of themes."""

    def __init__(self, analysis: Analysis, descendants: Descendants | None, themes_in: ThemesIn | None) -> None:
        self._analysis, self._descendants, self._themes_in = analysis, descendants, themes_in
        self._counterparts = open_counterparts(analysis)

    def analysed(self, query: Query, *, expand: bool) -> Query:
        """Return a query; with `expand` it finds what its words are called otherwise. Raises `QueryError`."""
        themes_in, counterparts_of = (self._themes_in, self._counterparts.of) if expand else (None, None)
        return analysed_query(query, self._descendants, themes_in, self._analysis.without_stop_words, counterparts_of)

    def parsed(self, text: str, *, expand: bool) -> Query:
        """Return the same of a text that is not parsed yet."""
        return self.analysed(parse_query(text), expand=expand)
