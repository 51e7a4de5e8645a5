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
"""A page with such a name is a paper instead of a listing."""
_AT_ONCE = 4
"""Number of concurrent requests for file metadata."""


class Website:
    """Folders of a website, each a page that links to its content.

    `opened` returns the URL for a request, with its secrets. The `url` itself was given by a person; links in its pages
    are discovered and subject to robots.txt.
    """

    def __init__(self, url: str, opened: Callable[[str], str], client: WebClient) -> None:
        self._url, self._opened, self._client = url, opened, client

    def top(self) -> ListedFile:
        """Return the entry at the URL, a folder if it is a page that links to URLs below it."""
        kind = self._headers(self._url).get("Content-Type", "").partition(";")[0].strip().lower()
        parts = urlsplit(self._url)
        is_page = kind in _PAGES and not parts.query and not parts.path.lower().endswith(_PAPERS)
        folder = ListedFile(self._url, self._url, is_folder=True)
        if is_page and (parts.path.endswith("/") or any(self.entries(folder))):
            return folder
        return folder._replace(is_folder=False)

    def entries(self, folder: ListedFile) -> Iterator[ListedFile]:
        """Yield the links of a folder's page to URLs below that of the source; other links are logged."""
        base = folder.url.rstrip("/") + "/"
        outside = []
        with access_problems(folder.url):
            page = self._client.page_of(self._request(folder.url))
        for url in sorted(set(links_of(page._replace(url=base)) if page else ())):
            parts = urlsplit(url)
            if not _lies_below(parts, urlsplit(base)):
                if not base.startswith(url.partition("?")[0]):  # the parent, or another sort order
                    outside.append(url)
            elif not (parts.query and parts.path.endswith("/")):
                yield ListedFile(url, url, is_folder=parts.path.endswith("/"))
        if outside:
            _log.warning("%s: left out links that lead elsewhere (%d): %s", folder.url, len(outside), few(outside))

    def below(self, path: str) -> ListedFile:
        """Return the entry of a file from its path below the URL, encoded as there, without a request."""
        url = f"{self._url.rstrip('/')}/{path}"
        return ListedFile(url, url)

    def detailed(self, entries: Sequence[ListedFile]) -> list[ListedFile]:
        """Return linked files with the metadata from the server; without missing files.

        A file without metadata is returned unchanged.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [entry for entry in pool.map(self._described_entry, entries) if entry]

    def look(self, entry: ListedFile) -> ListedFile:
        """Return the current entry of a file; raises as `top`."""
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

    def _described_entry(self, entry: ListedFile) -> ListedFile | None:
        try:
            return self.look(entry)
        except Exception as error:  # noqa: BLE001 - whatever it is, who reads the file says it
            return None if problem_of(error).gone else entry


def _lies_below(url: SplitResult, base: SplitResult) -> bool:
    """Return whether a URL is strictly below another one, after resolving dots in its path."""
    if (url.scheme, url.netloc.lower()) != (base.scheme, base.netloc.lower()):
        return False
    path, folder = posixpath.normpath(unquote(url.path)), posixpath.normpath(unquote(base.path))
    return path.startswith(folder.rstrip("/") + "/") and path != folder
