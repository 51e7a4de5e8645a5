"""An RSS or Atom feed as a source: the files of its entries. What falls out of it is not gone, only not new."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import IO

from configs.settings import Settings
from configs.sources import FeedConfig
from configs.system.errors import CustomsLensError
from extractors.document import Value
from pipelines.sources.connectors.contract import Changes, CheckProblem, SourceAwayError, SourceItem
from pipelines.sources.connectors.cursors import packed, unpacked
from pipelines.sources.connectors.feed_entries import Feed, read_feed
from pipelines.sources.connectors.request_errors import source_errors
from pipelines.sources.connectors.retries import Clock
from pipelines.sources.connectors.web_client import Validators, WebClient
from pipelines.sources.connectors.web_items import WebItems, known_url

_log = logging.getLogger(__name__)
_NO_FEED = "check that the URL is that of the feed itself, and not of a page about it"


class _Cursor(Value):
    """The version of the feed that was read last."""

    etag: str = ""
    modified: str = ""


class FeedConnector:
    """The files that the entries of a feed enclose or link to; a feed that is as it was is not sent again."""

    def __init__(self, config: FeedConfig, settings: Settings, *, clock: Clock | None = None) -> None:
        self._config = config
        self._client = WebClient.for_source(config, settings, clock)
        self._items = WebItems(self._client, config)

    def __repr__(self) -> str:
        """Return where it is."""
        return f"FeedConnector({self._config.url!r})"

    def check(self) -> list[CheckProblem]:
        """Return why the feed cannot be fetched or read."""
        try:
            self._feed(Validators())
        except CustomsLensError as error:
            return [CheckProblem(message=error.message, remedy=error.remedy or _NO_FEED)]
        return []

    def changes(self, cursor: str | None) -> Iterator[Changes]:
        """Yield the files of the feed as it is now, nothing where it is as it was; never a whole listing."""
        known = unpacked(cursor, _Cursor) if cursor else _Cursor()
        found = self._feed(Validators(known.etag, known.modified))
        if found is None:
            yield Changes(cursor=cursor, is_listing=False)
            return
        feed, validators = found
        if feed.without:
            _log.info("%s: entries that link to no file (%d)", self._config.url, feed.without)
        items = tuple(self._items.item(url, fields) for url, fields in self._taken(feed).values())
        if not feed.whole:
            _log.warning("%s: the feed is broken: entries behind the fault are not read", self._config.url)
        after = _Cursor(etag=validators.etag, modified=validators.modified) if feed.whole else _Cursor()
        yield Changes(items=items, cursor=packed(after), is_listing=False)

    def ids(self) -> set[str]:
        """Return the URLs of the files in the feed now: others may be there still, as it has the latest alone."""
        found = self._feed(Validators())
        return set(self._taken(found[0])) if found else set()

    def open(self, item: SourceItem) -> AbstractContextManager[IO[bytes]]:
        """Give the bytes of a file; raises `ItemError` for the item alone, or `SourceAwayError`."""
        return self._items.open(item)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _taken(self, feed: Feed) -> dict[str, tuple[str, dict[str, object]]]:
        return {known_url(url): (url, dict(fields)) for url, fields in feed.files if self._items.takes(url)}

    def _feed(self, known: Validators) -> tuple[Feed, Validators] | None:
        """Return the feed, None where it is as it was; raises `SourceAwayError` where it is none."""
        with source_errors():
            page = self._client.page(self._config.url, known)
        if page is None:
            return None
        feed = read_feed(page)
        if feed.problem:
            raise SourceAwayError(f"{self._config.url}: {feed.problem}", _NO_FEED)
        return feed, page.validators
