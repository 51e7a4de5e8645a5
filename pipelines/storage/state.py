"""The database of a home beside its index: the file `state.db`, or the PostgreSQL database of the settings.

Several processes use it concurrently; changes are atomic transactions, and none is open while a document is read. The
stores of this package define the content of the tables (`pipelines.storage.tables`).
"""

import logging
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    func,
    inspect,
    pool,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import NullPool, QueuePool

from configs.settings import Settings
from configs.system.errors import CustomsLensError, MismatchError, UnavailableError, UsageError
from configs.system.files import UNFINISHED
from configs.system.packages import install_command
from configs.system.sqlite.copies import copies, keep_copy, was_emptied
from configs.system.sqlite.database import (
    DamagedError,
    Upgrade,
    add_functions,
    open_database,
    open_to_look,
    open_to_read,
    unusable,
)
from configs.system.sqlite.failures import is_full
from pipelines.storage.checksums import file_schema, stored_tables
from pipelines.storage.said import damage_of_state, write_said
from pipelines.storage.statements import put
from pipelines.storage.tables import METADATA, SCHEMA_VERSION, about
from pipelines.storage.upgrading import OLDEST, upgrade_file, upgrade_server
from pipelines.workspace import COMPANIONS, STATE

T = TypeVar("T")
_NAME = "state"
"""The name of the file in error messages."""
_SERVER_SECONDS = 60
"""Timeout of a query to a server."""
_MAKING = 7_263_194
"""The advisory lock for creating the tables; an arbitrary number that no other program of the database uses."""
_AT_ONCE = 500
"""Rows per batch of a copy."""
_SETTING = "'database' in settings.yaml, or the variable CUSTOMS_LENS_DATABASE"
_REFUSED = ("28", "3D")
"""Prefixes of the PostgreSQL error codes for a wrong user, password or database."""


class State:
    """The database of a home; it connects on first use, and several threads may read at once.

    Every use raises `UnavailableError` where the database cannot be used (`DamagedError` where the file is damaged),
    `MismatchError` for a database of another version of the program, and `UsageError` where the server refuses the
    user. With `patient`, for writers of the home, it waits for an unavailable server and keeps a file open.
    """

    def __init__(self, settings: Settings, *, patient: bool = False) -> None:
        self.path = settings.home / STATE
        self._url = make_url(settings.database.get_secret_value()) if settings.database else None
        self._backoff = settings.elasticsearch.backoff_seconds
        self._patience = settings.elasticsearch.patience_seconds if patient else 0.0
        self._is_patient = patient
        self._files: dict[bool, Engine] = {}
        self._is_changed = self._is_written = False

    @property
    def is_shared(self) -> bool:
        """Whether it is a database on a server, which several homes may share."""
        return self._url is not None

    @property
    def is_there(self) -> bool:
        """Whether the database exists, or existed; checking creates nothing."""
        return self._url is not None or os.path.lexists(self.path)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection for queries. A missing file counts as empty and is not created."""
        with self._errors(), self._connected(changes=False) as connection:
            yield connection

    @contextmanager
    def changing(self, *, copied: bool = True) -> Iterator[Connection]:
        """Yield a connection for one transaction; a missing file is created.

        Without `copied` the change triggers no backup copy: its rows can be rebuilt, or a person waits for each of many
        such changes.
        """
        with self._errors(), self._connected(changes=True) as connection, connection.begin():
            _check_version(connection, self._place())
            yield connection
        self._is_changed |= copied
        self._is_written = True

    def ask(self, question: Callable[[Connection], T]) -> T:
        """Return the result of a query, which is retried once if the connection to the server breaks."""
        return self._twice(self.reading, question)

    def change(self, work: Callable[[Connection], T], *, copied: bool = False) -> T:
        """Run a transaction that may be repeated, which happens if the connection to the server breaks."""
        return self._twice(partial(self.changing, copied=copied), work)

    def kept(self, begin: Callable[[Connection], None]) -> Connection:
        """Return a connection to a server for one caller, who closes it; `begin` runs first, each statement commits."""
        with self._errors():
            connection = self._connected(changes=True).execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            connection.exec_driver_sql("ROLLBACK")  # of the transaction in which the pool tested the connection
            begin(connection)
            return connection

    def close(self) -> None:
        """Close the file and copy people's input if it changed; a later use opens the file again.

        A new file is copied too: in place of a damaged file, the copy shows that there was no input yet.
        """
        for engine in self._files.values():
            engine.dispose()
        self._files.clear()
        if self._is_changed or (self._is_written and not copies(self.path)):
            self.keep_said()
        self._is_changed = self._is_written = False

    def keep_said(self) -> None:
        """Copy people's input, replacing an earlier copy of the day; a server has its own backups."""
        if self._url is None and self.path.exists():
            keep_copy(self.path, write_said, damage_of_state)

    def _twice(self, opened: Callable[[], AbstractContextManager[Connection]], work: Callable[[Connection], T]) -> T:
        try:
            with opened() as connection:
                return work(connection)
        except UnavailableError as error:
            if not getattr(error.__cause__, "connection_invalidated", False):
                raise
        with opened() as connection:
            return work(connection)

    def _connected(self, *, changes: bool) -> Connection:
        if self._url is not None:
            return self._connect_with_retries(self._url)
        if not changes and not os.path.lexists(self.path):
            return _empty().connect()
        if changes not in self._files:
            opened = _engine_of_file(self.path, changes=changes, kept=changes or self._is_patient)
            self._files.setdefault(changes, opened)
        return self._files[changes].connect()

    def _connect_with_retries(self, url: URL) -> Connection:
        """Return a connection to a server, retrying until the retry limit if the server is unavailable."""
        give_up, pause = time.monotonic() + self._patience, self._backoff
        while True:
            try:
                return _checked_out(engine_of_server(url, self.path))
            except DBAPIError as error:
                if _is_refused(error) or time.monotonic() + pause > give_up:
                    raise
            time.sleep(pause)
            pause *= 2

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._explained(error) from error
        except PoolTimeoutError as error:
            message = f"{self._place()}: all connections are in use, and none was given back in time"
            raise UnavailableError(message, "ask again in a minute", may_pass=True) from error
        except OSError as error:
            if self._url is None:
                raise
            raise self._explained(InterfaceError("", {}, error)) from error

    def _place(self) -> str:
        if self._url is None:
            return str(self.path)
        return f"postgresql://{self._url.host}:{self._url.port or 5432}/{self._url.database}"

    def _explained(self, error: DBAPIError) -> CustomsLensError:
        if self._url is None:
            if isinstance(error.orig, sqlite3.OperationalError) and is_full(self.path.parent, error.orig):
                message = f"{self.path.parent}: the disk is full"
                return UnavailableError(message, "free some space and run the same command again")
            return unusable(self.path, _NAME, error.orig)
        place = self._place()
        if _is_refused(error):
            return UsageError(f"{place}: {_words(error)}", f"correct {_SETTING}")
        message = f"{place}: the database cannot be used: {_words(error)}"
        return UnavailableError(message, f"start it, or correct {_SETTING}")


def _engine_of_file(path: Path, *, changes: bool, kept: bool) -> Engine:
    """Return an engine over a file for writing or reading, with pooled (`kept`) or short-lived connections.

    Readers open the file each time: another file may replace it, and on a full disk it is read in its current state.
    """
    poolclass = QueuePool if kept else NullPool
    engine = create_engine("sqlite://", creator=partial(_open_file, path, changes=changes), poolclass=poolclass)
    begin = "BEGIN IMMEDIATE" if changes else "BEGIN"  # a writer acquires the lock at the beginning
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


@cache
def _empty() -> Engine:
    """Return an engine over an empty state in memory."""

    def made() -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        add_functions(connection)
        connection.executescript(file_schema())
        return connection

    return create_engine("sqlite://", creator=made, poolclass=NullPool)


def _open_file(path: Path, *, changes: bool) -> sqlite3.Connection:
    if was_emptied(path):
        raise DamagedError(f"{path}: the {_NAME} is empty", "run customs-lens doctor --repair")
    if changes and not os.path.lexists(path):
        _make_file(path)
    opening = open_database if changes else open_to_look
    connection = opening(path, file_schema(), SCHEMA_VERSION, _NAME, Upgrade(OLDEST, upgrade_file))
    connection.row_factory = None  # the library creates the rows
    return connection


def _make_file(path: Path) -> None:
    """Create a file with the tables, unless another process has just created it.

    The file has a temporary name until it is complete: a process that is killed earlier would leave an empty file,
    which looks like one that lost its rows. On a disk without hard links, the opening of the file creates it.
    """
    new = path.with_name(f".{path.name}-{uuid.uuid4().hex}{UNFINISHED}")
    try:
        with suppress(UnavailableError, OSError):
            open_database(new, file_schema(), SCHEMA_VERSION, _NAME).close()
            os.link(new, path)
    finally:
        for suffix in ("", *COMPANIONS):
            Path(f"{new}{suffix}").unlink(missing_ok=True)


@cache
def engine_of_server(url: URL, path: Path) -> Engine:
    """Return a pooled engine for a server; missing tables are created.

    The content of the home's file is copied into new tables, once.
    """
    try:
        import pg8000  # noqa: F401
    except ImportError as error:
        raise UsageError("PostgreSQL cannot be reached", install_command("postgresql")) from error
    logging.getLogger(pool.__name__).setLevel(logging.CRITICAL)  # it logs a traceback for a broken connection
    driven = url.set(drivername="postgresql+pg8000")
    engine = create_engine(driven, pool_pre_ping=True, connect_args={"timeout": _SERVER_SECONDS})
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(_MAKING)))
        if not inspect(connection).has_table(about.name):
            stored_tables().create_all(connection)
            if os.path.lexists(path):
                _copy(path, connection)
            else:
                put(connection, about, [{"name": "id", "value": uuid.uuid4().hex}])
            put(connection, about, [{"name": "version", "value": str(SCHEMA_VERSION)}])
        if OLDEST <= int(_version_of(connection) or 0) < SCHEMA_VERSION:
            upgrade_server(connection)
        _check_version(connection, f"{url.host}/{url.database}")
    return engine


def stored_version(settings: Settings) -> int | None:
    """Return the stored version of a state without changing it; None where it cannot be read."""
    try:
        if settings.database is None:
            with closing(open_to_read(settings.home / STATE)) as file:
                return int(file.execute("PRAGMA user_version").fetchone()[0])
        url = make_url(settings.database.get_secret_value()).set(drivername="postgresql+pg8000")
        with create_engine(url, poolclass=NullPool).connect() as connection:
            return int(_version_of(connection) or 0)
    except (sqlite3.Error, SQLAlchemyError, ImportError, OSError):
        return None  # opening the state reports the reason


def _version_of(connection: Connection) -> str | None:
    return connection.scalar(select(about.c.value).where(about.c.name == "version"))


def _check_version(connection: Connection, place: str) -> None:
    """Raise `MismatchError` where another version of the program has upgraded the tables, maybe just now."""
    if (found := _version_of(connection)) != str(SCHEMA_VERSION):
        message = f"{place}: the {_NAME} has version {found}, this program needs {SCHEMA_VERSION}"
        raise MismatchError(message, "use the version of the program that wrote it, or a newer one")


def _checked_out(engine: Engine) -> Connection:
    """Return a working connection: if its server was killed, the driver raises a socket error instead of its own."""
    try:
        return engine.connect()
    except OSError:
        engine.dispose()
    try:
        return engine.connect()
    except OSError as error:
        raise InterfaceError("", {}, error) from error


def _copy(path: Path, connection: Connection) -> None:
    """Copy every row of a file into the tables of a server, which compute new checksums."""
    if found := damage_of_state(path):
        raise DamagedError(f"{path}: is damaged: {found}", "run customs-lens doctor --repair")
    engine = _engine_of_file(path, changes=False, kept=False)
    try:
        with engine.connect() as source:
            for table in METADATA.sorted_tables:
                for rows in source.execute(select(table)).mappings().partitions(_AT_ONCE):
                    put(connection, table, [dict(row) for row in rows])
    finally:
        engine.dispose()


def _is_refused(error: DBAPIError) -> bool:
    return _message_fields(error).get("C", "").startswith(_REFUSED)


def _words(error: DBAPIError) -> str:
    return _message_fields(error).get("M") or str(error.orig)


def _message_fields(error: DBAPIError) -> dict[str, str]:
    """Return the fields of a server message: a code `C`, a message `M` and more; empty without a message."""
    said = error.orig.args[0] if error.orig and error.orig.args else None
    return said if isinstance(said, dict) else {}
