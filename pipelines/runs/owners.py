"""Which configured source a document came from."""

from collections.abc import Mapping
from contextlib import closing

from configs.settings import Settings
from configs.sources import AnySource, load_sources
from pipelines.storage.opening import open_storage


def configured_owners(settings: Settings) -> Mapping[str, AnySource]:
    """Return the configured sources of documents, by the documents' ids; empty where none is configured.

    Raises `ConfigError` for a file of sources that does not fit, `UnavailableError` where the register cannot be read.
    """
    sources = load_sources(settings.home)
    if not sources:
        return {}
    with closing(open_storage(settings).open_register(write=False)) as register:
        return {
            document: source
            for source in sources
            for item in register.items(source.name).values()
            for document in item.documents
        }
