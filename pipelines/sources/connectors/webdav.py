"""Folders of a WebDAV server (RFC 4918), as those of Nextcloud, Apache and SharePoint on premises.

`webdavs://HOST/FOLDER` is asked for over HTTPS, `webdav://HOST/FOLDER` over plain HTTP.
"""

import datetime as dt
import email.utils
import posixpath
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from io import RawIOBase
from typing import IO, Any, cast
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpx
from typing_extensions import Buffer

from configs.system.urls import user_apart
from pipelines.sources.entries import ListedFile
from pipelines.sources.errors import AccessError, Problem, problem_of_status
from pipelines.sources.web.request_errors import transport_problem

SCHEMES = {"webdav": "http", "webdavs": "https", "dav": "http", "davs": "https"}
"""What the scheme of a URL is asked for over."""
_PROPERTIES = b"""<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/><getetag/></prop></propfind>"""
_DAV = "{DAV:}"
_SECONDS = 60.0
"""For which nothing may come from a server; a download as a whole may take any time."""
_NO_WEBDAV = (HTTPStatus.OK, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)
"""What servers answer that do not know its methods, or answer whatever is asked with a page to log in."""
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_ATTEMPTS, _PAUSE, _LONGEST_PAUSE = 3, 2.0, 30.0
"""How often a server that is busy is asked, and the seconds between, unless it names some itself."""


class WebDav:
    """A folder of such a server: a `Listing`, whose files it opens too.

    `opened` is the URL with user and password, if there are any; `options` are those of `httpx.Client`.
    """

    def __init__(self, url: str, opened: str, options: Mapping[str, Any] | None = None) -> None:
        scheme, _, rest = opened.partition("://")
        name, _, password = user_apart(scheme, rest)[0].partition(":")
        login = (unquote(name), unquote(password)) if name else None
        self._url = url.rstrip("/") + "/"
        plain = urlsplit(self._url)
        self._base = f"{SCHEMES[plain.scheme]}://{plain.netloc}"
        self._path = quote(unquote(plain.path))
        self._client = httpx.Client(auth=login, timeout=_SECONDS, follow_redirects=True, **(options or {}))

    def top(self) -> ListedFile:
        """Return what is at the URL; raises `AccessError` where there is nothing."""
        return next(self._found(self._path, depth=0))

    def entries(self, folder: ListedFile) -> Iterator[ListedFile]:
        """Yield what lies in a folder, but not itself."""
        for entry in self._found(folder.path, depth=1):
            path, within = entry.path.rstrip("/"), folder.path.rstrip("/")
            if path != within and posixpath.dirname(path).rstrip("/") == within:  # the root's own dirname is the root
                yield entry

    def below(self, path: str) -> ListedFile:
        """Return the entry of a file by its path below the URL, encoded as there; nothing is asked."""
        return self._entry(self._path + path)

    def detailed(self, entries: Sequence[ListedFile]) -> list[ListedFile]:
        """Return entries of a listing with all that is known of them, which the listing gave."""
        return list(entries)

    def look(self, entry: ListedFile) -> ListedFile:
        """Return a file as it is now; raises as `top`."""
        return next(self._found(entry.path, depth=0))

    def open(self, entry: ListedFile) -> IO[bytes]:
        """Return the bytes of a file as a stream, by one request."""
        request = self._client.build_request("GET", self._base + entry.path, headers={"Accept-Encoding": "identity"})
        with _transport_errors():
            answer = self._client.send(request, stream=True)
        if answer.status_code != HTTPStatus.OK:
            answer.close()
            raise AccessError(problem_of_status(answer.status_code))
        return cast("IO[bytes]", _Body(answer))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _found(self, path: str, depth: int) -> Iterator[ListedFile]:
        """Yield what the server has at a path, and directly below it for a depth of 1."""
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        try:
            tree = etree.fromstring(self._asked(path, depth), parser)
        except etree.XMLSyntaxError:
            raise AccessError(Problem("the answer is no listing of WebDAV", "check the URL")) from None
        for response in tree.iter(f"{_DAV}response"):
            href = response.findtext(f"{_DAV}href")
            if href:
                yield self._described(urlsplit(urljoin(self._base, href.strip())).path, response)

    def _asked(self, path: str, depth: int) -> bytes:
        headers = {"Depth": str(depth), "Content-Type": "application/xml"}
        for attempt in range(_ATTEMPTS):
            with _transport_errors():
                answer = self._client.request("PROPFIND", self._base + path, content=_PROPERTIES, headers=headers)
            if answer.status_code not in _BUSY or attempt == _ATTEMPTS - 1:
                break
            named = answer.headers.get("Retry-After", "")
            time.sleep(min(float(named), _LONGEST_PAUSE) if named.isdigit() else _PAUSE)
        if answer.status_code in _NO_WEBDAV:
            raise AccessError(Problem("the server has no WebDAV there", "check the URL"))
        if answer.status_code != HTTPStatus.MULTI_STATUS:
            raise AccessError(problem_of_status(answer.status_code))
        return answer.content

    def _described(self, path: str, response: Any) -> ListedFile:  # noqa: ANN401 - an element of lxml
        found = next((one for one in response.iter(f"{_DAV}prop")), response)
        is_folder = found.find(f"{_DAV}resourcetype/{_DAV}collection") is not None
        entry = self._entry(path)
        if is_folder:
            return entry._replace(is_folder=True)
        size = found.findtext(f"{_DAV}getcontentlength") or ""
        return entry._replace(
            size=int(size) if size.isdigit() else None,
            modified=_time(found.findtext(f"{_DAV}getlastmodified") or ""),
            etag=(found.findtext(f"{_DAV}getetag") or "").strip('"'),
        )

    def _entry(self, path: str) -> ListedFile:
        """Return the entry of a path as the server writes it; its URL is encoded in one way, whatever that is."""
        path = quote(unquote(path))
        return ListedFile(urljoin(self._url, "/")[:-1] + path, path)


class _Body(RawIOBase):
    """The body of an answer, without its end where the connection broke: that raises."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer, self._pieces, self._left = answer, answer.iter_bytes(), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        while not self._left:
            with _transport_errors():
                piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        piece, self._left = self._left[: len(view)], self._left[len(view) :]
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._answer.close()
        super().close()


@contextmanager
def _transport_errors() -> Iterator[None]:
    """Turn what goes wrong below HTTP into `AccessError`: no login shows in it."""
    try:
        yield
    except httpx.HTTPError as error:
        raise AccessError(transport_problem(error)) from None


def _time(text: str) -> dt.datetime | None:
    try:
        return email.utils.parsedate_to_datetime(text).astimezone(dt.UTC)
    except ValueError:
        return None
