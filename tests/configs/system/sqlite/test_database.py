"""Files of other versions: brought up where the way is known, all of it or nothing, by several at once."""

import sqlite3
import threading
from contextlib import closing

import pytest

from configs.system.errors import MismatchError, UnavailableError
from configs.system.sqlite.database import DamagedError, Upgrade, damage, open_database

SCHEMA = "CREATE TABLE IF NOT EXISTS rows (name TEXT, size INTEGER);"
STATEMENTS = ("ALTER TABLE rows ADD COLUMN size INTEGER", "UPDATE rows SET size = length(name)")


def upgrade(*more):
    return Upgrade(1, lambda connection: [connection.execute(one) for one in (*STATEMENTS, *more)])


@pytest.fixture
def old(tmp_path):
    """A file of version 1 with a row."""
    path = tmp_path / "rows.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE rows (name TEXT); INSERT INTO rows VALUES ('abc'); PRAGMA user_version = 1;"
        )
    return path


UPGRADE = upgrade()


def rows(path, how=UPGRADE):
    with closing(open_database(path, SCHEMA, 2, "file of rows", how)) as connection:
        return [tuple(row) for row in connection.execute("SELECT name, size FROM rows")]


def test_an_older_file_is_brought_up_by_several_at_once(old):
    results = []
    threads = [threading.Thread(target=lambda: results.append(rows(old))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[("abc", 3)]] * 4


def test_a_file_that_cannot_be_brought_up_stays_as_it_is(old):
    with pytest.raises(UnavailableError):
        rows(old, upgrade("SELECT * FROM nowhere"))
    assert rows(old) == [("abc", 3)]


def test_a_file_without_a_way_is_refused(old):
    with pytest.raises(MismatchError, match="the file of rows has version 1, this program needs 2"):
        rows(old, None)


def test_a_damaged_file_of_which_sqlite_speaks_in_bytes_that_are_no_text_is_damaged(old):
    old.write_bytes(old.read_bytes().replace(b"TABLE rows", b"TABLE\xb7rows"))
    assert "malformed database schema" in damage(old)
    with pytest.raises(DamagedError, match=r"malformed database schema.*doctor --repair"):
        rows(old)
