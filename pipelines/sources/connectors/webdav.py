"""Folders of a WebDAV server (RFC 4918), as those of Nextcloud, Apache and SharePoint on premises.

`webdavs://HOST/FOLDER` is asked for over HTTPS, `webdav://HOST/FOLDER` over plain HTTP.
"""

import posixpath
from collections.abc import Iterator
from http import HTTPStatus
from typing import IO, Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from pipelines.sources.entries import ListedFile
from pipelines.sources.errors import AccessError, Problem
from pipelines.sources.web.file_state import date_of
from pipelines.sources.web.request_errors import RequestError, access_problems
from pipelines.sources.web.web_client import Request, WebClient

SCHEMES = {"webdav": "http", "webdavs": "https", "dav": "http", "davs": "https"}
"""What the scheme of a URL is asked for over."""
_PROPERTIES = b"""<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/><getetag/></prop></propfind>"""
_DAV = "{DAV:}"
_NO_WEBDAV = (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)
"""What servers answer that do not know its methods."""


class WebDav:
    """A folder of such a server: a `RemoteFiles`. `opened` is the URL with user and password."""

    def __init__(self, url: str, opened: str, client: WebClient) -> None:
        self._url, self._client = url.rstrip("/") + "/", client
        plain, own = urlsplit(self._url), urlsplit(opened)
        self._base = f"{SCHEMES[plain.scheme]}://{own.netloc}"
        self._path = quote(unquote(plain.path))

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

    def look(self, entry: ListedFile) -> ListedFile:
        """Return a file as it is now; raises as `top`."""
        return next(self._found(entry.path, depth=0))

    def open(self, entry: ListedFile) -> IO[bytes]:
        """Return the bytes of a file as a stream, by one request."""
        return self._client.open(Request(self._base + entry.path, entry.url))

    def _found(self, path: str, depth: int) -> Iterator[ListedFile]:
        """Yield what the server has at a path, and directly below it for a depth of 1."""
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        try:
            tree = etree.fromstring(self._asked(path, depth), parser)
        except etree.XMLSyntaxError:
            tree = None
        if tree is None or tree.tag != f"{_DAV}multistatus":
            raise AccessError(Problem("the answer is no listing of WebDAV", "check the URL"))
        for response in tree.iter(f"{_DAV}response"):
            href = response.findtext(f"{_DAV}href")
            if href:
                yield self._described(urlsplit(urljoin(self._base, href.strip())).path, response)

    def _asked(self, path: str, depth: int) -> bytes:
        url, name = self._base + path, self._entry(path).url
        headers = {"Depth": str(depth), "Content-Type": "application/xml"}
        with access_problems(name):
            try:
                page = self._client.page_of(Request(url, name, "PROPFIND", headers=headers, content=_PROPERTIES))
            except RequestError as error:
                if error.status in _NO_WEBDAV:
                    raise AccessError(Problem("the server has no WebDAV there", "check the URL")) from None
                raise
        return page.content if page else b""

    def _described(self, path: str, response: Any) -> ListedFile:  # noqa: ANN401 - an element of lxml
        found = next((one for one in response.iter(f"{_DAV}prop")), response)
        is_folder = found.find(f"{_DAV}resourcetype/{_DAV}collection") is not None
        entry = self._entry(path)
        if is_folder:
            return entry._replace(is_folder=True)
        size = found.findtext(f"{_DAV}getcontentlength") or ""
        return entry._replace(
            size=int(size) if size.isdigit() else None,
            modified=date_of(found.findtext(f"{_DAV}getlastmodified") or ""),
            etag=(found.findtext(f"{_DAV}getetag") or "").strip('"'),
        )

    def _entry(self, path: str) -> ListedFile:
        """Return the entry of a path as the server writes it; its URL is encoded in one way, whatever that is."""
        path = quote(unquote(path))
        return ListedFile(urljoin(self._url, "/")[:-1] + path, path)
