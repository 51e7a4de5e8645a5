"""Records of deleted documents, which let a link to one report what happened to it."""

import datetime as dt
from collections.abc import Iterable

from extractors.document import Document, RedactedText, Value
from index.filters import AccessClasses, may_read


class Tombstone(Value):
    """A document that was deleted: its id, symbol as printed, title and access class, and when, in UTC.

    `key` is that of its paper and `sha256` that of its bytes, by which another version, or the same file under another
    name, is found.
    """

    id: str
    symbol: str | None = None
    title: RedactedText | None = None
    access: str | None = None
    at: dt.datetime
    key: str
    sha256: str


def tombstone_of(document: Document) -> Tombstone:
    """Return the tombstone of a document that is being deleted."""
    return Tombstone(
        id=document.id,
        symbol=document.symbol.raw if document.symbol else None,
        title=document.title,
        access=document.access,
        at=dt.datetime.now(dt.UTC),
        key=document.key,
        sha256=document.sha256,
    )


def visible_tombstones(found: Iterable[Tombstone], access_classes: AccessClasses) -> list[Tombstone]:
    """Return the tombstones of documents that a reader may have been allowed to see, the latest first."""
    seen = (one for one in found if may_read(one.access, access_classes))
    return sorted(seen, key=lambda one: (one.at, one.id), reverse=True)
