"""Completions of a query in the search box: themes, papers by symbol or title, and paragraphs of a paper.

Completions are limited to what the reader may see: papers of readable classes, and themes of such papers.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import quote

from configs.labels import fold
from configs.vocabulary import Vocabulary
from extractors.document import Document, Value
from index.filters import AccessClasses, Filters
from index.results import SearchRequest
from index.versions import plain_symbol
from pipelines.search.service import SearchService

CompletionKind: TypeAlias = Literal["theme", "paper", "paragraph"]

_MOST = 8
_MOST_PAPERS = 10_000
_LEAST_OF_TITLE = 3
"""Least length of a text that is compared with titles."""
_FRESH_SECONDS = 30.0
"""Lifetime of a cached list of papers; offered papers are looked up again."""
_KEPT = 16
"""Number of cached lists: one for each combination of access classes."""
_PARAGRAPH = re.compile(
    r"(?P<symbol>\S.*?)\s*(?:§|#|\bpara(?:graph)?\.?)\s*(?P<number>\d{1,4}[a-z]?)\s*", re.IGNORECASE
)


class Completion(Value):
    """A possible meaning: `query` is the text to search for, and `address` (a path) the page to open instead."""

    kind: CompletionKind
    label: str
    query: str
    address: str | None = None


class _Listed(NamedTuple):
    """A paper by its plain symbol and its folded title, for comparison."""

    id: str
    symbol: str
    title: str


class _List(NamedTuple):
    made: float
    papers: tuple[_Listed, ...]
    themes: frozenset[str]


class Completer:
    """Completes queries on a search service; safe for several threads."""

    def __init__(self, service: SearchService, vocabulary: Vocabulary) -> None:
        self._service, self._vocabulary = service, vocabulary
        self._labels = {
            concept.id: tuple({" ".join(fold(label.text).split()) for _, label in concept.every_label()})
            for concept in vocabulary.concepts
        }
        self._lists: OrderedDict[AccessClasses, _List] = OrderedDict()
        self._lock = Lock()

    def complete(self, text: str, *, access_classes: AccessClasses, language: str = "en") -> tuple[Completion, ...]:
        """Return at most 8 completions of a text, those by themes first."""
        wanted = " ".join(fold(text).split())
        if not wanted:
            return ()
        known = self._known(access_classes)
        found = [*self._themes(wanted, known, language), *self._papers(text, wanted, known, access_classes)]
        return tuple(found[:_MOST])

    def _themes(self, wanted: str, known: _List, language: str) -> Iterator[Completion]:
        found = []
        for concept in self._vocabulary.concepts:
            names = self._labels[concept.id] if concept.id in known.themes else ()
            fitting = [(name.find(wanted), len(name)) for name in names if _begins_word(name, wanted)]
            if fitting:
                found.append((min(fitting), concept.name(language), concept.id))
        for _, name, theme in sorted(found)[: _MOST // 2]:
            yield Completion(kind="theme", label=name, query=f"theme:{theme}")

    def _papers(self, text: str, wanted: str, known: _List, access_classes: AccessClasses) -> Iterator[Completion]:
        """Yield papers by symbol in any spelling, then those whose symbol or title begins with the text."""
        match = _PARAGRAPH.fullmatch(text.strip())
        name, number = (match["symbol"], match["number"]) if match else (text.strip(), None)
        symbol = plain_symbol(name)
        beginning = [one.id for one in known.papers if symbol and one.symbol.startswith(symbol)]
        titled = [one.id for one in known.papers if len(wanted) >= _LEAST_OF_TITLE and _begins_word(one.title, wanted)]
        seen: set[str] = set()
        with self._service.engine() as engine:
            for wanted_paper in (name, *beginning, *titled):
                document = engine.document(wanted_paper, access_classes=access_classes)
                if document is not None and document.id not in seen:
                    seen.add(document.id)
                    yield _completion(document, number)
                if len(seen) == _MOST:
                    return

    def _known(self, access_classes: AccessClasses) -> _List:
        with self._lock:
            known = self._lists.get(access_classes)
        if known is None or time.monotonic() - known.made > _FRESH_SECONDS:
            known = self._listed(access_classes)
            with self._lock:
                self._lists[access_classes] = known
                while len(self._lists) > _KEPT:
                    self._lists.popitem(last=False)
        return known

    def _listed(self, access_classes: AccessClasses) -> _List:
        filters = Filters(access_classes=access_classes)
        request = SearchRequest(filters=filters, mode="text", k=_MOST_PAPERS, passages=1, sort="date")
        documents = [hit.document for hit in self._service.search(request, sentences=False).hits]
        counts = self._service.themes(filters)
        papers = tuple(
            _Listed(one.id, plain_symbol(one.symbol.raw) if one.symbol else "", " ".join(fold(one.title or "").split()))
            for one in documents
        )
        return _List(time.monotonic(), papers, frozenset(one.id for one in counts.themes if one.documents))


def _completion(document: Document, number: str | None) -> Completion:
    symbol = document.symbol.raw if document.symbol else None
    if symbol and number:
        address = f"/d/{quote(symbol, safe='')}/§{number}"
        return Completion(kind="paragraph", label=f"{symbol}, § {number}", query=symbol, address=address)
    label = " ".join(part for part in (symbol, document.title) if part) or document.source.rsplit("/", 1)[-1]
    return Completion(kind="paper", label=label, query=symbol or label, address=f"/documents/{document.id}")


def _begins_word(name: str, wanted: str) -> bool:
    """Return whether a word of a folded name begins with a folded text."""
    return name.startswith(wanted) or f" {wanted}" in name
