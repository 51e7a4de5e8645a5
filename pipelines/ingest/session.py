"""The writer of one home: opened once for a run, it plans, works on batches of documents, and deletes."""

import datetime as dt
import json
import logging
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

from threadpoolctl import threadpool_limits

from configs.settings import Settings
from configs.system.errors import CustomsLensError, UnavailableError
from configs.system.folders import make_home
from configs.system.progress import step_done
from pipelines.ingest.commit import Committer
from pipelines.ingest.deletion import Deletion
from pipelines.ingest.duplicates import OrphanPlanner
from pipelines.ingest.errors import BatchStoppedError, ClaimedElsewhereError
from pipelines.ingest.pending import pending
from pipelines.ingest.plan import HomeState, Item
from pipelines.ingest.planners import Plan, Planner
from pipelines.ingest.prefetch import SourceReader
from pipelines.ingest.report import Counts
from pipelines.ingest.succession import Succession
from pipelines.stages import components
from pipelines.storage.entries import LedgerRow
from pipelines.storage.errors import storage_errors
from pipelines.storage.opening import open_storage
from pipelines.storage.shared_work import Terms
from pipelines.workspace import WORKSPACE, home_name

_log = logging.getLogger(__name__)

_BLAS_THREADS = 1
"""Threads of numpy's products: the others wait by spinning, which takes the time of those that read and encode."""
SHOW_SECONDS = 20.0
"""How long what was put may wait for readers to see it: a flush takes about a tenth of a second."""
_POLL_SECONDS = 1.0
"""How long a session waits before it asks again whether other workers are done with what it needs."""


class BatchResult(NamedTuple):
    """What a batch did: its counts, and the ids of the documents that other workers have, which are not counted."""

    counts: Counts
    deferred: frozenset[str] = frozenset()


class IngestSession:
    """The writer of one home: plans, works on batches of documents, and deletes.

    Raises `UnavailableError` where the home cannot be written and `MismatchError` where the index was made
    by another version or encoder. Use it as a context manager; one process at a time may hold it on a home. With an
    index in a cluster, those of other homes work beside it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        passwords: Sequence[str] = (),
        helping: bool = False,
    ) -> None:
        """Open the home; one that is `helping` works for runs that others hold, beside the one that holds the home."""
        self.settings = settings
        self.components = components.PipelineComponents(settings)
        storage = open_storage(settings)
        self._blobs = storage.blobs()
        self._is_shared = storage.shared
        with storage_errors(settings.home), ExitStack() as undo:
            make_home(settings.home)
            undo.enter_context(storage.claim(alone=not helping))
            undo.enter_context(threadpool_limits(_BLAS_THREADS, user_api="blas"))
            self._engine = storage.open_engine(self.components.identity, write=True)
            undo.callback(self._engine.close)
            self.ledger = storage.open_ledger(write=True)
            undo.callback(self.ledger.close)
            said = storage.open_judgements(write=True)
            undo.callback(said.close)
            self._committer = Committer(self.components, self._engine, self.ledger, self._blobs, said)
            workspace = settings.home / WORKSPACE
            if helping:
                workspace = Path(undo.enter_context(tempfile.TemporaryDirectory()))
            else:
                shutil.rmtree(workspace, ignore_errors=True)  # copies that a killed run left
            planner = OrphanPlanner(settings, self._blobs, passwords)
            self._succession = Succession(self.ledger, self._committer, planner)
            if self._committer.follow_corrections():  # that a writer was killed over, or that came beside it
                self._flush()
            self._closing = undo.pop_all()
        self._reader = SourceReader(settings, self._blobs, passwords, workspace=workspace, stored=helping)
        has_others = self._is_shared and set(passwords) <= set(settings.document_passwords)  # which are not passed on
        self.shared_work = self.ledger.shared_work if has_others else None
        """What runs give to other workers; None where there are none, or they cannot do what this does."""

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
        """Make everything searchable and let go of the home."""
        with storage_errors(self.settings.home):
            self._closing.close()

    @property
    def state(self) -> HomeState:
        """What the home holds now, as far as plans depend on it."""
        return HomeState(
            self.ledger,
            self.components.versions,
            self._committer.held,
            look_again=self._look_again,
            has_blob=self._blobs.has,
            pending=partial(pending, self.settings.home),
            quarantine_after=self.settings.quarantine_after,
        )

    @property
    def terms(self) -> Terms:
        """What another worker has to have to do work of this one."""
        blobs = self.settings.blobs
        return Terms(
            json.dumps(self.components.versions, sort_keys=True),
            blobs.url if blobs else home_name(self.settings.home),
        )

    def keep(self, item: Item) -> bool:
        """Put what is to be read where other workers find it; False where that is not as it was planned."""
        with storage_errors(self.settings.home):
            return item.stored or item.start != "read" or self._reader.keep(item)

    def plan(self, planner: Planner) -> Plan:
        """Return what a run has to do."""
        plan = planner.plan(self.state, self._engine)
        return replace(plan, items=self._as_seen(plan.items))

    def plan_again(self, planner: Planner, items: Sequence[Item], deletion: Deletion) -> list[Item]:
        """Return what is left to do of items that other workers had, and maybe of others."""
        return self._as_seen(planner.plan_again(self.state, items, deletion))

    def wait_for_others(self, deferred: Sequence[Item]) -> set[str]:
        """Wait until other workers are done with some of the items that they have; return the ids of the others."""
        identifiers = [item.id for item in deferred]
        claimed = self.ledger.taken(identifiers)
        if len(claimed) == len(identifiers):
            _log.info("waiting for %d documents that other workers have", len(claimed))
        while len(claimed) == len(identifiers):
            step_done()  # it is the others that work, or hang
            time.sleep(_POLL_SECONDS)
            claimed = self.ledger.taken(identifiers)
        self._look_again(())
        return claimed

    def delete(self, documents: Sequence[str], planned: Sequence[Item], run: str | None = None) -> int:
        """Delete documents from the index and the ledger, by their ids; return how many went.

        Those whose bytes another source has stay until `delete_replaced`. What a `run` deletes is in its history. A
        file that could never be ingested was no document: its row goes, and nothing is said of it.
        """
        with storage_errors(self.settings.home):
            kept = set(self._succession.keep_for_now(documents, planned))
            going = [identifier for identifier in documents if identifier not in kept]
            rows = self.ledger.known(going)
            never = {name for name, row in rows.items() if row.outcome == "failed" and not row.blobs}
            for identifier in going:
                step_done()
                source = rows[identifier].source if identifier in rows else None
                self._committer.delete(identifier, None if identifier in never else run, source)
            self.ledger.remove(going)
            self._link_versions()
            self.ledger.record(self._committer.take_rows())
        return len(going) - len(never)

    def adopt(self, run: str, documents: Collection[str]) -> list[LedgerRow]:
        """Return which of the documents a worker did for a run that died before it could say so; others follow them."""
        with storage_errors(self.settings.home):
            rows = self.ledger.done_for(run, documents)
            for row in rows:
                self._committer.adopt(row)
            if rows:
                self._flush()
        return rows

    def plan_orphans(self, *, without: Collection[str]) -> list[Item]:
        """Return what ingests some of the duplicates whose owners are gone, or about to go; nothing when all are."""
        with storage_errors(self.settings.home):
            return self._as_seen(self._succession.plan(self.state, self.settings.batch_documents, without=without))

    def delete_replaced(self, run: str | None = None) -> tuple[int, int]:
        """Delete the documents that stayed for their successors; return how many went and how many are kept."""
        with storage_errors(self.settings.home):
            deleted, kept = self._succession.let_go(run)
            if deleted:
                self._flush()  # what people said of them is said of others now
            else:
                self.ledger.record(self._committer.take_rows())
            return deleted, kept

    def process(
        self,
        items: Sequence[Item],
        run: str,
        done: Callable[[Item], None] = lambda _: None,
        shown: Callable[[Counts], None] = lambda _: None,
    ) -> BatchResult:
        """Work on the items of a batch; each document is committed on its own, and `done` is called after it.

        Readers see them at the end of the batch, and whenever `SHOW_SECONDS` have passed: then `shown` is called with
        the counts of the batch so far. A document that fails is counted and listed and never ends the batch; a home
        that cannot be written any more does, and so does a cluster that is away, with `BatchStoppedError`.
        """
        seen, counts = Counts(), Counts()  # of what readers see by now, and of what was put since
        settled: set[str] = set()
        worked: set[str] = set()
        deferred: set[str] = set()
        due = time.monotonic() + SHOW_SECONDS
        try:
            with (
                storage_errors(self.settings.home),
                closing(self._reader.ahead(self._claimed(items, deferred))) as readings,
            ):
                for item, reading in readings:
                    try:
                        self._committer.commit(item, reading, run, counts)
                    except ClaimedElsewhereError:
                        deferred.add(item.id)
                        continue
                    worked.add(item.id)
                    if time.monotonic() >= due:
                        self._show()
                        seen.add([counts])
                        settled |= worked
                        counts, worked = Counts(), set()
                        shown(seen)
                        due = time.monotonic() + SHOW_SECONDS
                    done(item)
                self._flush()
        except UnavailableError as error:
            if not self._is_flushed() and self._is_shared:
                worked, counts = set(), Counts()  # what was put waits for a bulk; else each document is committed
            seen.add([counts])
            left = [item.id for item in items if item.id not in settled | worked | deferred]
            raise BatchStoppedError(
                error.message, error.remedy, counts=seen, deferred=deferred, left=left, may_pass=error.may_pass
            ) from error
        seen.add([counts])
        return BatchResult(seen, frozenset(deferred))

    @property
    def oldest(self) -> dt.datetime:
        """From when on history is kept, as the settings say."""
        return dt.datetime.now(dt.UTC) - dt.timedelta(days=self.settings.history_days)

    def prune_history(self) -> int:
        """Forget what runs did with documents longer ago than the settings say; return how many rows went."""
        with storage_errors(self.settings.home):
            return self.ledger.prune_runs(self.oldest)

    def sweep(self) -> int:
        """Delete the blobs that no document refers to any more; return how many went."""
        return self._blobs.sweep(self.ledger.held_blobs())

    def _look_again(self, documents: Collection[str]) -> Collection[str]:
        """Return which of the documents the index holds now, with those that other workers put since."""
        self._engine.flush()
        self._committer.refresh()
        return self._committer.held(documents)

    def _as_seen(self, items: list[Item]) -> list[Item]:
        """Return items that were just planned with the revisions of their rows: others may read these meanwhile."""
        if not self._is_shared:
            return items
        return [replace(item, revision=self.ledger.seen(item.id)) if item.action == "work" else item for item in items]

    def _claimed(self, items: Sequence[Item], deferred: set[str]) -> Iterator[Item]:
        """Yield the items one by one as they are asked for; those to work on that other workers have are deferred."""
        for item in items:
            if item.action == "work" and not self.ledger.claim_as(item.id, item.revision):
                deferred.add(item.id)
            else:
                yield item

    def _show(self) -> None:
        """Let readers see what was put, other workers that it is, and the history what was done.

        In the middle of a batch that is all: what follows from it for other documents may be for some that are being
        read, and are claimed in the state that they have now.
        """
        self._engine.flush()
        self.ledger.release()
        self.ledger.record(self._committer.take_rows())

    def _flush(self) -> None:
        """Let readers see what was put, and let other documents follow it: members, versions and what was corrected."""
        self._show()
        for follow in (self._committer.follow_corrections, self._committer.follow_containers):
            if follow():
                self._engine.flush()
                self.ledger.release()
        self._link_versions()
        self.ledger.record(self._committer.take_rows())

    def _link_versions(self) -> None:
        """Link the versions of one paper; others are to see what was put, and to have what was claimed, before."""
        if self._committer.link_versions():
            self._engine.flush()
        self.ledger.release()

    def _is_flushed(self) -> bool:
        """Return whether what was put is there for readers, after something else went wrong.

        What the embedded index could not tell its readers it makes good when it is opened next.
        """
        try:
            self._flush()
        except (CustomsLensError, OSError, sqlite3.Error) as error:
            _log.debug("what was put last is not sure: %s", error)
            return False
        return True
