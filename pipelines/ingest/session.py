"""The writer on one home: what a run has to do, batch after batch of it, and what is there afterwards."""

import logging
import shutil
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Self

from configs.errors import CustomsLensError, UnavailableError
from configs.folders import make_home
from configs.settings import Settings
from extractors import isolation
from pipelines.ingest.commit import Intake
from pipelines.ingest.deletion import Deletion, plan_deletion
from pipelines.ingest.duplicates import OrphanPlanner
from pipelines.ingest.errors import BatchStoppedError, TakenError
from pipelines.ingest.pending import pending
from pipelines.ingest.plan import Item, Selection, plan, plan_from, plan_lost
from pipelines.ingest.prefetch import SourceReader
from pipelines.ingest.report import Counts
from pipelines.ingest.succession import Succession
from pipelines.maintenance import scrubbing
from pipelines.sources.found import Found
from pipelines.sources.source import Source
from pipelines.stages import components
from pipelines.stages.versions import Stage
from pipelines.storage.errors import storage_errors
from pipelines.storage.ledger import held_blobs
from pipelines.storage.migration import take_over
from pipelines.storage.opening import open_storage
from pipelines.workspace import WORKSPACE

_log = logging.getLogger(__name__)

_LOOK_AGAIN_SECONDS = 1.0
"""How long a run waits before it looks again whether other workers are done with what it needs to know of."""


class IngestSession:
    """A writer on one home: plans runs and works on batches of documents.

    Raises `UnavailableError` where the home cannot be written and `MismatchError` where the index was made
    by another version or encoder. Use it as a context manager; one process at a time may hold it on a home. With an
    index in a cluster, those of other homes work beside it.
    """

    def __init__(self, settings: Settings, *, passwords: Sequence[str] = ()) -> None:
        self.settings = settings
        self.tools = components.PipelineComponents(settings)
        storage = open_storage(settings)
        self._blobs = storage.blobs()
        with storage_errors(settings.home), ExitStack() as undo:
            make_home(settings.home)
            undo.enter_context(storage.claim())
            take_over(settings)
            _scrub(settings)
            self._engine = storage.open_engine(self.tools.identity, write=True)
            undo.callback(self._engine.close)
            self.ledger = storage.open_ledger(write=True)
            undo.callback(self.ledger.close)
            self._intake = Intake(self.tools, self._engine, self.ledger, self._blobs)
            shutil.rmtree(settings.home / WORKSPACE, ignore_errors=True)  # copies that a killed run left
            planner = OrphanPlanner(settings, self.ledger, self._blobs, self.tools.versions, passwords)
            self._succession = Succession(self.ledger, self._engine, self._intake, planner)
            self._closing = undo.pop_all()
        self._reader = SourceReader(settings, self._blobs, passwords)
        self.deferred: list[Item] = []
        """What other workers had when this one came to it; see `plan_again`."""

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
        try:
            with storage_errors(self.settings.home):
                self._closing.close()
        finally:
            isolation.shutdown()

    def plan(self, sources: Sequence[Source], selection: Selection, *, gone: Collection[str] = ()) -> list[Item]:
        """Return what a run over these sources has to do when the documents `gone` are deleted."""
        items = plan(
            sources,
            self.ledger,
            self.tools.versions,
            selection,
            indexed=self._intake.indexed,
            gone=gone,
            pending=pending(self.settings.home) if selection.only == "failed" else {},
            is_here=self._blobs.has,
        )
        self._tell_what_is_elsewhere(items)
        return items

    def plan_from(self, start: Stage) -> list[Item]:
        """Return what a stage has to make again of what this home has, without looking at the sources."""
        return self._claimable(plan_from(self.ledger, self.tools.versions, start, is_here=self._blobs.has))

    def plan_lost(self) -> list[Item]:
        """Return what puts back the documents that the index lost, without looking at their sources."""
        indexed = self._intake.indexed
        return self._claimable(plan_lost(self.ledger, self.tools.versions, indexed, is_here=self._blobs.has))

    def plan_again(self, plan: Callable[[Sequence[Item]], list[Item]]) -> list[Item]:
        """Return what is left to do of the documents that other workers had, as soon as they are done with some.

        `plan` is given those that are free now; what it returns of others waits until these are free too.
        """
        taken = self.ledger.taken([item.id for item in self.deferred])
        if len(taken) == len(self.deferred):
            _log.info("waiting for %d documents that other workers have", len(taken))
        while len(taken) == len(self.deferred):
            time.sleep(_LOOK_AGAIN_SECONDS)
            taken = self.ledger.taken([item.id for item in self.deferred])
        self._engine.flush()
        self._intake.look()
        free = {item.id: item for item in self.deferred if item.id not in taken}
        self.deferred = [item for item in self.deferred if item.id in taken]
        return [item for item in plan(list(free.values())) if item.id in free]

    def plan_deletion(self, found: Found, *, allow_mass: bool) -> Deletion:
        """Return which documents of the sources are gone, and which of them are kept all the same."""
        return plan_deletion(found, self.ledger, self._engine, allow_mass=allow_mass)

    def delete(self, documents: Sequence[str], planned: Sequence[Item]) -> int:
        """Take documents out of the index and the ledger, by their ids; return how many went.

        Those whose bytes another source has stay until `let_go`.
        """
        with storage_errors(self.settings.home):
            kept = set(self._succession.keep_for_now(documents, planned))
            going = [identifier for identifier in documents if identifier not in kept]
            for identifier in going:
                self._intake.take_out(identifier)
            self.ledger.remove(going)
        return len(going)

    def plan_orphans(self, *, without: Collection[str]) -> list[Item]:
        """Return what takes in some of the duplicates whose owners are gone, or about to go; nothing when all are."""
        with storage_errors(self.settings.home):
            return self._succession.plan(self.settings.batch_documents, without=without)

    def let_go(self) -> tuple[int, int]:
        """Delete the documents that stayed for their successors; return how many went and how many are kept."""
        with storage_errors(self.settings.home):
            return self._succession.let_go()

    def run_batch(self, items: Sequence[Item], run: str, done: Callable[[Item], None] = lambda _: None) -> Counts:
        """Work on the items and return their counts; each document is committed on its own.

        A document that fails is counted and listed and never ends the batch; a home that cannot be written
        any more does, and so does a cluster that is away, with `UnavailableError`. Documents that other workers have
        are not counted: see `plan_again`.
        """
        counts = Counts()
        worked: set[str] = set()
        try:
            with storage_errors(self.settings.home), closing(self._reader.ahead(self._claimed(items))) as readings:
                for item, reading in readings:
                    try:
                        self._intake.settle(item, reading, run, counts)
                    except TakenError:
                        self.deferred.append(item)
                        continue
                    worked.add(item.id)
                    done(item)
                self._flush()
        except UnavailableError as error:
            if not self._is_sure():
                worked, counts = set(), Counts()
            elsewhere = worked | {item.id for item in self.deferred}
            raise BatchStoppedError(error, counts, [item for item in items if item.id not in elsewhere]) from error
        return counts

    def sweep(self) -> int:
        """Delete the blobs that no document refers to any more; return how many went."""
        return self._blobs.sweep(held_blobs(self.ledger))

    def _claimable(self, items: list[Item]) -> list[Item]:
        """Return the items, whose rows as they are now are those that can be claimed."""
        self.ledger.known([item.id for item in items])
        return items

    def _claimed(self, items: Sequence[Item]) -> Iterator[Item]:
        """Yield the items one by one as they are asked for, without those to work on that other workers have."""
        for item in items:
            if item.action == "work" and not self.ledger.claim(item.id):
                self.deferred.append(item)
            else:
                yield item

    def _flush(self) -> None:
        """Let readers see what was put, and other workers that it is."""
        self._engine.flush()
        self.ledger.release()

    def _is_sure(self) -> bool:
        """Tell whether what was put is there for readers, after something else went wrong."""
        try:
            self._flush()
        except (CustomsLensError, OSError, sqlite3.Error) as error:
            _log.debug("what was put last is not sure: %s", error)
            return False
        return True

    def _tell_what_is_elsewhere(self, items: Sequence[Item]) -> None:
        """Say which documents are read again only because another home has what was made of them."""
        entries = self.ledger.known([item.id for item in items if item.action == "work" and item.start == "read"])
        elsewhere = 0
        for item in items:
            entry = entries.get(item.id)
            same = entry is not None and (entry.sha256, entry.versions.get("read")) == (
                item.sha256,
                self.tools.versions["read"],
            )
            elsewhere += bool(same and entry and entry.blobs and not self._blobs.has(entry.blobs.get("read", "")))
        if elsewhere:
            _log.info(
                "of %d documents this home does not have what was read of them before: they are read again", elsewhere
            )


def _scrub(settings: Settings) -> None:
    """Take secrets out of the names that an earlier version of the program stored, if it did."""
    if scrubbing.is_needed(settings):
        _log.warning("%s", scrubbing.scrub(settings).described)
