"""What becomes of documents that their configured source no longer has: kept, withdrawn for a while, or deleted.

A document whose bytes the source has elsewhere was moved. It goes at once, and the other one takes its place: nothing
is missing. Too many that are missing at once are left as they are (`pipelines.ingest.deletion`).
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from configs.sources import SourceConfig
from pipelines.ingest.deletion import Refusal, refusal_of
from pipelines.ingest.duplicates import bytes_of
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger
from pipelines.storage.source_register import KnownItem, SourceRegister


@dataclass(frozen=True)
class Missing:
    """The rows of a source's items that are not there any more, and what of their documents is missing with them.

    `documents` are the ids of those that no item has that is there, of this source or another one. `known` is how many
    items of this source have that are there, 0 where no row is given; `present` returns which of some documents, by
    their ids, these are.
    """

    rows: tuple[KnownItem, ...]
    documents: frozenset[str]
    known: int
    present: Callable[[Collection[str]], Collection[str]]

    def of(self, row: KnownItem) -> frozenset[str]:
        """Return the missing documents of a row."""
        return self.documents.intersection(row.documents)


@dataclass(frozen=True)
class DeletionDecision:
    """What is to be done about missing items.

    `withdrawn` are the rows of those that are from now on, `deleted` the ids of documents that go; `twins` are the
    documents, by the sha256 of their bytes, that take the place of moved ones.
    """

    withdrawn: tuple[KnownItem, ...] = ()
    deleted: frozenset[str] = frozenset()
    twins: Mapping[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None


def missing_of(register: SourceRegister, source: str, gone: Collection[str], others: Collection[str]) -> Missing:
    """Return what is missing with the items of a source that are gone, by their ids.

    What `others`, other sources by their names, hold is not missing: one was parted in two, or they overlap.
    """

    def present(documents: Collection[str]) -> set[str]:
        return {one.document for one in register.holders([source], documents) if one.item not in gone}

    lost = tuple(register.known(source, gone).values())
    documents = frozenset(document for row in lost for document in row.documents)
    here = present(documents)
    elsewhere = {one.document for one in register.holders(others, documents) if not one.withdrawn}
    known = register.count_documents(source) - len(documents - here) if lost else 0
    return Missing(lost, documents - here - elsewhere, known, present)


def decide_deletions(
    missing: Missing,
    config: SourceConfig,
    ledger: Ledger,
    *,
    now: dt.datetime,
    allow_mass: bool,
) -> DeletionDecision:
    """Return what becomes of what is missing.

    What is not in the index, such as a file that could not be read, is deleted with the run that misses it. A date in
    the future, of a clock that was set back since, counts as today.
    """
    if config.deletions.policy == "keep" or not missing.rows:
        return DeletionDecision()
    entries = ledger.known(sorted(missing.documents))
    twins = _twins(missing, entries, ledger)
    moved = {name for name, entry in entries.items() if bytes_of(entry) in twins}
    unread = {name for name in missing.documents if not _is_indexed(entries.get(name))}
    new = frozenset(name for row in missing.rows if row.withdrawn is None for name in missing.of(row))
    known = missing.known + len(new)
    if not allow_mass and (refusal := refusal_of(config.name, known, len(new - moved))):
        return DeletionDecision(refusal=refusal)
    deleted, withdrawn = moved | unread, []
    for row in missing.rows:
        since = min(row.withdrawn or now, now)
        days = 0 if config.deletions.policy == "delete" else config.deletions.grace_days
        if now - since >= dt.timedelta(days=days):
            deleted |= missing.of(row)
        elif since != row.withdrawn and (left := missing.of(row) - deleted):
            withdrawn.append(_withdrawn(row, left, since))
    return DeletionDecision(tuple(withdrawn), frozenset(deleted), twins)


def _is_indexed(entry: LedgerRow | None) -> bool:
    return entry is not None and (entry.outcome == "indexed" or bool(entry.blobs))


def _withdrawn(row: KnownItem, left: Collection[str], since: dt.datetime) -> KnownItem:
    """Return the row of an item that is withdrawn; one that is no longer whole is opened when it comes back."""
    documents = tuple(name for name in row.documents if name in left)
    fingerprint = row.fingerprint if documents == row.documents else ""
    return row.model_copy(update={"withdrawn": since, "documents": documents, "fingerprint": fingerprint})


def _twins(missing: Missing, entries: Mapping[str, LedgerRow], ledger: Ledger) -> dict[str, str]:
    """Return the documents that are there and have the bytes of missing ones, by the sha256 of these."""
    hashes = {bytes_of(entry) for entry in entries.values()} - {""}
    if not hashes:
        return {}
    found = [*ledger.owners(hashes, without=missing.documents).items()]
    found += [(entry.sha256, entry) for entry in ledger.duplicates(hashes)]
    present = missing.present([entry.id for _, entry in found])
    twins: dict[str, str] = {}
    for sha256, entry in found:
        if entry.id in present:
            twins.setdefault(sha256, entry.id)
    return twins
