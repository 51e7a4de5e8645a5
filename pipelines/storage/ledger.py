"""The ledger: the state of every source, the history of runs, and the stage at which a re-run has to start.

A document's row is written after the index has committed the document, so a row never claims more than the index holds;
running again completes a killed run. Where several homes share a database, a worker claims a document before processing
it: several workers divide a folder between them, and no worker overwrites a row that it has not read. A claim ends when
the document is visible to readers, or with its worker (`pipelines.storage.workers`).
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, get_args

from sqlalchemy import Connection, Select, bindparam, delete, exists, func, or_, select, update

from index.filters import AccessClasses
from pipelines.storage.entries import (
    MOST_MARKED,
    EntryState,
    LedgerRow,
    Outcome,
    Tally,
    blobs_of,
    earlier_owners,
    entry_of,
    new_revision,
    now,
    row_of,
)
from pipelines.storage.run_history import RunHistory
from pipelines.storage.state import State
from pipelines.storage.statements import among, each_of, put
from pipelines.storage.tables import IS_UNLINKED, claims, documents, homes, marks, tombstones
from pipelines.storage.tombstones import Tombstone, visible_tombstones
from pipelines.storage.workers import Worker, living

_AT_ONCE = 1000
"""Rows per fetch."""
# Queries that run for each document or page are built once: building takes longer than executing.
_KNOWN = select(documents).where(among(documents.c.id, "names"))
_OWNERS = (
    select(documents)
    .where(among(documents.c.sha256, "names"), documents.c.outcome != "duplicate")
    .order_by(documents.c.at, documents.c.source)
)
_FAILED_OWNERS = (
    select(documents)
    .where(documents.c.outcome == "failed", among(documents.c.original, "names"))
    .order_by(documents.c.source)
)
_NAMES = each_of("names")
_DIFFERING = (
    select(_NAMES.c.value, documents.c.outcome, documents.c.versions, documents.c.blobs != "{}", documents.c.member)
    .select_from(_NAMES.outerjoin(documents, documents.c.id == _NAMES.c.value))
    .where(
        or_(
            documents.c.id.is_(None),
            documents.c.outcome != "indexed",
            documents.c.versions != bindparam("versions"),
            documents.c.member == 1,
        )
    )
    .execution_options(yield_per=_AT_ONCE)
)


class Ledger(RunHistory):
    """The rows of all sources and runs, for use by one thread. Every method raises as `State` does."""

    def __init__(self, state: State, worker: Worker | None = None) -> None:
        super().__init__(state, worker)
        self._seen: dict[str, str] = {}
        """The revisions of rows when they were read last, which tell whether another worker changed one since."""
        self._claimed: set[str] = set()
        self._written: set[str] = set()

    def entry(self, document_id: str) -> LedgerRow | None:
        """Return the row of a document, if there is one."""
        return self.known([document_id]).get(document_id)

    def known(self, document_ids: Collection[str]) -> Mapping[str, LedgerRow]:
        """Return the existing rows of these documents."""
        given = {"names": json.dumps(list(document_ids))}
        rows = self._state.ask(lambda connection: connection.execute(_KNOWN, given).mappings().all())
        if self._state.is_shared:
            for name in document_ids:
                self._seen.pop(name, None)
            self._seen |= {row["id"]: row["revision"] for row in rows}
        return {row["id"]: entry_of(row) for row in rows}

    def seen(self, document_id: str) -> str | None:
        """Return the revision of a row when it was last read, None if there was none."""
        return self._seen.get(document_id)

    def differing(self, document_ids: Collection[str], versions: str) -> Iterator[tuple[str, EntryState | None]]:
        """Yield the documents that are not `EntryState.is_plain`, each with its state, None without a row.

        Reading the other rows would take most of the time of a run without changes. The yielded documents cannot be
        claimed.
        """
        given = {"names": json.dumps(list(document_ids)), "versions": versions}
        with self._state.reading() as connection:
            for name, outcome, said, is_stored, is_member in connection.execute(_DIFFERING, given):
                state = EntryState(outcome, said, bool(is_stored), bool(is_member)) if outcome else None
                yield name, state

    def entries(self, outcome: Outcome | None = None) -> Iterator[LedgerRow]:
        """Yield every row, or the rows with one outcome, in the order of their sources."""
        question = select(documents).order_by(documents.c.source)
        question = question.where(documents.c.outcome == outcome) if outcome else question
        with self._state.reading() as connection:
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(question)
            yield from map(entry_of, rows.mappings())

    def members(self, containers: Collection[str]) -> Iterator[LedgerRow]:
        """Yield the rows of documents whose innermost mail or PDF is one of these, by its URI."""
        yield from self._entries(select(documents).where(among(documents.c.container, containers)))

    def duplicates(self, hashes: Collection[str]) -> Iterator[LedgerRow]:
        """Yield the rows of duplicates of these bytes, by their sha256, in the order of their sources."""
        question = select(documents).where(documents.c.outcome == "duplicate", among(documents.c.sha256, hashes))
        yield from self._entries(question.order_by(documents.c.source))

    def unowned(self) -> Iterator[LedgerRow]:
        """Yield the rows of duplicates whose bytes no row owns (see `owners`), in the order of their sources."""
        other, earlier = documents.alias("other"), documents.alias("earlier")
        is_owned = exists().where(other.c.sha256 == documents.c.sha256, other.c.outcome != "duplicate")
        was_owned = exists().where(earlier.c.original == documents.c.sha256, earlier.c.outcome == "failed")
        is_copy = documents.c.outcome == "duplicate"
        yield from self._entries(select(documents).where(is_copy, ~is_owned, ~was_owned).order_by(documents.c.source))

    def unlinked(self) -> list[LedgerRow]:
        """Return the rows of documents that have not been compared with other versions yet, in the order of their ids.

        Documents that other workers have claimed are left to them.
        """
        found = self._entries(select(documents).where(IS_UNLINKED).order_by(documents.c.id))
        taken = self.taken([entry.id for entry in found]) if found else set()
        return [entry for entry in found if entry.id not in taken]

    def note_linked(self, document_ids: Collection[str]) -> None:
        """Record that documents were compared with other versions, if their rows are as `known` returned them."""
        if not document_ids:
            return
        columns = (documents.c.id, documents.c.revision)

        def note(connection: Connection) -> None:
            names = list(document_ids)
            if self._state.is_shared:  # a worker that changed a document meanwhile compares it itself
                rows = connection.execute(select(*columns).where(among(documents.c.id, names)).with_for_update())
                names = [name for name, revision in rows if self._seen.get(name) == revision]
            connection.execute(update(documents).where(among(documents.c.id, names)).values(unlinked=0))

        self._state.change(note)

    def of_key(self, key: str) -> list[LedgerRow]:
        """Return the rows of the documents with a key, in the order of their ids."""
        return self._entries(select(documents).where(documents.c.key == key).order_by(documents.c.id))

    def marked(self, wanted: Collection[str]) -> Mapping[str, int]:
        """Return how many of these marks each document has, by document id; very common marks are ignored."""

        def count(connection: Connection) -> Counter[str]:
            found: Counter[str] = Counter()
            for mark in wanted:
                question = select(marks.c.id).where(marks.c.mark == mark).limit(MOST_MARKED + 1)
                names = connection.scalars(question).all()
                found.update(names if len(names) <= MOST_MARKED else ())
            return found

        return self._state.ask(count) if wanted else Counter()

    def tally(self, quarantine_after: int) -> Tally:
        """Count the rows; a document is quarantined once it has failed this often with the same bytes."""
        by_outcome = select(documents.c.outcome, func.count()).group_by(documents.c.outcome)
        kind, has_failed = (documents.c.status, documents.c.stage), documents.c.outcome == "failed"
        by_failure = select(*kind, func.count()).where(has_failed).group_by(*kind)
        quarantined = select(func.count()).where(
            documents.c.outcome == "failed", documents.c.attempts >= quarantine_after
        )
        latest = select(func.max(documents.c.at)).where(documents.c.outcome == "indexed")

        def count(connection: Connection) -> Tally:
            outcomes = dict.fromkeys(get_args(Outcome), 0)
            outcomes |= dict(connection.execute(by_outcome).all())
            failures = {(status, stage or ""): number for status, stage, number in connection.execute(by_failure)}
            left_alone = connection.scalar(quarantined.select_from(documents)) or 0
            return Tally(outcomes, failures, left_alone, connection.scalar(latest))

        return self._state.ask(count)

    def owners(self, hashes: Collection[str], *, without: Collection[str] = ()) -> Mapping[str, LedgerRow]:
        """Return the row that owns these bytes, by sha256: the first one that is not a duplicate of another.

        A document that failed to be read again owns the bytes of its indexed state if no other row does. The documents
        in `without` own nothing.
        """
        owners: dict[str, LedgerRow] = {}
        for entry in self._entries(_OWNERS, hashes):
            if entry.id not in without:
                owners.setdefault(entry.sha256, entry)
        failed = self._entries(_FAILED_OWNERS, hashes)
        return earlier_owners(failed, hashes, without) | owners

    def blobs(self) -> set[str]:
        """Return the names of all blobs that a row refers to."""
        return blobs_of(self.entries())

    def held_blobs(self) -> set[str]:
        """Return the names of all blobs that a sweep must keep.

        They are the blobs that rows refer to, and the bytes of every duplicate, which is ingested from them when its
        owner is deleted.
        """
        return self.blobs() | {entry.sha256 for entry in self.entries("duplicate")}

    def claim(self, document_id: str) -> bool:
        """Claim a document for this worker until `release`; False where its row has changed.

        The row has changed if another worker has claimed the document, or has written the row since `known` or `entry`
        returned it. Where the state is a file, there is no other worker.
        """
        return self.claim_as(document_id, self._seen.get(document_id))

    def claim_as(self, document_id: str, revision: str | None) -> bool:
        """Claim a document whose row still has this revision, None for no row."""
        if not self._state.is_shared:
            return True
        self._current_worker.stay()
        if not self._state.change(lambda connection: self._claim(connection, document_id, revision)):
            return False
        self._claimed.add(document_id)
        return True

    def taken(self, document_ids: Collection[str]) -> set[str]:
        """Return the documents among these that other workers have claimed."""
        if not self._state.is_shared:
            return set()
        own = self._worker.number if self._worker else 0
        question = select(claims).where(among(claims.c.document, document_ids), claims.c.worker != own)

        def ask(connection: Connection) -> set[str]:
            found: dict[str, int] = dict(connection.execute(question).all())
            alive = living(connection, set(found.values()))
            return {document for document, worker in found.items() if worker in alive}

        return self._state.ask(ask)

    def write(self, entry: LedgerRow) -> bool:
        """Replace the row of a source; a missing time becomes the current one.

        False where another worker considered this one dead and has claimed the document since.
        """
        row = row_of(entry)

        def write(connection: Connection) -> bool:
            if entry.id in self._claimed and not self._lock_own_claim(connection, entry.id):
                return False
            put(connection, documents, [row])
            connection.execute(delete(marks).where(marks.c.id == entry.id))
            put(connection, marks, [{"mark": mark, "id": entry.id} for mark in dict.fromkeys(entry.marks)])
            return True

        if not self._state.change(write):
            self._claimed.discard(entry.id)
            return False
        if self._state.is_shared:
            self._seen[entry.id] = row["revision"]
        self._written |= {entry.id} & self._claimed
        return True

    def accept(self, document_id: str, by: str | None) -> bool:
        """Record who accepts that a document fails with its bytes, or with None withdraw the acceptance.

        False where the document has not failed, or another worker is changing its row.
        """
        values = {"accepted_by": by, "accepted_at": now() if by else None, "revision": new_revision()}
        statement = (
            update(documents).where(documents.c.id == document_id, documents.c.outcome == "failed").values(**values)
        )
        if self.taken([document_id]):
            return False
        return bool(self._state.change(lambda connection: connection.execute(statement).rowcount))

    def release(self) -> None:
        """Release the claims on written documents, which are visible to readers now."""
        written, self._written = self._written, set()
        self._release_claims(written)

    def remove(self, document_ids: Iterable[str]) -> None:
        """Delete the rows of these documents."""
        names = list(document_ids)

        def remove(connection: Connection) -> None:
            connection.execute(delete(documents).where(among(documents.c.id, names)))
            connection.execute(delete(marks).where(among(marks.c.id, names)))

        self._state.change(remove)
        for name in names:
            self._seen.pop(name, None)
        self._release_claims(self._claimed.intersection(names))

    def add_tombstone(self, tombstone: Tombstone) -> None:
        """Store the tombstone of a deleted document, replacing an earlier one."""
        row = {"id": tombstone.id, "key": tombstone.key, "content": tombstone.model_dump_json()}
        self._state.change(lambda connection: put(connection, tombstones, [row]), copied=True)

    def tombstones(self, names: Collection[str] | None, *, access_classes: AccessClasses) -> list[Tombstone]:
        """Return the tombstones of these documents or papers, by ids and keys, or all; the latest first.

        Tombstones of documents that a reader with these access classes might not have seen are left out.
        """
        question = select(tombstones.c.content)
        if names is not None:
            question = question.where(or_(among(tombstones.c.id, names), among(tombstones.c.key, names)))
        found = self._state.ask(lambda connection: connection.scalars(question).all())
        return visible_tombstones(map(Tombstone.model_validate_json, found), access_classes)

    def note_home(self, home: str) -> None:
        """Record that a home uses the index now."""
        self._state.change(lambda connection: put(connection, homes, [{"name": home, "at": now()}]))

    def homes(self) -> dict[str, str]:
        """Return the homes that use or have used the index, each with the time of its last start (UTC)."""
        question = select(homes).order_by(homes.c.name)
        return self._state.ask(lambda connection: dict(connection.execute(question).all()))

    def _claim(self, connection: Connection, document_id: str, revision: str | None) -> bool:
        """Claim a document that is unclaimed or claimed by a dead worker, and whose row has the revision."""
        own, is_it = self._current_worker.number, claims.c.document == document_id
        if not put(connection, claims, [{"document": document_id, "worker": own}], replace=False):
            question = select(claims.c.worker).where(is_it).with_for_update(skip_locked=True)
            worker = connection.scalar(question)
            if worker is None or (worker != own and living(connection, [worker])):
                return False
            connection.execute(update(claims).where(is_it).values(worker=own))
        if revision != connection.scalar(select(documents.c.revision).where(documents.c.id == document_id)):
            connection.execute(delete(claims).where(is_it))
            return False
        return True

    def _lock_own_claim(self, connection: Connection, document_id: str) -> bool:
        """Return whether this worker still holds the claim on a document, and lock the claim for a transaction."""
        own = (claims.c.document == document_id) & (claims.c.worker == self._current_worker.number)
        return connection.scalar(select(claims.c.document).where(own).with_for_update()) is not None

    def _release_claims(self, names: Collection[str]) -> None:
        if names:
            own = among(claims.c.document, names) & (claims.c.worker == self._current_worker.number)
            self._state.change(lambda connection: connection.execute(delete(claims).where(own)))
            self._claimed -= set(names)

    def _entries(self, question: Select[Any], names: Collection[str] = ()) -> list[LedgerRow]:
        given = {"names": json.dumps(list(names))}
        return self._state.ask(lambda connection: list(map(entry_of, connection.execute(question, given).mappings())))
