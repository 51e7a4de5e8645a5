"""Work that a run shares with other workers: batches of its documents, one row of the state each.

A run offers its work, adds parts, claims some of them itself, and collects the results of the others; its rows are
deleted when it ends, or when the next run marks it as interrupted. A worker claims a part by `SELECT … FOR UPDATE SKIP
LOCKED` and writes its number into the row; no transaction is open while it works. The transaction that ends the part
stores the result if the row still names the worker: parts of dead workers return to the run.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, select, update

from pipelines.storage.state import State
from pipelines.storage.statements import put
from pipelines.storage.tables import work
from pipelines.storage.workers import Worker, living

_OPENED = 0
"""The place of the row that announces the work of a run and names the worker of the run."""
_NOBODY = 0


class Part(NamedTuple):
    """A batch of a run, by its place from 1; `batch` is its content as the run wrote it."""

    run: str
    place: int
    batch: str


class Terms(NamedTuple):
    """The requirements for a worker that helps a run: the versions of its stages as JSON, and its blob store."""

    versions: str
    blobs: str


class SharedWork:
    """The shared work of the runs of a database, for use by one thread. Every method raises as `State` does."""

    def __init__(self, state: State, worker: Worker) -> None:
        self._state, self._worker = state, worker

    def open(self, run: str, terms: Terms) -> None:
        """Offer work of a run to workers that meet the terms."""
        row = {"run": run, "place": _OPENED, "worker": self._worker.number, **terms._asdict()}
        self._state.change(lambda connection: put(connection, work, [row], replace=False))

    def give(self, run: str, place: int, batch: str) -> None:
        """Add a part, which any worker that meets the terms of the run may claim."""
        row = {"run": run, "place": place, "batch": batch, "worker": _NOBODY}
        self._state.change(lambda connection: put(connection, work, [row], replace=False))

    def runs(self) -> dict[str, Terms]:
        """Return the live runs that offer work, each with its terms; the oldest first."""
        question = select(work).where(work.c.place == _OPENED).order_by(work.c.run)

        def ask(connection: Connection) -> dict[str, Terms]:
            rows = connection.execute(question).mappings().all()
            alive = living(connection, {row["worker"] for row in rows})
            return {row["run"]: Terms(row["versions"], row["blobs"]) for row in rows if row["worker"] in alive}

        return self._state.ask(ask)

    def claim(self, runs: Collection[str]) -> Part | None:
        """Claim an unclaimed part of one of these runs for this worker and return it; None where there is none."""
        self._worker.stay()
        own = self._worker.number
        question = (
            select(work.c.run, work.c.place, work.c.batch)
            .where(work.c.run.in_(runs), work.c.place != _OPENED, work.c.result.is_(None))
            .where(work.c.worker.in_([_NOBODY, own]))  # a part of its own, if the connection broke before the answer
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
        """Store the result of a claimed part, unless this worker no longer owns it."""
        is_own = _is(part) & (work.c.worker == self._worker.number)
        ended = update(work).where(is_own).values(result=result, batch=None)
        self._state.change(lambda connection: connection.execute(ended))

    def collect(self, run: str, places: Collection[int]) -> tuple[int, Mapping[int, str | None]]:
        """Return how many parts of a run are unclaimed, and the results of those of the `places` that are finished.

        A part of a dead worker, or a missing one, has the result None. Returned parts are removed from the shared work.
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
    """Delete the shared work of a run that has ended."""
    connection.execute(delete(work).where(work.c.run == run))


def _is(part: Part) -> ColumnElement[bool]:
    return (work.c.run == part.run) & (work.c.place == part.place)
