"""A damaged file of a state: which rows are damaged, and a new file of the sound ones and of what copies hold."""

import json
import random
import shutil
import sqlite3
from contextlib import closing

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from configs.settings import load_settings
from configs.system.errors import UnavailableError
from configs.system.sqlite.copies import copies
from configs.system.sqlite.database import open_to_read
from pipelines.maintenance.repair import repair
from pipelines.storage.checksums import damaged_rows
from pipelines.storage.said import damage_of_state
from pipelines.storage.salvage import salvage
from pipelines.storage.statements import next_number, put
from pipelines.storage.tables import METADATA, queues, searches
from tests.states import STATES, opened_state, settings_with_state, spoil_rows

PEOPLES = ("searches", "judgements", "corrections", "judged", "briefings", "tombstones")

COUNTERS = ("judgements", "corrections", "review judgements", "arrivals", "looks", "runs", "item events")


@pytest.fixture
def settings(tmp_path):
    return load_settings(tmp_path / "home")


@pytest.fixture
def path(settings):
    """A state with rows in every table and a copy of today."""
    fill(settings, "a", 40)
    return settings.home / "state.db"


def fill(settings, name, count=1):
    """Add rows to each table; texts begin with a name."""
    with opened_state(settings) as state, state.changing() as connection:
        for table in METADATA.sorted_tables:
            if table.name not in ("about", "counters"):
                rows = [row_of(table, name, number) for number in range(count)]
                put(connection, table, rows, replace=False)
        for counter in COUNTERS:
            next_number(connection, counter, 200)


def row_of(table, name, number):
    first = {"a": 1, "b": 101}[name] + number
    row = {column.name: f"{name}{number:03}" for column in table.columns}
    row |= {column.name: first for column in table.columns if not isinstance(column.type, type(queues.c.made.type))}
    return row | {key: "[]" for key in ("documents", "marks", "versions", "blobs") if key in row}


def rows(path):
    with closing(sqlite3.connect(path)) as file:
        return {
            table.name: set(file.execute(f"SELECT {', '.join(table.columns.keys())} FROM {table.name}"))
            for table in METADATA.sorted_tables
        }


@pytest.mark.parametrize("table", [table.name for table in METADATA.sorted_tables])
def test_a_changed_value_is_found_in_each_table(path, table):
    assert damage_of_state(path) is None
    column = METADATA.tables[table].columns.keys()[-1]
    last = f"SELECT rowid FROM {table}" if table in ("documents", "runs") else None
    key = next(iter(METADATA.tables[table].primary_key)).name
    where = f"rowid = ({last} LIMIT 1)" if last else f"{key} = (SELECT max({key}) FROM {table})"
    kind = METADATA.tables[table].columns[column].type
    value = 7777 if not isinstance(kind, type(queues.c.made.type)) else "changed"
    spoil_rows(path, f"UPDATE {table} SET {column} = ? WHERE {where}", value)
    assert f"not what was stored: {table} " in damage_of_state(path)


@pytest.mark.parametrize("table", PEOPLES)
def test_a_damaged_row_of_people_comes_from_the_copy_and_later_rows_stay(settings, path, tmp_path, table):
    with opened_state(settings) as state, state.changing(copied=False) as connection:  # no copy has these
        put(connection, METADATA.tables[table], [row_of(METADATA.tables[table], "b", 0)])
    before = rows(path)
    column = "content" if "content" in METADATA.tables[table].columns else "author"
    spoil_rows(path, f"UPDATE {table} SET {column} = 'changed' WHERE {column} LIKE '%a017'")
    made = salvage(path, tmp_path / "new.db", copies(path))
    assert (len(made.replaced), made.lost, made.left_out) == (1, [], [])
    assert rows(tmp_path / "new.db") == before
    assert damage_of_state(tmp_path / "new.db") is None


def test_a_row_whose_key_is_damaged_is_found_in_the_copy_by_its_checksum(path, tmp_path):
    before = rows(path)
    with closing(open_to_read(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    at = content.rindex(b"a017a017", 0, content.rindex(b"a017a017"))
    path.write_bytes(content[:at] + b"\xff" + content[at + 1 :])
    assert damage_of_state(path)
    salvage(path, tmp_path / "new.db", copies(path))
    assert rows(tmp_path / "new.db") == before


def test_what_no_copy_has_is_kept_aside_and_left_out_alone(settings):
    with opened_state(settings) as state, state.changing() as connection:
        put(connection, searches, [row_of(searches, "a", number) for number in range(3)])
    path = settings.home / "state.db"
    before = rows(path)
    shutil.rmtree(settings.home / "copies")
    spoil_rows(path, "UPDATE searches SET content = 'changed' WHERE name = 'a001'")
    one = repair(settings)[0]
    assert (one.name, one.done) == ("state.db", False)
    assert "searches a001" in one.detail
    after = rows(path)
    assert before.pop("searches") - after.pop("searches") == {("a001", "a001", 2)}
    assert {name for name in before if after[name] != before[name]} == {"counters"}
    (aside,) = (settings.home / "damaged").rglob("rows.jsonl")
    row = {"name": "a001", "content": "changed", "look": 2}
    assert json.loads(aside.read_text()) == {"table": "searches", "row": row}


def test_derived_rows_are_left_out_and_a_damaged_queue_is_made_again(path, tmp_path):
    spoil_rows(path, "UPDATE documents SET sha256 = 'changed' WHERE id = 'a003'")
    spoil_rows(path, "UPDATE queue SET item = 'changed' WHERE scope = 'a003'")
    made = salvage(path, tmp_path / "new.db", copies(path))
    assert made.left_out == ["documents a003", "queue a003 4"]
    after = rows(tmp_path / "new.db")
    assert (len(after["documents"]), after["queue"], after["queues"]) == (39, set(), set())


def test_the_next_number_is_higher_than_all_that_were_given(path, tmp_path):
    """Else the next judgement would take the place of another."""
    spoil_rows(path, "UPDATE counters SET number = 2 WHERE name = 'judgements'")
    salvage(path, tmp_path / "new.db", [])
    assert ("judgements", 40) in rows(tmp_path / "new.db")["counters"]


def test_a_table_is_read_from_both_ends_of_its_damage(path, tmp_path):
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'judgements'").fetchone()[0]
    before = rows(path)
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 + 3] ^= 0x55  # how many entries its page has
    path.write_bytes(content)
    assert damage_of_state(path)
    made = salvage(path, tmp_path / "new.db", copies(path))
    assert rows(tmp_path / "new.db") == before
    assert list(made.replaced) == ["judgements … to judgements …"]


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_byte_anywhere_is_harmless_or_found_and_people_lose_nothing(path, tmp_path, seed):
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before, content, chosen = rows(path), path.read_bytes(), random.Random(seed)
    for number in range(12):
        changed, at = bytearray(content), chosen.randrange(len(content))
        changed[at] ^= chosen.randrange(1, 256)
        path.write_bytes(changed)
        if damage_of_state(path) is None:
            assert rows(path) == before, at
            continue
        salvage(path, tmp_path / f"{number}.db", copies(path))
        after = rows(tmp_path / f"{number}.db")
        assert {name: after[name] for name in PEOPLES} == {name: before[name] for name in PEOPLES}, at
        assert all(after[name] <= before[name] for name in before if name not in ("about", "counters")), at


@pytest.fixture
def in_postgresql(settings, database):
    return settings.model_copy(update={"database": SecretStr(database)})


@pytest.fixture(params=STATES)
def anywhere(request, tmp_path):
    return settings_with_state(request, tmp_path / "home")


def test_every_statement_writes_the_checksum_in_every_database(anywhere):
    fill(anywhere, "a", 3)
    with opened_state(anywhere) as state:
        with state.changing() as connection:
            connection.execute(searches.update().values(look=7))
            put(connection, searches, [{"name": "a001", "content": "é\u2028", "look": 8}])
        with state.reading() as connection:
            assert list(damaged_rows(connection)) == []


def test_a_changed_row_of_postgresql_is_named(in_postgresql):
    fill(in_postgresql, "a", 2)
    with opened_state(in_postgresql) as state:
        with state.changing() as connection:
            connection.execute(text("ALTER TABLE searches ALTER COLUMN checksum DROP EXPRESSION"))
            connection.execute(text("UPDATE searches SET content = 'changed' WHERE name = 'a001'"))
        with state.reading() as connection:
            assert list(damaged_rows(connection)) == ["searches a001"]


def test_a_damaged_file_is_not_copied_into_a_database(path, in_postgresql):
    spoil_rows(path, "UPDATE searches SET content = 'changed' WHERE name = 'a001'")
    refused = pytest.raises(UnavailableError, match="searches a001")
    with opened_state(in_postgresql) as state, refused, state.reading():
        pass
