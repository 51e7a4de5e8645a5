"""The part of a ledger that is about runs, the same for every place where a ledger may lie."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from pipelines.storage.run_records import RunDocument, RunOutcome, RunRecord, completed_counts


class RunStore(Protocol):
    """Where runs are stored; what each method does is said in `pipelines.storage.ledger.Ledger`."""

    def runs(self, most: int | None = None) -> list[RunRecord]:
        """See `Ledger.runs`."""

    def last(self) -> list[RunRecord]:
        """See `Ledger.last_runs`."""

    def find(self, run_id: str) -> RunRecord | None:
        """See `Ledger.find_run`."""

    def record(self, rows: Sequence[RunDocument]) -> None:
        """See `Ledger.record`."""

    def documents(self, run_id: str, outcome: RunOutcome | None) -> Iterator[RunDocument]:
        """See `Ledger.run_documents`."""

    def prune(self, before: dt.datetime) -> int:
        """See `Ledger.prune_runs`."""

    def rewrite_counts(self, counts: Mapping[str, Mapping[str, Any]]) -> None:
        """See `Ledger.rewrite_counts`."""

    def left_running(self) -> list[str]:
        """Return the ids of runs whose process is gone: kill -9 leaves them running."""

    def mark_interrupted(self, run_id: str, rows: Iterable[RunDocument]) -> None:
        """Mark a run that was killed, with the rows of documents that it had no time to write."""


class RunHistory(ABC):
    """Base of ledgers that keep runs in a store of their own."""

    _runs: RunStore

    def runs(self, most: int | None = None) -> list[RunRecord]:
        """Return the runs, or so many at most, latest first."""
        return self._as_they_are(self._runs.runs(most))

    def last_runs(self) -> list[RunRecord]:
        """Return of each source the last run in each state; see `Ledger.last_runs`."""
        return self._as_they_are(self._runs.last())

    def find_run(self, run_id: str) -> RunRecord | None:
        """Return a run, if there is one of this id."""
        found = self._runs.find(run_id)
        return self._as_they_are([found])[0] if found else None

    def record(self, rows: Sequence[RunDocument]) -> None:
        """Write what runs did with documents."""
        self._runs.record(rows)

    def run_documents(self, run_id: str, outcome: RunOutcome | None = None) -> Iterator[RunDocument]:
        """Yield what a run did with documents; see `Ledger.run_documents`."""
        return self._runs.documents(run_id, outcome)

    def prune_runs(self, before: dt.datetime) -> int:
        """Forget what runs did with documents before a time; see `Ledger.prune_runs`."""
        return self._runs.prune(before)

    def rewrite_counts(self, counts: Mapping[str, Mapping[str, Any]]) -> None:
        """Put counts in place of those that runs have, by the run's id."""
        self._runs.rewrite_counts(counts)

    @abstractmethod
    def _unwritten(self, run_id: str) -> Iterator[RunDocument]:
        """Yield rows of the documents that a run wrote last, of which it may have written none if it was killed."""

    def _mark_killed(self) -> None:
        """Mark the runs whose processes are gone."""
        for killed in self._runs.left_running():
            self._runs.mark_interrupted(killed, self._unwritten(killed))

    def _as_they_are(self, found: Sequence[RunRecord]) -> list[RunRecord]:
        """Return runs, those whose processes are gone as interrupted: only the next run may write that down."""
        left = self._runs.left_running() if any(run.status == "running" for run in found) else []
        return [self._interrupted(run) if run.id in left else run for run in found]

    def _interrupted(self, run: RunRecord) -> RunRecord:
        rows = {row.document: row for row in (*self._unwritten(run.id), *self.run_documents(run.id))}
        counts = completed_counts(run.counts, rows.values())
        known = {name: value for name, value in counts.items() if name in RunRecord.model_fields}
        return run.model_copy(update={**known, "status": "interrupted", "counts": counts})
