"""What configured sources say of their documents, also where these are named on the command line."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from configs.settings import Settings
from configs.sources import FolderConfig, SourceConfig, UrlConfig, load_sources
from pipelines.sources.defaults import SourceDefaults
from pipelines.sources.source import Source, lies_under, uri_of


def defaults_of(config: SourceConfig) -> SourceDefaults:
    """Return what a configured source says of its documents."""
    return SourceDefaults(config.body, config.access)


def with_defaults(sources: Iterable[Source], settings: Settings) -> Iterator[Source]:
    """Yield sources with the defaults of the configured folder or URL that they lie in, the innermost.

    So a paper has the same access class whether its folder is named on the command line or runs as configured. Raises
    `ConfigError` where the configured sources cannot be read.
    """
    covering = [one for one in load_sources(settings.home, settings.blobs) if isinstance(one, FolderConfig | UrlConfig)]
    roots = sorted(((uri_of(one.place), defaults_of(one)) for one in covering), key=lambda one: -len(one[0]))
    for source in sources:
        found = next((defaults for uri, defaults in roots if lies_under(source.uri, uri)), None)
        yield replace(source, defaults=found) if found else source
