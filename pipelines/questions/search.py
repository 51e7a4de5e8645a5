"""Search: passages by word and by meaning; its parameters are `pipelines.search.requests.SearchParameters`."""

from collections.abc import Sequence

from index.results import SearchResult
from pipelines.access.keys import Reader
from pipelines.collection import Collection
from pipelines.search.requests import SearchParameters, search_request


def answer(
    collection: Collection,
    asked: SearchParameters,
    reader: Reader,
    filters: Sequence[str] = (),
    passages: int = 3,
) -> SearchResult:
    """Return the papers that match, each with so many `passages`; raises as `search_request` does."""
    held = reader.access_classes
    request = search_request(collection.settings, asked, filters, access_classes=held, passages=passages)
    return collection.service.search(request, sentences=asked.sentences)


def similar(
    collection: Collection, passage_id: str, asked: SearchParameters, reader: Reader, filters: Sequence[str] = ()
) -> SearchResult:
    """Return the passages of other papers that are like one; raises `NotFoundError` for an unknown id."""
    request = search_request(collection.settings, asked, filters, access_classes=reader.access_classes)
    return collection.service.similar(passage_id, request)
