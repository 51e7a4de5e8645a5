"""Pages of Microsoft Graph for a library: a full listing, or the delta since an earlier one.

A delta gives the folder of an item by id alone, and does not list the content of a renamed folder.
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
    """Folders by their ids: the id of the parent folder, and the name; the root has no parent."""

    def __init__(self, known: Mapping[str, tuple[str, str]] | None = None) -> None:
        self.known: dict[str, tuple[str, str]] = dict(known or {})

    def add(self, folder: Mapping[str, Any]) -> None:
        """Add a folder as returned by Graph."""
        self.known[folder["id"]] = _place(folder)

    def path(self, item: Mapping[str, Any]) -> str | None:
        """Return the path of an item in the library, None if a parent folder is unknown."""
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
        """Return whether changes move, or may move, items that they do not list: everything has to be listed then.

        That is the case if a folder was renamed, moved or deleted, or appeared with items that the changes do not list.
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
    """The continuation of the delta, its library and folder, and the known folders."""

    link: str
    drive: str
    folder: str
    folders: dict[str, tuple[str, str]] = Field(default_factory=dict)


class FolderUnknownError(Exception):
    """The folder of a file is unknown."""


class DriveItems:
    """The selected files of a library, with their paths below its folder.

    An item is identified by its id in Graph, which survives moves and renames. Its size is left out: SharePoint writes
    properties into Office files and lists a size that differs from the downloaded one.
    """

    def __init__(self, drive: Drive, selection: Selection, folders: DriveFolders) -> None:
        self._drive, self._selection, self._folders = drive, selection, folders
        folders.known[drive.root] = ("", "")

    def item(self, entry: Json) -> SourceItem | None:
        """Return a file as an item, None for a file that is not selected.

        Raises `FolderUnknownError` if the path of the file cannot be determined.
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
    """A full listing; a file that precedes its folder waits for it. `listed` are the ids of items so far."""

    def __init__(self, drive: Drive, selection: Selection) -> None:
        self._drive, self._folders = drive, DriveFolders()
        self._items = DriveItems(drive, selection, self._folders)
        self._waiting: dict[str, Json] = {}
        self._link = ""
        self.listed: set[str] = set()

    def take(self, page: Json) -> Changes:
        """Return the content of a page; the last entry for an item counts."""
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
        """Return the cursor; `before` are the ids of items from before a restart of the listing."""
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
    """Return the changes in the pages of a delta, with the last entry for each item.

    None if folders were moved or deleted, or are unknown: a delta does not list their content.
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
        else:  # deleted, or moved out of the selected folder
            gone.append(name)
    link = pages[-1].get("@odata.deltaLink", known.link) if pages else known.link
    after = DriveCursor(link=link, drive=drive.id, folder=drive.folder, folders=folders.known)
    return Changes(items=tuple(items), gone=tuple(gone), cursor=packed(after), is_listing=False)


def _time(text: str | None) -> dt.datetime | None:
    """Return a time of Graph in UTC, None for an invalid one."""
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC) if text else None
    except ValueError:
        return None


def is_folder(item: Mapping[str, Any]) -> bool:
    """Return whether an item of Graph is a folder or the root; a deleted item may be either."""
    return ("folder" in item or "root" in item) and "deleted" not in item


def _place(folder: Mapping[str, Any]) -> tuple[str, str]:
    if "root" in folder:
        return "", ""
    return str(folder.get("parentReference", {}).get("id", "")), str(folder.get("name", ""))
