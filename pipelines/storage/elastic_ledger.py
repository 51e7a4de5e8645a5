"""The ledger in a cluster: a row for each source and each run, which any number of workers read and write.

A worker claims a document before it works on it: it writes its name into the row, in the state in which it read it.
So of several workers over the same folder each does a part, and no row is overwritten by one who had not seen it. A
claim ends when readers see what was put, or with its worker.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, fields
from typing import Any

from configs.elasticsearch import ElasticsearchSettings, load_indices
from index.elastic import bulk, shared
from index.elastic.client import cluster_errors, connect, rows_named
from index.elastic.workers import WorkerLease, living
from index.filters import AccessClasses
from pipelines.storage.elastic_rows import RowReader
from pipelines.storage.elastic_runs import ClusterRuns
from pipelines.storage.ledger import (
    MOST_MARKED,
    Entry,
    EntryState,
    Outcome,
    Tally,
    blobs_of,
    earlier_owners,
    groups_of,
    now,
    row_of_killed,
    state_of,
    tally_of,
)
from pipelines.storage.run_history import RunHistory
from pipelines.storage.run_records import RunDocument
from pipelines.storage.tombstones import Tombstone, visible_tombstones

SOURCE, HOME, TOMBSTONE = "source", "home", "tombstone"
"""What a row is: its field `record`; those of runs are in `pipelines.storage.elastic_runs`."""
_FIELDS = tuple(one.name for one in fields(Entry))
_AT_ONCE = 500
"""Rows of one request."""
_MOST_TOMBSTONES = 10_000
_NAME_DIGITS = 32
_CONFLICT, _GONE = 409, 404

_Place = dict[str, Any]
"""The state of a row, so that a change of it by someone else is noticed."""


class ClusterLedger(RunHistory):
    """Implements `pipelines.storage.ledger.Ledger`; belongs to one thread."""

    def __init__(self, settings: ElasticsearchSettings, *, write: bool) -> None:
        """Reach the ledger, for writing make it; raises as `connect` does, and `MismatchError` for another version."""
        self._settings = settings
        self._cluster = connect(settings, retrying=write)
        try:
            if write:
                shared.make(self._cluster, "ledger")
                self._add_fields()
            self.is_there = shared.exists(self._cluster, "ledger")
        except BaseException:
            self._cluster.client.close()
            raise
        self._reader = RowReader(self._cluster, is_there=self.is_there)
        self._runs: ClusterRuns = ClusterRuns(self._cluster, self._reader)
        self._lease: WorkerLease | None = None
        self._places: dict[str, _Place] = {}
        self._workers: dict[str, str] = {}
        self._claimed: dict[str, _Place] = {}
        self._written: dict[str, _Place] = {}

    def close(self) -> None:
        """Leave the workers and the cluster; what is claimed is free again."""
        if self._lease:
            self._lease.close()
        self._cluster.client.close()

    def entry(self, document_id: str) -> Entry | None:
        """Return the row of a document, if there is one."""
        return self.known([document_id]).get(document_id)

    def known(self, document_ids: Collection[str]) -> Mapping[str, Entry]:
        """Return the rows of these documents, of those that have one."""
        found = {}
        for row in self._rows(document_ids):
            name = row["_id"]
            self._places.pop(name, None)
            self._workers.pop(name, None)
            if row.get("found"):
                self._places[name] = _place(row)
                if worker := row["_source"].get("worker"):
                    self._workers[name] = worker
                if row["_source"].get("outcome"):
                    found[name] = _entry(row["_source"])
        return found

    def differing(self, document_ids: Collection[str], versions: str) -> Iterator[tuple[str, EntryState | None]]:
        """Yield documents that are not just indexed; see `Ledger.differing`."""
        for row in self._rows(document_ids):
            is_known = row.get("found") and row["_source"].get("outcome")
            state = state_of(_entry(row["_source"])) if is_known else None
            if state is None or not state.is_plain(versions):
                yield row["_id"], state

    def entries(self, outcome: Outcome | None = None) -> Iterator[Entry]:
        """Yield every row, or those of one outcome, in the order of their sources."""
        wanted = {"term": {"outcome": outcome}} if outcome else {"exists": {"field": "outcome"}}
        yield from map(_entry, self._scan([wanted], ["source"]))

    def members(self, containers: Collection[str]) -> Iterator[Entry]:
        """Yield the rows of documents in some containers; see `Ledger.members`."""
        for some in groups_of(containers, _AT_ONCE):
            yield from map(_entry, self._scan([{"terms": {"container": some}}], ["source"]))

    def duplicates(self, hashes: Collection[str]) -> Iterator[Entry]:
        """Yield the rows of duplicates of these bytes; see `Ledger.duplicates`."""
        found = (
            _entry(row)
            for some in groups_of(hashes, _AT_ONCE)
            for row in self._scan([{"terms": {"sha256": some}}, {"term": {"outcome": "duplicate"}}], ["source"])
        )
        yield from sorted(found, key=lambda entry: entry.source)

    def unowned(self) -> Iterator[Entry]:
        """Yield the rows of duplicates whose bytes no row owns; see `Ledger.unowned`."""
        found = list(self.entries("duplicate"))
        owned = self.owners({entry.sha256 for entry in found})
        yield from (entry for entry in found if entry.sha256 not in owned)

    def unlinked(self) -> list[Entry]:
        """Return the rows whose other versions are yet to be looked for; see `Ledger.unlinked`."""
        found = list(map(_entry, self._scan([{"term": {"unlinked": True}}], ["id"])))
        taken = self.taken([entry.id for entry in found]) if found else set()
        return [entry for entry in found if entry.id not in taken]

    def note_linked(self, document_ids: Collection[str]) -> None:
        """Note that the other versions of documents were looked for."""
        row = {"_op_type": "update", "_index": self._cluster.ledger, "doc": {"unlinked": False}}
        places = {name: self._places[name] for name in document_ids if name in self._places}
        with suppress(bulk.RowsChangedError):  # by a worker that has it now: it looks for its versions itself
            bulk.write(self._cluster, ({**row, "_id": name, **place} for name, place in places.items()))

    def of_key(self, key: str) -> list[Entry]:
        """Return the rows of the documents with a key; see `Ledger.of_key`."""
        return list(map(_entry, self._scan([{"term": {"key": key}}, {"exists": {"field": "outcome"}}], ["id"])))

    def marked(self, marks: Collection[str]) -> Mapping[str, int]:
        """Return how many of some marks documents have; see `Ledger.marked`."""
        found: Counter[str] = Counter()
        if not marks or not self.is_there:
            return found
        index: dict[str, Any] = {"index": self._cluster.ledger}
        searches: list[dict[str, Any]] = []
        for mark in marks:
            query = {"bool": {"filter": [{"term": {"marks": mark}}]}}
            searches += [index, {"query": query, "size": MOST_MARKED + 1, "_source": ["id"]}]
        with cluster_errors(self._cluster.url):
            answers = self._cluster.client.msearch(searches=searches)["responses"]
        for answer in answers:
            names = [hit["_source"]["id"] for hit in answer["hits"]["hits"]]
            found.update(names if len(names) <= MOST_MARKED else ())
        return found

    def tally(self, quarantine_after: int) -> Tally:
        """Count the rows; see `Ledger.tally`."""
        return tally_of(self.entries(), quarantine_after)

    def owners(self, hashes: Collection[str], *, without: Collection[str] = ()) -> Mapping[str, Entry]:
        """Return the row that owns these bytes, by their sha256; see `Ledger.owners`."""
        owners: dict[str, Entry] = {}
        for some in groups_of(hashes, _AT_ONCE):
            filters = [{"terms": {"sha256": some}}, {"terms": {"outcome": ["indexed", "failed"]}}]
            for row in self._scan(filters, ["at", "source"]):
                if row["id"] not in without:
                    owners.setdefault(row["sha256"], _entry(row))
        if len(owners) < len(set(hashes)):
            return earlier_owners(self.entries("failed"), hashes, without) | owners
        return owners

    def blobs(self) -> set[str]:
        """Return the names of all blobs that a row refers to, of this home and of others."""
        return blobs_of(self.entries())

    def claim(self, document_id: str) -> bool:
        """Keep other workers from a document; see `Ledger.claim`."""
        worker = self._workers.get(document_id)
        if worker and worker != self._name and worker in living(self._cluster, [worker]):
            return False
        client = self._cluster.client.options(ignore_status=(_CONFLICT, _GONE))
        index, place, row = self._cluster.ledger, self._places.get(document_id), {"worker": self._name}
        with cluster_errors(self._cluster.url):
            if place:
                answer = client.update(index=index, id=document_id, doc=row, **place)
            else:
                answer = client.create(index=index, id=document_id, document={"record": SOURCE, **row})
        if answer.meta.status in (_CONFLICT, _GONE):
            return False
        self._claimed[document_id] = _place(answer)
        return True

    def taken(self, document_ids: Collection[str]) -> set[str]:
        """Return those of the documents that other workers have now."""
        rows = (row for row in self._rows(document_ids) if row.get("found"))
        workers = {row["_id"]: worker for row in rows if (worker := row["_source"].get("worker"))}
        others = living(self._cluster, set(workers.values()) - {self._name})
        return {name for name, worker in workers.items() if worker in others}

    def write(self, entry: Entry) -> bool:
        """Put a row in place of the one that its source had; see `Ledger.write`."""
        row = {**_row(entry), "at": entry.at or now()}
        place = self._claimed.pop(entry.id, None)
        if place:
            row["worker"] = self._name
        client = self._cluster.client.options(ignore_status=_CONFLICT)
        with cluster_errors(self._cluster.url):
            answer = client.index(index=self._cluster.ledger, id=entry.id, document=row, **place or {})
        if answer.meta.status != _CONFLICT:
            if place:
                self._written[entry.id] = _place(answer)
            return True
        (found,) = self._rows([entry.id])
        return bool(found.get("found")) and found["_source"] == row  # it had arrived, and only the answer was lost

    def accept(self, document_id: str, by: str | None) -> bool:
        """Note who accepts a failure; see `Ledger.accept`."""
        entry = self.entry(document_id)
        if entry is None or entry.outcome != "failed":
            return False
        client = self._cluster.client.options(ignore_status=(_CONFLICT, _GONE))
        row = {"accepted_by": by, "accepted_at": now() if by else None}
        with cluster_errors(self._cluster.url):
            answer = client.update(index=self._cluster.ledger, id=document_id, doc=row, **self._places[document_id])
        return answer.meta.status not in (_CONFLICT, _GONE)

    def release(self) -> None:
        """Let other workers have what was claimed and written; see `Ledger.release`."""
        row = {"_op_type": "update", "_index": self._cluster.ledger, "doc": {"worker": None}}
        written, self._written = self._written, {}
        with suppress(bulk.RowsChangedError):  # by a worker that took this one for dead
            bulk.write(self._cluster, ({**row, "_id": name, **place} for name, place in written.items()))

    def remove(self, document_ids: Iterable[str]) -> None:
        """Forget these documents."""
        row = {"_op_type": "delete", "_index": self._cluster.ledger}
        bulk.write(self._cluster, ({**row, "_id": name} for name in document_ids))

    def add_tombstone(self, tombstone: Tombstone) -> None:
        """Keep what stays of a document that is deleted."""
        shown = tombstone.model_dump(mode="json")
        row = {name: shown.pop(name) for name in ("id", "key", "sha256", "at")}
        client, index = self._cluster.client, self._cluster.ledger
        with cluster_errors(self._cluster.url):
            row |= {"record": TOMBSTONE, TOMBSTONE: shown}
            client.index(index=index, id=f"{TOMBSTONE} {tombstone.id}", document=row)

    def tombstones(self, names: Collection[str] | None, *, access_classes: AccessClasses) -> list[Tombstone]:
        """Return tombstones by ids and keys; see `Ledger.tombstones`."""
        filters: list[dict[str, Any]] = [{"term": {"record": TOMBSTONE}}]
        if names is not None:
            wanted = list(names)
            filters.append({"bool": {"should": [{"terms": {"id": wanted}}, {"terms": {"key": wanted}}]}})
        rows = (row for row, _ in self._reader.search(filters, sort=[{"at": "desc"}], size=_MOST_TOMBSTONES))
        fields = ("id", "key", "sha256", "at")
        found = (Tombstone(**{name: row[name] for name in fields}, **row[TOMBSTONE]) for row in rows)
        return visible_tombstones(found, access_classes)

    def take_over(self, home: str, entries: Iterable[Entry]) -> int:
        """Make rows of those that a home had by itself, where there are none; return how many it had.

        A home is taken over once, 0 is returned from then on.
        """
        name = f"{HOME} {_digest(home)}"
        if next(self._rows([name])).get("found"):
            return 0
        row = {"_op_type": "create", "_index": self._cluster.ledger}
        rows = ({**row, "_id": one.id, "_source": _row(one)} for one in entries)
        count = bulk.write(self._cluster, rows)
        bulk.write(self._cluster, [{**row, "_id": name, "_source": {"record": HOME, "id": home, "at": now()}}])
        return count

    def note_home(self, home: str) -> None:
        """Note that a home works on the cluster now."""
        row = {"record": HOME, "id": home, "at": now()}
        with cluster_errors(self._cluster.url):
            self._cluster.client.index(index=self._cluster.ledger, id=f"{HOME} at work {_digest(home)}", document=row)

    def homes(self) -> dict[str, str]:
        """Return the homes that work on the cluster, or did, each with when it began to do so last (UTC)."""
        rows = self._reader.scan([{"term": {"record": HOME}}], ["at", "id"], _AT_ONCE)
        return {row["id"]: row["at"] for row in rows}

    def run(
        self, run_id: str, *, source: str | None = None, flow: str = "ingest"
    ) -> AbstractContextManager[dict[str, Any]]:
        """Record a run; see `Ledger.run`."""
        self._mark_killed()
        return self._runs.run(run_id, source, flow, self._name)

    def _unwritten(self, run_id: str) -> Iterator[RunDocument]:
        yield from map(row_of_killed, map(_entry, self._scan([{"term": {"run": run_id}}], ["source"])))

    @property
    def _name(self) -> str:
        """What marks the work of this worker."""
        if self._lease is None:
            self._lease = WorkerLease(self._settings)
        return self._lease.name

    def _add_fields(self) -> None:
        """Let an index that an earlier version of the program made have the fields that are new since."""
        fields = load_indices().ledger.mappings["properties"]
        with cluster_errors(self._cluster.url):
            self._cluster.client.indices.put_mapping(index=self._cluster.ledger, properties=fields)

    def _rows(self, document_ids: Collection[str]) -> Iterator[dict[str, Any]]:
        """Yield the rows of these documents as they are now, in order."""
        for some in groups_of(document_ids, _AT_ONCE) if self.is_there else ():
            yield from rows_named(self._cluster, self._cluster.ledger, some)

    def _scan(self, filters: list[dict[str, Any]], order: list[str]) -> Iterator[dict[str, Any]]:
        """Yield the rows of sources that match."""
        yield from self._reader.scan([{"term": {"record": SOURCE}}, *filters], order, _AT_ONCE)


def _row(entry: Entry) -> dict[str, Any]:
    return {"record": SOURCE, **asdict(entry), "marks": list(entry.marks), "container": entry.container}


def _digest(home: str) -> str:
    return hashlib.sha256(home.encode()).hexdigest()[:_NAME_DIGITS]


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(**{name: row[name] for name in _FIELDS if name in row} | {"marks": tuple(row.get("marks") or ())})


def _place(answer: Any) -> _Place:  # noqa: ANN401 - JSON of the cluster
    return {"if_seq_no": answer["_seq_no"], "if_primary_term": answer["_primary_term"]}
