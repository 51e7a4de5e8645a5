"""Folders of a WebDAV server (RFC 4918), such as Nextcloud, Apache and SharePoint on premises.

`webdavs://HOST/FOLDER` is requested over HTTPS, `webdav://HOST/FOLDER` over plain HTTP.
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
"""The HTTP scheme for each scheme of a URL."""
_PROPERTIES = b"""<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/><getetag/></prop></propfind>"""
_DAV = "{DAV:}"
_NO_WEBDAV = (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)
"""Statuses of servers without the methods of WebDAV."""


class WebDav:
    """Folders of such a server: a `RemoteFiles`. `opened` is the URL with user and password."""

    def __init__(self, url: str, opened: str, client: WebClient) -> None:
        self._url, self._client = url.rstrip("/") + "/", client
        plain, own = urlsplit(self._url), urlsplit(opened)
        self._base = f"{SCHEMES[plain.scheme]}://{own.netloc}"
        self._path = quote(unquote(plain.path))

    def top(self) -> ListedFile:
        """Return the entry at the URL; raises `AccessError` if it does not exist."""
        return next(self._entries_at(self._path, depth=0))

    def entries(self, folder: ListedFile) -> Iterator[ListedFile]:
        """Yield the entries of a folder, without the folder itself."""
        for entry in self._entries_at(folder.path, depth=1):
            path, within = entry.path.rstrip("/"), folder.path.rstrip("/")
            if path != within and posixpath.dirname(path).rstrip("/") == within:  # the root's own dirname is the root
                yield entry

    def below(self, path: str) -> ListedFile:
        """Return the entry of a file from its path below the URL, encoded as there, without a request."""
        return self._entry(self._path + path)

    def look(self, entry: ListedFile) -> ListedFile:
        """Return the current entry of a file; raises as `top`."""
        return next(self._entries_at(entry.path, depth=0))

    def open(self, entry: ListedFile) -> IO[bytes]:
        """Return the bytes of a file as a stream, by one request."""
        return self._client.open(Request(self._base + entry.path, entry.url))

    def _entries_at(self, path: str, depth: int) -> Iterator[ListedFile]:
        """Yield the entries at a path, and directly below it for a depth of 1."""
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        try:
            tree = etree.fromstring(self._request(path, depth), parser)
        except etree.XMLSyntaxError:
            tree = None
        if tree is None or tree.tag != f"{_DAV}multistatus":
            raise AccessError(Problem("the answer is no listing of WebDAV", "check the URL"))
        for response in tree.iter(f"{_DAV}response"):
            href = response.findtext(f"{_DAV}href")
            if href:
                yield self._described(urlsplit(urljoin(self._base, href.strip())).path, response)

    def _request(self, path: str, depth: int) -> bytes:
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
        """Return the entry for a path from the server; its URL is encoded uniformly, whatever the server does."""
        path = quote(unquote(path))
        return ListedFile(urljoin(self._url, "/")[:-1] + path, path)
