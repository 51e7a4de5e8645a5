"""Folders of websites: the files that their pages link to, and the bytes of one file."""

import logging
import posixpath
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from pipelines.sources.connectors.listing_pages import links_of
from pipelines.sources.entries import ListedFile
from pipelines.sources.errors import few, problem_of
from pipelines.sources.web.file_state import file_state
from pipelines.sources.web.request_errors import access_problems
from pipelines.sources.web.web_client import Request, WebClient

_log = logging.getLogger(__name__)

_PAGES = ("text/html", "application/xhtml+xml")
_PAPERS = (".html", ".htm", ".xhtml")
"""A page with such a name is a paper, and no listing."""
_AT_ONCE = 4
"""Files that a server is asked about at the same time."""


class Website:
    """The folders of a website, each a page that links to what lies in it.

    `opened` gives the URL to ask the client for something at, with what is secret in it. The `url` itself was named by
    a person; what its pages link to is found, and robots.txt counts for that.
    """

    def __init__(self, url: str, opened: Callable[[str], str], client: WebClient) -> None:
        self._url, self._opened, self._client = url, opened, client

    def top(self) -> ListedFile:
        """Return what is at the URL, a folder where it is a page that links to something below it."""
        kind = self._headers(self._url).get("Content-Type", "").partition(";")[0].strip().lower()
        parts = urlsplit(self._url)
        is_page = kind in _PAGES and not parts.query and not parts.path.lower().endswith(_PAPERS)
        folder = ListedFile(self._url, self._url, is_folder=True)
        if is_page and (parts.path.endswith("/") or any(self.entries(folder))):
            return folder
        return folder._replace(is_folder=False)

    def entries(self, folder: ListedFile) -> Iterator[ListedFile]:
        """Yield what the page of a folder links to below the URL of the source; what lies elsewhere is logged."""
        base = folder.url.rstrip("/") + "/"
        outside = []
        with access_problems(folder.url):
            page = self._client.page_of(self._request(folder.url))
        for url in sorted(set(links_of(page._replace(url=base)) if page else ())):
            parts = urlsplit(url)
            if not _lies_below(parts, urlsplit(base)):
                if not base.startswith(url.partition("?")[0]):  # the way up, and the page itself in another order
                    outside.append(url)
            elif not (parts.query and parts.path.endswith("/")):
                yield ListedFile(url, url, is_folder=parts.path.endswith("/"))
        if outside:
            _log.warning("%s: left out links that lead elsewhere (%d): %s", folder.url, len(outside), few(outside))

    def below(self, path: str) -> ListedFile:
        """Return the entry of a file by its path below the URL, encoded as there; nothing is asked."""
        url = f"{self._url.rstrip('/')}/{path}"
        return ListedFile(url, url)

    def detailed(self, entries: Sequence[ListedFile]) -> list[ListedFile]:
        """Return the files that links lead to with what the server says of them; without those that it does not have.

        One of which it says nothing else stays as it is.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [entry for entry in pool.map(self._described, entries) if entry]

    def look(self, entry: ListedFile) -> ListedFile:
        """Return a file as it is now; raises as `top`."""
        headers = self._headers(entry.url)
        return entry.described(headers)._replace(size=file_state(headers).size)

    def open(self, entry: ListedFile) -> IO[bytes]:
        """Return the bytes of a file as a stream, by one request."""
        return self._client.open(self._request(entry.url))

    def _headers(self, url: str) -> httpx.Headers:
        with access_problems(url):
            return self._client.headers(self._request(url))

    def _request(self, url: str) -> Request:
        return Request(self._opened(url), url, is_named=url == self._url)

    def _described(self, entry: ListedFile) -> ListedFile | None:
        try:
            return self.look(entry)
        except Exception as error:  # noqa: BLE001 - whatever it is, who reads the file says it
            return None if problem_of(error).gone else entry


def _lies_below(url: SplitResult, base: SplitResult) -> bool:
    """Return whether a URL lies below another one, whatever dots are written in its path, and is not that one."""
    if (url.scheme, url.netloc.lower()) != (base.scheme, base.netloc.lower()):
        return False
    path, folder = posixpath.normpath(unquote(url.path)), posixpath.normpath(unquote(base.path))
    return path.startswith(folder.rstrip("/") + "/") and path != folder
