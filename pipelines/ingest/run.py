"""One run: plans items, processes them in batches from a queue, records what remains if it ends early, and reports."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from configs.system.errors import UnavailableError
from configs.system.log_fields import log_event
from pipelines.ingest import pending
from pipelines.ingest.deletion import NO_DELETION, Deletion
from pipelines.ingest.errors import BatchStoppedError
from pipelines.ingest.heartbeat import Heartbeat
from pipelines.ingest.last_runs import Lack, cause_of
from pipelines.ingest.plan import Item
from pipelines.ingest.planners import Planner
from pipelines.ingest.queue import WorkQueue
from pipelines.ingest.report import UNAVAILABLE, BatchResult, Counts, Failure, IngestReport, RunStoppedError
from pipelines.ingest.session import IngestSession
from pipelines.ingest.workers import SoleWorker
from pipelines.storage.errors import storage_errors

ProgressListener = Callable[[int, int, str], None]
"""Called with the documents done, all documents, and the current one."""

BatchRunner = Callable[[Sequence[Item], str, Callable[[Item], None]], BatchResult]
"""Processes a batch as `IngestSession.process` does: its items, the run's id, and a callback for each item."""

_AGAIN = "run the same command again"

_RECORDED_SECONDS = 1.0
"""Least interval between two writes of the counts: unchanged documents take milliseconds, like a disk write."""


class Outcome(NamedTuple):
    """The report of a run, its deletions, and the refused ones."""

    report: IngestReport
    deletion: Deletion


class Run:
    """One run on a home: its id, its queue, and its counts so far.

    `began` is its start (`time.monotonic`). The report of a run that completes is also stored in `record`.
    """

    def __init__(
        self,
        session: IngestSession,
        run_id: str,
        began: float,
        record: dict[str, Any],
        heartbeat: Heartbeat,
        *,
        run_batch: BatchRunner | None = None,
        progress: ProgressListener = lambda *_: None,
        call_helpers: Callable[[], None] = lambda: None,
    ) -> None:
        self.id = run_id
        self.session = session
        self.thread = threading.get_ident()
        self._home = session.settings.home
        self._began = began
        self._record = record
        self._heartbeat = heartbeat
        self._run_batch = run_batch or partial(session.process, shown=self.shown)
        self._progress = progress
        self._call_helpers = call_helpers
        self._queue = WorkQueue()
        self._counts = Counts()
        self._total = 0
        """How many items it has by now."""
        self._listed = False
        """Whether what it is to do is noted."""
        self._recorded = float("-inf")
        """When the counts so far were recorded last."""
        self._incomplete: str | None = None
        self._done = 0
        """How many items of the batch are done."""
        self._to_work = 0
        """How many items are to be worked on, where it is known what the run has to do; others take no time."""
        self._worked = 0
        self._work_began = 0.0

    @property
    def opens_at_once(self) -> int:
        """The number of documents after which listing pauses and processing begins."""
        return self.session.workers.batches_ahead * self.session.settings.batch_documents

    @property
    def batch(self) -> list[Item]:
        """The items that are being processed."""
        return self._queue.batch

    def done(self, item: Item) -> None:
        """Report that an item of the batch is done, and the progress of the run."""
        self._done += 1
        done, name = self._counts.found + self._done, item.source.name
        self._worked += item.action == "work"
        self._heartbeat.progress(done, self._total, name, self._seconds_left())
        self._progress(done, self._total, name)

    def shown(self, counts: Counts) -> None:
        """Report the documents of the batch that are visible to readers, and store the counts of the run."""
        self._record_progress(counts)

    def begin(self, names: Sequence[str]) -> None:
        """Record the start of a run over these SOURCEs, which has no list of its documents yet."""
        pending.begin(self._home, self.id, names)

    def execute(self, planner: Planner, *, sweep: bool = False) -> Outcome:
        """Process the plan, then ingest duplicates whose owners were deleted, and return the report.

        With `sweep`, blobs that no document refers to are deleted. Raises `RunStoppedError` if the home or a service
        fails. Pending documents are recorded then, and after a kill.
        """
        self._heartbeat.phase("planning")
        plan = self.session.plan(planner)
        items, deletion = list(plan.items), plan.deletion
        self._counts.kept = len(deletion.kept)
        self._counts.quarantined = plan.quarantined
        self._add_items(items)
        self._to_work = sum(item.action == "work" for item in items)
        log_event("run planned", found=len(items), to_delete=len(deletion.documents))
        with self._stopping():
            with storage_errors(self._home):
                to_do = {item.id for item in items if item.action != "unchanged"}
                pending.list_documents(self._home, self.id, to_do, planner.start)
                self._listed = True
            if deletion.documents:
                self._heartbeat.phase("deleting", total=self._total)
                self._counts.deleted += self.session.delete(deletion.documents, items, self.id)
            self._process_queue(planner, deletion)
            items += self._replace_owners()
        pending.finish(self._home, self.id, {item.id for item in items}, covers=planner.covers)
        return Outcome(self._end(sweep=sweep), deletion)

    def work(self, planner: Planner) -> list[Item]:
        """Process the plan of one of several planners of a run, and return its items; pending ones are not recorded.

        A run of several planners is ended by `complete`. Raises as `execute` does.
        """
        with self._stopping():
            plan = self.session.plan(planner)
            self._add_items(plan.items)
            self._process_queue(planner, plan.deletion)
        return plan.items

    def delete(self, documents: Sequence[str]) -> None:
        """Delete documents, by their ids; those whose bytes another source has are deleted by `complete`."""
        self._heartbeat.phase("deleting", total=self._total)
        with self._stopping():
            self._counts.deleted += self.session.delete(documents, (), self.id)

    def count(self, counts: Counts) -> None:
        """Add counts of items that need no processing; negative counts correct earlier ones."""
        self._counts.add([counts])
        self._total += counts.found

    def complete(self, lack: Lack | None = None) -> IngestReport:
        """Ingest duplicates whose owners were deleted, delete these, and return the report; raises as `execute` does.

        The run is incomplete if it has a `lack`.
        """
        with self._stopping():
            self._replace_owners()
        if lack:
            self._incomplete, self._heartbeat.ending = lack.detail, "incomplete"
            self._record.update(cause=lack.cause, reason=lack.said)
        return self._end()

    def stopped(self, error: UnavailableError) -> RunStoppedError:
        """Return the error of a run that ends early; its pending documents are listed and, if possible, recorded."""
        left = self._queue.remaining
        missing = [item for item in left if item.action != "unchanged"]
        self._counts.unchanged += len(left) - len(missing)
        for item in missing:
            why = "the run ended before this document was committed"
            self._counts.fail(Failure(source=item.source.uri, status=UNAVAILABLE, stage=item.start, error=why))
        again = _AGAIN
        if self._listed:
            pending.reduce(self._home, self.id, {item.id for item in missing})
            again = f"{_AGAIN}, or with --only failed"
        message = f"{error.message}: {len(missing)} of {self._total} documents were not ingested"
        remedy = error.remedy or "repair that"
        remedy = remedy.replace(_AGAIN, again) if _AGAIN in remedy else f"{remedy}; then {again}"
        return RunStoppedError(message, remedy, self._report(), may_pass=error.may_pass)

    def ended(self, error: UnavailableError) -> RunStoppedError:
        """Return the error of a run that did all it could, with its report."""
        remedy = error.remedy or "repair that; then run the same command again"
        return RunStoppedError(error.message, remedy, self._report(), may_pass=error.may_pass)

    def record_end(self, error: BaseException) -> None:
        """Store in the record of a run that an error ends the counts until then, and the reason."""
        report = error.report if isinstance(error, RunStoppedError) else self._report()
        cause, reason = cause_of(error)
        self._record.update(report.model_dump(mode="json") | {"cause": cause, "reason": reason})

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        """Turn an error of the home or of a service inside the block into the end of the run, with its report."""
        try:
            yield
        except RunStoppedError:
            raise
        except UnavailableError as error:
            if isinstance(error, BatchStoppedError):
                self._counts.add([error.counts])
                self._queue.complete(deferred=error.deferred, left=error.left)
            raise self.stopped(error) from error

    def _add_items(self, items: Sequence[Item]) -> None:
        self._queue.add(items)
        self._total += len(items)

    def _process_queue(self, planner: Planner | None, deletion: Deletion) -> None:
        """Process batches until the queue is empty.

        Items that other workers released are planned again by the planner. Orphans have no planner: the next list of
        orphans shows whether one still has to be ingested.
        """
        session, queue = self.session, self._queue
        self._work_began = self._work_began or time.monotonic()
        self._heartbeat.phase("working", total=self._total)
        workers = session.workers if planner else SoleWorker()
        for batch, result in workers.shared_batches(self.id, queue, self._heartbeat.phase, self._call_helpers):
            if result:
                self._count_foreign_batch(batch, result)
            else:
                self._process_taken(batch)
        while queue:
            self._heartbeat.phase("working", total=self._total)
            if batch := queue.take(session.settings.batch_documents):
                self._process_taken(batch)
            else:
                self._heartbeat.phase("waiting")
                released = queue.release(session.wait_for_others(queue.deferred))
                again = session.plan_again(planner, released, deletion) if planner else []
                queue.requeue(self._not_yet_done(again))

    def _process_taken(self, batch: Sequence[Item]) -> None:
        """Process the batch that was taken from the queue."""
        self._done = 0
        self._end_batch(self._run_batch(batch, self.id, self.done))

    def _end_batch(self, result: BatchResult) -> None:
        self._counts.add([result.counts])
        self._queue.complete(deferred=result.deferred)
        self._record_progress()

    def _count_foreign_batch(self, batch: Sequence[Item], result: BatchResult) -> None:
        """Add the counts of a batch that another worker processed."""
        self._done = 0
        for item in batch:
            if item.id not in result.deferred:
                self.done(item)
        self._end_batch(result)

    def _not_yet_done(self, items: Sequence[Item]) -> list[Item]:
        """Count documents that a worker processed for this run before it died; return the other items."""
        rows = {row.id: row for row in self.session.done_by_others(self.id, [item.id for item in items])}
        done = {
            item.id
            for item in items
            if item.id in rows and (item.action == "unchanged" or rows[item.id].outcome == "failed")
        }
        for name in done:
            self._counts.count(rows[name])
        return [item for item in items if item.id not in done]

    def _seconds_left(self) -> float | None:
        """Return the estimated remaining seconds, from the average duration of the documents so far."""
        if not self._worked or self._worked > self._to_work:
            return None
        each = (time.monotonic() - self._work_began) / self._worked
        return round(each * (self._to_work - self._worked), 1)

    def _replace_owners(self) -> list[Item]:
        """Ingest duplicates whose owners are missing, then delete these; return what was ingested."""
        replaced: list[Item] = []
        while True:
            orphans, changes = self.session.follow_run(self.id)
            if not orphans:
                break
            replaced += orphans
            self._add_items(orphans)
            self._process_queue(None, NO_DELETION)
        self._counts.deleted += changes.deleted
        self._counts.kept += changes.kept
        return replaced

    def _end(self, *, sweep: bool = False) -> IngestReport:
        if sweep:
            self.session.sweep()
        self.session.prune_history()
        report = self._report()
        self._record.update(report.model_dump(mode="json"))
        log_event("run ended", **report.model_dump(mode="json", exclude={"run", "failures"}))
        return report

    def _record_progress(self, *batch: Counts) -> None:
        """Store the counts so far, also for the case of a kill, at a limited rate."""
        if time.monotonic() - self._recorded >= _RECORDED_SECONDS:
            counts = Counts()
            counts.add([self._counts, *batch])
            progress = self._report(counts).model_dump(mode="json", exclude={"failures"})
            self.session.ledger.rewrite_counts({self.id: progress})
            self._recorded = time.monotonic()

    def _report(self, counts: Counts | None = None) -> IngestReport:
        report = (counts or self._counts).report(self.id, time.monotonic() - self._began)
        return report.model_copy(update={"incomplete": self._incomplete})
