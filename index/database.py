"""A SQLite file of the home that several processes read and write at once."""

import sqlite3
import time
from pathlib import Path

from configs.errors import MismatchError, UnavailableError

_BUSY_SECONDS = 30.0
_PAUSE_SECONDS = 0.01


def open_database(path: Path, schema: str, version: int, name: str) -> sqlite3.Connection:
    """Return a connection to a file, in which every write is durable; the file is made where it is missing.

    `schema` makes the tables where they are not there yet. `name` says in errors what the file is: raises
    `MismatchError` for one of another version and `UnavailableError` for one that cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            connection.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {version}; COMMIT;")
    except sqlite3.DatabaseError as error:
        message = f"{path}: the {name} cannot be opened: {error}"
        raise UnavailableError(message, "check the folder's rights and free space, or move it away") from error
    if found not in (0, version):
        connection.close()
        message = f"{path}: the {name} has version {found}, this program needs {version}"
        raise MismatchError(message, "use the program that wrote it, or ingest into a new --home")
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once.

    SQLite does not wait for another process that makes the same switch: it says at once that the file is locked.
    """
    give_up = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return
