"""The connector for a library of SharePoint or OneDrive: listed once, then read by the delta of Microsoft Graph."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO
from urllib.parse import quote

from configs.settings import Settings
from configs.sources import SharePointConfig
from configs.system.errors import CustomsLensError
from pipelines.sources.connectors.contract import (
    Changes,
    CheckProblem,
    CursorExpiredError,
    SourceAwayError,
    SourceItem,
    item_errors,
    source_errors,
)
from pipelines.sources.connectors.cursors import unpacked
from pipelines.sources.connectors.drive import Drive, find_drive
from pipelines.sources.connectors.drive_listing import DriveCursor, DriveListing, delta
from pipelines.sources.connectors.graph import GoneError, Graph
from pipelines.sources.connectors.selection import Selection
from pipelines.sources.web.retries import Clock

_FIELDS = "id,name,file,folder,root,deleted,parentReference,cTag,eTag,lastModifiedDateTime"
_MOST_STARTS = 4
"""How often Graph may restart a listing before the run ends."""
_LISTED = "everything is listed"


class SharePointConnector:
    """The files of a library, or of one folder in it; paths are relative to that folder."""

    def __init__(self, config: SharePointConfig, settings: Settings, *, clock: Clock | None = None) -> None:
        self._config = config
        self._selection = Selection(config)
        self._client = Graph(config, settings, clock=clock)
        self._found: Drive | None = None
        self._restart: str | None = None

    def __repr__(self) -> str:
        """Return the site."""
        return f"SharePointConnector({self._config.site!r})"

    def check(self) -> list[CheckProblem]:
        """Return the problems that prevent the app registration from reading the library."""
        try:
            self._drive()
        except CustomsLensError as error:
            return [CheckProblem(message=error.message, remedy=error.remedy or "try again later")]
        return []

    def changes(self, cursor: str | None) -> Iterator[Changes]:
        """Yield the changes since a cursor, including deletions; all files without one.

        Raises `CursorExpiredError` if Graph no longer accepts the cursor, or if folders were moved, renamed or deleted.
        """
        known = unpacked(cursor, DriveCursor) if cursor else None
        drive = self._drive()
        if known is None:
            yield from self._full_listing(drive)
            return
        if (known.drive, known.folder) != (drive.id, drive.folder) or not self._client.is_own(known.link):
            raise CursorExpiredError(f"{self._config.site}: the library or the folder is another one now: {_LISTED}")
        with source_errors():
            try:
                pages = list(self._client.pages(known.link))
            except GoneError as error:
                self._restart = error.restart
                raise CursorExpiredError(f"{self._config.site}: {error.message}: {_LISTED}") from None
        changes = delta(drive, self._selection, known, pages)
        if changes is None:
            raise CursorExpiredError(f"{self._config.site}: folders were moved, renamed or deleted: {_LISTED}")
        yield changes

    def ids(self) -> set[str]:
        """Return the ids of all existing files; raises `SourceAwayError` for a file whose folder is unknown."""
        found: set[str] = set()
        for page in self._full_listing(self._drive()):
            for problem in page.problems:
                raise SourceAwayError(f"{problem.place}: {problem.reason}", "try again later")
            found.difference_update(page.gone)
            found.update(item.id for item in page.items)
        return found

    @contextmanager
    def open(self, item: SourceItem) -> Iterator[IO[bytes]]:
        """Yield the bytes of a file; raises `ItemError` for the file alone, or `SourceAwayError`."""
        drive = self._drive()
        content = f"/drives/{drive.id}/items/{quote(item.id, safe='!')}/content"
        with ExitStack() as stack:
            with item_errors():  # errors of the caller are not translated
                stream = stack.enter_context(self._client.content(content, item.uri))
            yield stream

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _drive(self) -> Drive:
        if self._found is None:
            with source_errors():
                self._found = find_drive(self._client, self._config)
        return self._found

    def _full_listing(self, drive: Drive) -> Iterator[Changes]:
        """Yield all items, page by page; if Graph restarts the listing, all of them again."""
        start, self._restart = self._restart, None
        before: set[str] = set()
        with source_errors():
            for _ in range(_MOST_STARTS):
                listing = DriveListing(drive, self._selection)
                try:
                    for page in self._client.pages(start or f"/drives/{drive.id}/root/delta?$select={_FIELDS}"):
                        yield listing.take(page)
                except GoneError as error:
                    start = error.restart
                    before |= listing.listed
                else:
                    yield listing.end(before)
                    return
        raise SourceAwayError(f"{self._config.site}: Graph lets the listing begin again and again", "try again later")
