"""The other workers of a session: what it does so that several work beside it and share its run.

`Alone` does nothing of it, `Sharing` gives parts of a run to others, and `Helping` takes them.
"""

import json
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from configs.settings import Settings
from configs.system.progress import step_done
from pipelines.ingest.batches import has_secret, part_as_text, result_from_json
from pipelines.ingest.heartbeat import Phase
from pipelines.ingest.plan import Item
from pipelines.ingest.prefetch import SourceReader
from pipelines.ingest.queue import WorkQueue
from pipelines.ingest.report import BatchResult, Counts
from pipelines.storage.entries import LedgerRow
from pipelines.storage.errors import storage_errors
from pipelines.storage.ledger import Ledger
from pipelines.storage.opening import open_storage
from pipelines.storage.shared_work import Terms
from pipelines.workspace import WORKSPACE, home_name

_OWN_BATCHES = 2
"""A run of no more batches than that is not shared."""
_PARTS_OF_A_BATCH = 4
"""A part is so much smaller than a batch: for the last one somebody waits."""
_PARTS_AHEAD = 8
"""Parts that wait for a worker at a time: of each the bytes are put into the store of blobs before."""
_DONE = "{}"
"""The result of a part that the run did itself, and has counted."""
_PART_SECONDS, _CLAIM_SECONDS = 0.5, 1.0
"""How long is waited before it is asked again whether other workers are done: with a part, with documents."""

_log = logging.getLogger(__name__)


Part: TypeAlias = tuple[Sequence[Item], BatchResult | None]
"""A batch of a run, and what another worker did with it: nothing for one that the run is to work on itself."""


class Alone:
    """The other workers of a session that has none."""

    holds_home = True
    """Whether nobody else of the same home may write."""
    reads_stored = False
    """Whether the bytes of all documents are those of the store of blobs."""
    puts_in_bulk = False
    """Whether what was put may be lost until it is flushed."""
    batches_ahead = 1
    """How many batches are worth being listed before some are worked on."""

    @contextmanager
    def workspace(self, home: Path) -> Iterator[Path]:
        """Give the folder for copies of files, without those that a killed run left."""
        shutil.rmtree(home / WORKSPACE, ignore_errors=True)
        yield home / WORKSPACE

    def begin(self, ledger: Ledger, reader: SourceReader, versions: Mapping[str, str]) -> None:
        """Begin: the session has the ledger, the reader, and the versions of stages."""

    def with_revisions(self, items: list[Item]) -> list[Item]:
        """Return items that were just planned with the revisions of their rows: others may read these meanwhile."""
        return items

    def claim(self, item: Item) -> bool:  # noqa: ARG002
        """Keep others from a document; False where it is not as it was planned."""
        return True

    def wait(self, items: Sequence[Item]) -> set[str]:  # noqa: ARG002
        """Wait until others are done with some of the items that they have; return the ids of those that they keep."""
        return set()

    def work_off(
        self,
        run: str,  # noqa: ARG002
        queue: WorkQueue,  # noqa: ARG002
        phase: Callable[[Phase], None],  # noqa: ARG002
        call_helpers: Callable[[], None],  # noqa: ARG002
    ) -> Iterator[Part]:
        """Yield the parts of a run that others can do too, if that is worthwhile; the rest is left in the queue.

        A part is the batch of the queue until it is done. `call_helpers` is called once there is something for others.
        """
        return iter(())

    def done_for(self, run: str, documents: Collection[str]) -> list[LedgerRow]:  # noqa: ARG002
        """Return which of the documents a worker did for a run that died before it could say so."""
        return []


class Sharing(Alone):
    """The workers of a database, who may have some of the same documents; they do parts of a run where they can."""

    puts_in_bulk = True

    def __init__(self, settings: Settings, *, gives: bool = True) -> None:
        """Share the index of a home; a run that needs what others do not have `gives` them nothing."""
        self._settings, self._gives = settings, gives
        self._batch = settings.batch_documents
        self._places = 0
        self.batches_ahead = _PARTS_AHEAD if gives else 1

    def begin(self, ledger: Ledger, reader: SourceReader, versions: Mapping[str, str]) -> None:
        """See `Alone`."""
        self._ledger, self._reader = ledger, reader
        self.shared_work = ledger.shared_work if self._gives else None
        blobs = self._settings.blobs
        where = blobs.url if blobs else home_name(self._settings.home)
        self.terms = Terms(json.dumps(versions, sort_keys=True), where)
        """What another worker has to have to do work of this one."""

    def with_revisions(self, items: list[Item]) -> list[Item]:
        """See `Alone`."""
        return [replace(one, revision=self._ledger.seen(one.id)) if one.action == "work" else one for one in items]

    def claim(self, item: Item) -> bool:
        """See `Alone`."""
        return self._ledger.claim_as(item.id, item.revision)

    def wait(self, items: Sequence[Item]) -> set[str]:
        """See `Alone`."""
        identifiers = [item.id for item in items]
        claimed = self._ledger.taken(identifiers)
        if len(claimed) == len(identifiers):
            _log.info("waiting for %d documents that other workers have", len(claimed))
        while len(claimed) == len(identifiers):
            step_done()  # it is the others that work, or hang
            time.sleep(_CLAIM_SECONDS)
            claimed = self._ledger.taken(identifiers)
        return claimed

    def work_off(
        self, run: str, queue: WorkQueue, phase: Callable[[Phase], None], call_helpers: Callable[[], None]
    ) -> Iterator[Part]:
        """See `Alone`; what a worker had that died counts as deferred: it is planned again."""
        shared, waiting = self.shared_work, sum(item.action == "work" for item in queue.waiting)
        if shared is None or waiting <= _OWN_BATCHES * self._batch:
            return
        if not self._places:
            shared.open(run, self.terms)
            call_helpers()
        while queue.waiting or queue.given:
            waiting, ended = shared.collect(run, queue.given)
            for place in ended.keys() & set(queue.given):
                batch = queue.take_given(place)
                yield batch, _result(batch, ended[place])
            while waiting < _PARTS_AHEAD and (part := self._give(queue)):
                shared.give(run, self._places, part_as_text(part))
                waiting += 1
            if claimed := shared.claim([run]):
                phase("working")
                yield queue.take_given(claimed.place), None
                shared.end(claimed, _DONE)
            elif queue.given:
                phase("waiting")
                time.sleep(_PART_SECONDS)

    def done_for(self, run: str, documents: Collection[str]) -> list[LedgerRow]:
        """See `Alone`."""
        return self._ledger.done_for(run, documents) if self._places else []

    def _give(self, queue: WorkQueue) -> list[Item]:
        """Take a part for whoever claims it from the queue; empty where there is nothing more to give."""
        self._places += 1
        return queue.give(self._places, max(1, self._batch // _PARTS_OF_A_BATCH), self._can_give)

    def _can_give(self, item: Item) -> bool:
        """Return whether others can do an item: what is to be read is put where they find it."""
        if item.action != "work" or has_secret(item):
            return False
        with storage_errors(self._settings.home):
            return item.stored or item.start != "read" or self._reader.keep(item)


class Helping(Sharing):
    """The workers of a session that works for runs of others, beside one that may hold its home."""

    holds_home = False
    reads_stored = True

    @contextmanager
    def workspace(self, home: Path) -> Iterator[Path]:  # noqa: ARG002 - the session that holds it empties its own
        """Give a folder for copies of files."""
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


def workers_of(settings: Settings, passwords: Sequence[str]) -> Alone:
    """Return the other workers of a session that holds its home; passwords of a run are not passed on to them."""
    if not open_storage(settings).shared:
        return Alone()
    return Sharing(settings, gives=set(passwords) <= set(settings.document_passwords))


def _result(batch: Sequence[Item], text: str | None) -> BatchResult:
    if text is None:
        return BatchResult(Counts(), frozenset(item.id for item in batch))
    return result_from_json(json.loads(text))
