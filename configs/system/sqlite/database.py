"""Opens, migrates, copies and checks the SQLite files of a home, which several processes use at once."""

import hashlib
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple, Self

from configs.system.errors import BEFORE_0_1_0, MismatchError, UnavailableError
from configs.system.files import IrregularFileError, refuse_irregular
from configs.system.folders import make_home

ROW_CHECKSUM = "row_checksum"
"""The SQL function by which tables check their rows; see `row_checksum`."""
_CHECKSUM_DIGITS = 16
_BUSY_SECONDS = 30.0
_PAUSE_SECONDS = 0.01
_PRIMARY = 0xFF
"""The bits of an error code of SQLite that say what it is; those above say more."""
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
"""What SQLite says of a file beside which it cannot write."""

_log = logging.getLogger(__name__)


class Upgrade(NamedTuple):
    """A migration of tables of older versions within a transaction, and the oldest version that it accepts."""

    oldest: int
    work: Callable[[sqlite3.Connection], None]


class DamagedError(UnavailableError):
    """A file exists but SQLite cannot read it, as its content is damaged."""


class _FileCursor(sqlite3.Cursor):
    def execute(self, sql: str, parameters: Any = (), /) -> Self:  # noqa: ANN401 - as SQLite takes them
        try:
            return super().execute(sql, parameters)
        except UnicodeDecodeError as error:
            raise _damaged_schema(error) from error


class FileConnection(sqlite3.Connection):
    """A connection to a file, which may be damaged: bytes of it that are no text may stand in a message of SQLite.

    The library then raises `UnicodeDecodeError`; here that is the `sqlite3.DatabaseError` that it was.
    """

    def cursor(self, factory: Any = _FileCursor) -> Any:  # noqa: ANN401 - as the library has it
        """Return a cursor."""
        return super().cursor(factory)

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:  # noqa: ANN401 - as SQLite takes them
        """Run a statement."""
        try:
            return super().execute(sql, parameters)
        except UnicodeDecodeError as error:
            raise _damaged_schema(error) from error

    def executescript(self, sql_script: str, /) -> sqlite3.Cursor:
        """Run statements."""
        try:
            return super().executescript(sql_script)
        except UnicodeDecodeError as error:
            raise _damaged_schema(error) from error


def _damaged_schema(error: UnicodeDecodeError) -> sqlite3.DatabaseError:
    found = sqlite3.DatabaseError(error.object.decode(errors="replace"))
    found.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return found


def open_database(
    path: Path, schema: str, version: int, name: str, upgrade: Upgrade | None = None
) -> sqlite3.Connection:
    """Return a connection to a file, in which every write is durable; the file is made where it is missing.

    `schema` makes the tables where they are not there yet; `upgrade` brings older ones up. `name` says in errors what
    the file is: raises `MismatchError` for one of another version and `UnavailableError` for one that cannot be
    opened, of which `DamagedError` says that something else is in its place.
    """
    if misplaced := not_a_file(path):
        raise DamagedError(f"{path}: the {name} is damaged: {misplaced}", "run customs-lens doctor --repair")
    is_new = not path.exists()
    try:
        make_home(path.parent)
        connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, factory=FileConnection
        )
        connection.row_factory = sqlite3.Row
        add_functions(connection)
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            connection.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {version}; COMMIT;")
        elif upgrade and upgrade.oldest <= found < version:
            _upgrade(connection, upgrade, version)
            found = version
            _log.warning("%s: the %s was brought up to version %d", path, name, found)
    except sqlite3.DatabaseError as error:
        if is_new and _is_without_room(error):
            _remove_empty(path)  # an empty file would count as a lost database
        raise unusable(path, name, error) from error
    if found not in (0, version):
        connection.close()
        message = f"{path}: the {name} has version {found}, this program needs {version}"
        newer = "use the version of the program that wrote it, or a newer one; or restore an older backup"
        raise MismatchError(message, newer if found > version else BEFORE_0_1_0)
    return connection


def add_functions(connection: sqlite3.Connection) -> None:
    """Register the functions that the tables use: without them a connection can only read."""
    connection.create_function(ROW_CHECKSUM, -1, row_checksum, deterministic=True)


def row_checksum(*values: bytes | None) -> str:
    """Return the checksum of the values of a row, each as the bytes of its text: 16 hex digits of their MD5.

    It detects damage, not forgery.
    """
    content = b"\x1f".join(b"\x1e" if value is None else value for value in values)
    return hashlib.md5(content, usedforsecurity=False).hexdigest()[:_CHECKSUM_DIGITS]


def any_text(stored: bytes) -> str:
    """Decode text of a file that may be damaged (`surrogateescape`), as a `text_factory`."""
    return stored.decode(errors="surrogateescape")


def open_to_look(
    path: Path, schema: str, version: int, name: str, upgrade: Upgrade | None = None
) -> sqlite3.Connection:
    """Return a short-lived connection for queries; raises as `open_database`.

    On a full disk SQLite cannot make the files that it keeps beside one. Then a file that nobody has open is read as
    one that does not change, and one that is missing is empty.
    """
    try:
        return open_database(path, schema, version, name, upgrade)
    except UnavailableError as error:
        if found := _open_immutable(path, schema, version, error):
            return found
        raise


def _open_immutable(path: Path, schema: str, version: int, error: UnavailableError) -> sqlite3.Connection | None:
    """Return an immutable connection to a file that could not be opened on a full disk; None where that fails too."""
    if not _is_without_room(error.__cause__):
        return None
    is_there = path.exists() and path.stat().st_size
    log = path.with_name(f"{path.name}-wal")
    if is_there and log.exists() and log.stat().st_size:
        return None  # it holds changes that are not in the database file
    source = f"{path.absolute().as_uri()}?mode=ro&immutable=1" if is_there else ":memory:"
    connection = sqlite3.connect(source, uri=True, isolation_level=None, factory=FileConnection)
    connection.row_factory = sqlite3.Row
    add_functions(connection)
    if not is_there:
        connection.executescript(f"{schema} PRAGMA user_version = {version};")
    if connection.execute("PRAGMA user_version").fetchone()[0] == version:
        return connection
    connection.close()
    return None


def _is_without_room(error: BaseException | None) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _NO_ROOM


def _remove_empty(path: Path) -> None:
    """Remove a file in which nothing could be written."""
    with suppress(OSError):
        if not path.stat().st_size:
            path.unlink()


def _upgrade(connection: sqlite3.Connection, upgrade: Upgrade, version: int) -> None:
    """Migrate the tables, all of them or none.

    Another process may have migrated them before this one gets the write lock.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] < version:
            upgrade.work(connection)
            connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def not_a_file(path: Path) -> str | None:
    """Describe what is in the place of an SQLite file; None for a file, and where nothing exists."""
    try:
        refuse_irregular(path)
    except FileNotFoundError:
        return "it is a link to nothing" if os.path.islink(path) else None  # noqa: PTH114 - as long as names may be
    except (IrregularFileError, IsADirectoryError) as error:
        return error.strerror
    except OSError:
        return None  # opening it will report the error
    return None


def copy_database(path: Path, target: Path) -> None:
    """Write a snapshot of a SQLite file into a new, compact one; others may write meanwhile.

    Raises `UnavailableError` for a file that is damaged or cannot be read, and `sqlite3.OperationalError` where the
    target cannot be written.
    """
    if found := not_a_file(path):
        raise DamagedError(f"{path}: is damaged: {found}", "run customs-lens doctor --repair")
    with closing(open_to_read(path)) as connection:
        try:
            connection.execute("SELECT 1 FROM sqlite_master")
        except sqlite3.OperationalError as error:
            raise UnavailableError(f"{path}: cannot be read: {error}", "check the folder and its rights") from error
        except sqlite3.DatabaseError as error:
            raise _damaged(path, error) from error
        try:
            connection.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise _damaged(path, error) from error


def copy_pages(path: Path, target: Path) -> None:
    """Copy a damaged SQLite file byte by byte, with its write-ahead log; raises `OSError` where that fails."""
    try:
        with closing(open_to_read(path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    except sqlite3.Error:
        shutil.copyfile(path, target)
        with suppress(FileNotFoundError):
            shutil.copyfile(f"{path}-wal", f"{target}-wal")


def damage(path: Path) -> str | None:
    """Return the damage that SQLite finds in a file, None for an intact one.

    Raises `UnavailableError` for a file that cannot be opened.
    """
    if found := not_a_file(path):
        return found
    try:
        with closing(open_to_read(path)) as connection:
            connection.text_factory = any_text
            found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.OperationalError as error:
        raise UnavailableError(f"{path}: cannot be read: {error}", "check the folder and its rights") from error
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else found


def unusable(path: Path, name: str, error: BaseException | None) -> UnavailableError:
    """Return the error for a file that cannot be opened or used."""
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DamagedError(f"{path}: the {name} is damaged: {error}", "run customs-lens doctor --repair")
    if code == sqlite3.SQLITE_FULL:
        return UnavailableError(f"{path}: the disk is full", "free some space and run the same command again")
    message = f"{path}: the {name} cannot be used: {error}"
    return UnavailableError(message, "check the folder's rights and free space")


def _damaged(path: Path, error: sqlite3.Error) -> DamagedError:
    return DamagedError(f"{path}: is damaged: {error}", "run customs-lens doctor")


def open_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection for queries.

    SQLite writes files next to one that others may write. Where this user cannot, as on a disk mounted read-only, and
    nobody has the file open, it is opened as one that does not change.
    """
    log = path.with_name(f"{path.name}-wal")
    still = not os.access(path.parent, os.W_OK) and not log.exists()
    place = f"{path.absolute().as_uri()}?mode={'ro&immutable=1' if still else 'rw'}"
    connection = sqlite3.connect(place, uri=True, factory=FileConnection)
    add_functions(connection)
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Enable write-ahead logging, so that readers and a writer work at once.

    SQLite does not wait for another process that makes the same switch: it reports at once that the file is locked.
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
