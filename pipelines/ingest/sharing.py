"""What a run gives to other workers: parts of what it has to work on, of which each takes one at a time."""

import json
import time
from collections.abc import Callable, Sequence

from pipelines.ingest.batches import has_secret, part_as_text, result_from_json
from pipelines.ingest.heartbeat import Phase
from pipelines.ingest.plan import Item
from pipelines.ingest.queue import WorkQueue
from pipelines.ingest.report import Counts
from pipelines.ingest.session import BatchResult, IngestSession
from pipelines.storage.shared_work import SharedWork

_OWN_BATCHES = 2
"""A run of no more batches than that is not shared."""
_PARTS_OF_A_BATCH = 4
"""A part is so much smaller than a batch: for the last one somebody waits."""
PARTS_AHEAD = 8
"""Parts that wait for a worker at a time: of each the bytes are put into the store of blobs before."""
_DONE = "{}"
"""The result of a part that the run did itself, and has counted."""
_POLL_SECONDS = 0.5
"""How long a run waits for other workers before it asks again."""


class Sharing:
    """The parts of one run; `has_begun` tells whether any was given."""

    def __init__(self, run: str, session: IngestSession, shared: SharedWork, queue: WorkQueue) -> None:
        self._run, self._session, self._shared, self._queue = run, session, shared, queue
        self._batch = session.settings.batch_documents
        self._places = 0
        self.has_begun = False

    @property
    def is_worthwhile(self) -> bool:
        """Whether what waits is more than a few batches."""
        return sum(item.action == "work" for item in self._queue.waiting) > _OWN_BATCHES * self._batch

    def begin(self) -> None:
        """Let other workers know that there is something to do."""
        self._shared.open(self._run, self._session.terms)
        self.has_begun = True

    def work_off(
        self,
        work_on: Callable[[Sequence[Item]], None],
        count: Callable[[Sequence[Item], BatchResult], None],
        phase: Callable[[Phase], None],
    ) -> None:
        """Work off what other workers can do too; what they cannot is left in the queue.

        `work_on` does a part that the run takes itself, `count` gets what others did with one. What a worker had that
        died counts as deferred: it is planned again. Each part is the batch of the queue meanwhile.
        """
        queue, shared = self._queue, self._shared
        while queue.waiting or queue.given:
            waiting, ended = shared.collect(self._run, queue.given)
            for place in ended.keys() & set(queue.given):
                batch = queue.take_given(place)
                count(batch, _result(batch, ended[place]))
            while waiting < PARTS_AHEAD and self._give():
                waiting += 1
            if part := shared.claim([self._run]):
                phase("working")
                work_on(queue.take_given(part.place))
                shared.end(part, _DONE)
            elif queue.given:
                phase("waiting")
                time.sleep(_POLL_SECONDS)

    def _give(self) -> bool:
        """Give a part to whoever claims it; False where there is nothing more to give."""
        self._places += 1
        part = self._queue.give(self._places, max(1, self._batch // _PARTS_OF_A_BATCH), self._can_give)
        if part:
            self._shared.give(self._run, self._places, part_as_text(part))
        return bool(part)

    def _can_give(self, item: Item) -> bool:
        return item.action == "work" and not has_secret(item) and self._session.keep(item)


def _result(batch: Sequence[Item], text: str | None) -> BatchResult:
    if text is None:
        return BatchResult(Counts(), frozenset(item.id for item in batch))
    return result_from_json(json.loads(text))
