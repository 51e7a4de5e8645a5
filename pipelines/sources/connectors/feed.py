"""The connector for RSS and Atom feeds: the files of its entries. Entries that drop out of a feed are not missing."""

import datetime as dt
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import IO, Any, NamedTuple
from urllib.parse import unquote, urlsplit
from xml.sax import SAXException

from configs.recipes import PAPERS
from configs.settings import Settings
from configs.sources import FeedConfig
from configs.system.controls import storable
from configs.system.errors import CustomsLensError
from configs.system.redaction import without_secrets
from extractors.document import Value
from pipelines.sources.connectors.contract import Changes, CheckProblem, SourceAwayError, SourceItem, source_errors
from pipelines.sources.connectors.cursors import packed, unpacked
from pipelines.sources.connectors.web_items import WebItems, known_url
from pipelines.sources.web.retries import Clock
from pipelines.sources.web.web_client import Validators, WebClient, WebPage
from pipelines.sources.web.web_urls import target

_log = logging.getLogger(__name__)
_NO_FEED = "check that the URL is that of the feed itself, and not of a page about it"
_NO_PAPERS = ("audio/", "video/", "image/")
"""Prefixes of media types of enclosures that are not papers."""


class Feed(NamedTuple):
    """The content of a feed: files with the fields of the Document from their entries.

    `without` counts entries without a file; a feed that is not `whole` is truncated. `problem` says why it is invalid.
    """

    files: tuple[tuple[str, Mapping[str, Any]], ...]
    without: int = 0
    whole: bool = True
    problem: str | None = None


class _Cursor(Value):
    """The version of the feed that was read last."""

    etag: str = ""
    modified: str = ""


class FeedConnector:
    """The files that the entries of a feed enclose or link to; an unchanged feed is not sent again."""

    def __init__(self, config: FeedConfig, settings: Settings, *, clock: Clock | None = None) -> None:
        self._config = config
        self._client = WebClient.for_source(config, settings, clock)
        self._items = WebItems(self._client, config)

    def __repr__(self) -> str:
        """Return where it is."""
        return f"FeedConnector({self._config.url!r})"

    def check(self) -> list[CheckProblem]:
        """Return the reason why the feed cannot be fetched or parsed."""
        try:
            self._feed(Validators())
        except CustomsLensError as error:
            return [CheckProblem(message=error.message, remedy=error.remedy or _NO_FEED)]
        return []

    def changes(self, cursor: str | None) -> Iterator[Changes]:
        """Yield the files of the current feed, nothing if it is unchanged; never a full listing."""
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
        """Return the URLs of the files in the current feed: others may still exist, as it has only the latest."""
        found = self._feed(Validators())
        return set(self._taken(found[0])) if found else set()

    def open(self, item: SourceItem) -> AbstractContextManager[IO[bytes]]:
        """Yield the bytes of a file; raises `ItemError` for the item alone, or `SourceAwayError`."""
        return self._items.open(item)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _taken(self, feed: Feed) -> dict[str, tuple[str, dict[str, object]]]:
        return {known_url(url): (url, dict(fields)) for url, fields in feed.files if self._items.takes(url)}

    def _feed(self, known: Validators) -> tuple[Feed, Validators] | None:
        """Return the feed, None if it is unchanged; raises `SourceAwayError` for an invalid one."""
        with source_errors():
            page = self._client.page(self._config.url, known)
        if page is None:
            return None
        feed = read_feed(page)
        if feed.problem:
            raise SourceAwayError(f"{self._config.url}: {feed.problem}", _NO_FEED)
        return feed, page.validators


def read_feed(page: WebPage) -> Feed:
    """Return what a feed holds; no file is listed twice."""
    import feedparser

    # As the server may name any type: an XML file names its own charset.
    kind = f"application/xml; charset={page.charset}" if page.charset else "application/xml"
    headers = {"content-location": page.url, "content-type": kind}
    parsed = feedparser.parse(page.content, response_headers=headers, sanitize_html=False)
    if not parsed.get("version"):
        return Feed((), problem="is no RSS or Atom feed")
    files: dict[str, Mapping[str, Any]] = {}
    without = 0
    for entry in parsed.entries:
        found = list(_files(entry, page.url))
        without += not found
        for url in found:
            files.setdefault(url, _fields(entry))
    broken = isinstance(parsed.get("bozo_exception"), SAXException)
    problem = "is broken, and no entry of it can be read" if broken and not parsed.entries else None
    return Feed(tuple(files.items()), without, not broken, problem)


def _files(entry: Any, base: str) -> Iterator[str]:  # noqa: ANN401 - feedparser has no types
    """Yield the URLs of an entry's files: all enclosures, and links to documents."""
    for link in (*entry.get("enclosures", ()), *entry.get("links", ())):
        href = str(link.get("href") or "").strip()
        url = target(base, href) if href else ""
        if not url:
            continue
        if link.get("rel") == "enclosure":
            if not str(link.get("type", "")).lower().startswith(_NO_PAPERS):
                yield url
        elif re.search(PAPERS, unquote(urlsplit(without_secrets(url)).path)):
            yield url


def _fields(entry: Any) -> dict[str, Any]:  # noqa: ANN401 - feedparser has no types
    fields = {}
    if title := " ".join(storable(re.sub(r"<[^>]{0,1000}>", " ", str(entry.get("title", "")))).split()):
        fields["title"] = title
    if day := _day(entry.get("published_parsed") or entry.get("updated_parsed")):
        fields["date"] = day.isoformat()
    return fields


def _day(parsed: time.struct_time | None) -> dt.date | None:
    """Return the day of a UTC time of feedparser."""
    try:
        return dt.date(*parsed[:3]) if parsed else None
    except ValueError:
        return None
