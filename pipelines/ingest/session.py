"""The session of a writer on one home: opened once for a run, it plans, processes batches of documents, and deletes."""

import datetime as dt
import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from typing import Self

from threadpoolctl import threadpool_limits

from configs.settings import Settings
from configs.system.errors import CustomsLensError, UnavailableError
from configs.system.folders import make_home
from configs.system.progress import step_done
from pipelines.ingest.commit import Committer
from pipelines.ingest.deletion import Deletion
from pipelines.ingest.duplicates import OrphanPlanner
from pipelines.ingest.errors import BatchStoppedError, ClaimedElsewhereError
from pipelines.ingest.follow.followers import followers
from pipelines.ingest.follow.protocol import Changes
from pipelines.ingest.follow.succession import Succession
from pipelines.ingest.pending import pending
from pipelines.ingest.plan import HomeState, Item
from pipelines.ingest.planners import Plan, Planner
from pipelines.ingest.prefetch import SourceReader
from pipelines.ingest.report import BatchResult, Counts
from pipelines.ingest.workers import SoleWorker, workers_of
from pipelines.ingest.writer import DocumentWriter
from pipelines.stages import components
from pipelines.storage.entries import LedgerRow
from pipelines.storage.errors import storage_errors
from pipelines.storage.opening import open_storage

_log = logging.getLogger(__name__)

_BLAS_THREADS = 1
"""Threads of numpy's products: more would spin while waiting and slow down reading and encoding."""
SHOW_SECONDS = 20.0
"""Interval of flushes, which make documents visible to readers: a flush takes about a tenth of a second."""


class IngestSession:
    """The writer of one home: plans, processes batches of documents, and deletes.

    Raises `UnavailableError` where the home cannot be written and `MismatchError` for an index of another version or
    encoder. Use it as a context manager; one process at a time may hold it on a home. With an index in a cluster,
    sessions of other homes may run concurrently.
    """

    def __init__(self, settings: Settings, *, passwords: Sequence[str] = (), workers: SoleWorker | None = None) -> None:
        """Open the home; `workers` are those of `workers_of`, except in a session that helps others."""
        self.settings = settings
        self.components = components.PipelineComponents(settings)
        self.workers = workers or workers_of(settings, passwords)
        storage = open_storage(settings)
        self._blobs = storage.blobs()
        with storage_errors(settings.home), ExitStack() as undo:
            make_home(settings.home)
            undo.enter_context(storage.claim(alone=self.workers.holds_home))
            undo.enter_context(threadpool_limits(_BLAS_THREADS, user_api="blas"))
            self._engine = storage.open_engine(self.components.identity, write=True)
            undo.callback(self._engine.close)
            self.ledger = storage.open_ledger(write=True)
            undo.callback(self.ledger.close)
            judgements = storage.open_judgements(write=True)
            undo.callback(judgements.close)
            workspace = undo.enter_context(self.workers.workspace(settings.home))
            stored = self.workers.reads_stored
            self._reader = SourceReader(settings, self._blobs, passwords, workspace=workspace, stored=stored)
            self.workers.begin(self.ledger, self._reader, self.components.versions)
            self._writer = DocumentWriter(self._engine, self.ledger)
            self._succession = Succession(self._writer, settings.batch_documents)
            self._orphans = OrphanPlanner(settings, self._blobs, passwords)
            self._followers = followers(self._succession, self._writer, judgements)
            self._committer = Committer(self.components, self._writer, self._blobs, self._followers)
            self._flush()  # pending work of a killed writer, or concurrent changes
            self._closing = undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        try:
            self.close()
        except UnavailableError as again:
            if not isinstance(error, UnavailableError):
                raise
            _log.debug("the home or a service is still not there: %s", again)

    def close(self) -> None:
        """Make everything searchable and release the home."""
        with storage_errors(self.settings.home):
            self._closing.close()

    @property
    def state(self) -> HomeState:
        """The current state of the home, as far as plans depend on it."""
        return HomeState(
            self.ledger,
            self.components.versions,
            self._writer.held,
            look_again=self._writer.look_again,
            has_blob=self._blobs.has,
            pending=partial(pending, self.settings.home),
            quarantine_after=self.settings.quarantine_after,
        )

    def plan(self, planner: Planner) -> Plan:
        """Return the plan of a run."""
        plan = planner.plan(self.state, self._engine)
        return replace(plan, items=self.workers.with_revisions(plan.items))

    def plan_again(self, planner: Planner, items: Sequence[Item], deletion: Deletion) -> list[Item]:
        """Return the remaining work of items that other workers had, and possibly of others."""
        return self.workers.with_revisions(planner.plan_again(self.state, items, deletion))

    def wait_for_others(self, deferred: Sequence[Item]) -> set[str]:
        """Wait until other workers have released some of these items; return the ids of those still claimed."""
        claimed = self.workers.wait(deferred)
        self._writer.look_again(())
        return claimed

    def delete(self, documents: Sequence[str], planned: Sequence[Item], run: str | None = None) -> int:
        """Delete documents from the index and the ledger, by their ids; return how many were deleted.

        Documents whose bytes another source has are kept until `follow_run`. Deletions of a `run` are in its history. A
        file that was never ingested was no document: its row is deleted without a record.
        """
        with storage_errors(self.settings.home):
            kept = set(self._succession.keep_for_now(documents, planned))
            going = [identifier for identifier in documents if identifier not in kept]
            rows = self.ledger.known(going)
            never = {name for name, row in rows.items() if row.outcome == "failed" and not row.blobs}
            for identifier in going:
                step_done()
                source = rows[identifier].source if identifier in rows else None
                self._writer.delete(identifier, None if identifier in never else run, source)
            self.ledger.remove(going)
            self._flush()
        return len(going) - len(never)

    def done_by_others(self, run: str, documents: Collection[str]) -> list[LedgerRow]:
        """Return the rows of documents that a worker processed for a run before it died, and run their followers."""
        with storage_errors(self.settings.home):
            rows = self.workers.done_for(run, documents)
            for row in rows:
                self._writer.changes.add(row, rekeyed=True)
            if rows:
                self._flush()
        return rows

    def follow_run(self, run: str) -> tuple[list[Item], Changes]:
        """Run the followers at the end of a run, which continues as long as this returns orphans to ingest."""
        changes = self._writer.changes
        changes.ended = run
        with storage_errors(self.settings.home):
            self._flush()
            self.ledger.known([entry.id for entry in changes.orphans])  # so that they can be claimed
            items = self._orphans.plan(changes.orphans, self.state, gone=self._succession.waiting)
            return self.workers.with_revisions(items), changes

    def process(
        self,
        items: Sequence[Item],
        run: str,
        done: Callable[[Item], None] = lambda _: None,
        shown: Callable[[Counts], None] = lambda _: None,
    ) -> BatchResult:
        """Process the items of a batch; each document is committed on its own, and `done` is called after it.

        Documents become visible to readers at the end of the batch, and whenever `SHOW_SECONDS` have passed: then
        `shown` is called with the counts of the batch so far. A failed document is counted and listed and never ends
        the batch; a home that cannot be written, or an unavailable cluster, ends it with `BatchStoppedError`.
        """
        seen, counts = Counts(), Counts()  # the visible documents, and those committed since
        settled: set[str] = set()
        worked: set[str] = set()
        deferred: set[str] = set()
        due = time.monotonic() + SHOW_SECONDS
        try:
            with (
                storage_errors(self.settings.home),
                closing(self._reader.ahead(self._claim_items(items, deferred))) as readings,
            ):
                for item, reading in readings:
                    try:
                        self._committer.commit(item, reading, run, counts)
                    except ClaimedElsewhereError:
                        deferred.add(item.id)
                        continue
                    worked.add(item.id)
                    if time.monotonic() >= due:
                        self._writer.flush()
                        seen.add([counts])
                        settled |= worked
                        counts, worked = Counts(), set()
                        shown(seen)
                        due = time.monotonic() + SHOW_SECONDS
                    done(item)
                self._flush()
        except UnavailableError as error:
            if not self._try_flush() and self.workers.puts_in_bulk:
                worked, counts = set(), Counts()  # documents are sent in bulk; otherwise each is committed
            seen.add([counts])
            left = [item.id for item in items if item.id not in settled | worked | deferred]
            raise BatchStoppedError(
                error.message, error.remedy, counts=seen, deferred=deferred, left=left, may_pass=error.may_pass
            ) from error
        seen.add([counts])
        return BatchResult(seen, frozenset(deferred))

    @property
    def oldest(self) -> dt.datetime:
        """The time from which on history is kept, by the settings."""
        return dt.datetime.now(dt.UTC) - dt.timedelta(days=self.settings.history_days)

    def prune_history(self) -> int:
        """Delete results of runs that are older than the settings allow; return how many rows were deleted."""
        with storage_errors(self.settings.home):
            return self.ledger.prune_runs(self.oldest)

    def sweep(self) -> int:
        """Delete the blobs that no document refers to; return how many were deleted."""
        return self._blobs.sweep(self.ledger.held_blobs())

    def _claim_items(self, items: Sequence[Item], deferred: set[str]) -> Iterator[Item]:
        """Yield the items one by one; items to process that other workers have claimed are deferred."""
        for item in items:
            if item.action == "work" and not self.workers.claim(item):
                deferred.add(item.id)
            else:
                yield item

    def _flush(self) -> None:
        """Make committed documents visible to readers, and then run the followers.

        No follower runs in the middle of a batch: it might change documents that are being read and are claimed in
        their current state.
        """
        self._writer.flush()
        for follower in self._followers:
            if follower.follow(self._writer.changes):
                self._writer.flush()
            self.ledger.release()
        self._writer.changes = Changes()

    def _try_flush(self) -> bool:
        """Make committed documents visible after another error, and return whether that succeeded.

        Documents that the embedded index could not make visible become so when it is opened next.
        """
        try:
            self._flush()
        except (CustomsLensError, OSError, sqlite3.Error) as error:
            _log.debug("what was put last is not sure: %s", error)
            return False
        return True
