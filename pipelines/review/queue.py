"""The queue as a list: what the review page asks for next, in its order, narrowed by filters."""

from collections.abc import Collection, Sequence
from itertools import islice

from configs.maturity import load_model
from extractors.document import Value
from extractors.themes.judgements import theme_id, theme_of
from index.filters import condition
from pipelines.review.desk import Desk, DeskItem, first_item
from pipelines.review.queue_rows import QueueRow
from pipelines.review.queue_table import is_current, refresh, suggested_themes, unjudged_tags
from pipelines.review.records import NOBODY
from pipelines.search.requests import filters_of


class ReviewQueue(Value):
    """What to judge next, the most telling first, and how far the review is, in the papers that the reader may see.

    `waiting` counts all tags without a judgement, `labels` all judgements, `loose` those of them whose words are gone.
    `themes` is empty, and `themes_waiting` 0, where nobody asked for themes.
    """

    tags: tuple[DeskItem, ...]
    waiting: int
    labels: int
    loose: int
    themes: tuple[DeskItem, ...] = ()
    themes_waiting: int = 0


def queue(
    desk: Desk,
    *,
    dimension: str | None = None,
    limit: int = 20,
    filters: Sequence[str] = (),
    themes: bool = False,
) -> ReviewQueue:
    """Return the tags that wait for a judgement, and with `themes` the suggested themes, at most `limit` of each.

    The order is rebuilt where the index changed. Raises `UsageError` for an unknown dimension or filter, and
    `UnavailableError` where the order cannot be stored.
    """
    wanted = filters_of(filters, desk.access_classes)
    of_tags = [condition("dimension", [load_model(desk.settings.model).dimension(dimension).id])] if dimension else []
    if not is_current(desk.engine, desk.records, access_classes=desk.access_classes):
        refresh(desk.settings, desk.engine, desk.records, access_classes=desk.access_classes)
    judged = desk.engine.judgements(access_classes=desk.access_classes)
    rows = desk.records.waiting(desk.scope, NOBODY, desk.records.count_waiting(desk.scope, NOBODY))
    tags = [row for row in rows if theme_of(row.item) is None]
    suggested = [row for row in rows if themes and theme_of(row.item) is not None]
    if filters or of_tags:
        tags = _among(tags, {tag.id for _, _, tag in unjudged_tags(desk.engine, wanted.narrowed(of_tags))})
    if filters and suggested:
        found = suggested_themes(desk.engine, wanted)
        suggested = _among(suggested, {theme_id(passage.id, theme.id) for _, passage, theme in found})
    return ReviewQueue(
        tags=_shown(desk, tags, limit),
        waiting=len(tags),
        labels=len(judged),
        loose=sum(one.is_loose for one in judged),
        themes=_shown(desk, suggested, limit),
        themes_waiting=len(suggested),
    )


def _among(rows: Sequence[QueueRow], names: Collection[str]) -> list[QueueRow]:
    return [row for row in rows if row.item in names]


def _shown(desk: Desk, rows: Sequence[QueueRow], limit: int) -> tuple[DeskItem, ...]:
    return tuple(islice((item for row in rows if (item := first_item(desk, row.item, row.slice))), limit))
