"""Bulk judgements: several selected items of a list judged in one transaction.

Items that measure the tagger are left out: the audit slice, and items that are drawn for, or await, a second judgement.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal, TypeAlias

from configs.system.errors import UsageError
from extractors.document import Value
from pipelines.access import audit
from pipelines.review.choice import Status
from pipelines.review.desk import Desk, DeskItem, first_item, record_of
from pipelines.review.judge import judgements_for
from pipelines.review.ordering import measures
from pipelines.review.records import Reason, ReviewRecord

MOST_AT_ONCE = 100
"""Items that are judged at once."""
PlainVerdict: TypeAlias = Literal["accept", "reject"]
"""What can be said of several items at once."""


class BulkChange(Value):
    """How many items of a dimension, or of a theme, with a status would be judged at once."""

    dimension: str | None
    theme: str | None
    status: Status
    items: int


class BulkPreview(Value):
    """What a judgement of several items would change: by dimension and theme, and in how many papers."""

    items: tuple[DeskItem, ...]
    changes: tuple[BulkChange, ...]
    papers: int


def bulk_items(desk: Desk, *, offset: int = 0, limit: int = MOST_AT_ONCE) -> tuple[DeskItem, ...]:
    """Return the items of the reviewer's choice that can be judged in bulk, in the order of the queue.

    Of `limit` rows after `offset` those that still wait.
    """
    seed = desk.records.seed()
    rows = desk.records.waiting(desk.scope, desk.author, limit, desk.choice, after=offset, audit=False)
    found = (first_item(desk, row.item, row.slice) for row in rows if not measures(row.item, seed))
    return tuple(one for one in found if one)


def count_bulk(desk: Desk) -> int:
    """Return the number of rows from which `bulk_items` selects."""
    return desk.records.count_waiting(desk.scope, desk.author, desk.choice, audit=False)


def preview(desk: Desk, names: Sequence[str]) -> BulkPreview:
    """Return the effect of a judgement on some items; raises `UsageError` for an item that must not be judged."""
    names = tuple(dict.fromkeys(names))
    if not names:
        raise UsageError("nothing was chosen", "tick what is to be judged")
    if len(names) > MOST_AT_ONCE:
        raise UsageError(f"more than {MOST_AT_ONCE} at once", "judge them in several steps")
    items = tuple(one for name in names if (one := _item(desk, name)))
    if missing := len(names) - len(items):
        said = "one of these is" if missing == 1 else f"{missing} of these are"
        message = f"{said} not judged at once: judged meanwhile, gone, or to be judged by itself"
        raise UsageError(message, "look at the list again")
    counts = Counter((one.tag and one.tag.dimension, one.theme and one.theme.id, _status(one)) for one in items)
    return BulkPreview(
        items=items,
        changes=tuple(
            BulkChange(dimension=dimension, theme=theme, status=status, items=number)
            for (dimension, theme, status), number in counts.most_common()
        ),
        papers=len({one.document.key for one in items}),
    )


def judge_at_once(desk: Desk, names: Sequence[str], verdict: PlainVerdict) -> tuple[ReviewRecord, ...]:
    """Store one verdict on several items in one transaction, marked as `bulk`; rejections are for the subject.

    Raises as `preview` and `judgements_for` do.
    """
    items = preview(desk, names).items
    reason: Reason | None = "dimension" if verdict == "reject" else None
    names = [one.id for one in items]
    with audit.judged(desk.settings.home, desk.author, item=", ".join(names), verdict=verdict, items=len(names)) as act:
        said = judgements_for(
            desk.settings, desk.engine, verdict, names, desk.author, access_classes=desk.access_classes
        )
        return desk.records.store(
            [
                record_of(judgement, one.judged, verdict, act, slice=one.slice, reason=reason, bulk=True)
                for one, (judgement, _) in zip(items, said, strict=True)
            ]
        )


def _item(desk: Desk, name: str) -> DeskItem | None:
    """Return an item that awaits a first judgement of this reviewer and is not used for measuring."""
    slice_ = desk.records.slice_of(desk.scope, name)
    if slice_ is None or slice_ == "audit" or measures(name, desk.records.seed()):
        return None
    if any(one.verdict != "unsure" or one.author == desk.author for one in desk.records.judgements("first", item=name)):
        return None
    return first_item(desk, name, slice_)


def _status(item: DeskItem) -> Status:
    return "accepted" if item.judged.status == "accepted" else "suggested"
