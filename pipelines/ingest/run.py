"""One run as a whole: its items in batches, what is left where it has to end early, and its report."""

import datetime as dt
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from configs.errors import UnavailableError
from configs.settings import Settings
from pipelines.ingest import pending
from pipelines.ingest.errors import BatchStoppedError
from pipelines.ingest.plan import Item
from pipelines.ingest.report import UNAVAILABLE, Counts, Failure, RunStoppedError
from pipelines.ingest.session import IngestSession
from pipelines.stages.versions import Stage
from pipelines.storage.errors import storage_errors

ProgressListener = Callable[[int, int, str], None]
"""Called with the documents done, all documents, and what is being worked on."""

BatchWorker = Callable[[IngestSession, Sequence[Item], str, Callable[[Item], None]], Counts]
"""Works on a batch: the session, its items, the run's id, and what to call after each item."""

_AGAIN = "run the same command again"

Planner = Callable[[Sequence[Item]], list[Item]]
"""Says what is left to do of items that other workers had."""


class Run:
    """One run of a writer: its id, its counts so far, and when it began (`time.monotonic`).

    The report of a run that comes to its end goes into `record` too.
    """

    def __init__(self, session: IngestSession, run_id: str, began: float, record: dict[str, Any]) -> None:
        self.session = session
        self.id = run_id
        self.counts = Counts()
        self._home = session.settings.home
        self._began = began
        self._record = record
        self._waiting: deque[Item] = deque()
        self._batch: list[Item] = []

    def begin(self, names: Sequence[str]) -> None:
        """Note that a run over these SOURCEs began, which has no list yet of what it is to do."""
        pending.begin(self._home, self.id, names)

    def work_through(
        self,
        items: Sequence[Item],
        *,
        plan_again: Planner,
        progress: ProgressListener,
        work: BatchWorker,
        start: Stage | None = None,
        gone: Sequence[str] = (),
        covers: Callable[[str], bool] | None = None,
    ) -> dict[str, Any]:
        """Work on the items in batches, then on duplicates whose owners are gone, sweep up, and return the report.

        `plan_again` says what is left to do of items that other workers had, `start` at which stage they begin where
        nothing changed. Documents that are `gone` are deleted. `covers` is that of `pipelines.ingest.pending.finish`.
        Raises `RunStoppedError` where the home or a service fails. What is left then, or by a kill, is noted.
        """
        session, items, orphaned, listed = self.session, list(items), set[str](), False
        self._waiting.extend(items)
        try:
            with storage_errors(self._home):
                to_do = {item.id for item in items if item.action != "unchanged"}
                pending.list_documents(self._home, self.id, to_do, start)
                listed = True
            if gone:
                self.counts.deleted = session.delete(gone, items)
            self._work_off(len(items), plan_again, progress, work)
            while orphans := session.plan_orphans(without=orphaned):
                orphaned |= {item.id for item in orphans}
                items += orphans
                self._waiting.extend(orphans)
                # one that another worker has is not planned again: the next look finds it ingested, or still an orphan
                self._work_off(len(items), lambda _: [], progress, work)
            deleted, kept = session.let_go()
        except UnavailableError as error:
            if isinstance(error, BatchStoppedError):
                self.counts.add([error.counts])
                self._batch = list(error.left)
            left = [*self._batch, *self._waiting, *session.deferred]
            raise self._stopped(error, items, left, listed=listed) from error
        self.counts.deleted += deleted
        self.counts.kept += kept
        pending.finish(self._home, self.id, {item.id for item in items}, covers=covers)
        if self.counts.indexed or self.counts.deleted:
            session.sweep()
        report = self._report()
        self._record.update(report)
        return report

    def _work_off(self, total: int, plan_again: Planner, progress: ProgressListener, work: BatchWorker) -> None:
        """Work on items until none waits, here or at other workers; `total` is how many there are by now."""
        session = self.session
        while self._waiting or session.deferred:
            size = min(len(self._waiting), session.settings.batch_documents)
            self._batch = [self._waiting.popleft() for _ in range(size)]
            if self._batch:
                self.counts.add([work(session, self._batch, self.id, self._reporter(progress, total))])
            else:
                self._waiting.extend(session.plan_again(plan_again))
        self._batch = []

    def _stopped(
        self, error: UnavailableError, items: Sequence[Item], left: Sequence[Item], *, listed: bool
    ) -> RunStoppedError:
        """Return the error of a run that ends before all items are committed; list what is left, and note it.

        `listed` says whether what the run was to do is noted already.
        """
        missing = [item for item in left if item.action != "unchanged"]
        self.counts.unchanged += len(left) - len(missing)
        for item in missing:
            why = "the run ended before this document was committed"
            self.counts.fail(Failure(item.source.uri, UNAVAILABLE, item.start, why))
        again = _AGAIN
        if listed:
            pending.reduce(self._home, self.id, {item.id for item in missing})
            again = f"{_AGAIN}, or with --only failed"
        message = f"{error.message}: {len(missing)} of {len(items)} documents were not ingested"
        remedy = error.remedy or "repair that"
        remedy = remedy.replace(_AGAIN, again) if _AGAIN in remedy else f"{remedy}; then {again}"
        return RunStoppedError(message, remedy, self._report())

    def _report(self) -> dict[str, Any]:
        return self.counts.as_json(self.id, time.monotonic() - self._began)

    def _reporter(self, progress: ProgressListener, total: int) -> Callable[[Item], None]:
        """Return what tells of each item of a batch how many of the run are done with it."""
        before, done = self.counts.found, 0

        def report(item: Item) -> None:
            nonlocal done
            done += 1
            progress(before + done, total, item.source.name)

        return report


@contextmanager
def recorded_run(settings: Settings, began: float, *, passwords: Sequence[str] = ()) -> Iterator[Run]:
    """Open the writer on a home for a run that the ledger knows of; raises as `IngestSession` does."""
    run_id = new_run_id()
    with (
        storage_errors(settings.home),
        IngestSession(settings, passwords=passwords) as session,
        session.ledger.run(run_id) as record,
    ):
        yield Run(session, run_id, began, record)


def new_run_id() -> str:
    """Return an id for a run that sorts by time."""
    return f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
