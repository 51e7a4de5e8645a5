"""The ledger: what is known of every source, what each run did, and where a re-run has to start.

One SQLite file in the home. A document's row is written after the index has committed the document, so a
row never claims more than the index holds; a run that was killed is made good by running it again.
"""

import datetime as dt
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from index.database import open_database

SCHEMA_VERSION = 1

Outcome = Literal["indexed", "duplicate", "failed"]

_SCHEMA = """
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
    at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS documents_sha256 ON documents (sha256);
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY,
    started TEXT NOT NULL,
    ended TEXT,
    pid INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'interrupted')),
    counts TEXT NOT NULL
) STRICT;
"""


@dataclass(frozen=True)
class Entry:
    """The row of one source.

    `status` is the document's reading status; `stage` and `error` say where and why it failed; `versions`
    holds the version of each stage that made what is stored, `blobs` the names of the artefacts.
    """

    id: str
    source: str
    sha256: str
    outcome: Outcome
    status: str
    run: str
    key: str = ""
    stage: str | None = None
    error: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    blobs: Mapping[str, str] = field(default_factory=dict)
    pages: int = 0
    passages: int = 0
    at: str = ""


_COLUMNS = tuple(column.name for column in fields(Entry))
_JSON_COLUMNS = ("versions", "blobs")


class Ledger:
    """The rows of one home; safe to open in several processes at once."""

    def __init__(self, path: Path) -> None:
        """Open or create the ledger; raises `MismatchError` for one of another version."""
        self._connection = open_database(path, _SCHEMA, SCHEMA_VERSION, "ledger")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def entry(self, document_id: str) -> Entry | None:
        """Return the row of a document, if there is one."""
        row = self._connection.execute("SELECT * FROM documents WHERE id = ?", (document_id,)).fetchone()
        return _entry(row) if row else None

    def entries(self, outcome: Outcome | None = None) -> Iterator[Entry]:
        """Yield every row, or those of one outcome, in the order of their sources."""
        query = "SELECT * FROM documents WHERE outcome = coalesce(?, outcome) ORDER BY source"
        for row in self._connection.execute(query, (outcome,)):
            yield _entry(row)

    def owner(self, sha256: str) -> Entry | None:
        """Return the row that owns these bytes: the one that is no duplicate of another."""
        row = self._connection.execute(
            "SELECT * FROM documents WHERE sha256 = ? AND outcome != 'duplicate' ORDER BY at, source LIMIT 1",
            (sha256,),
        ).fetchone()
        return _entry(row) if row else None

    def write(self, entry: Entry) -> None:
        """Put a row in place of the one that its source had."""
        values = asdict(entry) | {"at": _now()} | {name: json.dumps(getattr(entry, name)) for name in _JSON_COLUMNS}
        marks = ", ".join(f":{name}" for name in _COLUMNS)
        self._connection.execute(
            f"INSERT OR REPLACE INTO documents ({', '.join(_COLUMNS)}) VALUES ({marks})",  # noqa: S608 - our own names
            values,
        )

    def remove(self, document_ids: Iterable[str]) -> None:
        """Forget these documents."""
        self._connection.executemany("DELETE FROM documents WHERE id = ?", [(one,) for one in document_ids])

    def blobs(self) -> set[str]:
        """Return the names of all blobs that a row refers to."""
        return {name for entry in self.entries() for name in entry.blobs.values()}

    @contextmanager
    def run(self, run_id: str) -> Iterator[dict[str, Any]]:
        """Record a run: the yielded counts are stored when it ends, and its state whichever way it ends."""
        self._recover()
        counts: dict[str, Any] = {}
        self._connection.execute(
            "INSERT INTO runs (id, started, pid, state, counts) VALUES (?, ?, ?, 'running', '{}')",
            (run_id, _now(), os.getpid()),
        )
        state = "interrupted"
        try:
            yield counts
            state = "done"
        finally:
            self._connection.execute(
                "UPDATE runs SET ended = ?, state = ?, counts = ? WHERE id = ?",
                (_now(), state, json.dumps(counts), run_id),
            )

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs, latest first, with `id`, `started`, `ended`, `state` and `counts`."""
        rows = self._connection.execute("SELECT * FROM runs ORDER BY started DESC, rowid DESC")
        return [{**dict(row), "counts": json.loads(row["counts"])} for row in rows]

    def _recover(self) -> None:
        """Mark runs whose process is gone as interrupted: kill -9 leaves them running for ever otherwise."""
        for row in self._connection.execute("SELECT id, pid FROM runs WHERE state = 'running'").fetchall():
            if not Path(f"/proc/{row['pid']}").exists() or row["pid"] == os.getpid():
                self._connection.execute("UPDATE runs SET state = 'interrupted' WHERE id = ?", (row["id"],))


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(**{name: json.loads(row[name]) if name in _JSON_COLUMNS else row[name] for name in _COLUMNS})


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
