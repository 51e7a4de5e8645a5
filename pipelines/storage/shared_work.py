"""Work that a run gives to other workers: parts of its documents, a row of the state each.

A run opens its work, gives parts, claims some itself, and collects what others did with the rest; its rows go when it
ends, or when the next run marks it as interrupted. A worker claims a part by `SELECT … FOR UPDATE SKIP LOCKED` and
marks it with its number; no transaction is open while it works. The result is stored in the change that ends the part,
as long as the row still names the worker: what a dead one had goes back to the run.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, select, update

from pipelines.storage.state import State
from pipelines.storage.statements import put
from pipelines.storage.tables import work
from pipelines.storage.workers import Worker, living

_OPENED = 0
"""The place of the row that says that a run has work to give: it names the worker of the run."""
_NOBODY = 0


class Part(NamedTuple):
    """A part of the work of a run, by its place from 1; `batch` is what the run gave."""

    run: str
    place: int
    batch: str


class Terms(NamedTuple):
    """What a worker has to have to do work of a run: the versions of its stages as JSON, and its store of blobs."""

    versions: str
    blobs: str


class SharedWork:
    """The work that runs of a database share; belongs to one thread. Every method raises as `State` does."""

    def __init__(self, state: State, worker: Worker) -> None:
        self._state, self._worker = state, worker

    def open(self, run: str, terms: Terms) -> None:
        """Say that a run is going to give work to who meets the terms."""
        row = {"run": run, "place": _OPENED, "worker": self._worker.number, **terms._asdict()}
        self._state.change(lambda connection: put(connection, work, [row], replace=False))

    def give(self, run: str, place: int, batch: str) -> None:
        """Let any worker that meets the terms of the run have a part."""
        row = {"run": run, "place": place, "batch": batch, "worker": _NOBODY}
        self._state.change(lambda connection: put(connection, work, [row], replace=False))

    def runs(self) -> dict[str, Terms]:
        """Return the runs that have opened their work and are alive, each with its terms; the oldest first."""
        question = select(work).where(work.c.place == _OPENED).order_by(work.c.run)

        def ask(connection: Connection) -> dict[str, Terms]:
            rows = connection.execute(question).mappings().all()
            alive = living(connection, {row["worker"] for row in rows})
            return {row["run"]: Terms(row["versions"], row["blobs"]) for row in rows if row["worker"] in alive}

        return self._state.ask(ask)

    def claim(self, runs: Collection[str]) -> Part | None:
        """Return a part of one of these runs that nobody else has, for this worker alone; None where there is none."""
        self._worker.stay()
        own = self._worker.number
        question = (
            select(work.c.run, work.c.place, work.c.batch)
            .where(work.c.run.in_(runs), work.c.place != _OPENED, work.c.result.is_(None))
            .where(work.c.worker.in_([_NOBODY, own]))  # its own where the server went away before it answered
            .order_by(work.c.worker.desc(), work.c.run, work.c.place)
            .limit(1)
            .with_for_update(skip_locked=True)
        )

        def claim(connection: Connection) -> Part | None:
            found = connection.execute(question).first()
            if found is None:
                return None
            part = Part(*found)
            connection.execute(update(work).where(_is(part)).values(worker=own))
            return part

        return self._state.change(claim)

    def end(self, part: Part, result: str) -> None:
        """Store the result of a part that was claimed; nothing where it is not this worker's any more."""
        is_own = _is(part) & (work.c.worker == self._worker.number)
        ended = update(work).where(is_own).values(result=result, batch=None)
        self._state.change(lambda connection: connection.execute(ended))

    def collect(self, run: str, places: Collection[int]) -> tuple[int, Mapping[int, str | None]]:
        """Return how many parts of a run nobody has, and the results of those of the `places` that are ended.

        One that a dead worker had, or that is gone, has None for a result. What is returned is not given any more.
        """
        self._worker.stay()
        question = select(work.c.place, work.c.worker, work.c.result).where(work.c.run == run, work.c.place != _OPENED)

        def collect(connection: Connection) -> tuple[int, dict[int, str | None]]:
            rows = {place: (worker, result) for place, worker, result in connection.execute(question.with_for_update())}
            alive = living(connection, {worker for worker, _ in rows.values()}) | {_NOBODY, self._worker.number}
            ended = {place: result for place, (worker, result) in rows.items() if result or worker not in alive}
            connection.execute(delete(work).where(work.c.run == run, work.c.place.in_(ended)))
            gone = dict.fromkeys(place for place in places if place not in rows)
            return sum(worker == _NOBODY for worker, _ in rows.values()), {**ended, **gone}

        return self._state.change(collect)


def forget_work(connection: Connection, run: str) -> None:
    """Delete what a run gave, which has ended."""
    connection.execute(delete(work).where(work.c.run == run))


def _is(part: Part) -> ColumnElement[bool]:
    return (work.c.run == part.run) & (work.c.place == part.place)
