"""Coordination of a session with other workers on the same database: claims of documents, and shared batches of runs.

`SoleWorker` does none of this, `SharingWorker` shares batches of its runs, and `HelperWorker` processes them.
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
"""A run with at most this many batches is not shared."""
_PARTS_OF_A_BATCH = 4
"""Number of parts in a batch: small parts shorten the wait for the last one."""
_PARTS_AHEAD = 8
"""Number of unclaimed parts: the bytes of each are stored in the blob store first."""
_DONE = "{}"
"""The result of a part that the run processed and counted itself."""
_PART_SECONDS, _CLAIM_SECONDS = 0.5, 1.0
"""Intervals of the checks whether other workers are done: with a part, with documents."""

_log = logging.getLogger(__name__)


Part: TypeAlias = tuple[Sequence[Item], BatchResult | None]
"""A batch of a run, and what another worker did with it: nothing for one that the run is to work on itself."""


class SoleWorker:
    """Coordination for a session without other workers."""

    holds_home = True
    """Whether nobody else of the same home may write."""
    reads_stored = False
    """Whether the bytes of all documents are those of the store of blobs."""
    puts_in_bulk = False
    """Whether what was put may be lost until it is flushed."""
    batches_ahead = 1
    """Number of batches to list before processing begins."""

    @contextmanager
    def workspace(self, home: Path) -> Iterator[Path]:
        """Yield the folder for copies of files, after deleting those of a killed run."""
        shutil.rmtree(home / WORKSPACE, ignore_errors=True)
        yield home / WORKSPACE

    def begin(self, ledger: Ledger, reader: SourceReader, versions: Mapping[str, str]) -> None:
        """Start with the ledger, the reader, and the versions of stages of the session."""

    def with_revisions(self, items: list[Item]) -> list[Item]:
        """Return just planned items with the revisions of their rows, as others may read the rows meanwhile."""
        return items

    def claim(self, item: Item) -> bool:  # noqa: ARG002
        """Claim a document; False if its row has changed since planning."""
        return True

    def wait(self, items: Sequence[Item]) -> set[str]:  # noqa: ARG002
        """Wait until other workers have released some of these items; return the ids of those still claimed."""
        return set()

    def shared_batches(
        self,
        run: str,  # noqa: ARG002
        queue: WorkQueue,  # noqa: ARG002
        phase: Callable[[Phase], None],  # noqa: ARG002
        call_helpers: Callable[[], None],  # noqa: ARG002
    ) -> Iterator[Part]:
        """Yield the parts of a run that can be shared, if sharing is worthwhile; the others remain in the queue.

        A part is the batch of the queue until it is done. `call_helpers` is called once parts are available.
        """
        return iter(())

    def done_for(self, run: str, documents: Collection[str]) -> list[LedgerRow]:  # noqa: ARG002
        """Return the rows of documents that a worker processed for a run before it died."""
        return []


class SharingWorker(SoleWorker):
    """Coordination with the workers of a database: they may claim the same documents, and help with shared runs."""

    puts_in_bulk = True

    def __init__(self, settings: Settings, *, gives: bool = True) -> None:
        """Share the index of a home; without `gives`, no parts are shared, as the run needs passwords of its own."""
        self._settings, self._gives = settings, gives
        self._batch = settings.batch_documents
        self._places = 0
        self.batches_ahead = _PARTS_AHEAD if gives else 1

    def begin(self, ledger: Ledger, reader: SourceReader, versions: Mapping[str, str]) -> None:
        """See `SoleWorker`."""
        self._ledger, self._reader = ledger, reader
        self.shared_work = ledger.shared_work if self._gives else None
        blobs = self._settings.blobs
        where = blobs.url if blobs else home_name(self._settings.home)
        self.terms = Terms(json.dumps(versions, sort_keys=True), where)
        """The requirements for a worker that helps with this run."""

    def with_revisions(self, items: list[Item]) -> list[Item]:
        """See `SoleWorker`."""
        return [replace(one, revision=self._ledger.seen(one.id)) if one.action == "work" else one for one in items]

    def claim(self, item: Item) -> bool:
        """See `SoleWorker`."""
        return self._ledger.claim_as(item.id, item.revision)

    def wait(self, items: Sequence[Item]) -> set[str]:
        """See `SoleWorker`."""
        identifiers = [item.id for item in items]
        claimed = self._ledger.taken(identifiers)
        if len(claimed) == len(identifiers):
            _log.info("waiting for %d documents that other workers have", len(claimed))
        while len(claimed) == len(identifiers):
            step_done()  # the other workers make progress, or hang
            time.sleep(_CLAIM_SECONDS)
            claimed = self._ledger.taken(identifiers)
        return claimed

    def shared_batches(
        self, run: str, queue: WorkQueue, phase: Callable[[Phase], None], call_helpers: Callable[[], None]
    ) -> Iterator[Part]:
        """See `SoleWorker`; the parts of a dead worker count as deferred: they are planned again."""
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
            while waiting < _PARTS_AHEAD and (part := self._share_part(queue)):
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
        """See `SoleWorker`."""
        return self._ledger.done_for(run, documents) if self._places else []

    def _share_part(self, queue: WorkQueue) -> list[Item]:
        """Move a part from the queue to the shared ones; empty if no further item can be shared."""
        self._places += 1
        return queue.give(self._places, max(1, self._batch // _PARTS_OF_A_BATCH), self._can_share)

    def _can_share(self, item: Item) -> bool:
        """Return whether others can process an item, after storing its bytes for them if it has to be read."""
        if item.action != "work" or has_secret(item):
            return False
        with storage_errors(self._settings.home):
            return item.stored or item.start != "read" or self._reader.keep(item)


class HelperWorker(SharingWorker):
    """Coordination for a session that helps the runs of others, beside the session that may hold its home."""

    holds_home = False
    reads_stored = True

    @contextmanager
    def workspace(self, home: Path) -> Iterator[Path]:  # noqa: ARG002 - the session that holds it empties its own
        """Yield a folder for copies of files."""
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


def workers_of(settings: Settings, passwords: Sequence[str]) -> SoleWorker:
    """Return the coordination for a session that holds its home; passwords of a run are not shared."""
    if not open_storage(settings).shared:
        return SoleWorker()
    return SharingWorker(settings, gives=set(passwords) <= set(settings.document_passwords))


def _result(batch: Sequence[Item], text: str | None) -> BatchResult:
    if text is None:
        return BatchResult(Counts(), frozenset(item.id for item in batch))
    return result_from_json(json.loads(text))
