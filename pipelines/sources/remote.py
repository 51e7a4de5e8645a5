"""fsspec file systems behind the interface of remote folders: listing of folders and opening of files.

A folder that cannot be listed raises an error. fsspec's own `find` and `glob` treat it as empty, so that all its papers
would count as deleted.
"""

from collections.abc import Iterator, Mapping
from typing import IO, Any
from urllib.parse import urlsplit

from fsspec import get_filesystem_class

from configs.system.errors import UsageError
from configs.system.packages import install_command, packages_of
from configs.system.urls import chained, is_web
from pipelines.sources.entries import ListedFile
from pipelines.sources.filesystems import files_at
from pipelines.sources.web.web_urls import host_of

DEEPEST = 64
"""Greatest depth of nested folders; a faulty server may list folders without end."""
_BLOCK = 4 << 20
"""Block size for an FTP server: each block needs a command and a connection."""
_WITH_HOST = ("http", "https", "ftp", "sftp", "ssh", "smb")


def check_url(uri: str) -> None:
    """Raise `UsageError` for an invalid URL, or a file system that is unknown or not installed."""
    for url in chained(uri):
        scheme = url.partition(":")[0]
        try:
            if not is_web(uri):
                get_filesystem_class(scheme)
        except ImportError as error:
            message = f"{uri}: a package for {scheme}:// is not installed: {error}"
            known = packages_of(scheme)
            raise UsageError(message, install_command(scheme) if known else "install it with pip") from error
        except ValueError as error:
            raise UsageError(f"{uri}: {scheme}:// is no file system that fsspec knows", "check the URL") from error
        if scheme not in _WITH_HOST:
            continue
        try:
            parts = urlsplit(url)
            complete = bool(parts.hostname) and parts.port != 0 and (not is_web(url) or bool(host_of(url)))
        except ValueError:
            complete = False
        if not complete:
            raise UsageError(f"{uri}: is no URL of the form {scheme}://HOST/PATH", "check its host and port")


class Stored:
    """An fsspec file system with folders, such as object stores, FTP and SFTP; see `files_at` for `options`."""

    def __init__(self, uri: str, opened: str, options: Mapping[str, Any] | None = None) -> None:
        self._files, self._path = files_at(opened, options)
        self._files.invalidate_cache()
        self._is_ftp = self._files.protocol == "ftp"
        self._inner, _, self._outer = uri.partition("::")
        # The paths of an FTP server do not hold its name.
        self._has_host = "host" in type(self._files)._get_kwargs_from_urls(opened)  # noqa: SLF001 - for this alone

    def top(self) -> ListedFile:
        """Return the entry at the URL; raises `FileNotFoundError` if it does not exist."""
        try:
            is_folder = self._files.info(self._path)["type"] == "directory"
        except FileNotFoundError:
            if not self._list(self._path):
                raise
            is_folder = True  # the parent folder may not be listable
        return ListedFile(self._url(self._path), self._path, is_folder=is_folder)

    def entries(self, folder: ListedFile) -> Iterator[ListedFile]:
        """Yield the entries of a folder, without the folder itself."""
        for one in self._list(folder.path):
            path = one["name"]
            if path.rstrip("/") != folder.path.rstrip("/"):
                is_link = one["type"] == "link" or bool(one.get("islink"))
                entry = ListedFile(self._url(path), path, is_folder=one["type"] == "directory", is_link=is_link)
                yield entry if entry.is_folder else entry.described(one)

    def below(self, path: str) -> ListedFile:
        """Return the entry of a file from its path below the URL without a request."""
        whole = f"{self._path.rstrip('/')}/{path}" if self._path else path
        return ListedFile(self._url(whole), whole)

    def look(self, entry: ListedFile) -> ListedFile:
        """Return the current entry of a file; raises `FileNotFoundError` if it does not exist."""
        self._files.invalidate_cache(self._files._parent(entry.path))  # noqa: SLF001 - as fsspec's own caches are keyed
        return entry.described(self._files.info(entry.path))

    def open(self, entry: ListedFile) -> IO[bytes]:
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
        """Raise if the listing is empty because the server refused it: only real listings are in the cache."""
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
