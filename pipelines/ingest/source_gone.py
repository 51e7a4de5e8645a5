"""Decides about documents that are missing from their configured source: keep, withdraw for a grace period, or delete.

A document whose bytes are elsewhere in the source was moved: it is replaced by the other one at once and does not count
as missing. If too many are missing at once, none is changed (`pipelines.ingest.deletion`).
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
class MissingItems:
    """The rows of the missing items of a source, and of their missing documents.

    `documents` are the ids of documents that are in no present item of this or another source. `known` is the number of
    documents in present items of this source, 0 without rows; `present` returns which of the given documents, by their
    ids, are in these items.
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
    """What to do about missing items.

    `withdrawn` are the rows of items to withdraw now, `deleted` the ids of documents to delete; `twins` are the
    documents, by the sha256 of their bytes, that replace moved ones.
    """

    withdrawn: tuple[KnownItem, ...] = ()
    deleted: frozenset[str] = frozenset()
    twins: Mapping[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None


def missing_of(register: SourceRegister, source: str, gone: Collection[str], others: Collection[str]) -> MissingItems:
    """Return the missing items and documents of a source, given the ids of items that are `gone`.

    Documents in sources named in `others` are not missing: a source was split, or two overlap.
    """

    def present(documents: Collection[str]) -> set[str]:
        return {one.document for one in register.holders([source], documents) if one.item not in gone}

    lost = tuple(register.known(source, gone).values())
    documents = frozenset(document for row in lost for document in row.documents)
    here = present(documents)
    elsewhere = {one.document for one in register.holders(others, documents) if not one.withdrawn}
    known = register.count_documents(source) - len(documents - here) if lost else 0
    return MissingItems(lost, documents - here - elsewhere, known, present)


def decide_deletions(
    missing: MissingItems,
    config: SourceConfig,
    ledger: Ledger,
    *,
    now: dt.datetime,
    allow_mass: bool,
) -> DeletionDecision:
    """Return what to do about missing items, by the deletion policy of their source.

    Documents that are not in the index, such as unreadable files, are deleted without a grace period. A date in the
    future, from before a clock was set back, counts as now.
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
        elif since != row.withdrawn and (remaining := missing.of(row) - deleted):
            withdrawn.append(_withdrawn(row, remaining, since))
    return DeletionDecision(tuple(withdrawn), frozenset(deleted), twins)


def _is_indexed(entry: LedgerRow | None) -> bool:
    return entry is not None and (entry.outcome == "indexed" or bool(entry.blobs))


def _withdrawn(row: KnownItem, remaining: Collection[str], since: dt.datetime) -> KnownItem:
    """Return the row of a withdrawn item; without a fingerprint, one that lost documents is opened when it returns."""
    documents = tuple(name for name in row.documents if name in remaining)
    fingerprint = row.fingerprint if documents == row.documents else ""
    return row.model_copy(update={"withdrawn": since, "documents": documents, "fingerprint": fingerprint})


def _twins(missing: MissingItems, entries: Mapping[str, LedgerRow], ledger: Ledger) -> dict[str, str]:
    """Return the present documents with the bytes of missing ones, by the sha256 of the bytes."""
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
