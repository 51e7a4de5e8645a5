"""From the texts of a caller to a search request: read once, and refused before anything is opened."""

from collections.abc import Sequence

from configs.bodies import load_bodies
from configs.settings import Settings
from index.filters import AccessClasses, Filters, field_name, parse_filters
from index.ranking.fusion import Fusion
from index.results import Mode, SearchRequest, Sort


def search_request(
    settings: Settings,
    query: str,
    *,
    access_classes: AccessClasses,
    mode: Mode = "hybrid",
    filters: Sequence[str] = (),
    facets: Sequence[str] = (),
    limit: int = 10,
    offset: int = 0,
    sort: Sort = "relevance",
    passages: int = 3,
    context: int = 0,
    explain: bool = False,
    expand: bool | None = None,
    close_only: bool = False,
) -> SearchRequest:
    """Return the request that a query with `field=value` filters and names of facets stands for.

    Without `expand` the settings say whether themes match by their other labels and passages gain by them. Raises
    `UsageError` for a filter or facet, and `QueryError` for a query, that cannot be read.
    """
    request = SearchRequest(
        query=query,
        mode=mode,
        filters=filters_of(filters, access_classes),
        facets=tuple(field_name(name) for name in facets),
        k=limit,
        offset=offset,
        sort=sort,
        passages=passages,
        context=context,
        explain=explain,
        expand=settings.expand if expand is None else expand,
        fusion=fusion_of(settings),
        close_only=close_only,
    )
    _ = request.parsed
    return request


def filters_of(given: Sequence[str], access_classes: AccessClasses) -> Filters:
    """Return the filters of `field=value` texts; raises `UsageError` for one that cannot be read."""
    return parse_filters(given, load_bodies().descendants, access_classes=access_classes)


def fusion_of(settings: Settings) -> Fusion:
    """Return how hybrid search makes one ranking of two by the settings."""
    return Fusion(settings.fusion, settings.fusion_words)
