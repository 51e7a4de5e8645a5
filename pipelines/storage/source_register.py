"""What is known of the items of configured sources: which are there, since when they are gone, and up to which cursor.

A row is written after the documents of its item are in the ledger, so a run that was killed meets the item again.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

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


class ItemSummary(NamedTuple):
    """What is known of an item, as far as it says whether that is opened: `documents` is how many it has."""

    id: str
    uri: str
    fingerprint: str
    documents: int
    withdrawn: bool
    failed: int


class Holder(NamedTuple):
    """A document and an item of a source that it is in, which may be withdrawn."""

    document: str
    source: str
    item: str
    withdrawn: bool


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

    def known(self, source: str, items: Collection[str]) -> Mapping[str, KnownItem]:
        """Return the rows of these items, by their ids, of those that have one."""

    def ids(self, source: str) -> Iterator[str]:
        """Yield the ids of all items of a source; nothing may be changed until the last was taken."""

    def summaries(self, source: str, items: Collection[str]) -> Iterator[ItemSummary]:
        """Yield what is known of these items, of those that have a row.

        Nothing may be changed until the last was taken.
        """

    def documents(self, source: str) -> Iterator[tuple[str, str]]:
        """Yield the ids of the documents of a source, each with that of its item, in the order of these.

        Items near each other are often written at one time: what else is known of them lies together too.
        Nothing may be changed until the last was taken.
        """

    def unsettled(self, source: str) -> list[KnownItem]:
        """Return the items of a source that are withdrawn, failed, have no fingerprint or keep what was said of them.

        The rows of documents that their items no longer hold are among them.
        """

    def holders(self, sources: Collection[str], documents: Collection[str]) -> list[Holder]:
        """Return which items of these sources these documents are in, withdrawn items too."""

    def count_items(self, source: str) -> int:
        """Return how many items a source has, those that are withdrawn too."""

    def count_documents(self, source: str) -> int:
        """Return how many documents are in the items of a source."""

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

    def withdrawn(self, documents: Collection[str]) -> Mapping[str, dt.datetime]:
        """Return since when those of the documents are withdrawn that are, by their ids, of all sources."""

    def newest(self, source: str) -> dt.datetime | None:
        """Return when something new or changed last came from a source, None where nothing ever did."""

    def history(self, source: str, item: str | None = None) -> list[ItemHistory]:
        """Return what happened to a source's items, or to one, the latest first."""

    def prune(self, before: dt.datetime) -> int:
        """Forget what happened to items before a time, and return how many rows went; those of a cluster stay.

        Of each source the latest that was new or changed stays: it says how fresh the source is.
        """

    def close(self) -> None:
        """Let go of it."""
