"""The connector for a folder at a URL of any fsspec file system, or of a WebDAV server."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import unquote, urlsplit

from configs.settings import Settings
from configs.sources import GivenUrl, UrlConfig
from configs.system.errors import CustomsLensError
from configs.system.urls import is_web
from extractors.containers.opening import MAX_SIDECAR, SIDECAR_SUFFIX
from pipelines.sources.connectors.contract import (
    Changes,
    CheckProblem,
    ItemError,
    SourceAwayError,
    SourceItem,
    UnstableItemError,
    item_errors,
)
from pipelines.sources.connectors.quiet import pages_at_rest
from pipelines.sources.connectors.remote_files import Opener, RemoteFiles
from pipelines.sources.connectors.selection import Selection
from pipelines.sources.connectors.sidecar_file import SidecarFile
from pipelines.sources.connectors.streams import CountedStream, guarded
from pipelines.sources.connectors.url_walk import RemoteFile, UrlWalk
from pipelines.sources.connectors.webdav import SCHEMES as WEBDAV
from pipelines.sources.credentials import Location
from pipelines.sources.entries import ListedFile
from pipelines.sources.errors import Problem, access_errors
from pipelines.sources.source import lies_under

_LONGEST_IDLE = 60.0
"""Idle seconds after which to reconnect: servers and firewalls silently close idle connections."""


class _NotThereError(SourceAwayError):
    """The folder of an optional source does not exist yet."""


class UrlConnector:
    """The files of a folder at a URL: an item's id is its path below that URL.

    A sidecar belongs to the file that it describes: a change of the sidecar is a change of the item. A `GivenUrl` may
    be that of a single file, whose id is its name; only the listing of its folder is requested for its files.
    """

    def __init__(self, config: UrlConfig, settings: Settings) -> None:
        self._config = config
        self._selection = Selection(config)
        self._opener = Opener(config, settings)
        self._is_web = is_web(config.url)
        self._is_encoded = self._is_web or urlsplit(config.url).scheme in WEBDAV
        self._is_given = isinstance(config, GivenUrl)
        self._files: RemoteFiles | None = None
        self._file: ListedFile | None = None
        self._used = 0.0
        self.uri = config.url

    def __repr__(self) -> str:
        """Return the URL."""
        return f"UrlConnector({self._config.url!r})"

    def check(self) -> list[CheckProblem]:
        """See `Connector`."""
        try:
            top = self._top()
            with access_errors(self._unavailable, self._opener.location):
                next(iter(self._connected().entries(top)), None)
        except _NotThereError:
            return []
        except SourceAwayError as error:
            return [CheckProblem(message=error.message, remedy=error.remedy or "")]
        return []

    def changes(self, cursor: str | None) -> Iterator[Changes]:  # noqa: ARG002 - a folder tells all or nothing
        """Yield all files; see `pages_at_rest` for files that are being changed."""
        try:
            walk, found = self._walk()
        except _NotThereError:
            yield from pages_at_rest(iter(()), 0.0, [], item=self._item, again=self._if_unchanged)
            return
        yield from pages_at_rest(
            found, self._config.quiet_seconds, walk.problems, item=self._item, again=self._if_unchanged
        )

    def ids(self) -> set[str]:
        """See `Connector`; files that are being changed are included."""
        try:
            walk, found = self._walk()
        except _NotThereError:
            return set()
        ids = {file.id for file in found}
        for problem in walk.problems:
            raise SourceAwayError(f"{self._config.url}: {problem.place}: {problem.reason}", "check the rights there")
        return ids

    @contextmanager
    def open(self, item: SourceItem) -> Iterator[IO[bytes]]:
        """See `Connector`; raises `UnstableItemError` for a file that differs from its listing or changes meanwhile."""
        files = self._connected()
        entry = self._entry(item)
        with self._item_errors(item.uri):
            if isinstance(item.sidecar, SidecarFile):
                _ = item.sidecar.file
            stream = files.open(entry)
        with guarded(stream, lambda: self._item_errors(item.uri)) as reader:
            yield reader
            self._refuse_changed(files, entry, item, reader)

    def close(self) -> None:
        """See `Connector`."""
        self._opener.close()
        self._files = None

    def covers(self, uri: str) -> bool:
        """Return whether a document belongs, or belonged, to the source; valid after the listing."""
        if self._selection.is_everything:
            return lies_under(uri, self.uri)
        top, mark, outer = self.uri.partition("::")
        place, top = uri.removesuffix(mark + outer), top.rstrip("/") + "/"
        path = place.removeprefix(top)
        return place.startswith(top) and self._selection.takes(unquote(path) if self._is_encoded else path)

    def place_of(self, item: SourceItem) -> Location | None:
        """Return the URL at which to open an item, with its secrets; None if it equals the URI."""
        with item_errors():
            return self._opener.location_of(self._entry(item).url)

    def _entry(self, item: SourceItem) -> ListedFile:
        return self._file or self._connected().below(item.id)

    def _walk(self) -> tuple[UrlWalk, Iterator[RemoteFile]]:
        """Return a walk through the folder, and an iterator over its files."""
        top = self._top()
        walk = UrlWalk(
            self._connected,
            self._selection,
            self._connect,
            self._opener.location,
            is_encoded=self._is_encoded,
            asks_for_details=not self._is_given,
        )
        return walk, walk.files(top) if top.is_folder else self._single_file(top)

    def _single_file(self, top: ListedFile) -> Iterator[RemoteFile]:
        """Yield the single file of the URL, if it is one; a glob begins in a folder."""
        name = top.path.rstrip("/").rpartition("/")[2] or top.path
        if self._selection.is_everything and not urlsplit(self.uri).path.endswith(SIDECAR_SUFFIX):
            yield RemoteFile(name, name, top, None)

    def _connect(self) -> RemoteFiles:
        """Return the file system over a new connection; raises `SourceAwayError` if its top does not respond."""
        self._files = None  # not closed: a listing in progress may use it
        self._top()
        return self._connected()

    def _top(self) -> ListedFile:
        files = self._connected(is_new=True)
        with access_errors(self._unavailable, self._opener.location):
            top = files.top()
        self.uri, self._file = self._opener.name(top.url), None if top.is_folder else top
        if not (top.is_folder or self._is_given):
            remedy = "name the folder that it lies in, and the file under 'include'"
            raise SourceAwayError(f"{self._config.url}: is a file, and no folder", remedy)
        return top

    def _connected(self, *, is_new: bool = False) -> RemoteFiles:
        """Return the file system, reconnected after a long idle time; raises `SourceAwayError`."""
        if self._files is None or is_new or time.monotonic() - self._used > _LONGEST_IDLE:
            with access_errors(self._unavailable, self._opener.location):
                self._files = self._opener.open()
        self._used = time.monotonic()
        return self._files

    def _unavailable(self, problem: Problem) -> CustomsLensError:
        kind = _NotThereError if problem.gone and self._config.optional else SourceAwayError
        return kind(f"{self._config.place}: {problem.words}", problem.remedy, may_pass=problem.may_pass)

    @contextmanager
    def _item_errors(self, uri: str) -> Iterator[None]:
        """Turn errors of an item into `ItemError`, or into `SourceAwayError` if the source is unavailable."""
        try:
            with access_errors(lambda problem: _item_error(uri, problem), self._opener.location):
                yield
        except ItemError:
            self._connect()
            raise

    def _if_unchanged(self, file: RemoteFile) -> RemoteFile | None:
        """Return the current state of a file, None if it changed, was deleted, or is refused."""
        files = self._connected()
        try:
            with self._item_errors(file.entry.url):
                sidecar = files.look(file.sidecar) if file.sidecar else None
                now = file._replace(entry=files.look(file.entry), sidecar=sidecar)
        except ItemError:
            return None
        return now if now.state == file.state else None

    def _item(self, file: RemoteFile) -> SourceItem:
        fields: SidecarFile | dict[str, str] = {}
        if beside := file.sidecar:
            fields = SidecarFile(self._opener.name(beside.url), beside.state, lambda: self._read_sidecar(beside))
        entry = file.entry
        return SourceItem(
            id=file.id,
            uri=self._opener.name(entry.url),
            path=file.path,
            etag=entry.etag,
            size=entry.size,
            modified=entry.modified,
            sidecar=fields,
        )

    def _read_sidecar(self, beside: ListedFile) -> bytes:
        files, uri = self._connected(), self._opener.name(beside.url)
        with self._item_errors(uri):
            stream = files.open(beside)
        with guarded(stream, lambda: self._item_errors(uri)) as reader:
            return reader.read(MAX_SIDECAR + 1)

    def _refuse_changed(self, files: RemoteFiles, entry: ListedFile, item: SourceItem, reader: CountedStream) -> None:
        """Raise `UnstableItemError` if a file that was read differs from its listing."""
        came = reader.came()
        if came is not None and item.size not in (None, came):
            raise UnstableItemError.of(item.uri)
        if self._config.url.startswith("ftp:"):
            return  # which would list the whole folder
        with self._item_errors(item.uri):
            now = files.look(entry)
        known: list[tuple[object, object]] = [(item.size, now.size), (_seconds(item.modified), _seconds(now.modified))]
        if not (self._is_web and item.modified):  # the servers of a website may have different tags
            known.append((item.etag or None, now.etag or None))
        if any(None not in (then, since) and then != since for then, since in known):
            raise UnstableItemError.of(item.uri)


def _item_error(uri: str, problem: Problem) -> ItemError:
    if problem.changed:
        return UnstableItemError.of(uri)
    return ItemError(f"{uri}: cannot be read: {problem.words}", problem.remedy)


def _seconds(time: dt.datetime | None) -> dt.datetime | None:
    """Return a time without fractions of a second, which some responses of a server lack."""
    return time.replace(microsecond=0) if time else None
