"""The tables of runs in the ledger of one home."""

import datetime as dt
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

from index.embedded.lock import holder
from pipelines.storage.run_records import RunDocument, RunOutcome, RunRecord, RunStatus, completed_counts, run_record

_RUNS = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    flow TEXT NOT NULL,
    started TEXT NOT NULL,
    ended TEXT,
    pid INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'interrupted')),
    counts TEXT NOT NULL
) STRICT
"""
_RUN_DOCUMENTS = """
CREATE TABLE IF NOT EXISTS run_documents (
    run TEXT NOT NULL,
    document TEXT NOT NULL,
    source TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (run, document)
) STRICT, WITHOUT ROWID
"""
_BY_TIME = "CREATE INDEX IF NOT EXISTS run_documents_at ON run_documents (at)"

RUN_TABLES = f"{_RUNS};{_RUN_DOCUMENTS};{_BY_TIME};"
"""The statements that make the tables where they are not there yet."""


class LocalRuns:
    """The runs that a connection to the ledger reads and writes; what each method does is said in `Ledger`."""

    own: ClassVar[set[str]] = set()
    """The runs that this process has open."""

    def __init__(self, connection: sqlite3.Connection, lock: Path) -> None:
        """Take a connection to the ledger, and the file of the lock that a run holds for as long as it lives."""
        self._connection, self._lock = connection, lock

    @contextmanager
    def run(self, run_id: str, source: str | None, flow: str) -> Iterator[dict[str, Any]]:
        """See `Ledger.run`; who calls it marks first what is `left_running`."""
        counts: dict[str, Any] = {}
        self._connection.execute(
            "INSERT INTO runs (id, source, flow, started, pid, state, counts) VALUES (?, ?, ?, ?, ?, 'running', '{}')",
            (run_id, source or "", flow, _now(), os.getpid()),
        )
        self.own.add(run_id)
        try:
            yield counts
        except BaseException as error:
            with suppress(sqlite3.Error):  # a full disk: the next run marks it
                self._end(run_id, state_after(error), counts)
            raise
        else:
            self._end(run_id, "done", counts)
        finally:
            self.own.discard(run_id)

    def runs(self, most: int | None = None) -> list[RunRecord]:
        """See `Ledger.runs`."""
        question = "SELECT * FROM runs ORDER BY rowid DESC LIMIT coalesce(?, -1)"
        return list(map(_record, self._connection.execute(question, (most,))))

    def last(self) -> list[RunRecord]:
        """See `Ledger.last_runs`."""
        question = "SELECT * FROM runs WHERE rowid IN (SELECT max(rowid) FROM runs GROUP BY source, state)"
        return list(map(_record, self._connection.execute(f"{question} ORDER BY rowid DESC")))

    def find(self, run_id: str) -> RunRecord | None:
        """See `Ledger.find_run`."""
        row = self._connection.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
        return _record(row) if row else None

    def rewrite_counts(self, counts: Mapping[str, Mapping[str, Any]]) -> None:
        """See `Ledger.rewrite_counts`."""
        rows = [(json.dumps(dict(one)), run) for run, one in counts.items()]
        self._connection.executemany("UPDATE runs SET counts = ? WHERE id = ?", rows)

    def record(self, rows: Sequence[RunDocument], *, replace: bool = True) -> None:
        """See `Ledger.record`; without `replace` rows that are there stay."""
        values = [
            (row.run, row.document, row.source, row.outcome, row.at.isoformat(), row.model_dump_json()) for row in rows
        ]
        if not values:
            return
        statement = f"INSERT OR {'REPLACE' if replace else 'IGNORE'} INTO run_documents VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own words
        self._connection.execute("BEGIN IMMEDIATE")  # all of a batch in one write to the disk
        try:
            self._connection.executemany(statement, values)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def documents(self, run_id: str, outcome: RunOutcome | None) -> Iterator[RunDocument]:
        """See `Ledger.run_documents`."""
        query = "SELECT content FROM run_documents WHERE run = ? AND outcome = coalesce(?, outcome) ORDER BY source"
        for row in self._connection.execute(query, (run_id, outcome)):
            yield RunDocument.model_validate_json(row["content"])

    def prune(self, before: dt.datetime) -> int:
        """See `Ledger.prune_runs`."""
        statement = "DELETE FROM run_documents WHERE at < ?"
        return self._connection.execute(statement, (before.astimezone(dt.UTC).isoformat(),)).rowcount

    def left_running(self) -> list[str]:
        """Return the ids of runs whose process is gone: the system gave up its lock of the home when it ended."""
        running = self._running()
        if not running:
            return []
        try:
            writer = holder(self._lock)
        except OSError:  # no rights to look
            return []
        left = {run for run, process in running.items() if process != writer or process == os.getpid()} - self.own
        return [run for run in self._running() if run in left]  # others ended before they gave up the lock

    def _running(self) -> dict[str, int]:
        """Return the processes of runs that have not ended as far as the ledger knows, by the ids of the runs."""
        rows = self._connection.execute("SELECT id, pid FROM runs WHERE state = 'running'")
        return {row["id"]: row["pid"] for row in rows}

    def mark_interrupted(self, run_id: str, rows: Iterable[RunDocument]) -> None:
        """Mark a run that was killed, with the rows of documents that it had no time to write."""
        self.record(list(rows), replace=False)
        if record := self.find(run_id):
            counts = completed_counts(record.counts, self.documents(run_id, None))
            self._connection.execute(
                "UPDATE runs SET state = 'interrupted', counts = ? WHERE id = ?", (json.dumps(counts), run_id)
            )

    def _end(self, run_id: str, state: RunStatus, counts: dict[str, Any]) -> None:
        self._connection.execute(
            "UPDATE runs SET ended = max(?, started), state = ?, counts = ? WHERE id = ?",  # the clock may be set back
            (_now(), state, json.dumps(counts), run_id),
        )


def state_after(error: BaseException) -> RunStatus:
    """Return how a run ended that was left by this: an error failed it, a signal or a person interrupted it."""
    return "failed" if isinstance(error, Exception) else "interrupted"


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def _record(row: sqlite3.Row) -> RunRecord:
    values = dict(row)
    names = ("id", "source", "flow", "started", "ended")
    counts = json.loads(values["counts"])
    return run_record({**{name: values[name] for name in names}, "status": values["state"], "counts": counts})
