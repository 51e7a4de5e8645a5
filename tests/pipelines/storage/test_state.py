"""The state of a home, in a file and in PostgreSQL: changes, numbers in the order of commits, versions and errors."""

import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import ObjectNotExecutableError

from configs.settings import load_settings
from configs.system.errors import MismatchError, UnavailableError, UsageError
from configs.system.sqlite.copies import copies
from configs.system.sqlite.database import DamagedError
from pipelines.storage import state as module
from pipelines.storage.state import State
from pipelines.storage.statements import next_number, put
from pipelines.storage.tables import about, cursors, searches
from tests import postgresql
from tests.states import STATES, opened_state, settings_with_state

ROW = {"name": "a", "content": "{}", "look": 1}


@pytest.fixture(params=STATES)
def settings(request, tmp_path):
    return settings_with_state(request, tmp_path / "home")


@pytest.fixture
def in_a_file(tmp_path):
    return load_settings(tmp_path / "home")


@pytest.fixture
def in_postgresql(in_a_file, database):
    return in_a_file.model_copy(update={"database": SecretStr(database)})


def names(settings):
    with opened_state(settings) as state, state.reading() as connection:
        return list(connection.scalars(select(searches.c.name).order_by(searches.c.name)))


def add(settings, *given):
    with opened_state(settings) as state, state.changing() as connection:
        put(connection, searches, [{**ROW, "name": name} for name in given])


def id_of(settings):
    with opened_state(settings) as state, state.reading() as connection:
        return connection.scalar(select(about.c.value).where(about.c.name == "id"))


def test_what_is_written_is_read_by_whoever_opens_it_next_in_the_order_of_code_points(settings):
    add(settings, "b", "Z", "é", "a b", "ab")
    assert names(settings) == ["Z", "a b", "ab", "b", "é"]


def test_a_state_that_was_open_before_reads_what_others_write(settings):
    with opened_state(settings) as state:
        with state.reading() as connection:
            assert connection.scalars(select(searches.c.name)).all() == []
        add(settings, "a")
        with state.reading() as connection:
            assert connection.scalars(select(searches.c.name)).all() == ["a"]


def test_a_change_is_whole_or_nothing(settings):
    add(settings, "a")

    def fail(statement):
        with opened_state(settings) as state, state.changing() as connection:
            connection.execute(delete(searches))
            connection.execute(text(statement) if statement else 1)

    with pytest.raises(ObjectNotExecutableError):  # whatever the block raises
        fail(None)
    with pytest.raises(UnavailableError):
        fail("INSERT INTO nowhere VALUES (1)")
    assert names(settings) == ["a"]


def test_rows_are_put_in_place_of_others_or_beside_them(settings):
    add(settings, "a", "b")
    with opened_state(settings) as state, state.changing() as connection:
        new = [{**ROW, "name": name, "look": 2} for name in ("b", "c")]
        assert put(connection, searches, new, replace=False) == 1
        assert put(connection, searches, [{**ROW, "look": 3}]) == 1
        found = dict(connection.execute(select(searches.c.name, searches.c.look)).all())
    assert found == {"a": 3, "b": 1, "c": 2}


def test_more_rows_than_one_statement_holds(settings):
    add(settings, *(f"{number:05}" for number in range(1201)))
    assert len(names(settings)) == 1201


def test_numbers_are_in_the_order_of_commits_though_the_first_commits_slowly(settings):
    """Who has read the number of the second writer has read that of the first."""
    has_number, ended, seen = threading.Event(), threading.Event(), []

    def slow():
        with opened_state(settings) as state, state.changing() as connection:
            put(connection, searches, [{**ROW, "name": "slow", "look": next_number(connection, "looks")}])
            has_number.set()
            ended.wait(0.5)  # the other one would be through by then

    def fast():
        has_number.wait(300)
        with opened_state(settings) as state:
            with state.changing() as connection:
                put(connection, searches, [{**ROW, "name": "fast", "look": next_number(connection, "looks")}])
            with state.reading() as connection:
                seen.extend(connection.execute(select(searches.c.name, searches.c.look).order_by("look")))
        ended.set()

    add(settings)
    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(slow), pool.submit(fast)]:
            one.result()
    assert seen == [("slow", 1), ("fast", 2)]


def test_a_state_has_an_id_of_its_own_that_stays(settings, tmp_path):
    add(settings, "a")
    first = id_of(settings)
    assert first == id_of(settings)
    other = load_settings(tmp_path / "other")
    add(other, "a")
    assert id_of(other) != first


def test_a_state_that_is_held_open_reads_the_file_that_took_the_place_of_its_own(in_a_file, tmp_path):
    add(in_a_file, "before")
    add(load_settings(tmp_path / "restored"), "after")
    with opened_state(in_a_file) as state:
        with state.reading() as connection:
            assert connection.scalars(select(searches.c.name)).all() == ["before"]
        (tmp_path / "restored" / "state.db").replace(state.path)
        with state.reading() as connection:
            assert connection.scalars(select(searches.c.name)).all() == ["after"]
        with state.changing() as connection:
            put(connection, searches, [ROW])
    assert names(in_a_file) == ["a", "after"]


def test_a_process_that_is_stopped_while_it_makes_the_file_leaves_none(in_a_file, monkeypatch):
    def stopped(path, *_):
        path.parent.mkdir(exist_ok=True)
        path.touch()  # as SQLite does before it writes a first page
        raise SystemExit(143)

    with monkeypatch.context() as patch:
        patch.setattr(module, "open_database", stopped)
        with pytest.raises(SystemExit):
            add(in_a_file, "a")
    assert list(in_a_file.home.iterdir()) == []
    add(in_a_file, "a")
    assert names(in_a_file) == ["a"]


def test_to_look_makes_no_file(in_a_file):
    assert names(in_a_file) == []
    assert not in_a_file.home.exists()


def test_a_file_of_another_version_is_refused(in_a_file):
    add(in_a_file, "a")
    with closing(sqlite3.connect(in_a_file.home / "state.db")) as file:
        file.execute("PRAGMA user_version = 99")
    with pytest.raises(MismatchError, match="version 99"):
        names(in_a_file)


@pytest.mark.parametrize(("content", "why"), [(b"", "is empty"), (b"no database" * 1000, "is damaged")])
def test_a_file_that_is_damaged_or_emptied_is_no_new_one(in_a_file, content, why):
    add(in_a_file, "a")
    (in_a_file.home / "state.db").write_bytes(content)
    for act in (names, lambda settings: add(settings, "b")):
        with pytest.raises(DamagedError, match=why):
            act(in_a_file)


def test_the_copy_of_a_day_holds_what_people_said_and_can_take_the_place_of_the_file(in_a_file):
    with opened_state(in_a_file) as state:
        with state.changing(copied=False) as connection:
            put(connection, cursors, [{"source": "papers", "cursor": "1"}])
        assert copies(state.path) == []
        with state.changing() as connection:
            put(connection, searches, [{**ROW, "look": next_number(connection, "looks")}])
    first = id_of(in_a_file)
    (copy,) = copies(state.path)
    state.path.unlink()
    shutil.copyfile(copy.path, state.path)
    assert (names(in_a_file), id_of(in_a_file)) == (["a"], first)
    with opened_state(in_a_file) as state, state.changing() as connection:
        assert connection.scalars(select(cursors.c.source)).all() == []
        assert next_number(connection, "looks") == 2


@pytest.mark.postgresql
def test_a_database_of_another_version_is_refused(in_postgresql):
    add(in_postgresql, "a")
    with opened_state(in_postgresql) as state, state.changing() as connection:
        connection.execute(update(about).where(about.c.name == "version").values(value="99"))
    module.engine_of_server.cache_clear()  # as another process
    with pytest.raises(MismatchError, match="version 99"):
        names(in_postgresql)


@pytest.mark.postgresql
def test_the_state_of_a_home_is_copied_once_into_an_empty_database(in_a_file, in_postgresql):
    add(in_a_file, *(f"{number:04}" for number in range(600)))
    assert len(names(in_postgresql)) == 600
    assert id_of(in_postgresql) == id_of(in_a_file)
    add(in_a_file, "later")
    module.engine_of_server.cache_clear()
    assert "later" not in names(in_postgresql)


@pytest.mark.postgresql
def test_several_that_make_the_tables_at_once_make_them_once(in_postgresql):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: add(in_postgresql, name), "0123"))
    assert names(in_postgresql) == ["0", "1", "2", "3"]


@pytest.mark.postgresql
@pytest.mark.parametrize("url", ["postgresql://nobody:secret@{host}/postgres", "postgresql://{user}@{host}/nowhere"])
def test_a_user_or_a_database_that_is_not_there_is_a_mistake_of_the_settings(in_a_file, postgresql_url, url):
    host = postgresql_url.partition("@")[2].partition("/")[0]
    wrong = SecretStr(url.format(host=host, user=postgresql.USER))
    with pytest.raises(UsageError, match="does not exist") as refused:
        names(in_a_file.model_copy(update={"database": wrong}))
    assert "secret" not in str(refused.value)


def test_a_server_that_does_not_answer_is_named_without_its_password(in_a_file):
    away = in_a_file.model_copy(update={"database": SecretStr("postgresql://lens:secret@127.0.0.1:1/lens")})
    with pytest.raises(UnavailableError, match=":1/lens: the database cannot be used") as refused:
        names(away)
    assert "secret" not in str(refused.value)


@pytest.mark.postgresql
def test_a_server_that_was_killed_is_waited_for_by_the_patient_and_loses_nothing(in_a_file, caplog):
    with postgresql.Server() as server:
        waits = in_a_file.elasticsearch.model_copy(update={"backoff_seconds": 0.1, "patience_seconds": 60})
        patient = in_a_file.model_copy(update={"database": SecretStr(server.url), "elasticsearch": waits})
        add(patient, "before")
        server.kill()
        with pytest.raises(UnavailableError):
            names(patient)
        again = threading.Timer(1, server.start)
        again.start()
        with closing(State(patient, patient=True)) as state, state.changing() as connection:
            put(connection, searches, [{**ROW, "name": "after"}])
        again.join()
        assert names(patient) == ["after", "before"]
    assert "Traceback" not in caplog.text


def test_who_gets_no_connection_in_time_is_told(settings, monkeypatch):
    few = partial(module.create_engine, pool_size=1, max_overflow=0, pool_timeout=0.05)
    monkeypatch.setattr(module, "create_engine", few)
    with closing(State(settings, patient=True)) as state:
        with state.changing() as connection:
            put(connection, searches, [ROW])
        with state.reading():
            with pytest.raises(UnavailableError, match="all connections are in use") as refused, state.reading():
                pass
            assert refused.value.may_pass
        with state.reading() as connection:
            assert connection.scalar(select(searches.c.name)) == "a"
