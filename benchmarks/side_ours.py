"""The embedded engine's side of the benchmark of the index: rankings with totals, and whole answers."""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.generated import DIMENSION, NARROW, Paper, Question
from index.embedded.columns import Columns
from index.embedded.engine import EmbeddedEngine, open_embedded
from index.embedded.store import MOST_PASSAGES
from index.embedded.text import Matches
from index.encoder import EncoderIdentity
from index.fields import FieldName
from index.filters import EVERYTHING, Filters
from index.results import Hit, Mode, SearchRequest, SearchResult

IDENTITY = EncoderIdentity(name="generated", model_hash="0" * 16, dimension=DIMENSION, engine="torch", max_tokens=256)
FACETS: tuple[FieldName, ...] = ("body", "kind", "year", "language", "theme", "dimension", "level")
BEST = 20
"""Passages of a ranking that are looked at."""


def build(folder: Path, papers: Iterable[Paper], identity: EncoderIdentity = IDENTITY) -> None:
    """Make an index of papers, as if by an encoder; one that is begun is carried on."""
    engine = open_embedded(folder, identity, write=True)
    for paper in papers:
        engine.put(paper.document, paper.vectors, versions={})
    engine.close()


class Ours:
    """An index opened by a reader; each method is a measure, and gives the ids of passages or a count."""

    def __init__(self, folder: Path) -> None:
        self._engine: EmbeddedEngine = open_embedded(folder, None, write=False)

    def words(self, question: Question) -> list[str]:
        """Rank passages by three words."""
        return self._ranked(question.words, "text", question)[0]

    def phrase(self, question: Question) -> list[str]:
        """Rank passages by a phrase."""
        return self._ranked(f'"{question.phrase}"', "text", question)[0]

    def near(self, question: Question) -> list[str]:
        """Rank passages by a vector."""
        return self._ranked(question.words, "vector", question)[0]

    def near_narrow(self, question: Question) -> list[str]:
        """Rank the passages that one in a hundred papers has by a vector."""
        return self._ranked(question.words, "vector", question, NARROW)[0]

    def hybrid(self, question: Question) -> list[str]:
        """Rank passages by three words and a vector."""
        return self._ranked(question.words, "hybrid", question)[0]

    def hybrid_narrow(self, question: Question) -> list[str]:
        """Rank the passages that one in a hundred papers has by three words and a vector."""
        return self._ranked(question.words, "hybrid", question, NARROW)[0]

    def facets(self, question: Question) -> int:
        """Count the values of fields in all papers that a word matches."""
        return self._ranked(question.word, "text", question, facets=FACETS)[1].documents

    def words_answer(self, question: Question) -> int:
        """Answer three words as `search` does."""
        return self._answer(question.words, "text", question).passages

    def phrase_answer(self, question: Question) -> int:
        """Answer a phrase as `search` does."""
        return self._answer(f'"{question.phrase}"', "text", question).passages

    def near_answer(self, question: Question) -> int:
        """Answer a vector as `search` does."""
        return self._answer(question.words, "vector", question).passages

    def near_narrow_answer(self, question: Question) -> int:
        """Answer a vector under a narrow filter as `search` does."""
        return self._answer(question.words, "vector", question, NARROW).passages

    def hybrid_answer(self, question: Question) -> int:
        """Answer words and a vector as `search` does."""
        return self._answer(question.words, "hybrid", question).passages

    def hybrid_narrow_answer(self, question: Question) -> int:
        """Answer words and a vector under a narrow filter as `search` does."""
        return self._answer(question.words, "hybrid", question, NARROW).passages

    def narrow(self, question: Question) -> list[str]:
        """Return the ids of the documents that the narrow filter leaves."""
        found = self._engine.search(SearchRequest(filters=NARROW, k=10_000), question.vector)
        return [hit.document.id for hit in found.hits]

    def _answer(self, query: str, mode: Mode, question: Question, filters: Filters = EVERYTHING) -> SearchResult:
        return self._engine.search(SearchRequest(query=query, mode=mode, filters=filters), question.vector)

    def _ranked(
        self,
        query: str,
        mode: Mode,
        question: Question,
        filters: Filters = EVERYTHING,
        facets: tuple[FieldName, ...] = (),
    ) -> tuple[list[str], SearchResult]:
        """Return the best passages of an answer for which nothing is read that hits show, and that answer."""
        reader, page = self._engine._reader, _NoPage()  # noqa: SLF001 - the part that is measured
        whole = reader._answers  # noqa: SLF001
        reader._answers = page  # type: ignore[assignment]  # noqa: SLF001
        try:
            request = SearchRequest(query=query, mode=mode, filters=filters, facets=facets)
            result = self._engine.search(request, question.vector)
        finally:
            reader._answers = whole  # noqa: SLF001
        return page.best, result


class _NoPage:
    """Stands in the place of `Answers`: keeps the ids of the best passages and reads nothing."""

    best: list[str]

    def page(self, columns: Columns, matches: Matches, *_: object) -> tuple[Hit, ...]:
        """Keep the best passages of a hit set."""
        rows = matches.rows[:BEST]
        places = columns.places(rows)[0]
        within = (rows % MOST_PASSAGES).tolist()
        self.best = [f"{columns.ids[place]}-{number}" for place, number in zip(places.tolist(), within, strict=True)]
        return ()
