"""What Microsoft Graph says of a library: pages of a listing of everything, or of a delta since another one.

A delta names the folder of an item by its id alone, and says nothing of what lies in a folder that was renamed.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pydantic import Field

from extractors.document import Value
from pipelines.sources.connectors.contract import Changes, ListingProblem, SourceItem
from pipelines.sources.connectors.cursors import packed
from pipelines.sources.connectors.drive import Drive
from pipelines.sources.connectors.selection import Selection

_DEEPEST = 400
"""SharePoint takes paths of 400 characters."""

Json = Mapping[str, Any]


class DriveFolders:
    """Folders by their ids: the id of the one that each lies in, and its name; the root lies in none."""

    def __init__(self, known: Mapping[str, tuple[str, str]] | None = None) -> None:
        self.known: dict[str, tuple[str, str]] = dict(known or {})

    def add(self, folder: Mapping[str, Any]) -> None:
        """Note a folder as Graph gives it."""
        self.known[folder["id"]] = _place(folder)

    def path(self, item: Mapping[str, Any]) -> str | None:
        """Return where an item lies in the library, None where a folder above it is not known."""
        parts = [str(item.get("name", ""))]
        above = str(item.get("parentReference", {}).get("id", ""))
        for _ in range(_DEEPEST):
            if above not in self.known:
                return None
            above, name = self.known[above]
            if not above:
                return "/".join(reversed(parts))
            parts.append(name)
        return None

    def moved(self, items: Iterable[Mapping[str, Any]]) -> bool:
        """Return whether changes move, or may move, items that they do not name: everything has to be listed then.

        That is where a folder was renamed, moved or deleted, or came with items in it that are not among the changes.
        """
        changed = list(items)
        named = Counter(item.get("parentReference", {}).get("id") for item in changed if "deleted" not in item)
        for item in changed:
            known = self.known.get(item["id"])
            if "deleted" in item:
                if known:
                    return True
            elif is_folder(item) and known != _place(item):
                inside = item.get("folder", {}).get("childCount", 0)
                if known or inside > named[item["id"]]:
                    return True
        return False


class DriveCursor(Value):
    """Where the delta goes on, of which library and folder, and the folders that were there."""

    link: str
    drive: str
    folder: str
    folders: dict[str, tuple[str, str]] = Field(default_factory=dict)


class FolderUnknownError(Exception):
    """A file is said to lie in a folder that nothing is known of."""


class DriveItems:
    """The files of a library that a source is asked for, with their paths below its folder.

    An item is known by its id in Graph, which stays when it is moved or renamed. Its size is not given: SharePoint
    writes properties into files of Office, and lists another size than it sends.
    """

    def __init__(self, drive: Drive, selection: Selection, folders: DriveFolders) -> None:
        self._drive, self._selection, self._folders = drive, selection, folders
        folders.known[drive.root] = ("", "")

    def item(self, entry: Json) -> SourceItem | None:
        """Return a file as an item, None for one that the source is not asked for.

        Raises `FolderUnknownError` where it cannot be said where the file lies.
        """
        path = self._folders.path(entry)
        top = self._folders.path({"name": "", "parentReference": {"id": self._drive.folder}})
        if path is None or top is None:
            raise FolderUnknownError
        below = path.removeprefix(top)
        if not path.startswith(top) or not self._selection.takes(below):
            return None
        name, label = quote(entry["id"], safe=""), quote(str(entry.get("name", "")), safe="")
        return SourceItem(
            id=entry["id"],
            uri=f"{self._drive.uri}/{name}/{label}",
            path=below,
            etag=str(entry.get("cTag") or entry.get("eTag") or ""),
            modified=_time(entry.get("lastModifiedDateTime")),
        )


class DriveListing:
    """A listing of everything; files whose folder comes later wait for it. `listed` are the ids of items so far."""

    def __init__(self, drive: Drive, selection: Selection) -> None:
        self._drive, self._folders = drive, DriveFolders()
        self._items = DriveItems(drive, selection, self._folders)
        self._waiting: dict[str, Json] = {}
        self._link = ""
        self.listed: set[str] = set()

    def take(self, page: Json) -> Changes:
        """Return what a page says; the last of what it says of an item counts."""
        self._link = page.get("@odata.deltaLink", "")
        entries: dict[str, Json] = {entry["id"]: entry for entry in page.get("value", ())}
        for entry in entries.values():
            self._waiting.pop(entry["id"], None)
            if is_folder(entry):
                self._folders.add(entry)
            elif "file" in entry and "deleted" not in entry:
                self._waiting[entry["id"]] = entry
        items = self._placed()
        named = {item.id for item in items}
        gone = (self.listed & entries.keys()) - named - self._waiting.keys()
        self.listed = (self.listed | named) - gone
        return Changes(items=tuple(items), gone=tuple(sorted(gone)))

    def end(self, before: set[str]) -> Changes:
        """Return the cursor; `before` are the ids of items that were listed before the listing began again."""
        reason = "its folder is not among what Graph lists"
        problems = [
            ListingProblem(place=str(entry.get("name")), reason=reason, within=name)
            for name, entry in self._waiting.items()
        ]
        drive, folders = self._drive, self._folders.known
        cursor = packed(DriveCursor(link=self._link, drive=drive.id, folder=drive.folder, folders=folders))
        gone = sorted(before - self.listed - self._waiting.keys())
        return Changes(cursor=cursor if self._link else None, gone=tuple(gone), problems=tuple(problems))

    def _placed(self) -> list[SourceItem]:
        placed: list[SourceItem] = []
        for name, entry in list(self._waiting.items()):
            try:
                item = self._items.item(entry)
            except FolderUnknownError:
                continue
            del self._waiting[name]
            if item:
                placed.append(item)
        return placed


def delta(drive: Drive, selection: Selection, known: DriveCursor, pages: Sequence[Json]) -> Changes | None:
    """Return what the pages of a delta change, of each item the last that they say.

    None where folders were moved or deleted, or are not known: a delta says nothing of what lies in them.
    """
    entries: dict[str, Json] = {entry["id"]: entry for page in pages for entry in page.get("value", ())}
    folders = DriveFolders(known.folders)
    if folders.moved(entries.values()):
        return None
    for entry in filter(is_folder, entries.values()):
        folders.add(entry)
    source, items, gone = DriveItems(drive, selection, folders), [], []
    for name, entry in entries.items():
        if is_folder(entry):
            continue
        try:
            item = source.item(entry) if "file" in entry and "deleted" not in entry else None
        except FolderUnknownError:
            return None
        if item:
            items.append(item)
        else:  # deleted, or moved to where the source does not look
            gone.append(name)
    link = pages[-1].get("@odata.deltaLink", known.link) if pages else known.link
    after = DriveCursor(link=link, drive=drive.id, folder=drive.folder, folders=folders.known)
    return Changes(items=tuple(items), gone=tuple(gone), cursor=packed(after), is_listing=False)


def _time(text: str | None) -> dt.datetime | None:
    """Return a time as Graph writes it, in UTC, None where it is none."""
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC) if text else None
    except ValueError:
        return None


def is_folder(item: Mapping[str, Any]) -> bool:
    """Return whether an item of Graph is a folder or the root of all; one that was deleted may be either."""
    return ("folder" in item or "root" in item) and "deleted" not in item


def _place(folder: Mapping[str, Any]) -> tuple[str, str]:
    if "root" in folder:
        return "", ""
    return str(folder.get("parentReference", {}).get("id", "")), str(folder.get("name", ""))
