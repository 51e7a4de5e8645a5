"""What the review page remembers: the order of the queue, and who judged what of it when.

What a judgement says of a tag or theme is an annotation and lies with the others (`index.annotations`). Here it says
that it was made, why something was rejected, what nobody could tell, and the second judgements, which never change a
tag. The order of the queue can be rebuilt, the rest cannot.
"""

import datetime as dt
import json
import secrets
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, Literal, NamedTuple, Self, TypeAlias, get_args

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, delete, exists, func, select, update

from configs.system.errors import UsageError
from extractors.document import MaturityTag, Modality, PassageTheme, Value
from extractors.maturity.labels import Label
from extractors.themes.annotated import ThemeLabel
from index.annotations.store import label_of
from index.filters import AccessClasses
from pipelines.storage.state import State, among, next_number, put
from pipelines.storage.tables import IS_WAITING, about, judged, queue, queues

Slice: TypeAlias = Literal["threshold", "disagreement", "audit"]
"""Why an item is in the queue: near a threshold, signals that disagree, or drawn at random to measure quality."""
Verdict: TypeAlias = Literal["accept", "reject", "set", "unsure"]
Reason: TypeAlias = Literal["dimension", "level", "modality", "other"]
"""Why a tag was rejected: not about its dimension or theme, wrong level, wrong modality, no claim or anything else."""
Turn: TypeAlias = Literal["first", "second"]
NOBODY = ""
"""The author of no judgement: for whom everything waits that anybody may judge."""
_SEED = "review seed"


class QueueRow(NamedTuple):
    """An item of the queue and why it is there; the rows of a queue stand in its order."""

    item: str
    slice: Slice


class QueueState(Value):
    """When the order of a queue was made, of which revision of the index, and how many seconds that took."""

    revision: str
    made: dt.datetime
    seconds: float


class Judgement(Value):
    """What one person said of one item at one time.

    `at` is a time in UTC (ISO 8601, milliseconds), `judged` the tag or theme as it was shown, `label` what was stored
    as an annotation, None where nothing was. `dimension`, `level`, `modality` and `subject` hold from then on for a tag
    that was accepted or corrected. `twice` says that another person is to judge it too. `number` counts the judgements;
    0 before one is stored. `act` is the id of the lines of the audit log that tell of it.
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
    label: Label | ThemeLabel | None = None
    dimension: str | None = None
    level: str | None = None
    modality: Modality | None = None
    subject: str | None = None
    twice: bool = False
    undone: bool = False
    act: str | None = None

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

    def replace_queue(self, scope: str, rows: Iterable[QueueRow], state: QueueState) -> None:
        """Store the order of a queue in place of the one before, all of it or nothing, and copy all records."""
        numbered = [{"scope": scope, "place": place, **row._asdict(), "done": 0} for place, row in enumerate(rows)]
        made = {**state.model_dump(mode="json"), "scope": scope, "waiting": len(numbered)}
        with self._state.changing() as connection:
            put(connection, queues, [made])  # first: who changes the queue of a scope has its row
            connection.execute(delete(queue).where(queue.c.scope == scope))
            put(connection, queue, numbered)

    def waiting(self, scope: str, author: str, limit: int) -> tuple[QueueRow, ...]:
        """Return the first items that nobody judged and of which this person did not say that they cannot tell."""
        is_theirs = exists().where(
            judged.c.item == queue.c.item, judged.c.turn == "first", judged.c.author == author, judged.c.undone == 0
        )
        question = select(queue.c.item, queue.c.slice).where(queue.c.scope == scope, IS_WAITING, ~is_theirs)
        with self._state.reading() as connection:
            rows = connection.execute(question.order_by(queue.c.place).limit(limit)).all()
        return tuple(QueueRow(*row) for row in rows)

    def count_waiting(self, scope: str, author: str) -> int:
        """Return how many items there are of those: all that wait, but for what this person could not tell."""
        unsure = (
            select(func.count(queue.c.item.distinct()))
            .join(judged, judged.c.item == queue.c.item)
            .where(judged.c.author == author, judged.c.verdict == "unsure", judged.c.turn == "first")
            .where(judged.c.undone == 0, queue.c.scope == scope, IS_WAITING)
        )
        with self._state.reading() as connection:
            every = connection.scalar(select(queues.c.waiting).where(queues.c.scope == scope)) or 0
            return every - (connection.scalar(unsure) or 0)

    def slice_of(self, scope: str, item: str) -> Slice | None:
        """Return why an item is in a queue; None where it is not."""
        question = select(queue.c.slice).where(queue.c.scope == scope, queue.c.item == item)
        with self._state.reading() as connection:
            found = connection.scalar(question)
        return next((one for one in get_args(Slice) if found == one), None)

    def drop(self, scope: str, item: str) -> None:
        """Take an item that was judged elsewhere, or that is gone, out of one queue."""
        with self._state.changing(copied=False) as connection:
            _set_done(connection, queue.c.scope == scope, queue.c.item == item, done=True)

    def add(self, judgement: Judgement) -> Judgement:
        """Store a judgement and return it with its number; a first one takes its item out of the queues."""
        values = judgement.model_dump(mode="json", exclude={"number", "judged", "label"})
        values["judged"] = judgement.judged.model_dump_json()
        values["label"] = judgement.label.model_dump_json() if judgement.label else None
        with self._state.changing(copied=False) as connection:
            number = next_number(connection, "review judgements")
            put(connection, judged, [{**values, "number": number, "twice": int(judgement.twice), "undone": 0}])
            if judgement.turn == "first" and judgement.verdict != "unsure":
                _set_done(connection, queue.c.item == judgement.item, done=True)
        return judgement.model_copy(update={"number": number})

    def undo(self, judgement: Judgement, scope: str) -> None:
        """Note that a judgement was taken back; its item waits again, at the head of the queue if it was out of it.

        Raises `UsageError` where it was taken back before.
        """
        statement = update(judged).where(judged.c.number == judgement.number, judged.c.undone == 0).values(undone=1)
        with self._state.changing(copied=False) as connection:
            if not connection.execute(statement).rowcount:
                raise UsageError("this judgement was taken back already", "go on with the queue")
            if judgement.turn == "second" or judgement.verdict == "unsure":
                return
            _set_done(connection, queue.c.item == judgement.item, done=False)
            if judgement.slice:
                _put_first(connection, scope, QueueRow(judgement.item, judgement.slice))

    def judgements(self, turn: Turn, *, item: str | None = None) -> tuple[Judgement, ...]:
        """Return the judgements of a turn that were not taken back, oldest first; of one item, or all."""
        wanted = [judged.c.turn == turn, judged.c.undone == 0]
        wanted += [judged.c.item == item] if item is not None else []
        return self._judgements(select(judged).where(*wanted).order_by(judged.c.number))

    def acts(self) -> dict[str, Judgement]:
        """Return the judgements that the audit log has to tell of, by the ids of its lines; those taken back, too."""
        found = self._judgements(select(judged).where(judged.c.act.is_not(None)))
        return {one.act: one for one in found if one.act}

    def last_of(self, author: str) -> Judgement | None:
        """Return the newest judgement of a person, of either turn, that was not taken back."""
        newest = select(judged).where(judged.c.undone == 0, judged.c.author == author)
        return next(iter(self._judgements(newest.order_by(judged.c.number.desc()).limit(1))), None)

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
        limit: int | None = 1,
    ) -> tuple[Judgement, ...]:
        """Return first judgements of others that nobody judged a second time yet; who said "cannot tell" has.

        Those that are to be judged twice, of some documents or all; or, by its name, that of any item. Without a limit
        all of them.
        """
        one, other, own = judged.alias("one"), judged.alias("other"), judged.alias("own")
        is_second = (other.c.item == one.c.item) & (other.c.turn == "second") & (other.c.undone == 0)
        is_own = (own.c.item == one.c.item) & (own.c.turn == "first") & (own.c.undone == 0) & (own.c.author == author)
        wanted = [
            one.c.item == item if item else one.c.twice == 1,
            one.c.turn == "first",
            one.c.undone == 0,
            one.c.verdict != "unsure",
            one.c.author != author,
            ~exists().where(is_second, (other.c.verdict != "unsure") | (other.c.author == author)),
            ~exists().where(is_own),
        ]
        wanted += [among(one.c.document, documents)] if documents is not None else []
        return self._judgements(select(one).where(*wanted).order_by(one.c.number).limit(limit))

    def _judgements(self, question: Select[Any]) -> tuple[Judgement, ...]:
        with self._state.reading() as connection:
            return tuple(map(_judgement, connection.execute(question).mappings().all()))


def _set_done(connection: Connection, *which: ColumnElement[bool], done: bool) -> None:
    """Take rows out of their queues, or let them wait again."""
    statement = update(queue).where(*which, queue.c.done != int(done)).values(done=int(done))
    changed = Counter(connection.execute(statement.returning(queue.c.scope)).scalars())
    for scope, count in sorted(changed.items()):  # in one order, so that no two wait for each other
        _count(connection, scope, -count if done else count)


def _count(connection: Connection, scope: str, more: int) -> None:
    connection.execute(update(queues).where(queues.c.scope == scope).values(waiting=queues.c.waiting + more))


def _put_first(connection: Connection, scope: str, row: QueueRow) -> None:
    """Put an item at the head of a queue that does not hold it."""
    is_there = select(queue.c.place).where(queue.c.scope == scope, queue.c.item == row.item)
    if connection.execute(is_there).first() is None:
        first = connection.scalar(select(func.min(queue.c.place)).where(queue.c.scope == scope))
        place = 0 if first is None else first - 1
        put(connection, queue, [{"scope": scope, "place": place, **row._asdict(), "done": 0}])
        _count(connection, scope, 1)


def scope_of(access_classes: AccessClasses) -> str:
    """Return the name of the queue of those who hold these access classes."""
    return json.dumps(access_classes if isinstance(access_classes, str) else sorted(access_classes))


def _judgement(row: RowMapping) -> Judgement:
    values = dict(row)
    values["judged"] = json.loads(values["judged"])
    values["label"] = label_of(json.loads(values["label"])) if values["label"] else None
    return Judgement(**values)


def as_text(time: dt.datetime) -> str:
    """Return a time as stored ones are written, so that texts compare as times do."""
    return time.astimezone(dt.UTC).isoformat(timespec="milliseconds")
