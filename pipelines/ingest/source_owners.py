"""Attribution of documents to the configured sources from which they come."""

from collections.abc import Mapping
from contextlib import closing

from configs.settings import Settings
from configs.sources import AnySource, FolderConfig, UrlConfig, load_sources
from pipelines.sources.source import lies_under, outermost, uri_of
from pipelines.storage.opening import open_storage


def configured_owners(settings: Settings) -> Mapping[str, AnySource]:
    """Return the configured sources of documents, by the documents' ids; empty without configured sources.

    Raises `ConfigError` for an invalid file of sources, `UnavailableError` where the register cannot be read.
    """
    sources = load_sources(settings.home, settings.blobs)
    if not sources:
        return {}
    with closing(open_storage(settings).open_register(write=False)) as register:
        return {
            document: source
            for source in sources
            for item in register.items(source.name).values()
            for document in item.documents
        }


def owner_of(settings: Settings, uri: str) -> AnySource | None:
    """Return the configured source that contains a document by its URI; None without one.

    Raises as `configured_owners`.
    """
    sources = load_sources(settings.home, settings.blobs)
    places = [
        one for one in sources if isinstance(one, FolderConfig | UrlConfig) and lies_under(uri, uri_of(one.place))
    ]
    if places or not sources:
        return max(places, key=lambda one: len(one.place), default=None)
    with closing(open_storage(settings).open_register(write=False)) as register:
        failed = ((one, row) for one in sources for row in register.unsettled(one.name))
        return next((one for one, row in failed if row.uri in (uri, outermost(uri))), None)
