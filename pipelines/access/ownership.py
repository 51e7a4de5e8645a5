"""Whose a saved search or briefing is: of the key or person that made it, or of the home, so of all who work with it.

The command line, and who works without keys, is the owner of the home and sees every one; so does an administrator.
"""

from pipelines.access.keys import LOCAL, Reader


def owner_of(reader: Reader) -> str | None:
    """Return the owner of what a reader saves: themselves as they are stored, None for the owner of the home."""
    return None if reader == LOCAL else reader.actor


def may_see(reader: Reader, owner: str | None) -> bool:
    """Return whether a reader sees what has an owner: their own, that of the home, and an administrator everything."""
    return owner is None or may_change(reader, owner)


def may_change(reader: Reader, owner: str | None) -> bool:
    """Return whether a reader may change or delete what has an owner, or note what is new for it as seen."""
    return reader.may("admin") or owner == reader.actor
