"""The order of the review queue: mostly items that train the tagger, and a random slice that measures it.

Of each five items three are near a threshold, one has disagreeing signals, one is from the audit slice. Doubtful items
are biased, so only the audit slice measures the quality of tags. Membership depends on a hash of the item's id and a
secret of the home, so the slice is stable when the queue is rebuilt, and new items are drawn with the same
probability.
"""

import hashlib
from collections.abc import Hashable, Iterator, Sequence
from itertools import cycle
from typing import NamedTuple

import numpy as np

from pipelines.review.choice import Status
from pipelines.review.queue_rows import QueueRow, Slice

AUDIT_SHARE = 0.2
"""Share of all items that are in the audit slice."""
SECOND_SHARE = 0.1
"""Share of judged items that another person judges, without seeing the first judgement."""
PATTERN: tuple[Slice, ...] = ("threshold", "audit", "threshold", "disagreement", "threshold")

_SAME_SUBJECT, _SAME_PAPER, _SAME_BODY = 0.03, 0.1, 0.02
"""What each item before it in the queue adds to one with the same dimension or theme, paper or body, on the scale of
confidence: the third item of a paper comes after one of another paper that is .2 surer."""
_SPREAD = 2000
"""Items that are spread so; nobody judges more before the next change of the index."""


class Item(NamedTuple):
    """A tag or theme that waits: how far its confidence is from a threshold, and how much other signals disagree.

    `subject` is its dimension or, with `is_theme`, its theme; `status` is what the tagger made of it.
    """

    id: str
    subject: str
    paper: str
    body: str | None
    distance: float
    disagreement: float
    is_theme: bool = False
    status: Status = "suggested"

    def row(self, slice_: Slice) -> QueueRow:
        """Return its row of the queue."""
        dimension, theme = (None, self.subject) if self.is_theme else (self.subject, None)
        return QueueRow(self.id, slice_, dimension, theme, self.body, self.status)


def ordered(items: Sequence[Item], seed: str) -> Iterator[QueueRow]:
    """Yield items in the order of judging, each once; if a slice is exhausted, the others continue."""
    audit = sorted((item for item in items if in_audit(item.id, seed)), key=lambda item: chance("order", item.id, seed))
    rest = [item for item in items if not in_audit(item.id, seed)]
    disagreeing = sorted((item for item in rest if item.disagreement > 0), key=lambda item: -item.disagreement)
    orders: dict[Slice, Iterator[Item]] = {
        "threshold": iter(_diversified(rest)),
        "disagreement": iter(disagreeing),
        "audit": iter(audit),
    }
    placed: set[str] = set()
    for name in cycle(PATTERN):
        if name not in orders:
            continue
        item = next((one for one in orders[name] if one.id not in placed), None)
        if item is not None:
            placed.add(item.id)
            yield item.row(name)
            continue
        del orders[name]
        if not orders:
            return


def in_audit(item: str, seed: str) -> bool:
    """Return whether an item belongs to the audit slice of a home."""
    return chance("audit", item, seed) < AUDIT_SHARE


def is_judged_twice(item: str, seed: str) -> bool:
    """Return whether a judged item is offered to a second person."""
    return chance("second", item, seed) < SECOND_SHARE


def measures(item: str, seed: str) -> bool:
    """Return whether an item is drawn to measure quality or agreement: it is judged individually."""
    return in_audit(item, seed) or is_judged_twice(item, seed)


def chance(purpose: str, item: str, seed: str) -> float:
    """Return a pseudorandom number from 0 to 1 that is constant for an item and a purpose."""
    digest = hashlib.sha256(f"{seed}\n{purpose}\n{item}".encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8]) / 2**64


def _diversified(items: Sequence[Item]) -> Iterator[Item]:
    """Yield items by distance to a threshold, the first of them spread over subjects, papers and bodies."""
    cost = np.nan_to_num(np.array([item.distance for item in items], np.float64), nan=1.0)
    plain = cost.copy()
    groups = [
        (_SAME_SUBJECT, _codes([item.subject for item in items])),
        (_SAME_PAPER, _codes([item.paper for item in items])),
        (_SAME_BODY, _codes([item.body for item in items])),
    ]
    left = np.ones(len(items), np.bool_)
    for _ in range(min(_SPREAD, len(items))):
        chosen = int(cost.argmin())
        for penalty, codes in groups:
            cost[codes == codes[chosen]] += penalty
        cost[chosen] = np.inf
        left[chosen] = False
        yield items[chosen]
    remaining = np.flatnonzero(left)
    yield from (items[place] for place in remaining[np.argsort(plain[remaining], kind="stable")])


def _codes(values: Sequence[Hashable]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return np.array([numbers[value] for value in values], np.int64)
