"""RSS and Atom feeds: the files that entries enclose or link to, with the title and the day of each."""

import datetime as dt
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from xml.sax import SAXException

from configs.recipes import PAPERS
from configs.system.controls import storable
from configs.system.redaction import without_secrets
from pipelines.sources.connectors.web_client import WebPage

_NO_PAPERS = ("audio/", "video/", "image/")
"""How the types begin of what feeds enclose besides papers."""


class Feed(NamedTuple):
    """What a feed holds: files with the fields of the Document that their entries give.

    `without` counts entries with no file; one that is not `whole` ends where it is broken. `problem` is why it is none.
    """

    files: tuple[tuple[str, Mapping[str, Any]], ...]
    without: int = 0
    whole: bool = True
    problem: str | None = None


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
    """Yield the URLs of an entry's files: all that it encloses, and those of its links that papers have."""
    for link in (*entry.get("enclosures", ()), *entry.get("links", ())):
        href = str(link.get("href") or "").strip()
        try:
            url = urldefrag(urljoin(base, href)).url
            parts = urlsplit(url)
        except ValueError:
            continue
        if not href or parts.scheme not in ("http", "https") or not parts.hostname:
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
    """Return the day of a time in UTC as feedparser gives it."""
    try:
        return dt.date(*parsed[:3]) if parsed else None
    except ValueError:
        return None
