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
from index.embedded.failures import storage_errors
from pipelines.ingestion.faults import BatchStoppedError
from pipelines.ingestion.writer import Ingestion
from pipelines.plan import Item
from pipelines.report import UNAVAILABLE, Counts, Failure, RunStoppedError
from pipelines.unfinished import note

ProgressListener = Callable[[int, int, str], None]
"""Called with the documents done, all documents, and what is being worked on."""

BatchWorker = Callable[[Ingestion, Sequence[Item], str, Callable[[Item], None]], Counts]
"""Works on a batch: the ingestion, its items, the run's id, and what to call after each item."""

Planner = Callable[[Sequence[Item]], list[Item]]
"""Says what is left to do of items that other workers had."""


class Run:
    """One run of a writer: its id, its counts so far, and when it began (`time.monotonic`).

    The report of a run that comes to its end goes into `record` too.
    """

    def __init__(self, ingestion: Ingestion, run_id: str, began: float, record: dict[str, Any]) -> None:
        self.ingestion = ingestion
        self.id = run_id
        self.counts = Counts()
        self._began = began
        self._record = record
        self._waiting: deque[Item] = deque()
        self._batch: list[Item] = []

    def work_through(
        self, items: Sequence[Item], *, plan_again: Planner, progress: ProgressListener, work: BatchWorker
    ) -> dict[str, Any]:
        """Work on the items in batches, then on duplicates whose owners are gone, sweep up, and return the report.

        `plan_again` says what is left to do of items that other workers had. Raises `RunStoppedError` where the home
        or a service fails; what is left then is noted for the next run.
        """
        ingestion, items, orphaned = self.ingestion, list(items), set[str]()
        try:
            self._work_off(items, len(items), plan_again, progress, work)
            while orphans := ingestion.plan_orphans(without=orphaned):
                orphaned |= {item.id for item in orphans}
                items += orphans
                # one that another worker has is not planned again: the next look finds it taken in, or still an orphan
                self._work_off(orphans, len(items), lambda _: [], progress, work)
            deleted, kept = ingestion.let_go()
        except UnavailableError as error:
            if isinstance(error, BatchStoppedError):
                self.counts.add([error.counts])
                self._batch = list(error.left)
            raise self._stopped(error, items, [*self._batch, *self._waiting, *ingestion.set_aside]) from error
        self.counts.deleted += deleted
        self.counts.kept += kept
        note(ingestion.settings.home, of=[item.id for item in items], left=())
        if self.counts.indexed or self.counts.deleted:
            ingestion.sweep()
        report = self._report()
        self._record.update(report)
        return report

    def _work_off(
        self, items: Sequence[Item], total: int, plan_again: Planner, progress: ProgressListener, work: BatchWorker
    ) -> None:
        """Work on items until none waits, here or at other workers; `total` is how many there are by now."""
        ingestion = self.ingestion
        self._waiting.extend(items)
        while self._waiting or ingestion.set_aside:
            size = min(len(self._waiting), ingestion.settings.batch_documents)
            self._batch = [self._waiting.popleft() for _ in range(size)]
            if self._batch:
                self.counts.add([work(ingestion, self._batch, self.id, self._reporter(progress, total))])
            else:
                self._waiting.extend(ingestion.plan_again(plan_again))
        self._batch = []

    def _stopped(self, error: UnavailableError, items: Sequence[Item], left: Sequence[Item]) -> RunStoppedError:
        """Return the error of a run that ends before all items are taken in; list what is left, and note it."""
        missing = [item for item in left if item.action != "unchanged"]
        self.counts.unchanged += len(left) - len(missing)
        for item in missing:
            why = "the run ended before this document was sure to be taken in"
            self.counts.fail(Failure(item.source.uri, UNAVAILABLE, item.start, why))
        home = self.ingestion.settings.home
        noted = note(home, of=[item.id for item in items], left=[item.id for item in missing])
        message = f"{error.message}: {len(missing)} of {len(items)} documents are not taken in"
        again = "then run the same command again" + (", or with --only failed" if noted else "")
        return RunStoppedError(message, f"{error.remedy or 'mend that'}; {again}", self._report())

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
    """Open the writer on a home for a run that the ledger knows of; raises as `Ingestion` does."""
    run_id = new_run_id()
    with (
        storage_errors(settings.home),
        Ingestion(settings, passwords=passwords) as ingestion,
        ingestion.ledger.run(run_id) as record,
    ):
        yield Run(ingestion, run_id, began, record)


def new_run_id() -> str:
    """Return an id for a run that sorts by time."""
    return f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
