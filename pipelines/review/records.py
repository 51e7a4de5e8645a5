"""Records of the review: the order of the queue, and who judged which item when.

The verdict on a tag or theme is a judgement (`index.judgements`), which is stored and withdrawn together with its
record here. Records also have the reasons of rejections, undecided items, and the second judgements, which never
change a tag. The order of the queue can be rebuilt, other records cannot.
"""

import datetime as dt
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, Self, TypeAlias, get_args

from sqlalchemy import BindParameter, RowMapping, Select, bindparam, delete, exists, func, select, update

from configs.system.errors import UsageError
from extractors.document import MaturityTag, Modality, PassageTheme, Value
from extractors.maturity.judgements import TagJudgement
from extractors.themes.judgements import ThemeJudgement
from index.filters import AccessClasses
from index.judgements.store import judgement_of
from pipelines.review.choice import NO_CHOICE, Choice, Status
from pipelines.review.queue_rows import QueueRow, Slice, chosen, count, put_first, put_rows, set_done
from pipelines.storage.judgements import add_judgements
from pipelines.storage.state import State
from pipelines.storage.statements import among, next_number, put
from pipelines.storage.tables import IS_DONE, IS_WAITING, about, judged, queue, queues

Verdict: TypeAlias = Literal["accept", "reject", "set", "unsure"]
Reason: TypeAlias = Literal["dimension", "level", "modality", "other"]
"""Why a tag was rejected: not about its dimension or theme, wrong level, wrong modality, no claim or anything else."""
Turn: TypeAlias = Literal["first", "second"]
_SEED = "review seed"
_ONE: BindParameter[int] = bindparam("one", 1, literal_execute=True)
"""A value that stands in the statement: as a parameter no partial index is used for it."""
_IS_FIRST = (judged.c.turn == "first", judged.c.verdict != "unsure", judged.c.undone == 0)
"""Of a judgement that settles its item."""


class QueueState(Value):
    """When the order of a queue was made, of which revision of the index, and how many seconds that took."""

    revision: str
    made: dt.datetime
    seconds: float


class ReviewRecord(Value):
    """What one person said of one item at one time.

    `at` is a time in UTC (ISO 8601, milliseconds), `judged` the tag or theme as it was shown, `judgement` what was
    stored, None where nothing was. `dimension`, `level`, `modality` and `subject` hold from then on for a tag
    that was accepted or corrected. `twice` says that another person is to judge it too. `number` counts the judgements;
    0 before one is stored. `act` is the id of the lines of the audit log that tell of it; those given at once
    (`bulk`) have one.
    """

    number: int = 0
    turn: Turn = "first"
    at: str
    author: str
    item: str
    document: str
    verdict: Verdict
    reason: Reason | None = None
    slice: Slice | None = None
    judged: MaturityTag | PassageTheme
    judgement: TagJudgement | ThemeJudgement | None = None
    dimension: str | None = None
    level: str | None = None
    modality: Modality | None = None
    subject: str | None = None
    twice: bool = False
    undone: bool = False
    act: str | None = None
    bulk: bool = False

    @property
    def holds(self) -> bool | None:
        """Whether the words are evidence for something, as this person says; None where they could not tell.

        They are where only the level or the modality is wrong.
        """
        if self.verdict == "unsure":
            return None
        return self.verdict != "reject" or self.dimension is not None


class ReviewRecords:
    """The records of a home, or of the homes that share a database; several processes may use them at once.

    `author` is how a person is stored (`Reader.actor`). Every method raises as `State` does.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._state.close()

    def seed(self) -> str:
        """Return what random slices are drawn by, made once for a state: who knows it knows the slices."""
        question = select(about.c.value).where(about.c.name == _SEED)
        with self._state.reading() as connection:
            known = connection.scalar(question)
        if known:
            return str(known)
        with self._state.changing(copied=False) as connection:
            put(connection, about, [{"name": _SEED, "value": secrets.token_hex(16)}], replace=False)
            return str(connection.execute(question).scalar_one())

    def state(self, scope: str) -> QueueState | None:
        """Return what is known of the queue of a scope; None where it was never made."""
        with self._state.reading() as connection:
            found = connection.execute(select(queues).where(queues.c.scope == scope)).mappings().first()
        return QueueState(**{name: found[name] for name in QueueState.model_fields}) if found else None

    def replace_queue(
        self, scope: str, rows: Sequence[QueueRow], state: QueueState, *, done: Sequence[QueueRow] = ()
    ) -> None:
        """Replace the order of a queue in one transaction.

        `done` are items that were judged: they are counted, and come first where a judgement is taken back.
        """
        made = {**state.model_dump(mode="json"), "scope": scope, "waiting": len(rows)}
        with self._state.changing(copied=False) as connection:
            put(connection, queues, [made])  # first: who changes the queue of a scope has its row
            connection.execute(delete(queue).where(queue.c.scope == scope))
            put_rows(connection, scope, done, first=-len(done), done=True)
            put_rows(connection, scope, rows)

    def waiting(
        self, scope: str, author: str, limit: int, choice: Choice = NO_CHOICE, *, after: int = 0, audit: bool = True
    ) -> tuple[QueueRow, ...]:
        """Return the first waiting items that this person has not marked as undecidable.

        Those of a choice, `after` so many of them; without `audit` those of the audit slice are left out.
        """
        is_theirs = exists().where(
            judged.c.item == queue.c.item, judged.c.turn == "first", judged.c.author == author, judged.c.undone == 0
        )
        columns = [queue.c[name] for name in QueueRow._fields]
        question = select(*columns).where(queue.c.scope == scope, IS_WAITING, ~is_theirs, *chosen(choice))
        question = question if audit else question.where(queue.c.slice != "audit")
        with self._state.reading() as connection:
            rows = connection.execute(question.order_by(queue.c.place).offset(after).limit(limit)).all()
        return tuple(QueueRow(*row) for row in rows)

    def count_waiting(self, scope: str, author: str, choice: Choice = NO_CHOICE, *, audit: bool = True) -> int:
        """Return the number of waiting items that this person has not marked as undecidable."""
        which = [queue.c.scope == scope, IS_WAITING, *chosen(choice), *([] if audit else [queue.c.slice != "audit"])]
        unsure = (
            select(func.count(queue.c.item.distinct()))
            .join(judged, judged.c.item == queue.c.item)
            .where(judged.c.author == author, judged.c.verdict == "unsure", judged.c.turn == "first")
            .where(judged.c.undone == 0, *which)
        )
        every = select(queues.c.waiting).where(queues.c.scope == scope)
        if choice.given or not audit:
            every = select(func.count()).select_from(queue).where(*which)
        with self._state.reading() as connection:
            return (connection.scalar(every) or 0) - (connection.scalar(unsure) or 0)

    def count_judged(self, scope: str, choice: Choice = NO_CHOICE) -> int:
        """Return how many items of a choice people judged, whoever they were."""
        question = select(func.count()).select_from(queue).where(queue.c.scope == scope, IS_DONE, *chosen(choice))
        with self._state.reading() as connection:
            return connection.scalar(question) or 0

    def values_of(self, scope: str, field: Literal["dimension", "theme", "body"], names: Sequence[str]) -> list[str]:
        """Return which of these values of a field items of a queue have."""
        if not names:
            return []
        found = select(queue.c.place).where(queue.c.scope == scope)  # what the index of the field has by itself
        columns = [found.where(queue.c[field] == name).exists() for name in names]
        with self._state.reading() as connection:
            are_there = connection.execute(select(*(one.label(f"is_{n}") for n, one in enumerate(columns)))).one()
        return [name for name, is_there in zip(names, are_there, strict=True) if is_there]

    def slice_of(self, scope: str, item: str) -> Slice | None:
        """Return why an item is in a queue; None where it is not."""
        question = select(queue.c.slice).where(queue.c.scope == scope, queue.c.item == item)
        with self._state.reading() as connection:
            found = connection.scalar(question)
        return next((one for one in get_args(Slice) if found == one), None)

    def drop(self, scope: str, item: str) -> None:
        """Remove an item that was judged elsewhere, or deleted, from one queue."""
        with self._state.changing(copied=False) as connection:
            gone = delete(queue).where(queue.c.scope == scope, queue.c.item == item, IS_WAITING)
            if number := connection.execute(gone).rowcount:
                count(connection, scope, -number)

    def store(self, records: Sequence[ReviewRecord]) -> tuple[ReviewRecord, ...]:
        """Store records and their judgements in one transaction, and return them with their numbers.

        A first judgement takes its item out of the queues.
        """
        with self._state.changing() as connection:
            given = [one.judgement.model_copy(update={"act": one.act}) for one in records if one.judgement]
            stored = iter(add_judgements(connection, given))
            last = next_number(connection, "review judgements", len(records))
            numbered = tuple(
                one.model_copy(update={"number": number, "judgement": one.judgement and next(stored)})
                for number, one in enumerate(records, last - len(records) + 1)
            )
            put(connection, judged, list(map(_values, numbered)))
            done = [one.item for one in numbered if one.turn == "first" and one.verdict != "unsure"]
            if done:
                set_done(connection, among(queue.c.item, done), done=True)
        return numbered

    def undo(
        self, records: Sequence[ReviewRecord], scope: str, *, act: str | None = None, bodies: Mapping[str, str | None]
    ) -> None:
        """Withdraw records in one transaction: tags and themes return to their earlier state.

        An item that nobody else judged waits again, at the head of the queue if it was out of it. `act` is the id that
        the audit log has for this; `bodies` are those of the papers, by their ids. Raises `UsageError` where something
        was taken back before.
        """
        undone = {"id": 0, "at": as_text(dt.datetime.now(dt.UTC)), "action": "withdraw", "act": act}
        wanted = (judged.c.number.in_([one.number for one in records]), judged.c.undone == 0)
        with self._state.changing() as connection:
            if connection.execute(update(judged).where(*wanted).values(undone=1)).rowcount < len(records):
                raise UsageError("this judgement was taken back already", "go on with the queue")
            add_judgements(connection, [one.judgement.model_copy(update=undone) for one in records if one.judgement])
            items = [one.item for one in records if one.turn == "first" and one.verdict != "unsure"]
            still = select(judged.c.item).where(among(judged.c.item, items), *_IS_FIRST)
            waiting = set(items) - set(connection.execute(still).scalars())
            set_done(connection, among(queue.c.item, waiting), done=False)
            for one in records:
                if one.item in waiting and (row := row_of(one, bodies.get(one.document))):
                    put_first(connection, scope, row)

    def judgements(self, turn: Turn, *, item: str | None = None) -> tuple[ReviewRecord, ...]:
        """Return the judgements of a turn that were not taken back, oldest first; of one item, or all."""
        wanted = [judged.c.turn == turn, judged.c.undone == 0]
        wanted += [judged.c.item == item] if item is not None else []
        return self._records(select(judged).where(*wanted).order_by(judged.c.number))

    def acts(self) -> dict[str, ReviewRecord]:
        """Return the judgements for the audit log, by the ids of its lines, including withdrawn ones."""
        found = self._records(select(judged).where(judged.c.act.is_not(None)))
        return {one.act: one for one in found if one.act}

    def last_of(self, author: str, act: str | None = None) -> ReviewRecord | None:
        """Return the newest judgement of a person, of either turn, that was not taken back; or of those of an act."""
        wanted = [judged.c.undone == 0, judged.c.author == author]
        wanted += [judged.c.act == act] if act is not None else []
        newest = select(judged).where(*wanted).order_by(judged.c.number.desc())
        return next(iter(self._records(newest.limit(1))), None)

    def newest_of(self, author: str, items: Collection[str]) -> dict[str, int]:
        """Return the number of the newest judgement of a person on each of some items that was not taken back."""
        question = select(judged.c.item, func.max(judged.c.number)).where(
            judged.c.undone == 0, judged.c.author == author, among(judged.c.item, items)
        )
        with self._state.reading() as connection:
            return {str(row[0]): int(row[1]) for row in connection.execute(question.group_by(judged.c.item))}

    def of_author(self, author: str, *, before: str | None = None, limit: int) -> tuple[tuple[ReviewRecord, ...], ...]:
        """Return the judgements of a person that were not taken back, the newest first; those made at once together.

        `before` is the act of those to go on from.
        """
        newest = func.max(judged.c.number).label("number")
        acts = select(newest).where(judged.c.author == author, judged.c.undone == 0).group_by(judged.c.act)
        if before is not None:
            known = select(func.max(judged.c.number)).where(judged.c.act == before, judged.c.author == author)
            acts = acts.having(newest < known.scalar_subquery())
        numbers = acts.order_by(newest.desc()).limit(limit).subquery()
        heads = select(judged).where(judged.c.number.in_(select(numbers.c.number))).order_by(judged.c.number.desc())
        return tuple(self.together(one) for one in self._records(heads))

    def together(self, record: ReviewRecord) -> tuple[ReviewRecord, ...]:
        """Return the judgements that were made at once with one, which were not taken back, the newest first."""
        if not record.bulk:
            return (record,)
        wanted = (judged.c.act == record.act, judged.c.author == record.author, judged.c.undone == 0)
        return self._records(select(judged).where(*wanted).order_by(judged.c.number.desc()))

    def count_since(self, author: str, since: dt.datetime) -> int:
        """Return how many judgements of a person, of both turns, were made since a time and not taken back."""
        wanted = (judged.c.undone == 0, judged.c.author == author, judged.c.at >= as_text(since))
        with self._state.reading() as connection:
            return connection.scalar(select(func.count()).select_from(judged).where(*wanted)) or 0

    def for_second(
        self,
        author: str,
        *,
        item: str | None = None,
        documents: Collection[str] | None = None,
        chosen_by: tuple[str, Choice] | None = None,
        limit: int | None = 1,
    ) -> tuple[ReviewRecord, ...]:
        """Return first judgements of others that nobody judged a second time yet; who said "cannot tell" has.

        Those that are to be judged twice, of some documents or all, or of a choice in the queue of a scope; or, by its
        name, that of any item. Without a limit all of them.
        """
        one, other, own = judged.alias("one"), judged.alias("other"), judged.alias("own")
        is_second = (other.c.item == one.c.item) & (other.c.turn == "second") & (other.c.undone == 0)
        is_own = (own.c.item == one.c.item) & (own.c.turn == "first") & (own.c.undone == 0) & (own.c.author == author)
        wanted = [
            one.c.item == item if item else one.c.twice == _ONE,
            one.c.turn == "first",
            one.c.undone == 0,
            one.c.verdict != "unsure",
            one.c.author != author,
            ~exists().where(is_second, (other.c.verdict != "unsure") | (other.c.author == author)),
            ~exists().where(is_own),
        ]
        wanted += [among(one.c.document, documents)] if documents is not None else []
        if chosen_by and chosen_by[1].given:
            scope, choice = chosen_by
            wanted.append(exists().where(queue.c.item == one.c.item, queue.c.scope == scope, *chosen(choice)))
        return self._records(select(one).where(*wanted).order_by(one.c.number).limit(limit))

    def _records(self, question: Select[Any]) -> tuple[ReviewRecord, ...]:
        with self._state.reading() as connection:
            return tuple(map(_record, connection.execute(question).mappings().all()))


def row_of(record: ReviewRecord, body: str | None) -> QueueRow | None:
    """Return the row of the item of a judgement, of a paper of a body; None where the item was not drawn."""
    if record.slice is None:
        return None
    known = record.judged
    subject = {"dimension": known.dimension} if isinstance(known, MaturityTag) else {"theme": known.id}
    status: Status = "accepted" if known.status == "accepted" else "suggested"
    return QueueRow(record.item, record.slice, body=body, status=status, **subject)


def scope_of(access_classes: AccessClasses) -> str:
    """Return the name of the queue of those who hold these access classes."""
    return json.dumps(access_classes if isinstance(access_classes, str) else sorted(access_classes))


def _values(record: ReviewRecord) -> dict[str, Any]:
    values = record.model_dump(mode="json", exclude={"judged", "judgement"})
    values |= {name: int(values[name]) for name in ("twice", "undone", "bulk")}
    judgement = record.judgement.model_dump_json() if record.judgement else None
    return {**values, "judged": record.judged.model_dump_json(), "judgement": judgement}


def _record(row: RowMapping) -> ReviewRecord:
    values = dict(row)
    values["judged"] = json.loads(values["judged"])
    values["judgement"] = judgement_of(json.loads(values["judgement"])) if values["judgement"] else None
    return ReviewRecord(**values)


def as_text(time: dt.datetime) -> str:
    """Return a time as stored ones are written, so that texts compare as times do."""
    return time.astimezone(dt.UTC).isoformat(timespec="milliseconds")
