"""The papers that match a saved search, some of them with a reason, a quotation and its citation.

Only passages that are close to the query match: some passages with any of its words, or nearest to it, always exist.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from configs.settings import Settings
from index.filters import AccessClasses
from index.ranking.theme_shares import QueryTheme
from index.results import Hit, SearchResult
from pipelines.search.reasons import Quotation, WhyMatched, answer_span, quotation, why_matched
from pipelines.search.requests import SearchParameters, search_request
from pipelines.search.service import SearchService
from pipelines.storage.saved_searches import SavedSearch
from pipelines.viewing.citations import cite

_MOST_HITS = 10_000
"""Number of papers per request."""
_MOST_EXPLAINED = 200
"""Number of papers with an explained rank; for others, the matched words are the reason."""
_WIDEST_GAP = 20
"""Greatest gap between two explained papers that are fetched by one request."""


class NewHit(Hit):
    """A matching paper; `new` has the ids of its versions that arrived since the search was last seen.

    `why` is the reason for the match of its best passage; `quote` is the matching sentence, and `citation` its place.
    """

    new: tuple[str, ...]
    why: WhyMatched
    quote: Quotation
    citation: str


NewVersions: TypeAlias = Callable[[Hit], Sequence[str]]
"""Returns the ids of the versions of a paper to show; none for a paper that is left out."""


class SelectedPaper(NamedTuple):
    """A paper to show, its rank in the whole result, and its versions to show."""

    place: int
    hit: Hit
    versions: tuple[str, ...]


def _all(found: Sequence[SelectedPaper]) -> Sequence[SelectedPaper]:
    return found


def versions_of(hit: Hit) -> set[str]:
    """Return the ids of all versions of a paper in the index."""
    document = hit.document
    return {document.id, *document.twins, *document.revisions}


def matching(
    settings: Settings,
    service: SearchService,
    search: SavedSearch,
    shown: NewVersions,
    *,
    access_classes: AccessClasses,
    select: Callable[[Sequence[SelectedPaper]], Sequence[SelectedPaper]] = _all,
) -> list[NewHit]:
    """Return the papers that match a search and have versions to show, by rank.

    `select` may choose and reorder them.
    """
    asking = _SearchRun(settings, service, search, access_classes)
    shown_hits = [
        SelectedPaper(place, hit, tuple(sorted(versions)))
        for place, hit in enumerate(asking.all_hits())
        if (versions := shown(hit))
    ]
    found = select(shown_hits)
    explained = asking.explained(sorted(one.place for one in found[:_MOST_EXPLAINED]))
    return [_new_hit(one, *explained.get(one.hit.document.id, (one.hit, ()))) for one in found]


class _SearchRun(NamedTuple):
    """A saved search with its reader."""

    settings: Settings
    service: SearchService
    search: SavedSearch
    access_classes: AccessClasses

    def all_hits(self) -> Iterator[Hit]:
        """Yield every matching paper with its best passage, by rank."""
        offset = 0
        while True:
            result = self._answer(offset, _MOST_HITS, explain=False)
            yield from result.hits
            offset += len(result.hits)
            if not result.hits or offset >= result.documents:
                return

    def explained(self, places: Sequence[int]) -> dict[str, tuple[Hit, tuple[QueryTheme, ...]]]:
        """Return the papers at these ranks with explanations, by their ids.

        The themes of the query are included.
        """
        found: dict[str, tuple[Hit, tuple[QueryTheme, ...]]] = {}
        for first, last in _stretches(places):
            result = self._answer(first, last - first + 1, explain=True)
            found |= {hit.document.id: (hit, result.about) for hit in result.hits}
        return found

    def _answer(self, offset: int, limit: int, *, explain: bool) -> SearchResult:
        search = self.search
        asked = SearchParameters(
            q=search.query, mode=search.mode, limit=limit, offset=offset, explain=explain, close_only=True
        )
        held = self.access_classes
        request = search_request(self.settings, asked, search.filters, access_classes=held, passages=1)
        return self.service.search(request, sentences=explain)


def _stretches(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last rank of each group of nearby ranks."""
    if not places:
        return
    first = last = places[0]
    for place in places[1:]:
        if place - last > _WIDEST_GAP:
            yield first, last
            first = place
        last = place
    yield first, last


def _new_hit(found: SelectedPaper, hit: Hit, about: Sequence[QueryTheme]) -> NewHit:
    (best, *_) = hit.passages
    return NewHit(
        **dict(hit),
        new=found.versions,
        why=why_matched(best, about),
        quote=quotation(best),
        citation=cite(hit.document, best, answer_span(best)),
    )
