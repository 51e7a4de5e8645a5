"""How passages are packed in the store, and what becomes of those packed before a dictionary was learnt."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.system.errors import UnavailableError
from index.embedded import packing
from index.embedded.packing import Packing
from index.embedded.schema import TABLES
from index.filters import EVERY_CLASS

WORDS = "the single window of Arvenia exchanges certificates of origin with its neighbours "


@pytest.fixture
def few(monkeypatch):
    """Dictionaries are learnt of few passages."""
    monkeypatch.setattr(packing, "_FEWEST", 4)


def packed_by(connection, *dictionaries):
    found = Packing(connection)
    for number, content in enumerate(dictionaries, 1):
        found.learn("text", [content], number)
    return found


@pytest.fixture(scope="module")
def connection():
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.executescript(TABLES)
    return made


@given(st.binary(max_size=300), st.lists(st.binary(min_size=1, max_size=300), max_size=3))
def test_whatever_is_packed_is_unpacked_with_any_dictionary(connection, data, dictionaries):
    connection.execute("DELETE FROM dictionaries")
    found = packed_by(connection, *dictionaries)
    assert found.unpack(found.pack(data, "text")) == data
    assert Packing(connection).unpack(found.pack(data)) == data


def test_what_an_older_dictionary_packed_is_unpacked(connection):
    connection.execute("DELETE FROM dictionaries")
    data = WORDS.encode()
    plain = Packing(connection).pack(data, "text")
    older = packed_by(connection, data[20:]).pack(data, "text")
    newest = packed_by(connection, data)
    assert len(newest.pack(data, "text")) <= len(older) < len(plain)
    assert {newest.unpack(one) for one in (plain, older)} == {data}


def test_a_dictionary_is_learnt_when_it_pays_and_again_ten_times_later(connection):
    connection.execute("DELETE FROM dictionaries")
    found = Packing(connection)
    assert (found.is_due(1999), found.is_due(2000)) == (False, True)
    found.learn("text", [b"text"], 2000)
    assert (found.is_due(19_999), found.is_due(20_000)) == (False, True)


def stored(engine):
    return engine._store.connection.execute("SELECT SUM(LENGTH(text) + LENGTH(detail)) FROM passages").fetchone()[0]


def test_a_writer_learns_and_every_reader_reads_all(few, writer, opened, put, make):
    first = put(make.paper("a", *(f"{WORDS}{n}" for n in range(6))))
    writer.flush()
    reader = opened()
    before = stored(writer)
    second = put(make.paper("b", *(f"{WORDS}{n}" for n in range(6))))
    writer.flush()
    assert stored(writer) - before < before / 2
    for engine in (reader, opened(), writer):
        found = [engine.document(one.id, access_classes=EVERY_CLASS, full=True) for one in (first, second)]
        assert found == [first, second]


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM dictionaries",
        "UPDATE passages SET text = SUBSTR(text, 1, 10)",
        "UPDATE passages SET text = X'00'",
        "UPDATE dictionaries SET content = X'0011'",
    ],
)
def test_a_damaged_text_is_named(few, writer, opened, folder, put, make, damage):
    put(make.paper("a", *(f"{WORDS}{n}" for n in range(6))))
    writer.flush()
    one = put(make.paper("b", WORDS))
    writer.flush()
    writer.close()
    with sqlite3.connect(folder / "truth.sqlite") as connection:
        connection.execute(damage)
    with pytest.raises(UnavailableError, match=r"damaged.*doctor --repair"):
        opened().document(one.id, access_classes=EVERY_CLASS, full=True)
