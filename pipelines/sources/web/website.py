"""Sources on websites: the files that the pages of folders link to, and the bytes of one file."""

import logging
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import IO, Any
from urllib.parse import SplitResult, unquote, urldefrag, urljoin, urlsplit

from fsspec import filesystem, get_filesystem_class

from pipelines.sources.entries import ListedFile
from pipelines.sources.errors import problem_of

_log = logging.getLogger(__name__)

_SCHEMES = ("http://", "https://")
_PAGES = ("text/html", "application/xhtml+xml")
_PAPERS = (".html", ".htm", ".xhtml")
"""A page with such a name is a paper, and no listing."""
_CONNECT_SECONDS, _READ_SECONDS = 30, 60
"""How long nothing may come from a server; a download as a whole may take any time."""
_SHOWN = 3
"""Links that a message names."""
_AT_ONCE = 4
"""Files that a server is asked about at the same time."""


def is_web(url: str) -> bool:
    """Return whether a URL is opened over HTTP; that of something in a container or a cache begins otherwise."""
    return url.lower().startswith(_SCHEMES)


def open_web(url: str) -> IO[bytes]:
    """Return the bytes of a file as a stream, by one request: not every server gives parts of a file."""
    stream: IO[bytes] = _files().open(url, "rb", block_size=0, size=1)  # a size keeps it from asking for it
    return stream


class Website:
    """The folders of a website, each a page that links to what lies in it.

    `opened` gives the URL to open something at, with what is secret in it; `options` are those of fsspec.
    """

    def __init__(self, url: str, opened: Callable[[str], str], options: Mapping[str, Any] | None = None) -> None:
        self._url = url
        self._opened = opened
        self._files = _files(options)

    def top(self) -> ListedFile:
        """Return what is at the URL, a folder where it is a page that links to something below it."""
        try:
            kind = self._files.info(self._opened(self._url)).get("mimetype")
        except FileNotFoundError as error:  # which stands for whatever went wrong
            raise error.__cause__ or error from None
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
        for url in sorted(_links(self._files.cat_file(self._opened(folder.url)), base)):
            parts = urlsplit(url)
            if not _lies_below(parts, urlsplit(base)):
                if not base.startswith(url.partition("?")[0]):  # the way up, and the page itself in another order
                    outside.append(url)
            elif not (parts.query and parts.path.endswith("/")):
                yield ListedFile(url, url, is_folder=parts.path.endswith("/"))
        if outside:
            shown = ", ".join(outside[:_SHOWN]) + (", …" if len(outside) > _SHOWN else "")
            _log.warning("%s: left out links that lead elsewhere (%d): %s", folder.url, len(outside), shown)

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
        try:
            return entry.described(self._files.info(self._opened(entry.url)))
        except FileNotFoundError as error:
            raise error.__cause__ or error from None

    def open(self, entry: ListedFile) -> IO[bytes]:
        """Return the bytes of a file as a stream, by one request."""
        stream: IO[bytes] = self._files.open(self._opened(entry.url), "rb", block_size=0, size=1)
        return stream

    def _described(self, entry: ListedFile) -> ListedFile | None:
        try:
            return self.look(entry)
        except Exception as error:  # noqa: BLE001 - whatever it is, who reads the file says it
            return None if problem_of(error).gone else entry


def _files(options: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - fsspec has no types
    get_filesystem_class("http")  # says which packages are missing
    from aiohttp import ClientTimeout

    patience = ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS)
    own = {**options, "skip_instance_cache": True} if options else {}  # kept by nobody when its source is closed
    return filesystem("http", **{**own, "client_kwargs": {**own.get("client_kwargs", {}), "timeout": patience}})


def _links(page: bytes, base: str) -> set[str]:
    """Return the URLs that a page links to over HTTP, without fragments."""
    parser = _Links()
    parser.feed(page.decode("utf-8", "replace"))
    found = set()
    for link in parser.found:
        try:
            url = urldefrag(urljoin(base, link.strip())).url
        except ValueError:
            continue  # no URL, whatever it is
        if is_web(url):
            found.add(url)
    return found


def _lies_below(url: SplitResult, base: SplitResult) -> bool:
    """Return whether a URL lies below another one, whatever dots are written in its path, and is not that one."""
    if (url.scheme, url.netloc.lower()) != (base.scheme, base.netloc.lower()):
        return False
    path, folder = posixpath.normpath(unquote(url.path)), posixpath.normpath(unquote(base.path))
    return path.startswith(folder.rstrip("/") + "/") and path != folder


class _Links(HTMLParser):
    """Collects where the links of a page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
