"""The folders of a library, by their ids: where in it something lies, and whether that changed for what is below.

A delta names the folder of an item by its id alone, and says nothing of what lies in a folder that was renamed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

_DEEPEST = 400
"""SharePoint takes paths of 400 characters."""


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


def is_folder(item: Mapping[str, Any]) -> bool:
    """Return whether an item of Graph is a folder or the root of all; one that was deleted may be either."""
    return ("folder" in item or "root" in item) and "deleted" not in item


def _place(folder: Mapping[str, Any]) -> tuple[str, str]:
    if "root" in folder:
        return "", ""
    return str(folder.get("parentReference", {}).get("id", "")), str(folder.get("name", ""))
