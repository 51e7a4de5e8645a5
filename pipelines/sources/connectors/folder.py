"""The connector for a folder on this machine or on a mounted share."""

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from configs.settings import Settings
from configs.sources import FolderConfig, GivenFolder
from configs.system.errors import UsageError
from configs.system.files import expanded, open_regular
from extractors.containers.opening import MAX_SIDECAR, SIDECAR_SUFFIX
from pipelines.sources.connectors.contract import (
    Changes,
    CheckProblem,
    ItemError,
    SourceAwayError,
    SourceItem,
    UnstableItemError,
)
from pipelines.sources.connectors.folder_walk import (
    FolderWalk,
    FoundFile,
    as_text,
    is_unavailable,
    stat_top,
    unavailable,
)
from pipelines.sources.connectors.quiet import pages_at_rest
from pipelines.sources.connectors.selection import Selection
from pipelines.sources.connectors.sidecar_file import SidecarFile
from pipelines.sources.connectors.streams import guarded
from pipelines.sources.source import is_own, lies_under, outermost, uri_of

_BYTE = re.compile(r"\\x([0-9a-f]{2})")


class FolderConnector:
    """The files of a folder: an item's id is its path within the folder, its URI the one that `ingest` uses.

    A sidecar belongs to the file that it describes: a change of the sidecar is a change of the item. Files of the home
    itself are left out.
    """

    def __init__(self, config: FolderConfig, settings: Settings) -> None:
        self._config, self._home = config, settings.home
        self._top = expanded(config.path)
        whole = os.path.abspath(self._top)  # noqa: PTH100 - nothing is reached
        self._file = config.file if isinstance(config, GivenFolder) else None
        if whole == Path(whole).anchor and not isinstance(config, GivenFolder):
            message = f"{config.name}: {whole} is the root of the file system, with all that is on this machine"
            raise UsageError(message, "name the folder that holds papers")
        self.uri = uri_of(str(self._top)).rstrip("/")
        self._selection = Selection(config)
        self._home_uri = uri_of(str(settings.home)) + "/"
        self._has_own = self._home_uri.startswith(f"{self.uri}/") or f"{self.uri}/".startswith(self._home_uri)
        self._own: dict[str, bool] = {}

    def __repr__(self) -> str:
        """Return the path of the folder."""
        return f"FolderConnector({self.uri!r})"

    def covers(self, uri: str) -> bool:
        """Return whether a document belongs, or belonged, to the source: its files and their members."""
        if self._file is not None:
            return lies_under(uri, f"{self.uri}/{as_text(self._file)}")
        uri = outermost(uri)
        path = "" if uri == self.uri else uri.removeprefix(f"{self.uri}/")
        return path != uri and self._selection.takes(path)

    def place_of(self, item: SourceItem) -> Path:
        r"""Return the path of an item; invalid bytes in its name are written as `\xff` in its id."""
        path = self._top / item.id
        if not os.path.lexists(path) and _BYTE.search(item.id):
            raw = _BYTE.sub(lambda found: bytes.fromhex(found[1]).decode("utf-8", "surrogateescape"), item.id)
            return self._top / raw
        return path

    def check(self) -> list[CheckProblem]:
        """See `Connector`."""
        try:
            stat_top(self._top)
        except SourceAwayError as error:
            return [CheckProblem(message=error.message, remedy=error.remedy or "")]
        return []

    def changes(self, cursor: str | None) -> Iterator[Changes]:  # noqa: ARG002 - a folder tells all or nothing
        """Yield all files; see `pages_at_rest` for files that are being changed."""
        walk = self._walk()
        yield from pages_at_rest(
            self._files(walk), self._config.quiet_seconds, walk.problems, item=self._item, again=self._if_unchanged
        )

    def ids(self) -> set[str]:
        """See `Connector`; files that are being changed are included, links that are not followed are not."""
        walk = self._walk()
        found = {file.id for file in self._files(walk)}
        for problem in (one for one in walk.problems if not one.skipped):
            raise SourceAwayError(f"{self.uri}/{problem.place}: {problem.reason}", "check the rights of this user")
        return found

    @contextmanager
    def open(self, item: SourceItem) -> Iterator[IO[bytes]]:
        """See `Connector`; raises `UnstableItemError` for a file that differs from its listing or changes meanwhile."""
        path = self.place_of(item)
        with self._translated_errors(item.uri):
            if not self._walk().follows(path):
                raise ItemError(f"{item.uri}: is a link that is not followed", "set follow_links, or name its target")
            if isinstance(item.sidecar, SidecarFile):
                _ = item.sidecar.file
            file = open_regular(path)
        with guarded(file, lambda: self._translated_errors(item.uri), path) as stream:
            before = os.fstat(file.fileno())
            if item.size is not None and (item.size, item.modified) != (before.st_size, _time(before)):
                raise UnstableItemError.of(item.uri)
            yield stream
            after = os.fstat(file.fileno())
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise UnstableItemError.of(item.uri)

    def close(self) -> None:
        """See `Connector`; there is nothing to close."""

    def _walk(self) -> FolderWalk:
        return FolderWalk(
            self._top, follow_links=self._config.follow_links, accepts_file=self._takes, enters_folder=self._leads_to
        )

    def _files(self, walk: FolderWalk) -> Iterator[FoundFile]:
        if self._file is None:
            yield from walk.files()
        elif not self._is_own(self._file):
            yield from walk.file(self._file)

    def _takes(self, path: str) -> bool:
        return self._selection.takes(as_text(path)) and not self._is_own(path)

    def _leads_to(self, folder: str) -> bool:
        return self._selection.leads_to(as_text(folder)) and not self._is_own(folder)

    def _is_own(self, path: str) -> bool:
        """Return whether a path is one of the program's own files directly in the home."""
        if not self._has_own:
            return False
        uri = f"{self.uri}/{as_text(path)}"
        if not uri.startswith(self._home_uri):
            return False
        name = uri.removeprefix(self._home_uri).partition("/")[0]
        if name not in self._own:
            self._own[name] = is_own(self._home_uri + name, self._home)
        return self._own[name]

    def _if_unchanged(self, file: FoundFile) -> FoundFile | None:
        """Return the current state of a file, None if it or its sidecar changed."""
        path = self._top / file.path
        try:
            found, sidecar = path.stat(), None
            if file.sidecar:
                sidecar = path.with_name(path.name + SIDECAR_SUFFIX).stat()
        except OSError as error:
            if is_unavailable(error):
                raise unavailable(self._top, error) from error
            return None
        same = _state(found) == _state(file.found) and _state(sidecar) == _state(file.sidecar)
        return FoundFile(file.path, found, sidecar) if same else None

    def _item(self, file: FoundFile) -> SourceItem:
        path = file.id
        fields: SidecarFile | dict[str, str] = {}
        if file.sidecar:
            beside = self._top / (file.path + SIDECAR_SUFFIX)
            version = f"{file.sidecar.st_size}:{file.sidecar.st_mtime_ns}"
            fields = SidecarFile(as_text(str(beside)), version, lambda: self._read_sidecar(beside))
        uri = f"{self.uri}/{path}"
        found = file.found
        return SourceItem(id=path, uri=uri, path=path, size=found.st_size, modified=_time(found), sidecar=fields)

    def _read_sidecar(self, path: Path) -> bytes:
        with self._translated_errors(as_text(str(path))), open_regular(path) as file:
            return file.read(MAX_SIDECAR + 1)

    @contextmanager
    def _translated_errors(self, uri: str) -> Iterator[None]:
        """Turn errors of the system into an error of the item, or of the source if that is unavailable."""
        try:
            yield
        except OSError as error:
            if is_unavailable(error):
                raise unavailable(self._top, error) from error
            stat_top(self._top)
            raise ItemError(
                f"{uri}: cannot be read: {error.strerror}", "check that it is there and may be read"
            ) from error


def _state(found: os.stat_result | None) -> tuple[int, int, int] | None:
    return (found.st_size, found.st_mtime_ns, found.st_ino) if found else None


def _time(found: os.stat_result) -> dt.datetime:
    return dt.datetime.fromtimestamp(found.st_mtime, dt.UTC)
