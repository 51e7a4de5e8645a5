"""The work queue of a run: items that wait, are in a batch, are deferred to other workers, or came back from these."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain

from pipelines.ingest.plan import Item


class WorkQueue:
    """The items of one run that are not done, each in one place.

    An item is added, put into a batch, and done with the batch; or it is deferred because another worker has claimed
    it, released when that worker is done with it, and requeued if some work remains. Before it is in a batch, it can be
    shared with any worker as a member of a part, of which one worker makes a batch; items that cannot be shared wait
    behind those that can.
    """

    def __init__(self) -> None:
        self._waiting: deque[Item] = deque()
        self._batch: list[Item] = []
        self._deferred: list[Item] = []
        self._released: list[Item] = []
        self._given: dict[int, list[Item]] = {}
        self._own: deque[Item] = deque()

    def __bool__(self) -> bool:
        """Return whether any item is not done, here or at other workers."""
        return bool(self._waiting or self._own or self._given or self._batch or self._deferred or self._released)

    @property
    def batch(self) -> list[Item]:
        """The items of the current batch that are not done."""
        return list(self._batch)

    @property
    def deferred(self) -> list[Item]:
        """The items that other workers have claimed."""
        return list(self._deferred)

    @property
    def remaining(self) -> list[Item]:
        """The items that are not done, in any state."""
        given = chain.from_iterable(self._given.values())
        return [*self._batch, *self._released, *given, *self._waiting, *self._own, *self._deferred]

    @property
    def waiting(self) -> Sequence[Item]:
        """The items that are neither shared nor in a batch; for reading only."""
        return self._waiting

    @property
    def given(self) -> list[int]:
        """The places of the shared parts."""
        return list(self._given)

    def add(self, items: Iterable[Item]) -> None:
        """Add items to the end of the queue."""
        self._waiting.extend(items)

    def take(self, most: int) -> list[Item]:
        """Return the next batch of at most this many items: empty if none waits."""
        lane = self._waiting or self._own
        self._batch = [lane.popleft() for _ in range(min(most, len(lane)))]
        return self.batch

    def give(self, place: int, most: int, can_give: Callable[[Item], bool]) -> list[Item]:
        """Share a part of at most this many items that can be shared, and return it: empty if none waits."""
        part = self._given[place] = []
        while self._waiting and len(part) < most:
            is_given = can_give(self._waiting[0])  # an error leaves it in the queue
            (part if is_given else self._own).append(self._waiting.popleft())
        if not part:
            del self._given[place]
        return part

    def take_given(self, place: int) -> list[Item]:
        """Return the next batch, which is a shared part."""
        self._batch = self._given.pop(place)
        return self.batch

    def complete(self, *, deferred: Collection[str] = (), left: Collection[str] = ()) -> None:
        """Record that the batch is done, except for items, by their ids, that are deferred or left."""
        self._deferred += [item for item in self._batch if item.id in deferred]
        self._batch = [item for item in self._batch if item.id in left]

    def release(self, claimed: Collection[str]) -> list[Item]:
        """Return the deferred items that other workers have released: all but those that are still claimed."""
        self._released = [item for item in self._deferred if item.id not in claimed]
        self._deferred = [item for item in self._deferred if item.id in claimed]
        return list(self._released)

    def requeue(self, items: Iterable[Item]) -> None:
        """Put released items with remaining work back into the queue, without the others."""
        released = {item.id for item in self._released}
        self._released = []
        self.add(item for item in items if item.id in released)
