"""The ledger of one home: a SQLite file, which one process at a time writes."""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, get_args

from index.database import open_database, open_to_look
from index.filters import AccessClasses
from pipelines.sources.source import INSIDE
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
)
from pipelines.storage.local_runs import RUN_TABLES, LocalRuns
from pipelines.storage.run_history import RunHistory
from pipelines.storage.run_records import RunDocument
from pipelines.storage.tombstones import Tombstone, visible_tombstones
from pipelines.workspace import INDEX_LOCK

SCHEMA_VERSION = 5

_TOMBSTONES = """
CREATE TABLE IF NOT EXISTS tombstones (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT;
"""
_CONTAINERS = "CREATE INDEX IF NOT EXISTS documents_container ON documents (container) WHERE container IS NOT NULL"
_ORIGINAL = "json_extract(blobs, '$.original')"
"""The sha256 of what the index holds of a document: of one that failed to be read again, an earlier state."""
_IS_MEMBER = " OR ".join(f"source GLOB '{scheme}*'" for scheme in INSIDE)
_INDICES = (
    "CREATE INDEX IF NOT EXISTS documents_duplicate ON documents (sha256, source) WHERE outcome = 'duplicate'",
    f"CREATE INDEX IF NOT EXISTS documents_failed ON documents ({_ORIGINAL}, source) WHERE outcome = 'failed'",
    "CREATE INDEX IF NOT EXISTS documents_outcome ON documents (outcome, at)",
    "CREATE INDEX IF NOT EXISTS documents_run ON documents (run)",
)
"""By these a run finds what is rare among many rows, and does not read them all."""
_VERSIONS = (
    "CREATE TABLE IF NOT EXISTS marks (mark TEXT, id TEXT, PRIMARY KEY (mark, id)) STRICT, WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS marks_id ON marks (id)",
    "CREATE INDEX IF NOT EXISTS documents_key ON documents (key)",
    "CREATE INDEX IF NOT EXISTS documents_unlinked ON documents (id) WHERE unlinked",
)
"""By these the other versions of a paper are found, and what is yet to be compared."""

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('indexed', 'duplicate', 'failed')),
    status TEXT NOT NULL,
    stage TEXT,
    error TEXT,
    versions TEXT NOT NULL,
    blobs TEXT NOT NULL,
    pages INTEGER NOT NULL,
    passages INTEGER NOT NULL,
    run TEXT NOT NULL,
    at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    first_failed TEXT,
    container TEXT,
    accepted_by TEXT,
    accepted_at TEXT,
    marks TEXT NOT NULL DEFAULT '[]',
    unlinked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS documents_sha256 ON documents (sha256);
{_CONTAINERS};
{";".join((*_INDICES, *_VERSIONS))};
{RUN_TABLES}
{_TOMBSTONES}
"""

_COLUMNS = tuple(column.name for column in fields(Entry))
_JSON_COLUMNS = ("versions", "blobs", "marks")
_AT_ONCE = 500
"""Containers of one question: SQLite may be built to take no more than 999 values."""


class LocalLedger(RunHistory):
    """The ledger of one home, a SQLite file; safe to open in several processes at once, of which one works."""

    def __init__(self, path: Path, *, write: bool = True) -> None:
        """Open or create the ledger, or open it to look; raises `MismatchError` for one of another version."""
        opening = open_database if write else open_to_look
        self._connection = opening(path, _SCHEMA, SCHEMA_VERSION, "ledger")
        self._runs: LocalRuns = LocalRuns(self._connection, path.parent / INDEX_LOCK)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def entry(self, document_id: str) -> Entry | None:
        """Return the row of a document, if there is one."""
        row = self._connection.execute("SELECT * FROM documents WHERE id = ?", (document_id,)).fetchone()
        return _entry(row) if row else None

    def known(self, document_ids: Collection[str]) -> Mapping[str, Entry]:
        """Return the rows of these documents, of those that have one."""
        query = "SELECT documents.* FROM json_each(?) CROSS JOIN documents ON documents.id = value"
        rows = self._connection.execute(query, (json.dumps(list(document_ids)),))
        return {row["id"]: _entry(row) for row in rows}

    def differing(self, document_ids: Collection[str], versions: str) -> Iterator[tuple[str, EntryState | None]]:
        """Yield documents that are not just indexed; see `Ledger.differing`."""
        query = (
            f"SELECT value, outcome, versions, blobs != '{{}}', {_IS_MEMBER}"  # noqa: S608 - our own words
            " FROM json_each(?) LEFT JOIN documents ON documents.id = value"
            f" WHERE documents.id IS NULL OR outcome != 'indexed' OR versions != ? OR {_IS_MEMBER}"
        )
        rows = self._connection.cursor()
        rows.row_factory = None  # a plain tuple takes half the time
        for name, outcome, *state in rows.execute(query, (json.dumps(list(document_ids)), versions)):
            yield name, None if outcome is None else EntryState(outcome, *state)

    def entries(self, outcome: Outcome | None = None) -> Iterator[Entry]:
        """Yield every row, or those of one outcome, in the order of their sources."""
        wanted = "" if outcome is None else "WHERE outcome = :outcome"
        query = f"SELECT * FROM documents {wanted} ORDER BY source"  # noqa: S608 - our own words
        yield from map(_entry, self._connection.execute(query, {"outcome": outcome}))

    def duplicates(self, hashes: Collection[str]) -> Iterator[Entry]:
        """Yield the rows of duplicates of these bytes; see `Ledger.duplicates`."""
        query = (
            "SELECT documents.* FROM json_each(?) CROSS JOIN documents ON sha256 = value"
            " WHERE outcome = 'duplicate' ORDER BY source"
        )
        yield from map(_entry, self._connection.execute(query, (json.dumps(list(hashes)),)).fetchall())

    def unowned(self) -> Iterator[Entry]:
        """Yield the rows of duplicates whose bytes no row owns; see `Ledger.unowned`."""
        query = (
            "SELECT * FROM documents AS copies WHERE outcome = 'duplicate' AND NOT EXISTS ("  # noqa: S608 - our own words
            "SELECT 1 FROM documents WHERE sha256 = copies.sha256 AND outcome != 'duplicate'"
            ") AND NOT EXISTS (SELECT 1 FROM documents INDEXED BY documents_failed"
            f" WHERE {_ORIGINAL} = copies.sha256 AND outcome = 'failed')"
            " ORDER BY source"
        )
        yield from map(_entry, self._connection.execute(query).fetchall())

    def unlinked(self) -> list[Entry]:
        """Return the rows whose other versions are yet to be looked for; see `Ledger.unlinked`."""
        return [_entry(row) for row in self._connection.execute("SELECT * FROM documents WHERE unlinked ORDER BY id")]

    def note_linked(self, document_ids: Collection[str]) -> None:
        """Note that the other versions of documents were looked for."""
        if document_ids:
            with self._transaction():
                statement = "UPDATE documents SET unlinked = 0 WHERE id = ?"
                self._connection.executemany(statement, [(one,) for one in document_ids])

    def of_key(self, key: str) -> list[Entry]:
        """Return the rows of the documents with a key; see `Ledger.of_key`."""
        rows = self._connection.execute("SELECT * FROM documents WHERE key = ? ORDER BY id", (key,))
        return [_entry(row) for row in rows]

    def marked(self, marks: Collection[str]) -> Mapping[str, int]:
        """Return how many of some marks documents have; see `Ledger.marked`."""
        found: Counter[str] = Counter()
        for mark in marks:
            query = "SELECT id FROM marks WHERE mark = ? LIMIT ?"
            names = [name for (name,) in self._connection.execute(query, (mark, MOST_MARKED + 1))]
            found.update(names if len(names) <= MOST_MARKED else ())
        return found

    def tally(self, quarantine_after: int) -> Tally:
        """Count the rows; see `Ledger.tally`."""
        ask = self._connection.execute
        outcomes = dict.fromkeys(get_args(Outcome), 0)
        outcomes |= ask("SELECT outcome, count(*) FROM documents GROUP BY outcome").fetchall()
        question = "SELECT status, coalesce(stage, ''), count(*) FROM documents WHERE outcome = 'failed' GROUP BY 1, 2"
        failures = {(status, stage): count for status, stage, count in ask(question)}
        question = "SELECT count(*) FROM documents WHERE outcome = 'failed' AND attempts >= ?"
        (quarantined,) = ask(question, (quarantine_after,)).fetchone()
        (latest,) = ask("SELECT max(at) FROM documents WHERE outcome = 'indexed'").fetchone()
        return Tally(outcomes, failures, quarantined, latest)

    def members(self, containers: Collection[str]) -> Iterator[Entry]:
        """Yield the rows of documents in some containers; see `Ledger.members`."""
        for some in groups_of(containers, _AT_ONCE):
            query = f"SELECT * FROM documents WHERE container IN ({', '.join('?' * len(some))})"  # noqa: S608
            yield from map(_entry, self._connection.execute(query, some).fetchall())

    def owners(self, hashes: Collection[str], *, without: Collection[str] = ()) -> Mapping[str, Entry]:
        """Return the row that owns these bytes, by their sha256; see `Ledger.owners`."""
        wanted = json.dumps(list(hashes))
        query = (
            "SELECT documents.* FROM json_each(?) CROSS JOIN documents ON sha256 = value"
            " WHERE outcome != 'duplicate' ORDER BY at, source"
        )
        owners: dict[str, Entry] = {}
        for row in self._connection.execute(query, (wanted,)):
            if row["id"] not in without:
                owners.setdefault(row["sha256"], _entry(row))
        query = (
            f"SELECT documents.* FROM json_each(?) CROSS JOIN documents ON {_ORIGINAL} = value"  # noqa: S608 - our own words
            " WHERE outcome = 'failed' ORDER BY source"
        )
        failed = map(_entry, self._connection.execute(query, (wanted,)))
        return earlier_owners(failed, hashes, without) | owners

    def blobs(self) -> set[str]:
        """Return the names of all blobs that a row refers to."""
        return blobs_of(self.entries())

    def claim(self, document_id: str) -> bool:  # noqa: ARG002
        """Return that there is no other worker: the index has one writer."""
        return True

    def taken(self, document_ids: Collection[str]) -> set[str]:  # noqa: ARG002
        """Return that no other worker has any."""
        return set()

    def write(self, entry: Entry) -> bool:
        """Put a row in place of the one that its source had."""
        values = asdict(entry) | {name: json.dumps(getattr(entry, name)) for name in _JSON_COLUMNS}
        values |= {"at": entry.at or now(), "container": entry.container}
        places = ", ".join(f":{name}" for name in values)
        row = f"INSERT OR REPLACE INTO documents ({', '.join(values)}) VALUES ({places})"  # noqa: S608 - our own names
        with self._transaction():
            self._connection.execute(row, values)
            self._connection.execute("DELETE FROM marks WHERE id = ?", (entry.id,))
            rows = [(mark, entry.id) for mark in entry.marks]
            self._connection.executemany("INSERT OR IGNORE INTO marks VALUES (?, ?)", rows)
        return True

    def accept(self, document_id: str, by: str | None) -> bool:
        """Note who accepts a failure; see `Ledger.accept`."""
        statement = "UPDATE documents SET accepted_by = ?, accepted_at = ? WHERE id = ? AND outcome = 'failed'"
        return bool(self._connection.execute(statement, (by, now() if by else None, document_id)).rowcount)

    def release(self) -> None:
        """Do nothing: there is no other worker."""

    def remove(self, document_ids: Iterable[str]) -> None:
        """Forget these documents."""
        names = [(one,) for one in document_ids]
        with self._transaction():
            self._connection.executemany("DELETE FROM documents WHERE id = ?", names)
            self._connection.executemany("DELETE FROM marks WHERE id = ?", names)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def add_tombstone(self, tombstone: Tombstone) -> None:
        """Keep what stays of a document that is deleted."""
        self._connection.execute(
            "INSERT OR REPLACE INTO tombstones (id, key, content) VALUES (?, ?, ?)",
            (tombstone.id, tombstone.key, tombstone.model_dump_json()),
        )

    def tombstones(self, names: Collection[str] | None, *, access_classes: AccessClasses) -> list[Tombstone]:
        """Return tombstones by ids and keys; see `Ledger.tombstones`."""
        wanted = None if names is None else json.dumps(list(names))
        rows = self._connection.execute(
            "SELECT content FROM tombstones WHERE :names IS NULL"
            " OR id IN (SELECT value FROM json_each(:names)) OR key IN (SELECT value FROM json_each(:names))",
            {"names": wanted},
        )
        found = (Tombstone.model_validate_json(row["content"]) for row in rows)
        return visible_tombstones(found, access_classes)

    def run(
        self, run_id: str, *, source: str | None = None, flow: str = "ingest"
    ) -> AbstractContextManager[dict[str, Any]]:
        """Record a run; see `Ledger.run`."""
        self._mark_killed()
        return self._runs.run(run_id, source, flow)

    def _unwritten(self, run_id: str) -> Iterator[RunDocument]:
        rows = self._connection.execute("SELECT * FROM documents WHERE run = ?", (run_id,))
        yield from map(row_of_killed, map(_entry, rows.fetchall()))


def _entry(row: sqlite3.Row) -> Entry:
    values = {name: json.loads(row[name]) if name in _JSON_COLUMNS else row[name] for name in _COLUMNS}
    return Entry(**{**values, "marks": tuple(values["marks"]), "unlinked": bool(values["unlinked"])})
