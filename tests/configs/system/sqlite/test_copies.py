"""Copies of databases that nothing makes again: one a day, the newest seven, sound ones alone."""

import datetime as dt
import multiprocessing
import sqlite3
import threading
from contextlib import closing

import pytest

from configs.system.sqlite import copies as module
from configs.system.sqlite.copies import COPIES, copies, damage_of_kept, keep_copy, was_emptied
from configs.system.sqlite.database import copy_database


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "people.db"
    write(path, 0)
    return path


def write(path, number):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS said (word TEXT)")
        connection.executemany("INSERT INTO said VALUES (?)", [(f"{number} " * 500,)] * 40)


def count(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM said").fetchone()[0]


def damage_in_the_middle(path):
    data = bytearray(path.read_bytes())
    data[4096 : 4096 * 3] = b"\xee" * 4096 * 2
    path.write_bytes(data)


@pytest.fixture
def day(monkeypatch):
    """A function that sets the day."""

    def on(number):
        class Clock(dt.datetime):
            @classmethod
            def now(cls, tz=None):
                return cls(2026, 1, number, 12, tzinfo=tz)

        monkeypatch.setattr(module.dt, "datetime", Clock)

    yield on
    monkeypatch.undo()


def test_a_day_has_one_copy_the_newest_with_its_rights_and_what_a_killed_process_left_goes(database):
    database.chmod(0o600)
    assert keep_copy(database)
    copy_database(database, database.parent / COPIES / ".0123.unfinished")
    write(database, 1)
    assert keep_copy(database)
    (copy,) = copies(database)
    assert count(copy.path) == 80
    assert copy.day == dt.datetime.now(dt.UTC).date()
    assert copy.path.name == f"people-{copy.day}.db"
    assert copy.path.stat().st_mode == database.stat().st_mode
    assert [path.name for path in (database.parent / COPIES).iterdir()] == [copy.path.name]


def test_the_newest_seven_days_are_kept(database, day):
    for number in range(1, 11):
        day(number)
        assert keep_copy(database)
    assert [copy.day.day for copy in copies(database)] == [10, 9, 8, 7, 6, 5, 4]


def test_a_damaged_database_takes_no_copys_place(database, caplog):
    keep_copy(database)
    before = copies(database)[0].path.read_bytes()
    damage_in_the_middle(database)
    assert not keep_copy(database)
    assert copies(database)[0].path.read_bytes() == before
    assert "no copy could be kept" in caplog.text


def test_a_full_disk_leaves_the_copy_before(database, full_disk):
    keep_copy(database)
    write(database, 1)
    with full_disk():
        assert not keep_copy(database)
    (copy,) = copies(database)
    assert count(copy.path) == 40
    assert [path.name for path in (database.parent / COPIES).iterdir()] == [copy.path.name]


def keep_many(path):
    for _ in range(5):
        keep_copy(path)


@pytest.mark.slow
def test_processes_that_copy_at_once_leave_one_whole_copy(database):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        pool.map(keep_many, [database] * 3)
    (copy,) = copies(database)
    assert count(copy.path) == 40


class TestAnEmptiedDatabase:
    def test_is_damaged_with_a_copy_and_without(self, database):
        keep_copy(database)
        database.write_bytes(b"")
        assert damage_of_kept(database) == "it is empty"
        (copy,) = copies(database)
        copy.path.write_bytes(b"")
        assert damage_of_kept(copy.path) == "it is empty"
        copy.path.unlink()
        assert damage_of_kept(database) == "it is empty"

    def test_is_none_while_it_is_being_made_or_not_there(self, tmp_path):
        path = tmp_path / "new.db"
        path.touch()
        making = threading.Timer(0.2, write, [path, 0])
        making.start()
        assert not was_emptied(path)
        making.join()
        assert not was_emptied(tmp_path / "none.db")
