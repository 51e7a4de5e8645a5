"""The papers that a saved search matches, some of them with the reason, a quotation and its citation.

Only what is close to its query is matched: the best passages with any word, and the nearest ones, always exist.
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
"""Papers of one answer."""
_MOST_EXPLAINED = 200
"""Papers whose ranks are asked for; further ones have the words that are marked in them as their reason."""
_WIDEST_GAP = 20
"""Papers between two that are explained, up to which both are asked for at once."""


class NewHit(Hit):
    """A paper that matches; `new` holds the ids of its versions that came since the search was last seen.

    `why` says what its best passage matched by; `quote` is the sentence that shows it, and `citation` where it stands.
    """

    new: tuple[str, ...]
    why: WhyMatched
    quote: Quotation
    citation: str


NewVersions: TypeAlias = Callable[[Hit], Sequence[str]]
"""Gives the ids of the versions of a paper that are to be shown; none for a paper that is not."""


class Found(NamedTuple):
    """A paper that is to be shown, its place in the whole answer, and its versions that are."""

    place: int
    hit: Hit
    versions: tuple[str, ...]


def _all(found: Sequence[Found]) -> Sequence[Found]:
    return found


def versions_of(hit: Hit) -> set[str]:
    """Return the ids of all versions of a paper that the index holds."""
    document = hit.document
    return {document.id, *document.twins, *document.revisions}


def matching(
    settings: Settings,
    service: SearchService,
    search: SavedSearch,
    shown: NewVersions,
    *,
    access_classes: AccessClasses,
    select: Callable[[Sequence[Found]], Sequence[Found]] = _all,
) -> list[NewHit]:
    """Return the papers that a search matches and of which some version is shown, by rank.

    `select` takes some of them, in another order if it likes.
    """
    asking = _Asking(settings, service, search, access_classes)
    shown_hits = [
        Found(place, hit, tuple(sorted(versions)))
        for place, hit in enumerate(asking.all_hits())
        if (versions := shown(hit))
    ]
    found = select(shown_hits)
    explained = asking.explained(sorted(one.place for one in found[:_MOST_EXPLAINED]))
    return [_new_hit(one, *explained.get(one.hit.document.id, (one.hit, ()))) for one in found]


class _Asking(NamedTuple):
    """A saved search that is asked."""

    settings: Settings
    service: SearchService
    search: SavedSearch
    access_classes: AccessClasses

    def all_hits(self) -> Iterator[Hit]:
        """Yield every paper that matches, with its best passage, by rank."""
        offset = 0
        while True:
            result = self._answer(offset, _MOST_HITS, explain=False)
            yield from result.hits
            offset += len(result.hits)
            if not result.hits or offset >= result.documents:
                return

    def explained(self, places: Sequence[int]) -> dict[str, tuple[Hit, tuple[QueryTheme, ...]]]:
        """Return the papers at these places of the answer with their explanations, by their ids.

        With each come the themes that the query is about.
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
    """Yield the first and last place of each group of places that are near each other."""
    if not places:
        return
    first = last = places[0]
    for place in places[1:]:
        if place - last > _WIDEST_GAP:
            yield first, last
            first = place
        last = place
    yield first, last


def _new_hit(found: Found, hit: Hit, about: Sequence[QueryTheme]) -> NewHit:
    (best, *_) = hit.passages
    return NewHit(
        **dict(hit),
        new=found.versions,
        why=why_matched(best, about),
        quote=quotation(best),
        citation=cite(hit.document, best, answer_span(best)),
    )
