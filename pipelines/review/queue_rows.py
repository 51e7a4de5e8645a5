"""The rows of the review queue: positions of items, the fields for selecting them, and whether they are done."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, func, select, update

from extractors.judgements import passage_of
from pipelines.review.choice import Choice, Status
from pipelines.storage.statements import put
from pipelines.storage.tables import queue, queues

Slice: TypeAlias = Literal["threshold", "disagreement", "audit"]
"""Why an item is in the queue: near a threshold, signals that disagree, or drawn at random to measure quality."""


class QueueRow(NamedTuple):
    """An item of the queue, why it is there and what it can be chosen by; the rows of a queue stand in its order."""

    item: str
    slice: Slice
    dimension: str | None = None
    theme: str | None = None
    body: str | None = None
    status: Status = "suggested"


def put_rows(
    connection: Connection, scope: str, rows: Iterable[QueueRow], *, first: int = 0, done: bool = False
) -> None:
    """Write rows from a position on; `done` ones are not waiting."""
    put(connection, queue, [_values(scope, place, row) | {"done": int(done)} for place, row in enumerate(rows, first)])


def set_done(connection: Connection, *which: ColumnElement[bool], done: bool) -> None:
    """Mark rows of their queues as done, or as waiting again."""
    statement = update(queue).where(*which, queue.c.done != int(done)).values(done=int(done))
    changed = Counter(connection.execute(statement.returning(queue.c.scope)).scalars())
    for scope, number in sorted(changed.items()):  # in one order, so that no two wait for each other
        count(connection, scope, -number if done else number)


def count(connection: Connection, scope: str, more: int) -> None:
    """Add a number to the count of waiting items of a queue."""
    connection.execute(update(queues).where(queues.c.scope == scope).values(waiting=queues.c.waiting + more))


def put_first(connection: Connection, scope: str, row: QueueRow) -> None:
    """Insert an item at the head of a queue that lacks it."""
    is_there = select(queue.c.place).where(queue.c.scope == scope, queue.c.item == row.item)
    if connection.execute(is_there).first() is None:
        first = connection.scalar(select(func.min(queue.c.place)).where(queue.c.scope == scope))
        put_rows(connection, scope, [row], first=0 if first is None else first - 1)
        count(connection, scope, 1)


def chosen(choice: Choice) -> list[ColumnElement[bool]]:
    """Return the conditions for the rows of a selection."""
    found: list[ColumnElement[bool]] = [
        queue.c[name] == value for name, value in choice.given.items() if name != "body"
    ]
    return [*found, queue.c.body.in_(sorted(choice.bodies))] if choice.body else found


def _values(scope: str, place: int, row: QueueRow) -> dict[str, Any]:
    document = passage_of(row.item).rpartition("-")[0]
    return {"scope": scope, "place": place, "document": document, **row._asdict()}
