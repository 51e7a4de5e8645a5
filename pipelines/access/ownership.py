"""Ownership of saved searches and briefings: by the key or person who created them, or by the home, shared by all.

The command line, and who works without keys, is the owner of the home and sees every one; so does an administrator.
"""

from pipelines.access.keys import LOCAL, Reader


def owner_of(reader: Reader) -> str | None:
    """Return the owner of an object that a reader saves: the reader's actor, None for the owner of the home."""
    return None if reader == LOCAL else reader.actor


def may_see(reader: Reader, owner: str | None) -> bool:
    """Return whether a reader may see an object with an owner: their own, the home's, and for administrators any."""
    return owner is None or may_change(reader, owner)


def may_change(reader: Reader, owner: str | None) -> bool:
    """Return whether a reader may change or delete an object with an owner, or mark its results as seen."""
    return reader.may("admin") or owner == reader.actor
