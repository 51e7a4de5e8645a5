"""The part of the ledger that is about runs."""

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
"""Rows that are fetched at a time."""


class RunHistory:
    """The runs of a home, or of the homes that share a database. Every method raises as `State` does."""

    own: ClassVar[set[str]] = set()
    """The runs that this process has open."""

    def __init__(self, state: State, worker: Worker | None = None) -> None:
        """Take the worker whose work this records; without one it becomes one itself where it has to be."""
        self._state = state
        self._worker = worker
        self._own_worker: Worker | None = None

    @contextmanager
    def run(self, run_id: str, *, source: str | None = None, flow: str = "ingest") -> Iterator[dict[str, Any]]:
        """Record a run: the counts that it gives are stored when it ends, and its state whichever way it ends.

        `source` is the name of a configured source or the SOURCEs of a command, `flow` the kind of run. Runs whose
        processes are gone are marked before. One whose counts say why it is `incomplete` is so.
        """
        for killed in self._left_running():
            self.mark_killed(killed)
        counts: dict[str, Any] = {}
        row = {"id": run_id, "source": source or "", "flow": flow, "started": now(), "ended": None}
        worker = self._at_work.number if self._state.is_shared else os.getpid()
        with self._state.changing(copied=False) as connection:
            number = next_number(connection, "runs")
            put(connection, runs, [{**row, "number": number, "worker": worker, "state": "running", "counts": "{}"}])
        self.own.add(run_id)
        try:
            yield counts
        except BaseException as error:
            with suppress(UnavailableError):  # a full disk, a server that is away: the next run marks it
                self._end(run_id, state_after(error), counts)
            raise
        else:
            self._end(run_id, "incomplete" if counts.get("incomplete") else "done", counts)
        finally:
            self.own.discard(run_id)

    def runs(self, most: int | None = None) -> list[RunRecord]:
        """Return the runs, or so many at most, latest first."""
        return self._as_they_are(self._records(select(runs).order_by(runs.c.number.desc()).limit(most)))

    def last_runs(self) -> list[RunRecord]:
        """Return of each source, or SOURCEs of a command, the last run in each state, latest first."""
        last = select(func.max(runs.c.number)).group_by(runs.c.source, runs.c.state)
        question = select(runs).where(runs.c.number.in_(last)).order_by(runs.c.number.desc())
        return self._as_they_are(self._records(question))

    def find_run(self, run_id: str) -> RunRecord | None:
        """Return a run, if there is one of this id."""
        return next(iter(self._as_they_are(self._records(select(runs).where(runs.c.id == run_id)))), None)

    def record(self, rows: Sequence[RunDocument]) -> None:
        """Write what runs did with documents, all at once, in place of rows of the same run and document."""
        if rows:
            self._state.change(lambda connection: _record(connection, rows))

    def run_documents(self, run_id: str, outcome: RunOutcome | None = None) -> Iterator[RunDocument]:
        """Yield what a run did with documents, in the order of their sources, or those of one outcome."""
        question = select(run_documents.c.content).where(run_documents.c.run == run_id)
        if outcome:
            question = question.where(run_documents.c.outcome == outcome)
        ordered = question.order_by(run_documents.c.source, run_documents.c.document)
        with self._state.reading() as connection:
            for (content,) in connection.execution_options(yield_per=_AT_ONCE).execute(ordered):
                yield RunDocument.model_validate_json(content)

    def prune_runs(self, before: dt.datetime) -> int:
        """Forget what runs did with documents before a time; the runs themselves stay. Return how many rows went."""
        old = delete(run_documents).where(run_documents.c.at < before.astimezone(dt.UTC).isoformat())
        return self._state.change(lambda connection: connection.execute(old).rowcount)

    def done_for(self, run_id: str, document_ids: Collection[str]) -> list[LedgerRow]:
        """Return which of the documents are as this run left them, by a worker that died over them since.

        What that had no time to record of them is recorded.
        """

        def ask(connection: Connection) -> list[LedgerRow]:
            rows = _written(connection, run_id, document_ids)
            _record(connection, list(map(run_document, rows)), replace=False)
            return rows

        return self._state.change(ask)

    def rewrite_counts(self, counts: Mapping[str, Mapping[str, Any]]) -> None:
        """Put counts in place of those that runs have, by the run's id."""

        def rewrite(connection: Connection) -> None:
            for run, one in counts.items():
                connection.execute(update(runs).where(runs.c.id == run).values(counts=json.dumps(dict(one))))

        self._state.change(rewrite)

    def living_workers(self) -> int | None:
        """Return how many workers are alive on a state that several homes share, None of one that a home has alone."""
        if not self._state.is_shared:
            return None
        with self._state.reading() as connection:
            return len(living(connection, set(connection.scalars(select(workers.c.number)))))

    @property
    def shared_work(self) -> SharedWork | None:
        """What runs give to other workers; None where a home has its state for itself."""
        return SharedWork(self._state, self._at_work) if self._state.is_shared else None

    def close(self) -> None:
        """Close it and release what it has claimed."""
        if self._own_worker:
            self._own_worker.close()
        self._state.close()

    @property
    def _at_work(self) -> Worker:
        """The worker that this is."""
        if self._worker is None:
            self._worker = self._own_worker = Worker(self._state)
        return self._worker

    def _left_running(self) -> set[str]:
        """Return the ids of runs whose process is gone: kill -9 leaves them running."""
        running = self._running()
        if not running:
            return set()
        if self._state.is_shared:
            with self._state.reading() as connection:
                alive = living(connection, set(running.values()))
            left = {run for run, worker in running.items() if worker not in alive} - self.own
        else:
            try:
                left = {run for run, process in running.items() if self._is_gone(process)} - self.own
            except OSError:  # no rights to look
                return set()
        return left & self._running().keys()  # others ended before they gave up the lock

    def _is_gone(self, process: int) -> bool:
        """Return whether a process that had a run has it no more: the system gave up its lock of the home."""
        return process == os.getpid() or not is_writer(self._state.path.parent, process)

    def _running(self) -> dict[str, int]:
        """Return the workers of runs that have not ended as far as the ledger knows, by the ids of the runs."""
        question = select(runs.c.id, runs.c.worker).where(IS_RUNNING)
        return self._state.ask(lambda connection: dict(connection.execute(question).all()))

    def mark_killed(self, run_id: str, state: RunStatus = "interrupted", **known: object) -> None:
        """Mark a run that was killed, with the rows of documents that it had no time to write.

        What is `known` of its end is in its report.
        """

        def mark(connection: Connection) -> None:
            _record(connection, list(map(run_document, _written(connection, run_id))), replace=False)
            found = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().one()
            rows = connection.scalars(select(run_documents.c.content).where(run_documents.c.run == run_id))
            counts = self._counts_of_killed(_run(found), list(map(RunDocument.model_validate_json, rows)))
            values = {"state": state, "counts": json.dumps(counts | known), "ended": now() if known else None}
            connection.execute(update(runs).where(runs.c.id == run_id).values(**values))
            forget_work(connection, run_id)

        self._state.change(mark)

    def _as_they_are(self, found: Sequence[RunRecord]) -> list[RunRecord]:
        """Return runs, those whose processes are gone as interrupted: only the next run may write that down."""
        left = self._left_running() if any(run.status == "running" for run in found) else set()
        return [self._interrupted(run) if run.id in left else run for run in found]

    def _interrupted(self, run: RunRecord) -> RunRecord:
        written = self._state.ask(lambda connection: _written(connection, run.id))
        rows = {row.document: row for row in (*map(run_document, written), *self.run_documents(run.id))}
        counts = self._counts_of_killed(run, rows.values())
        known = {name: value for name, value in counts.items() if name in RunRecord.model_fields}
        return run.model_copy(update={**known, "status": "interrupted", "counts": counts})

    def _counts_of_killed(self, run: RunRecord, rows: Collection[RunDocument]) -> dict[str, Any]:
        """Return its counts, with the seconds that it worked: by its heartbeat, or until its last document."""
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


def _written(connection: Connection, run_id: str, names: Collection[str] | None = None) -> list[LedgerRow]:
    """Return the documents that a run wrote last, or which of some; it may have recorded none if it was killed."""
    question = select(documents).where(documents.c.run == run_id)
    question = question if names is None else question.where(among(documents.c.id, names))
    return list(map(entry_of, connection.execute(question).mappings()))


def _record(connection: Connection, rows: Iterable[RunDocument], *, replace: bool = True) -> None:
    """Write rows, without `replace` where there are none."""
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
