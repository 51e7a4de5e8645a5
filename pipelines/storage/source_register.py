"""What is known of the items of configured sources: which are there, since when they are gone, and up to which cursor.

A row is written after the documents of its item are in the ledger, so a run that was killed meets the item again.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol

from extractors.document import Value
from pipelines.sources.connectors.contract import SourceItem

ItemEvent = Literal["new", "changed", "withdrawn", "restored", "deleted"]


class KnownItem(Value):
    """An item of a source as the last run that met it left it.

    `documents` are the ids of the documents made of it (several for a container); `withdrawn` is since when its source
    lacks it (UTC), None while it is there. `failed` is how many runs in a row could not take it in. `item` is what its
    source said of it, kept while it has to be opened again: a source that tells changes alone does not say it twice.

    A document whose container no longer holds it has a row of its own under its URI.
    """

    source: str
    id: str
    uri: str
    fingerprint: str
    documents: tuple[str, ...] = ()
    seen: dt.datetime
    withdrawn: dt.datetime | None = None
    failed: int = 0
    item: SourceItem | None = None


class ItemHistory(Value):
    """Something that happened to an item, in which run and when (UTC)."""

    source: str
    id: str
    event: ItemEvent
    run: str
    at: dt.datetime


class SourceRegister(Protocol):
    """The rows of all configured sources of a home, or of the homes that share a cluster.

    Every method raises `UnavailableError` where they cannot be reached, read or written.
    """

    def cursor(self, source: str) -> str | None:
        """Return the cursor of a source, None where it has none yet."""

    def items(self, source: str) -> Mapping[str, KnownItem]:
        """Return the items of a source by their ids, those that are withdrawn too."""

    def commit(
        self,
        source: str,
        items: Sequence[KnownItem],
        *,
        forgotten: Collection[str] = (),
        events: Sequence[ItemHistory] = (),
    ) -> None:
        """Write the rows of items and what happened to them, and forget others by their ids: all of it or nothing."""

    def set_cursor(self, source: str, cursor: str | None) -> None:
        """Store up to where a source was read."""

    def withdrawn(self) -> Mapping[str, dt.datetime]:
        """Return since when documents are withdrawn, by their ids, of all sources."""

    def newest(self, source: str) -> dt.datetime | None:
        """Return when something new or changed last came from a source, None where nothing ever did."""

    def history(self, source: str, item: str | None = None) -> list[ItemHistory]:
        """Return what happened to a source's items, or to one, the latest first."""

    def close(self) -> None:
        """Let go of it."""
