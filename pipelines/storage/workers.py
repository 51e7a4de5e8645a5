"""Leases of the workers that share a database: each worker has a number and holds a lock of the server.

Claims of documents and entries of the journal of an index in a cluster carry the name of their worker. The claims of
a dead worker are taken over by another one. No clock of a worker matters: PostgreSQL releases the lock when the
connection that holds it is closed, whether the process, the machine or the server was killed. A server that has just
been restarted has released the locks of all its former connections: their workers have a minute to reconnect. Where
the state is a file, the lock of the home ensures that its home has a single worker: any other worker is dead.
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

_LOCK_CLASS = 7_263_195
"""The first key of the advisory locks of workers; the second key is the number of the worker."""
_LOCK_HOLDERS = text(
    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = :kind AND objsubid = 2 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""A check takes no lock: trying one would make a dead worker look alive to other checks."""
_STARTED = "CAST(extract(epoch FROM pg_postmaster_start_time()) AS text)"
_RECONNECTING = text(
    f"SELECT number FROM workers WHERE server <> {_STARTED}"  # noqa: S608 - our own words
    " AND now() - pg_postmaster_start_time() < make_interval(secs => :seconds)"
)
_RECONNECT_SECONDS = 60
_KEEP_ALIVE = "SET tcp_keepalives_idle = 60; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
"""A machine that crashed does not close its connections: keep-alive lets the server detect that soon."""


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
        self._lock_connection: Connection | None = None
        self.stay()

    def stay(self) -> None:
        """Renew the lease: after an outage of the server, a new connection acquires the lock."""
        if not self._state.is_shared:
            return
        if self._lock_connection:
            with suppress(DBAPIError, OSError):
                self._lock_connection.execute(select(1))
                return
            self._close_connection()
        self._lock_connection = self._state.kept(self._acquire_lock)

    def living(self, names: Collection[str]) -> set[str]:
        """Return the names of the other workers that are alive."""
        self.stay()
        numbers = {name: _number(name) for name in names if name != self.name}
        with self._state.reading() as connection:
            alive = living(connection, numbers.values())
        return {name for name, number in numbers.items() if number in alive}

    def close(self) -> None:
        """End the lease: the claims of this worker become available to others."""
        if self._lock_connection:
            with suppress(DBAPIError, OSError):  # an unavailable server removes the worker by itself
                self._lock_connection.execute(delete(workers).where(workers.c.number == self.number))
        self._close_connection()
        self._state.close()

    def _acquire_lock(self, connection: Connection) -> None:
        connection.exec_driver_sql(_KEEP_ALIVE)
        connection.execute(select(func.pg_advisory_lock(_LOCK_CLASS, self.number)))
        server = connection.scalar(text(f"SELECT {_STARTED}"))
        put(connection, workers, [{"number": self.number, "server": server}])
        noted = set(connection.scalars(select(workers.c.number)))
        dead = noted - living(connection, noted)  # a worker that reconnects adds its row again
        connection.execute(delete(workers).where(workers.c.number.in_(dead)))

    def _close_connection(self) -> None:
        kept, self._lock_connection = self._lock_connection, None
        if kept:
            with suppress(DBAPIError, OSError):  # it is closed already
                kept.close()


def _number(name: str) -> int:
    """Return the number of a worker from its name, 0 for a malformed name."""
    number = name.partition(" ")[0]
    return int(number) if number.isdecimal() else 0


def living(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Return the numbers of the workers that are alive; none where the state is a file."""
    if not numbers or connection.dialect.name != "postgresql":
        return set()
    found = set(connection.scalars(_LOCK_HOLDERS, {"kind": _LOCK_CLASS}))
    found.update(connection.scalars(_RECONNECTING, {"seconds": _RECONNECT_SECONDS}))
    return found & set(numbers)
