"""Creation of the connector of a configured source, by its kind."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from configs.settings import Settings
from configs.sources import AnySource, VariableMissingError
from pipelines.sources.connectors.contract import Connector

_CONNECTORS = {
    "folder": "folder:FolderConnector",
    "url": "url:UrlConnector",
    "listing": "listing:ListingConnector",
    "sharepoint": "sharepoint:SharePointConnector",
    "mailbox": "mailbox:MailboxConnector",
    "feed": "feed:FeedConnector",
}
"""Module of this package and class for each kind: a connector's libraries are imported when it is used."""


def open_connector(config: AnySource, settings: Settings) -> Connector:
    """Return the connector of a source without contacting the source.

    Raises `ConfigError`, naming line and field, if a variable of the environment that the source names is not set, and
    `UsageError` if a library that its kind needs is not installed.
    """
    module, _, name = _CONNECTORS[config.kind].partition(":")
    made: Callable[[Any, Settings], Connector] = getattr(import_module(f"{__package__}.{module}"), name)
    try:
        return made(config, settings)
    except VariableMissingError as error:
        raise error.located(settings.home, config.name) from None
