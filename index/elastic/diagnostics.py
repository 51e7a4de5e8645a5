"""What the suggestions for a query without results ask of one snapshot of the index."""

from collections.abc import Callable, Iterable, Sequence

from index.elastic.ranking import Ranking
from index.elastic.snapshot import Snapshot
from index.filters import Filters
from index.query.parser import Query
from index.query.suggestions import Question
from index.ranking.highlights import TermsOf


class ZeroResultDiagnostics:
    """Counts by words in one snapshot; implements `index.query.suggestions.Asked`.

    `terms_of` says what the words of queries stand for, `ranking_of` gives the ranking under filters.
    """

    def __init__(
        self, snapshot: Snapshot, terms_of: Callable[..., TermsOf], ranking_of: Callable[[TermsOf, Filters], Ranking]
    ) -> None:
        self._snapshot, self._terms_of, self._ranking_of = snapshot, terms_of, ranking_of

    def papers(self, questions: Sequence[Question]) -> list[int]:
        """Return for each question how many papers its words match; all of them are sent in one request."""
        understood = self._terms_of(*(query for query, _ in questions))
        rankings = [self._ranking_of(understood, filters) for _, filters in questions]
        bodies = [ranking.counting(query) for ranking, (query, _) in zip(rankings, questions, strict=True)]
        answers = self._snapshot.ask(*bodies)
        return [ranking.counted(answer) for ranking, answer in zip(rankings, answers, strict=True)]

    def texts(self, query: Query, filters: Filters, most: int) -> Iterable[tuple[str, str | None]]:
        """Return text and language of the first passages that match."""
        return self._ranking_of(self._terms_of(query), filters).texts(query, most)
