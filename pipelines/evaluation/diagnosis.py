"""Diagnoses of search results: why a paper has its rank, or is missing, in sentences."""

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from extractors.document import Document
from index.analysis import Analysis, open_analysis
from index.filters import Filters
from index.protocol import Engine
from index.query.compiler import terms_of
from index.query.highlights import Highlighter
from index.query.parser import Query, parse_query
from index.ranking.explanation import Explanation, shut_out
from index.results import Hit, SearchRequest, Vector
from index.versions import plain_symbol, symbol_forms
from pipelines.search.reasons import by_meaning, by_words

DEEP = 1000
"""Number of ranked documents in which a missing paper is searched."""
_MOST = 10_000
"""Number of documents in which a file name is searched."""


class Diagnoses:
    """Diagnoses of one search result; `request` is the search request, with explanations."""

    def __init__(self, engine: Engine, request: SearchRequest, vector: Vector | None) -> None:
        self._engine, self._request, self._vector = engine, request, vector
        self._classes = request.filters.access_classes

    def of_shown(self, name: str, rank: int, hit: Hit) -> str:
        """Return the reason for the rank (from 1) of a paper in the result."""
        best = hit.passages[0]
        return f"{name} stands at {rank}: {standing(best.explain)} (passage {best.id})."

    def of_missing(self, name: str) -> str:
        """Return the reason why a paper is not in the result: its rank, or the excluding filter or word."""
        versions = self._versions(name)
        if not versions:
            return f"The index holds no paper {name}."
        deep = self._request.model_copy(update={"k": DEEP, "offset": 0, "passages": 1})
        hits = self._engine.search(deep, self._vector).hits
        for rank, hit in enumerate(hits, 1):
            if is_named(hit.document, name):
                return self.of_shown(name, rank, hit)
        filters = self._request.filters.narrowed(self._request.parsed.conditions)
        barred = [shut_out(one, filters) for one in versions]
        if all(barred):
            return f"{name} is shut out by the filter {' and '.join(barred[0])}."
        if lacking := "; ".join(_missing_words(self._request.parsed, versions, filters)):
            return f"{name} is not matched by word: {lacking}.{self._of_meaning()}"
        return f"{name} is not among the first {len(hits)}.{self._of_meaning()}"

    def _of_meaning(self) -> str:
        return " Nor is it among the nearest in meaning." if self._vector is not None else ""

    def _versions(self, name: str) -> list[Document]:
        """Return the whole documents that a name refers to."""
        first = self._document(name) or self._by_file(name)
        if first is None:
            return []
        others = (self._document(one) for one in (*first.twins, *first.revisions))
        return [first, *(other for other in others if other and is_named(other, name))]

    def _by_file(self, name: str) -> Document | None:
        everything = SearchRequest(filters=Filters(access_classes=self._classes), mode="text", k=_MOST, passages=1)
        headers = (hit.document for hit in self._engine.search(everything, None).hits)
        found = next((header for header in headers if is_named(header, name)), None)
        return self._document(found.id) if found else None

    def _document(self, name: str) -> Document | None:
        return self._engine.document(name, access_classes=self._classes, full=True)


def is_named(document: Document, name: str) -> bool:
    """Return whether a name (a symbol in any spelling, or a file name) refers to a document."""
    forms = symbol_forms(document.symbol) if document.symbol else frozenset[str]()
    return file_name(document) == name or plain_symbol(name) in forms


def file_name(document: Document) -> str:
    """Return the name of the file that a document was read from."""
    return unquote(document.source).rpartition("/")[2]


def standing(explained: Explanation | None) -> str:
    """Return the reason for the rank of a passage in one clause."""
    if explained is None or not (explained.words or explained.meaning):
        return "it meets the filters"
    words = f"by word {by_words(explained.words)}" if explained.words else "not matched by word"
    meaning = explained.meaning
    near = f"by meaning {by_meaning(meaning)}" if meaning else "not among the nearest"
    if explained.fused:
        return f"{words}; {near}"
    return words if explained.words else near


def _missing_words(query: Query, versions: Sequence[Document], filters: Filters) -> Iterator[str]:
    """Yield the words of a query that no passage within the filters contains."""
    analysis = open_analysis()
    texts = [
        (passage.text, passage.language or document.language)
        for document in versions
        for passage in document.passages
        if not shut_out(document.model_copy(update={"passages": (passage,)}), filters)
    ]
    found = {
        text: [_contains(parse_query(text), passage, language, analysis) for passage, language in texts]
        for text, _ in query.by_word()
    }
    missing = [text for text, rows in found.items() if not any(rows)]
    if missing:
        yield f"no passage of it holds {' or '.join(missing)}"
    elif found and not any(map(all, zip(*found.values(), strict=True))):
        yield "each word stands in some passage of it, and none holds all of them"


def _contains(query: Query, text: str, language: str | None, analysis: Analysis) -> bool:
    """Return whether a text contains a word or phrase, ignoring accents."""
    odd = analysis.odd_spellings(analysis.tokens(text, language), language)

    def spellings(_: str, plain: str) -> Iterable[str]:
        return (term for without, term in odd if without == plain)

    return bool(Highlighter(query.leaves, analysis, terms_of(analysis, spellings)).spans(text, language))
