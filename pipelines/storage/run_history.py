"""The part of the ledger that records runs."""

import datetime as dt
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from sqlalchemy import Connection, RowMapping, Select, delete, func, select, update

from configs.system.errors import UnavailableError
from configs.system.files import read_file
from pipelines.storage.entries import LedgerRow, entry_of, now, run_document
from pipelines.storage.run_records import (
    RunDocument,
    RunOutcome,
    RunRecord,
    RunStatus,
    completed_counts,
    run_record,
    state_after,
)
from pipelines.storage.shared_work import SharedWork, forget_work
from pipelines.storage.state import State
from pipelines.storage.statements import among, next_number, put
from pipelines.storage.tables import IS_RUNNING, documents, run_documents, runs, workers
from pipelines.storage.workers import Worker, living
from pipelines.workspace import HEARTBEAT, is_writer

_AT_ONCE = 1000
"""Rows per fetch."""


class RunHistory:
    """The runs of a home, or of the homes that share a database. Every method raises as `State` does."""

    own: ClassVar[set[str]] = set()
    """The runs that this process has open."""

    def __init__(self, state: State, worker: Worker | None = None) -> None:
        """Record the work of a worker; without one, a worker is registered when it is first needed."""
        self._state = state
        self._worker = worker
        self._own_worker: Worker | None = None

    @contextmanager
    def run(self, run_id: str, *, source: str | None = None, flow: str = "ingest") -> Iterator[dict[str, Any]]:
        """Record a run: its counts are stored when it ends, and its status however it ends.

        `source` is the name of a configured source or the SOURCEs of a command, `flow` the kind of run. Runs whose
        processes have died are marked first. A run whose counts give a reason for `incomplete` gets this status.
        """
        for killed in self._dead_runs():
            self.mark_killed(killed)
        counts: dict[str, Any] = {}
        row = {"id": run_id, "source": source or "", "flow": flow, "started": now(), "ended": None}
        worker = self._current_worker.number if self._state.is_shared else os.getpid()
        with self._state.changing(copied=False) as connection:
            number = next_number(connection, "runs")
            put(connection, runs, [{**row, "number": number, "worker": worker, "state": "running", "counts": "{}"}])
        self.own.add(run_id)
        try:
            yield counts
        except BaseException as error:
            with suppress(UnavailableError):  # a full disk, an unavailable server: the next run marks it
                self._end(run_id, state_after(error), counts)
            raise
        else:
            self._end(run_id, "incomplete" if counts.get("incomplete") else "done", counts)
        finally:
            self.own.discard(run_id)

    def runs(self, most: int | None = None) -> list[RunRecord]:
        """Return the runs, or at most this many, latest first."""
        return self._with_actual_status(self._records(select(runs).order_by(runs.c.number.desc()).limit(most)))

    def last_runs(self) -> list[RunRecord]:
        """Return the last run in each status for each source or SOURCEs of a command, latest first."""
        last = select(func.max(runs.c.number)).group_by(runs.c.source, runs.c.state)
        question = select(runs).where(runs.c.number.in_(last)).order_by(runs.c.number.desc())
        return self._with_actual_status(self._records(question))

    def find_run(self, run_id: str) -> RunRecord | None:
        """Return the run with an id, None without one."""
        return next(iter(self._with_actual_status(self._records(select(runs).where(runs.c.id == run_id)))), None)

    def record(self, rows: Sequence[RunDocument]) -> None:
        """Write the results of runs for documents in one transaction, replacing rows of the same run and document."""
        if rows:
            self._state.change(lambda connection: _record(connection, rows))

    def run_documents(self, run_id: str, outcome: RunOutcome | None = None) -> Iterator[RunDocument]:
        """Yield the results of a run by document, in the order of their sources, or those with one outcome."""
        question = select(run_documents.c.content).where(run_documents.c.run == run_id)
        if outcome:
            question = question.where(run_documents.c.outcome == outcome)
        ordered = question.order_by(run_documents.c.source, run_documents.c.document)
        with self._state.reading() as connection:
            for (content,) in connection.execution_options(yield_per=_AT_ONCE).execute(ordered):
                yield RunDocument.model_validate_json(content)

    def prune_runs(self, before: dt.datetime) -> int:
        """Delete document results of runs from before a time, but not the runs; return the number of deleted rows."""
        old = delete(run_documents).where(run_documents.c.at < before.astimezone(dt.UTC).isoformat())
        return self._state.change(lambda connection: connection.execute(old).rowcount)

    def done_for(self, run_id: str, document_ids: Collection[str]) -> list[LedgerRow]:
        """Return the documents whose current rows were written for this run by a worker that has died since.

        Results that the dead worker had no time to record are recorded.
        """

        def ask(connection: Connection) -> list[LedgerRow]:
            rows = _documents_written(connection, run_id, document_ids)
            _record(connection, list(map(run_document, rows)), replace=False)
            return rows

        return self._state.change(ask)

    def rewrite_counts(self, counts: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the counts of runs, by the run's id."""

        def rewrite(connection: Connection) -> None:
            for run, one in counts.items():
                connection.execute(update(runs).where(runs.c.id == run).values(counts=json.dumps(dict(one))))

        self._state.change(rewrite)

    def living_workers(self) -> int | None:
        """Return how many workers are alive on a shared state, None for a state that belongs to one home."""
        if not self._state.is_shared:
            return None
        with self._state.reading() as connection:
            return len(living(connection, set(connection.scalars(select(workers.c.number)))))

    @property
    def shared_work(self) -> SharedWork | None:
        """The work that runs share with other workers; None where the state is not shared."""
        return SharedWork(self._state, self._current_worker) if self._state.is_shared else None

    def close(self) -> None:
        """Close the ledger and release its claims."""
        if self._own_worker:
            self._own_worker.close()
        self._state.close()

    @property
    def _current_worker(self) -> Worker:
        """The worker of this process."""
        if self._worker is None:
            self._worker = self._own_worker = Worker(self._state)
        return self._worker

    def _dead_runs(self) -> set[str]:
        """Return the ids of runs whose process has died: `kill -9` leaves their status at running."""
        running = self._running()
        if not running:
            return set()
        if self._state.is_shared:
            with self._state.reading() as connection:
                alive = living(connection, set(running.values()))
            left = {run for run, worker in running.items() if worker not in alive} - self.own
        else:
            try:
                left = {run for run, process in running.items() if self._has_released_home(process)} - self.own
            except OSError:  # no permission to check
                return set()
        return left & self._running().keys()  # other processes ended before they released the lock

    def _has_released_home(self, process: int) -> bool:
        """Return whether a process no longer has its run: the system has released its lock of the home."""
        return process == os.getpid() or not is_writer(self._state.path.parent, process)

    def _running(self) -> dict[str, int]:
        """Return the workers of runs that the ledger has as running, by the ids of the runs."""
        question = select(runs.c.id, runs.c.worker).where(IS_RUNNING)
        return self._state.ask(lambda connection: dict(connection.execute(question).all()))

    def mark_killed(self, run_id: str, state: RunStatus = "interrupted", **known: object) -> None:
        """Mark a run as killed, and write the rows of documents that it had no time to write.

        Fields in `known` about its end are stored in its report.
        """

        def mark(connection: Connection) -> None:
            _record(connection, list(map(run_document, _documents_written(connection, run_id))), replace=False)
            found = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().one()
            rows = connection.scalars(select(run_documents.c.content).where(run_documents.c.run == run_id))
            counts = self._counts_of_killed(_run(found), list(map(RunDocument.model_validate_json, rows)))
            values = {"state": state, "counts": json.dumps(counts | known), "ended": now() if known else None}
            connection.execute(update(runs).where(runs.c.id == run_id).values(**values))
            forget_work(connection, run_id)

        self._state.change(mark)

    def _with_actual_status(self, found: Sequence[RunRecord]) -> list[RunRecord]:
        """Return runs, with dead ones as interrupted: only the next run may store that status."""
        left = self._dead_runs() if any(run.status == "running" for run in found) else set()
        return [self._interrupted(run) if run.id in left else run for run in found]

    def _interrupted(self, run: RunRecord) -> RunRecord:
        written = self._state.ask(lambda connection: _documents_written(connection, run.id))
        rows = {row.document: row for row in (*map(run_document, written), *self.run_documents(run.id))}
        counts = self._counts_of_killed(run, rows.values())
        known = {name: value for name, value in counts.items() if name in RunRecord.model_fields}
        return run.model_copy(update={**known, "status": "interrupted", "counts": counts})

    def _counts_of_killed(self, run: RunRecord, rows: Collection[RunDocument]) -> dict[str, Any]:
        """Return the counts of a killed run, with its duration by its heartbeat, or until its last document."""
        last = max((row.at for row in rows), default=run.started)
        beat: Any = None
        with suppress(OSError, ValueError):
            beat = json.loads(read_file(self._state.path.parent / HEARTBEAT))
        of_beat = beat.get("seconds") if isinstance(beat, dict) and beat.get("run") == run.id else None
        seconds = of_beat if isinstance(of_beat, float) else max(0.0, (last - run.started).total_seconds())
        return {**completed_counts(run.counts, rows), "seconds": seconds}

    def _records(self, question: Select[Any]) -> list[RunRecord]:
        return self._state.ask(lambda connection: list(map(_run, connection.execute(question).mappings())))

    def _end(self, run_id: str, state: RunStatus, counts: Mapping[str, Any]) -> None:
        def end(connection: Connection) -> None:
            started = connection.scalar(select(runs.c.started).where(runs.c.id == run_id))
            values = {"ended": max(now(), started or ""), "state": state, "counts": json.dumps(dict(counts))}
            connection.execute(update(runs).where(runs.c.id == run_id).values(**values))  # the clock may be set back
            forget_work(connection, run_id)

        self._state.change(end)


def _documents_written(connection: Connection, run_id: str, names: Collection[str] | None = None) -> list[LedgerRow]:
    """Return the documents, or those of some ids, that a run wrote last; a killed run may have recorded none."""
    question = select(documents).where(documents.c.run == run_id)
    question = question if names is None else question.where(among(documents.c.id, names))
    return list(map(entry_of, connection.execute(question).mappings()))


def _record(connection: Connection, rows: Iterable[RunDocument], *, replace: bool = True) -> None:
    """Insert rows; without `replace`, existing rows are kept."""
    values = {
        (row.run, row.document): {
            "run": row.run,
            "document": row.document,
            "source": row.source,
            "outcome": row.outcome,
            "at": row.at.astimezone(dt.UTC).isoformat(),
            "content": row.model_dump_json(),
        }
        for row in rows
    }
    put(connection, run_documents, list(values.values()), replace=replace)


def _run(row: RowMapping) -> RunRecord:
    names = ("id", "source", "flow", "started", "ended")
    counts = json.loads(row["counts"])
    return run_record({**{name: row[name] for name in names}, "status": row["state"], "counts": counts})
