"""What the suggestions for a query without results ask of one snapshot of the index."""

from collections.abc import Callable, Iterator, Sequence

from index.embedded.annotation_overlay import AnnotationOverlay
from index.embedded.columns import Columns
from index.embedded.ranking import HitSet, Ranking, papers
from index.filters import Filters
from index.query.parser import Query
from index.query.suggestions import Question


class ZeroResultDiagnostics:
    """Counts by words in one snapshot (`index.query.suggestions.Asked`); `ranking_of` ranks it under filters."""

    def __init__(self, columns: Columns, overlay: AnnotationOverlay, ranking_of: Callable[[Filters], Ranking]) -> None:
        self._columns, self._overlay, self._ranking_of = columns, overlay, ranking_of

    def papers(self, questions: Sequence[Question]) -> list[int]:
        """Return for each question how many papers its words match."""
        found = (self._ranking_of(filters).with_all(query) for query, filters in questions)
        return [len(papers(self._columns, HitSet.all_close(matches), "relevance").places) for matches in found]

    def texts(self, query: Query, filters: Filters, most: int) -> Iterator[tuple[str, str | None]]:
        """Yield text and language of the first passages that match."""
        for row in self._ranking_of(filters).by_words(query).best.rows[:most].tolist():
            passage, language = self._overlay.passage(row)
            yield passage.text, language
