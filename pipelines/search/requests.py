"""Search requests from parameters of callers, validated before anything is opened."""

from collections.abc import Sequence

from pydantic import Field

from configs.bodies import load_bodies
from configs.settings import Settings
from extractors.document import Value
from index.fields import FieldName
from index.filters import AccessClasses, Filters, parse_filters
from index.ranking.fusion import Fusion
from index.results import MOST_CONTEXT, MOST_HITS, Mode, QueryText, SearchRequest, Sort


class QueryParameters(Value):
    """A query and how it is read."""

    q: QueryText = Field(default="", description="The query; empty lists what the filters leave")
    mode: Mode = Field(default="hybrid", description="Match words (text), meaning (vector) or both (hybrid)")
    expand: bool | None = Field(
        default=None, description="Find themes by their other labels too, and words in the other language"
    )


class SearchParameters(QueryParameters):
    """What is asked of a search but for its filters: the one list for every way in."""

    offset: int = Field(default=0, ge=0, description="Papers to pass over first")
    limit: int = Field(default=10, ge=1, le=MOST_HITS, description="Papers to show")
    sort: Sort = Field(default="relevance", description="Best first (relevance) or latest first (date)")
    facet: tuple[FieldName, ...] = Field(default=(), description="Fields to count the matching papers by")
    context: int = Field(
        default=0,
        ge=0,
        le=MOST_CONTEXT,
        description="Passages to show before and after each, as far as its section goes",
    )
    close_only: bool = Field(
        default=False, description="List nothing that is less close, so that 'documents' are listed"
    )
    explain: bool = Field(default=False, description="Say why each passage ranks where it does")
    sentences: bool = Field(
        default=True,
        description="Mark the sentence nearest in meaning in passages without a word of the query",
    )


def search_request(
    settings: Settings,
    asked: SearchParameters,
    filters: Sequence[str] = (),
    *,
    access_classes: AccessClasses,
    passages: int = 3,
) -> SearchRequest:
    """Return the request for some parameters and `field=value` filters, with this many `passages` for each hit.

    Without `expand` the settings say whether themes match by their other labels and passages gain by them. Raises
    `UsageError` for a filter, and `QueryError` for a query, that cannot be read.
    """
    request = SearchRequest(
        query=asked.q,
        mode=asked.mode,
        filters=filters_of(filters, access_classes),
        facets=asked.facet,
        k=asked.limit,
        offset=asked.offset,
        sort=asked.sort,
        passages=passages,
        context=asked.context,
        explain=asked.explain,
        expand=settings.expand if asked.expand is None else asked.expand,
        fusion=fusion_of(settings),
        close_only=asked.close_only,
    )
    _ = request.parsed
    return request


def filters_of(given: Sequence[str], access_classes: AccessClasses) -> Filters:
    """Return the filters of `field=value` texts; raises `UsageError` for an invalid one."""
    return parse_filters(given, load_bodies().descendants, access_classes=access_classes)


def fusion_of(settings: Settings) -> Fusion:
    """Return the method of hybrid search for fusing two rankings, from the settings."""
    return Fusion(settings.fusion, settings.fusion_words)
