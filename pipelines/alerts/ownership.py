"""Whose a saved search is: of the key or person that made it, or of the home and so of all who work with it.

The command line, and who works without keys, is the owner of the home and sees every search; so does an administrator.
"""

from pipelines.access.keys import LOCAL, Reader
from pipelines.storage.saved_searches import SavedSearch


def owner_of(reader: Reader) -> str | None:
    """Return the owner of what a reader saves: themselves as they are stored, None for the owner of the home."""
    return None if reader == LOCAL else reader.actor


def may_see(reader: Reader, search: SavedSearch) -> bool:
    """Return whether a reader sees a search: their own, one of the home, and an administrator every one."""
    return search.owner is None or may_change(reader, search)


def may_change(reader: Reader, search: SavedSearch) -> bool:
    """Return whether a reader may delete a search or note what is new for it as seen."""
    return reader.may("admin") or search.owner == reader.actor
