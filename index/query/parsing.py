"""Queries read by the rules that the readers of both engines hold to."""

from index.analysis import Analysis
from index.filters import Descendants
from index.query.expansion import ThemesIn
from index.query.parser import Query, parse_query
from index.query.translation import open_counterparts


class QueryParsing:
    """Parses queries; `descendants` resolves sub-bodies in them, `themes_in` finds the labels of themes."""

    def __init__(self, analysis: Analysis, descendants: Descendants | None, themes_in: ThemesIn | None) -> None:
        self._analysis, self._descendants, self._themes_in = analysis, descendants, themes_in
        self._counterparts = open_counterparts(analysis)

    def parsed(self, text: str, *, expand: bool) -> Query:
        """Return a query; with `expand` it finds what its words are called otherwise. Raises `QueryError`."""
        themes_in, counterparts_of = (self._themes_in, self._counterparts.of) if expand else (None, None)
        return parse_query(text, self._descendants, themes_in, self._analysis.without_stop_words, counterparts_of)
