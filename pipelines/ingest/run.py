"""One run as a whole: what it has to do, in batches from a queue, what is left where it ends early, and its report."""

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from configs.errors import UnavailableError
from configs.log_fields import log_event, log_fields
from configs.settings import Settings
from extractors import isolation
from pipelines.ingest import pending
from pipelines.ingest.deletion import NOTHING, Deletion
from pipelines.ingest.errors import BatchStoppedError
from pipelines.ingest.heartbeat import Heartbeat
from pipelines.ingest.plan import Item
from pipelines.ingest.planners import Planner
from pipelines.ingest.queue import WorkQueue
from pipelines.ingest.report import UNAVAILABLE, Counts, Failure, IngestReport, RunStoppedError
from pipelines.ingest.session import BatchResult, IngestSession
from pipelines.storage.errors import storage_errors

ProgressListener = Callable[[int, int, str], None]
"""Called with the documents done, all documents, and what is being worked on."""

BatchRunner = Callable[[Sequence[Item], str, Callable[[Item], None]], BatchResult]
"""Works on a batch as `IngestSession.process` does: its items, the run's id, and what to call after each item."""

_RUN_TIME = "%Y%m%dT%H%M%S"
_MOST_SET_BACK = dt.timedelta(days=1)

_AGAIN = "run the same command again"

_open: dict[str, "Run"] = {}
"""The runs of this process that have not ended, by their ids: tasks of an orchestrator find theirs again."""


class Outcome(NamedTuple):
    """The report of a run, and what it deleted or would not delete."""

    report: IngestReport
    deletion: Deletion


class Run:
    """One run on a home: its id, its queue, and its counts so far.

    `began` is when it did so (`time.monotonic`). The report of a run that comes to its end goes into `record` too.
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
    ) -> None:
        self.id = run_id
        self.session = session
        self.thread = threading.get_ident()
        self._home = session.settings.home
        self._began = began
        self._record = record
        self._heartbeat = heartbeat
        self._run_batch = run_batch or session.process
        self._progress = progress
        self._queue = WorkQueue()
        self._counts = Counts()

    @property
    def batch(self) -> list[Item]:
        """The items that are being worked on."""
        return self._queue.batch

    def begin(self, names: Sequence[str]) -> None:
        """Note that a run over these SOURCEs began, which has no list yet of what it is to do."""
        pending.begin(self._home, self.id, names)

    def execute(self, planner: Planner, *, sweep: bool = False) -> Outcome:
        """Do what the planner says, then ingest duplicates whose owners are gone, and return what came of it.

        Blobs that no document refers to are deleted where anything changed, or with `sweep`. Raises `RunStoppedError`
        where the home or a service fails. What is left then, or by a kill, is noted.
        """
        session, counts = self.session, self._counts
        self._heartbeat.phase("planning")
        plan = session.plan(planner)
        items, deletion, listed = list(plan.items), plan.deletion, False
        counts.kept = len(deletion.kept)
        self._queue.add(items)
        log_event("run planned", found=len(items), to_delete=len(deletion.documents))
        try:
            with storage_errors(self._home):
                to_do = {item.id for item in items if item.action != "unchanged"}
                pending.list_documents(self._home, self.id, to_do, planner.start)
                listed = True
            if deletion.documents:
                self._heartbeat.phase("deleting", total=len(items))
                counts.deleted = session.delete(deletion.documents, items)
            self._work_off(len(items), planner, deletion)
            orphaned: set[str] = set()
            while orphans := session.plan_orphans(without=orphaned):
                orphaned |= {item.id for item in orphans}
                items += orphans
                self._queue.add(orphans)
                self._work_off(len(items), None, NOTHING)
            deleted, kept = session.delete_replaced()
        except UnavailableError as error:
            if isinstance(error, BatchStoppedError):
                counts.add([error.counts])
                self._queue.complete(deferred=error.deferred, left=error.left)
            raise self._stopped(error, len(items), listed=listed) from error
        counts.deleted += deleted
        counts.kept += kept
        pending.finish(self._home, self.id, {item.id for item in items}, covers=planner.covers)
        if sweep or counts.indexed or counts.deleted:
            session.sweep()
        report = self._report()
        self._record.update(report.model_dump(mode="json"))
        log_event("run ended", **report.model_dump(mode="json", exclude={"run", "failures"}))
        return Outcome(report, deletion)

    def _work_off(self, total: int, planner: Planner | None, deletion: Deletion) -> None:
        """Work until the queue is empty; `total` is how many items the run has by now.

        What other workers had is planned again by the planner. Orphans have none: of one that another worker had, the
        next list of orphans shows whether it is still one.
        """
        session, queue = self.session, self._queue
        while queue:
            self._heartbeat.phase("working", total=total)
            if batch := queue.take(session.settings.batch_documents):
                result = self._run_batch(batch, self.id, self._reporter(total))
                self._counts.add([result.counts])
                queue.complete(deferred=result.deferred)
            else:
                self._heartbeat.phase("waiting")
                released = queue.release(session.wait_for_others(queue.deferred))
                queue.requeue(session.plan_again(planner, released, deletion) if planner else [])

    def _stopped(self, error: UnavailableError, total: int, *, listed: bool) -> RunStoppedError:
        """Return the error of a run that ends before all its items are committed; list what is left, and note it.

        `total` is how many items it has, `listed` says whether what the run was to do is noted already.
        """
        left = self._queue.remaining
        missing = [item for item in left if item.action != "unchanged"]
        self._counts.unchanged += len(left) - len(missing)
        for item in missing:
            why = "the run ended before this document was committed"
            self._counts.fail(Failure(source=item.source.uri, status=UNAVAILABLE, stage=item.start, error=why))
        again = _AGAIN
        if listed:
            pending.reduce(self._home, self.id, {item.id for item in missing})
            again = f"{_AGAIN}, or with --only failed"
        message = f"{error.message}: {len(missing)} of {total} documents were not ingested"
        remedy = error.remedy or "repair that"
        remedy = remedy.replace(_AGAIN, again) if _AGAIN in remedy else f"{remedy}; then {again}"
        return RunStoppedError(message, remedy, self._report())

    def _report(self) -> IngestReport:
        return self._counts.report(self.id, time.monotonic() - self._began)

    def _reporter(self, total: int) -> Callable[[Item], None]:
        """Return what tells of each item of a batch how many of the run are done with it."""
        before, done = self._counts.found, 0

        def report(item: Item) -> None:
            nonlocal done
            done += 1
            self._heartbeat.progress(before + done, total, item.source.name)
            self._progress(before + done, total, item.source.name)

        return report


@contextmanager
def recorded_run(
    settings: Settings,
    *,
    began: float | None = None,
    passwords: Sequence[str] = (),
    run_batch: BatchRunner | None = None,
    progress: ProgressListener = lambda *_: None,
) -> Iterator[Run]:
    """Open a session on a home for a run that the ledger knows of; raises as `IngestSession` does.

    `run_batch` works on the batches in place of the session.
    """
    began = time.monotonic() if began is None else began
    run_id = ""
    try:
        with (
            Heartbeat(settings.home) as heartbeat,
            storage_errors(settings.home),
            IngestSession(settings, passwords=passwords) as session,
        ):
            run_id = new_run_id(after=next((record.id for record in session.ledger.runs()), None))
            with log_fields(run=run_id), session.ledger.run(run_id) as record:
                heartbeat.begin(run_id)
                run = Run(session, run_id, began, record, heartbeat, run_batch=run_batch, progress=progress)
                _open[run_id] = run
                yield run
                heartbeat.phase("closing")
    finally:
        _open.pop(run_id, None)
        isolation.shutdown()


def open_run(run_id: str) -> Run | None:
    """Return a run that is open in this thread, which alone may use its session; None where there is none."""
    run = _open.get(run_id)
    return run if run and run.thread == threading.get_ident() else None


def new_run_id(*, after: str | None = None) -> str:
    """Return an id for a run that sorts by time, also `after` the id of the run before where the clock was set back.

    Where that run lies more than a day ahead its clock was wrong, and nothing is to come after it.
    """
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    with suppress(ValueError):  # of an id that something else made
        before = dt.datetime.strptime((after or "").partition("-")[0], _RUN_TIME).replace(tzinfo=dt.UTC)
        if now <= before < now + _MOST_SET_BACK:
            now = before + dt.timedelta(seconds=1)
    return f"{now:{_RUN_TIME}}-{uuid.uuid4().hex[:6]}"
