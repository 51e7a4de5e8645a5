"""Stores of which bytes were changed: each change is found, and what is sound is saved."""

import random
import sqlite3
from contextlib import closing

import pytest

from configs.system.errors import UnavailableError
from index.embedded import schema
from index.embedded.damage import saved, store_damage
from index.embedded.salvage import save_into
from index.embedded.store import FILE
from index.embedded.vector_files import LARGE, SMALL
from index.filters import EVERY_CLASS, EVERYTHING
from index.results import SearchRequest

NAMES = ("a", "b", "c")
_OF_ALL = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"


@pytest.fixture
def ids(writer, put, make):
    """An index with papers, closed, and their ids."""
    more = {"language": "fr", "tags": [[make.tag()]]}
    papers = [
        make.paper(name, f"numérisées {name}", f"window {name}", symbol=("PC", str(number), "F", "1", "a"), **more)
        for number, name in enumerate(NAMES)
    ]
    for one in papers:
        put(one)
    writer.close()
    return [one.id for one in papers]


def rows_in(folder):
    with closing(sqlite3.connect(folder / FILE)) as connection:
        tables = [name for (name,) in connection.execute(_OF_ALL)]
        return {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in tables}


def changed(data, place, by=0x55):
    return data[:place] + bytes([data[place] ^ by]) + data[place + 1 :]


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_byte_is_found_or_changes_no_row(ids, folder, seed):
    draw = random.Random(seed)
    data, before = (folder / FILE).read_bytes(), rows_in(folder)
    pages = len(data) // schema.PAGE_BYTES
    of_head = [draw.randrange(100) for _ in range(10)]
    of_pages = [draw.randrange(pages) * schema.PAGE_BYTES + draw.randrange(40) for _ in range(20)]
    found = 0
    for place in [*of_head, *of_pages, *(draw.randrange(len(data)) for _ in range(10))]:
        (folder / FILE).write_bytes(changed(data, place, draw.randrange(1, 256)))
        if store_damage(folder):
            found += 1
        else:
            assert rows_in(folder) == before, place
    assert found


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE documents SET language = 'en' WHERE doc = 2",
        "UPDATE documents SET versions = '{' WHERE doc = 2",
        "UPDATE documents SET died = 0 WHERE doc = 2",
        "UPDATE passages SET ordinal = 7 WHERE row = (SELECT MIN(row) FROM passages)",
        "UPDATE passages SET text = X'00' WHERE row = (SELECT MIN(row) FROM passages)",
        "UPDATE tags SET tags = X'0000' WHERE doc = 2",
        "UPDATE symbols SET form = form || 'x' WHERE doc = 2",
        "DELETE FROM vectors WHERE doc = 2",
    ],
)
def test_a_row_that_is_another_damages_its_document_alone(ids, folder, change):
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        connection.execute(change)
    found = store_damage(folder)
    assert (found.file, len(found.documents)) == (None, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE meta SET value = 'x' WHERE name = 'encoder'", "says of itself"),
        ("UPDATE meta SET value = '5' WHERE name = 'schema'", "says of itself"),
        ("INSERT INTO dictionaries VALUES (1, 'text', 2, X'00')", "a dictionary"),
        ("UPDATE spellings SET plain = 'x'", "spellings are damaged"),
        ("CREATE TABLE other (x)", "description of its tables"),
    ],
)
def test_what_belongs_to_no_document_is_looked_at_too(ids, folder, change, words):
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        connection.execute(change)
    assert words in str(store_damage(folder))


def test_every_document_is_saved_where_the_first_page_is_damaged(ids, folder, tmp_path):
    data = (folder / FILE).read_bytes()
    backup = tmp_path / "backup"
    backup.mkdir()
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute("VACUUM INTO ?", (str(backup / FILE),))
    (folder / FILE).write_bytes(b"no database" * 10 + data[110:])
    (backup / FILE).write_bytes(changed((backup / FILE).read_bytes(), 17))
    for damaged in (folder, backup):
        assert store_damage(damaged).file
        assert [one.document.id for one in saved(damaged)] == ids


def test_a_new_store_is_made_of_what_is_sound(ids, opened, folder, tmp_path, identity, make):
    before = [opened().document(name, access_classes=EVERY_CLASS, full=True) for name in ids]
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        connection.execute("UPDATE tags SET tags = X'0000' WHERE doc = 2")
    assert save_into(tmp_path / "other", folder, identity) == len(NAMES) - 1
    assert not store_damage(tmp_path / "other")
    folder = tmp_path / "other"
    with closing(type(opened())(folder, identity, write=True)) as engine:
        found = [engine.document(name, access_classes=EVERY_CLASS, full=True) for name in ids]
    assert found == [before[0], None, before[2]]


def test_what_a_damaged_row_brings_about_names_the_remedy(ids, opened, folder):
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        connection.execute("UPDATE documents SET versions = '{'")
    with pytest.raises(UnavailableError, match=r"damaged.*doctor --repair"):
        list(opened().documents(access_classes=EVERY_CLASS))


def test_a_search_refuses_a_text_index_with_a_changed_byte(ids, opened, folder):
    file = next((folder / "text").glob("*.pos"))
    file.write_bytes(changed(file.read_bytes(), 0))
    with pytest.raises(UnavailableError, match=r"text index is damaged.*doctor --repair"):
        opened().search(SearchRequest(filters=EVERYTHING, query="window", mode="text"), None)


def test_a_search_passes_over_a_vector_file_with_a_changed_byte(ids, opened, folder, make):
    opened(write=True)._writer.rebuild()
    request = SearchRequest(filters=EVERYTHING, query="window", mode="vector")
    vector = make.vectors(make.paper("a", "x"))[0]
    before = opened().search(request, vector).hits
    for name in (LARGE, SMALL):
        file = folder / name
        file.write_bytes(changed(file.read_bytes(), file.stat().st_size - 1))
    assert opened().search(request, vector).hits == before
