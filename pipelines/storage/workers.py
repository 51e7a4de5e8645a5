"""Who is at work on what several homes share: a number for each worker, and a lock of the server that it holds.

What a worker has (claims of documents, entries of the journal of an index in a cluster) names it. Where it is dead,
another one takes that over. No clock of a worker takes part: PostgreSQL frees the lock when the connection that holds
it is gone, whoever killed the process, the machine or the server. One that was started a moment ago has freed the
locks of all who were connected before: these have a minute to come back. Where the state is a file, its home has one
worker, by the lock of the home: whoever else is named is dead.
"""

import os
import socket
from collections.abc import Collection
from contextlib import suppress

from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.exc import DBAPIError

from pipelines.storage.state import State
from pipelines.storage.statements import next_number, put
from pipelines.storage.tables import about, workers

_KIND = 7_263_195
"""The first half of the locks of workers; the second is the number of one."""
_LIVING = text(
    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = :kind AND objsubid = 2 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""Who looks takes no lock: to try one would make a dead worker seem alive to others who look."""
_STARTED = "CAST(extract(epoch FROM pg_postmaster_start_time()) AS text)"
_COMING_BACK = text(
    f"SELECT number FROM workers WHERE server <> {_STARTED}"  # noqa: S608 - our own words
    " AND now() - pg_postmaster_start_time() < make_interval(secs => :seconds)"
)
_BACK_SECONDS = 60
_SILENCE = "SET tcp_keepalives_idle = 60; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
"""A machine that is gone does not close its connections: the server is to find that out by itself, and soon."""


class Worker:
    """A worker that is alive until `close`, or until its process ends.

    Raises as `State` does, and so does every method.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        with state.changing(copied=False) as connection:
            self.number = next_number(connection, "workers")
            self.state: str = connection.scalars(select(about.c.value).where(about.c.name == "id")).one()
        self.name = f"{self.number} (process {os.getpid()} on {socket.gethostname()})"
        """What its work in an index is marked with."""
        self._kept: Connection | None = None
        self.stay()

    def stay(self) -> None:
        """Be alive for others: a server that was away has another connection to hold the lock."""
        if not self._state.is_shared:
            return
        if self._kept:
            with suppress(DBAPIError, OSError):
                self._kept.execute(select(1))
                return
            self._close_connection()
        self._kept = self._state.kept(self._hold)

    def living(self, names: Collection[str]) -> set[str]:
        """Return those of the others that are alive, by their names."""
        self.stay()
        numbers = {name: _number(name) for name in names if name != self.name}
        with self._state.reading() as connection:
            alive = living(connection, numbers.values())
        return {name for name, number in numbers.items() if number in alive}

    def close(self) -> None:
        """Leave: what it has is free for others."""
        if self._kept:
            with suppress(DBAPIError, OSError):  # a server that is away forgets the worker by itself
                self._kept.execute(delete(workers).where(workers.c.number == self.number))
        self._close_connection()
        self._state.close()

    def _hold(self, connection: Connection) -> None:
        connection.exec_driver_sql(_SILENCE)
        connection.execute(select(func.pg_advisory_lock(_KIND, self.number)))
        server = connection.scalar(text(f"SELECT {_STARTED}"))
        put(connection, workers, [{"number": self.number, "server": server}])
        noted = set(connection.scalars(select(workers.c.number)))
        dead = noted - living(connection, noted)  # who comes back notes itself again
        connection.execute(delete(workers).where(workers.c.number.in_(dead)))

    def _close_connection(self) -> None:
        kept, self._kept = self._kept, None
        if kept:
            with suppress(DBAPIError, OSError):  # it is gone already
                kept.close()


def _number(name: str) -> int:
    """Return the number of a worker by its name, 0 for a name that is none."""
    number = name.partition(" ")[0]
    return int(number) if number.isdecimal() else 0


def living(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Return those of the workers that are alive, by their numbers; none in a file."""
    if not numbers or connection.dialect.name != "postgresql":
        return set()
    found = set(connection.scalars(_LIVING, {"kind": _KIND}))
    found.update(connection.scalars(_COMING_BACK, {"seconds": _BACK_SECONDS}))
    return found & set(numbers)
