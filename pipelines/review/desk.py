"""The desk of a reviewer: serves an item, stores its judgement, withdraws a judgement.

Every function receives an open engine and queries the paper of the item with the reviewer's access classes: items of
unreadable papers are never served, whatever the queue contains.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from configs.settings import Settings
from configs.system.errors import UnavailableError, UsageError
from extractors.document import Document, MaturityTag, Passage, PassageTheme, Value
from extractors.judgements import passage_of
from extractors.themes.judgements import ThemeJudgement, theme_id
from index.filters import AccessClasses
from index.judgements.store import AnyJudgement
from index.protocol import Engine
from index.results import Context
from pipelines.access import audit
from pipelines.review.choice import NO_CHOICE, Choice
from pipelines.review.judge import NO_CHANGE, TagChange, is_unjudged, judgements_for, unknown
from pipelines.review.ordering import is_judged_twice
from pipelines.review.queue_rows import Slice
from pipelines.review.records import Reason, ReviewRecord, ReviewRecords, Turn, Verdict, as_text, scope_of

SECOND_EVERY = 5
"""Of so many judgements one is a second judgement of what another person judged, as long as there are any to make."""
_AT_ONCE = 20
"""Items that are looked up at a time: some may be judged or gone since the queue was made."""


class SettledError(UsageError):
    """An item waits for no judgement of this reviewer: it was judged, or is gone, or may not be seen."""


class WaitingItem(Value):
    """An item that awaits a judgement: the tag or theme as predicted by the tagger, and its passage.

    `turn` is `second` where another person judged it before: then nothing of what they said is in it.
    """

    id: str
    turn: Turn
    slice: Slice | None
    judged: MaturityTag | PassageTheme
    passage: Passage

    @property
    def tag(self) -> MaturityTag | None:
        """The tag; None for a theme."""
        return self.judged if isinstance(self.judged, MaturityTag) else None

    @property
    def theme(self) -> PassageTheme | None:
        """The theme; None for a tag."""
        return self.judged if isinstance(self.judged, PassageTheme) else None


class DeskItem(WaitingItem):
    """An item for display on the desk, with its paper and the text around its passage."""

    context: Context | None
    document: Document


class Progress(Value):
    """How many judgements a person made since midnight UTC; of their choice, the items that wait, and those judged.

    Judged are those that anybody judged.
    """

    today: int
    waiting: int
    judged: int


class Desk(NamedTuple):
    """The reviewer, the services, and the selection of items; `author` is the stored actor (`Reader.actor`)."""

    settings: Settings
    engine: Engine
    records: ReviewRecords
    author: str
    access_classes: AccessClasses
    choice: Choice = NO_CHOICE

    @property
    def scope(self) -> str:
        """The queue of the reviewer."""
        return scope_of(self.access_classes)


def progress(desk: Desk) -> Progress:
    """Return the progress of this reviewer."""
    midnight = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Progress(
        today=desk.records.count_since(desk.author, midnight),
        waiting=desk.records.count_waiting(desk.scope, desk.author, desk.choice),
        judged=desk.records.count_judged(desk.scope, desk.choice),
    )


def upcoming(desk: Desk, *, but: str | None = None, limit: int = 2) -> tuple[DeskItem, ...]:
    """Return the next items to judge; `but` excludes the current one."""
    made = desk.records.count_since(desk.author, dt.datetime.fromtimestamp(0, dt.UTC))
    seconds = list(islice((one for one in _second_items(desk) if one.id != but), limit))
    found: list[DeskItem] = []
    if seconds and (made + (but is not None)) % SECOND_EVERY == SECOND_EVERY - 1:
        found.append(seconds.pop(0))
    found += islice(_first_items(desk, but, {one.id for one in found}), limit - len(found))
    return (*found, *seconds)[:limit]


def item_at(desk: Desk, name: str) -> DeskItem:
    """Return the item with an id for a first or second judgement.

    Raises `SettledError` for one that this reviewer may not see or has judged, and for one that is gone.
    """
    found = _shown(desk, _waiting(desk, name))
    if found is None:
        raise _settled(name)
    return found


def first_item(desk: Desk, name: str, slice_: Slice | None) -> DeskItem | None:
    """Return an item as predicted by the tagger; None if it was judged, or is not visible to this reviewer."""
    return _shown(desk, _first(desk, name, slice_))


def record_judgement(
    desk: Desk, name: str, verdict: Verdict, *, reason: Reason | None = None, change: TagChange | None = None
) -> ReviewRecord:
    """Store the verdict of the reviewer on an item, with a judgement if it is the first and a clear one.

    A tag that is rejected for its level or modality alone keeps its dimension and loses these: its words are evidence.
    Raises as `item_at` and `judgements_for` do.
    """
    item = _waiting(desk, name)
    if verdict == "set" and item.tag is None:
        raise UsageError(f"{name}: a theme has nothing to correct", "accept or reject it")
    reason = reason if verdict == "reject" else None
    action: Verdict = verdict
    changed = (change or TagChange()) if verdict == "set" else TagChange()
    if item.tag and reason in ("level", "modality"):
        action, changed = "set", TagChange.model_validate({reason: None})
    at = as_text(dt.datetime.now(dt.UTC))
    judgement: AnyJudgement | None = None
    with audit.judged(desk.settings.home, desk.author, item=name, verdict=verdict, turn=item.turn) as act:
        if item.turn == "first" and action != "unsure":
            ((judgement, _),) = judgements_for(
                desk.settings,
                desk.engine,
                action,
                [name],
                desk.author,
                access_classes=desk.access_classes,
                change=changed,
            )
        record = ReviewRecord(
            turn=item.turn,
            at=at,
            author=desk.author,
            item=name,
            document=item.passage.id.rpartition("-")[0],
            verdict=verdict,
            reason=reason,
            slice=item.slice,
            judged=item.judged,
            judgement=judgement,
            act=act,
            twice=item.turn == "first" and is_judged_twice(name, desk.records.seed()),
            **holding(item.judged, action, changed),
        )
        (stored,) = desk.records.store([record])
    return stored


def record_of(
    judgement: AnyJudgement,
    judged: MaturityTag | PassageTheme,
    verdict: Verdict,
    act: str,
    **more: Any,  # noqa: ANN401
) -> ReviewRecord:
    """Return the record of a first judgement, with further fields of it."""
    return ReviewRecord(
        at=judgement.at,
        author=judgement.author,
        item=judgement.tag,
        document=judgement.document,
        verdict=verdict,
        judged=judged,
        judgement=judgement,
        act=act,
        **holding(judgement, verdict),
        **more,
    )


def undo(desk: Desk, act: str | None = None) -> ReviewRecord:
    """Withdraw the newest judgement of this reviewer, or that of an act; with all judgements made in bulk with it.

    Returns it. Raises `UsageError` where there is none, a newer one of the same item, or a paper that they may not see
    any more.
    """
    last = desk.records.last_of(desk.author, act)
    if last is None:
        raise UsageError("there is no judgement of yours to take back", "go on with the queue")
    together = desk.records.together(last)
    newest = desk.records.newest_of(desk.author, [one.item for one in together])
    if any(newest[one.item] != one.number for one in together):
        raise UsageError("you judged this once more later", "take the later judgement back first")
    names = {one.document for one in together}
    papers = {name: desk.engine.document(name, access_classes=desk.access_classes) for name in names}
    with audit.judged(desk.settings.home, desk.author, item=last.item, verdict="undo", turn=last.turn) as undoing:
        for one in together:
            if one.judgement and papers[one.document] is None:
                raise unknown(one.item)
        bodies = {name: paper.body for name, paper in papers.items() if paper}
        desk.records.undo(together, desk.scope, act=undoing, bodies=bodies)
    return last


def holding(
    judged: MaturityTag | PassageTheme | AnyJudgement, verdict: Verdict, change: TagChange = NO_CHANGE
) -> dict[str, str | None]:
    """Return the fields of a tag that are valid after a judgement; none for a theme, or a rejected tag."""
    if verdict not in ("accept", "set") or isinstance(judged, (PassageTheme, ThemeJudgement)):
        return {}
    fields = ("dimension", "level", "modality", "subject")
    given = change.model_dump(exclude_unset=True)
    held = {name: given.get(name, getattr(judged, name)) for name in fields}
    return held if held["modality"] else held | {"level": None, "subject": None}


def _first_items(desk: Desk, but: str | None, taken: set[str]) -> Iterator[DeskItem]:
    """Yield the waiting items of the queue, and remove the others from it."""
    seen = taken | ({but} if but else set())
    while True:
        rows = desk.records.waiting(desk.scope, desk.author, _AT_ONCE + len(seen), desk.choice)
        fresh = [row for row in rows if row.item not in seen]
        if not fresh:
            return
        for row in fresh:
            seen.add(row.item)
            if item := first_item(desk, row.item, row.slice):
                yield item
            else:
                with suppress(UnavailableError):  # on a full disk it is passed over again next time
                    desk.records.drop(desk.scope, row.item)


def _second_items(desk: Desk) -> Iterator[DeskItem]:
    """Yield items that others judged and that are drawn for a second judgement, the oldest first, if visible."""
    for record in desk.records.for_second(desk.author, chosen_by=(desk.scope, desk.choice), limit=_AT_ONCE):
        if item := _shown(desk, _second(desk, record)):
            yield item


def _waiting(desk: Desk, name: str) -> WaitingItem:
    """Return the item with an id; raises as `item_at` does."""
    second = next(iter(desk.records.for_second(desk.author, item=name)), None)
    found = _second(desk, second) if second else _first(desk, name, desk.records.slice_of(desk.scope, name))
    if found is None:
        raise _settled(name)
    return found


def _settled(name: str) -> SettledError:
    return SettledError(f"{name}: waits for no judgement", "it was judged, or is gone: go on with the queue")


def _first(desk: Desk, name: str, slice_: Slice | None) -> WaitingItem | None:
    passage = desk.engine.passage(passage_of(name), access_classes=desk.access_classes)
    if passage is None:
        return None
    named: list[MaturityTag | PassageTheme] = [one for one in passage.maturity if one.id == name]
    named += (one for one in passage.themes if theme_id(passage.id, one.id) == name)
    judged = next(filter(is_unjudged, named), None)
    if judged is None:
        return None
    return WaitingItem(id=name, turn="first", slice=slice_, judged=judged, passage=passage)


def _second(desk: Desk, record: ReviewRecord) -> WaitingItem | None:
    """Return an item as it was shown when it was judged; its passage without any tag or theme beside it."""
    passage = desk.engine.passage(passage_of(record.item), access_classes=desk.access_classes)
    if passage is None:
        return None
    bare = passage.model_copy(update={"maturity": (), "themes": ()})
    return WaitingItem(id=record.item, turn="second", slice=record.slice, judged=record.judged, passage=bare)


def _shown(desk: Desk, item: WaitingItem | None) -> DeskItem | None:
    """Return an item with its paper and context; None if the reviewer may not see the paper."""
    if item is None:
        return None
    document = desk.engine.document(item.passage.id.rpartition("-")[0], access_classes=desk.access_classes)
    if document is None:
        return None
    context = desk.engine.context(item.passage.id, 1, access_classes=desk.access_classes)
    return DeskItem(**dict(item), context=context, document=document)
