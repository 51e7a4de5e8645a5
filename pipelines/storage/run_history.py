"""The part of a ledger that is about runs, the same for every place where a ledger may lie."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from pipelines.storage.run_records import RunDocument, RunOutcome, RunRecord


class RunStore(Protocol):
    """Where runs are stored; what each method does is said in `pipelines.storage.ledger.Ledger`."""

    def runs(self, most: int | None = None) -> list[RunRecord]:
        """See `Ledger.runs`."""

    def find(self, run_id: str) -> RunRecord | None:
        """See `Ledger.find_run`."""

    def record(self, rows: Sequence[RunDocument]) -> None:
        """See `Ledger.record`."""

    def documents(self, run_id: str, outcome: RunOutcome | None) -> Iterator[RunDocument]:
        """See `Ledger.run_documents`."""

    def prune(self, before: dt.datetime) -> int:
        """See `Ledger.prune_runs`."""

    def forget(self, document_ids: Collection[str]) -> None:
        """See `Ledger.forget_documents`."""

    def rewrite_counts(self, counts: Mapping[str, Mapping[str, Any]]) -> None:
        """See `Ledger.rewrite_counts`."""


class RunHistory:
    """Base of ledgers that keep runs in a store of their own."""

    _runs: RunStore

    def runs(self, most: int | None = None) -> list[RunRecord]:
        """Return the runs, or so many at most, latest first."""
        return self._runs.runs(most)

    def find_run(self, run_id: str) -> RunRecord | None:
        """Return a run, if there is one of this id."""
        return self._runs.find(run_id)

    def record(self, rows: Sequence[RunDocument]) -> None:
        """Write what runs did with documents."""
        self._runs.record(rows)

    def run_documents(self, run_id: str, outcome: RunOutcome | None = None) -> Iterator[RunDocument]:
        """Yield what a run did with documents; see `Ledger.run_documents`."""
        return self._runs.documents(run_id, outcome)

    def prune_runs(self, before: dt.datetime) -> int:
        """Forget what runs did with documents before a time; see `Ledger.prune_runs`."""
        return self._runs.prune(before)

    def forget_documents(self, document_ids: Collection[str]) -> None:
        """Forget what runs did with these documents."""
        self._runs.forget(document_ids)

    def rewrite_counts(self, counts: Mapping[str, Mapping[str, Any]]) -> None:
        """Put counts in place of those that runs have, by the run's id."""
        self._runs.rewrite_counts(counts)
