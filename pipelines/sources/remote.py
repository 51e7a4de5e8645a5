"""Sources on other file systems: the files that a URL stands for.

Whatever cannot be listed raises. fsspec's own `find` and `glob` take a folder that they cannot list for an empty one,
and every paper in it would count as deleted.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

from fsspec import get_filesystem_class

from configs.errors import UnavailableError, UsageError
from configs.urls import chained
from pipelines.sources.credentials import Credentials
from pipelines.sources.entries import Entry
from pipelines.sources.errors import listing_errors
from pipelines.sources.filesystems import files_at
from pipelines.sources.globs import Glob, is_glob
from pipelines.sources.source import lies_under
from pipelines.sources.web import Website, is_web

DEEPEST = 64
"""Folders within folders that are gone into; a server may make up folders without an end."""
_BLOCK = 4 << 20
"""Bytes that are asked of an FTP server at once: each block is a command and a connection of its own."""
_WITH_HOST = ("http", "https", "ftp", "sftp", "ssh", "smb")


class Listing(Protocol):
    """A file system that lists folders; what it cannot list raises, whatever its library raises."""

    def top(self) -> Entry:
        """Return what is at the URL that it was opened at; raises where there is nothing."""

    def entries(self, folder: Entry) -> Iterator[Entry]:
        """Yield what lies in a folder."""


class RemoteSource:
    """A SOURCE that is a URL: of a file, of a folder, or a glob. It holds nothing secret.

    `skipped` are the links that were met;
    none is followed, for a file system on another machine does not say where they lead.
    """

    def __init__(self, uri: str, credentials: Credentials) -> None:
        check_url(uri)
        self.root = self._uri = uri
        head, mark, tail = uri.partition("::")
        self._head, self._tail = (head, mark + tail) if "://" in head else (uri, "")
        self.glob = Glob(self._head, hidden=True) if is_glob(self._head, web=is_web(uri)) else None
        self.skipped: list[str] = []
        self._credentials = credentials

    def urls(self) -> list[str]:
        """Return the URL of each file, as the listing gives it.

        Raises `UnavailableError` where nothing is there or something cannot be listed.
        """
        start = f"{self.glob.folder}/{self._tail}" if self.glob else self._uri
        with listing_errors(self._uri, self._credentials.location(start)):
            listing: Listing = Website(start, self._opened) if is_web(start) else Stored(start, self._opened(start))
            top = listing.top()
        self.root = self._credentials.name(top.url)
        if self.glob:  # in the form of the URLs that are listed
            folder = self.root.removesuffix(self._tail).rstrip("/")
            self.glob = Glob(folder + self._head.removeprefix(self.glob.folder), hidden=True)
        found = list(self._walk(listing, top)) if top.is_folder else [] if self.glob else [top.url]
        if self.glob and not found:
            raise UnavailableError(f"{self._uri}: there is no file that matches", "check the pattern")
        return found

    def covers(self, uri: str) -> bool:
        """Return whether a document is one that this source stands for, or did."""
        return self.glob.covers(uri.removesuffix(self._tail)) if self.glob else lies_under(uri, self.root)

    def _walk(self, listing: Listing, folder: Entry, depth: int = 1) -> Iterator[str]:
        if depth > DEEPEST:
            message = f"{self._uri}: more than {DEEPEST} folders are nested in each other, the last is {folder.url}"
            raise UnavailableError(message, "name the folders that hold papers")
        uri = self._credentials.name(folder.url)
        with listing_errors(uri, self._credentials.location(uri)):
            entries = sorted(listing.entries(folder), key=lambda entry: entry.url)
        for entry in entries:
            uri = self._credentials.name(entry.url)
            if entry.is_link:
                self.skipped.append(uri)
            elif entry.is_folder:
                if self.glob is None or self.glob.leads_to(uri.removesuffix(self._tail)):
                    yield from self._walk(listing, entry, depth + 1)
            elif self.glob is None or self.glob.covers(uri.removesuffix(self._tail)):
                yield entry.url

    def _opened(self, url: str) -> str:
        location = self._credentials.location(self._credentials.name(url))
        return location.url if location else url


def check_url(uri: str) -> None:
    """Raise `UsageError` for a URL that is none, or of a file system that nobody knows."""
    for url in chained(uri):
        scheme = url.partition(":")[0]
        try:
            get_filesystem_class(scheme)
        except ImportError:
            pass  # it is known and not installed: said where it is opened
        except ValueError as error:
            raise UsageError(f"{uri}: {scheme}:// is no file system that fsspec knows", "check the URL") from error
        if scheme not in _WITH_HOST:
            continue
        try:
            parts = urlsplit(url)
            complete = bool(parts.hostname) and parts.port != 0
        except ValueError:
            complete = False
        if not complete:
            raise UsageError(f"{uri}: is no URL of the form {scheme}://HOST/PATH", "check its host and port")


class Stored:
    """A file system of fsspec that has folders, such as object stores, FTP and SFTP; see `files_at` for `options`."""

    def __init__(self, uri: str, opened: str, options: Mapping[str, Any] | None = None) -> None:
        self._files, self._path = files_at(opened, options)
        self._files.invalidate_cache()
        self._is_ftp = self._files.protocol == "ftp"
        self._inner, _, self._outer = uri.partition("::")
        # The paths of an FTP server do not hold its name.
        self._has_host = "host" in type(self._files)._get_kwargs_from_urls(opened)  # noqa: SLF001 - for this alone

    def top(self) -> Entry:
        """Return what is at the URL; raises `FileNotFoundError` where there is nothing."""
        try:
            is_folder = self._files.info(self._path)["type"] == "directory"
        except FileNotFoundError:
            if not self._list(self._path):
                raise
            is_folder = True  # in a folder that must not be listed itself
        return Entry(self._url(self._path), self._path, is_folder=is_folder)

    def entries(self, folder: Entry) -> Iterator[Entry]:
        """Yield what a folder lists, but not itself."""
        for one in self._list(folder.path):
            path = one["name"]
            if path.rstrip("/") != folder.path.rstrip("/"):
                is_link = one["type"] == "link" or bool(one.get("islink"))
                entry = Entry(self._url(path), path, is_folder=one["type"] == "directory", is_link=is_link)
                yield entry if entry.is_folder else entry.described(one)

    def below(self, path: str) -> Entry:
        """Return the entry of a file by its path below the URL; nothing is asked."""
        whole = f"{self._path.rstrip('/')}/{path}" if self._path else path
        return Entry(self._url(whole), whole)

    def detailed(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return entries of a listing with all that is known of them, which the listing gave."""
        return list(entries)

    def look(self, entry: Entry) -> Entry:
        """Return a file as it is now; raises `FileNotFoundError` where it is not there."""
        self._files.invalidate_cache(self._files._parent(entry.path))  # noqa: SLF001 - as fsspec's own caches are keyed
        return entry.described(self._files.info(entry.path))

    def open(self, entry: Entry) -> IO[bytes]:
        """Return the bytes of a file as a stream."""
        larger = {"block_size": _BLOCK} if self._is_ftp else {}
        stream: IO[bytes] = self._files.open(entry.path, "rb", **larger)
        return stream

    def _list(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._files.ls(path, detail=True)
        if not found and self._is_ftp:
            self._check_ftp(path)
        return found

    def _check_ftp(self, path: str) -> None:
        """Raise where nothing was listed because the server refused: only what it answered is in the cache."""
        if self._files._strip_protocol(path) not in self._files.dircache:  # noqa: SLF001
            raise PermissionError(path)

    def _url(self, path: str) -> str:
        scheme, mark, rest = self._inner.partition("://")
        if self._outer and mark:
            return f"{scheme}://{path.lstrip('/')}::{self._outer}"
        if self._has_host:
            return f"{scheme}://{rest.partition('/')[0]}/{path.lstrip('/')}"
        url: str = self._files.unstrip_protocol(path)
        return url
