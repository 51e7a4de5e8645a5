"""Indexes of other versions, and derived parts that are made again from the truth."""

import json
import shutil
import sqlite3

import numpy as np
import pytest

from configs.errors import MismatchError, UnavailableError
from index.embedded import schema, text
from index.embedded.engine import rebuild
from index.embedded.named_themes import add_named_themes
from index.filters import EVERY_CLASS, EVERYTHING, parse_filters
from index.results import SearchRequest


def found(engine, query):
    return engine.search(SearchRequest(filters=EVERYTHING, query=query, mode="text"), None).documents


@pytest.fixture
def filled(writer, put, make):
    """An index with two papers, closed."""
    put(make.paper("a", "numérisées text", language="fr", themes=[["single-window"]]), make.paper("b", "text"))
    writer.close()


def say_version(engine, version):
    engine._store.connection.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (version,))


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize(
    ("version", "remedy"), [("999", "or a newer one; or restore"), ("0", "new --home"), ("none", "new --home")]
)
def test_a_version_without_a_way_is_refused_with_the_remedy(filled, opened, version, remedy, write):
    say_version(opened(), version)
    with pytest.raises(MismatchError, match=remedy):
        opened(write=write)


def as_version_1(engine):
    engine._store.connection.execute("ALTER TABLE tags RENAME COLUMN named TO themes")
    engine._store.connection.execute("DROP TABLE dictionaries")
    say_version(engine, "1")


def test_an_older_version_is_brought_up_by_a_writer(filled, opened):
    as_version_1(opened())
    with pytest.raises(MismatchError, match=r"version 1, this program has 5.*customs-lens rebuild"):
        opened()
    writer = opened(write=True)
    assert [theme.id for theme in writer.themes(EVERYTHING).themes] == ["single-window"]
    assert all(check.ok for check in writer.checks())
    assert found(opened(), "text") == 2


def test_rebuild_brings_an_older_version_up(filled, opened, folder):
    as_version_1(opened())
    assert rebuild(folder).documents == 2
    assert found(opened(), "text") == 2


def test_a_text_index_of_another_version_is_made_again_by_whoever_comes(monkeypatch, filled, opened):
    monkeypatch.setattr(text, "_VERSION", text._VERSION + 1)
    assert found(opened(), "text") == 2


def test_readers_are_told_while_a_text_index_of_another_version_is_made_again(
    monkeypatch, filled, opened, writer_at_work
):
    monkeypatch.setattr(text, "_VERSION", text._VERSION + 1)
    with pytest.raises(UnavailableError, match=r"not that of the store.*customs-lens rebuild"):
        found(opened(), "text")


@pytest.fixture
def writer_at_work(filled, folder):
    from index.embedded.lock import WriterLock

    lock = WriterLock(folder / "lock")
    yield
    lock.release()


@pytest.mark.parametrize("kinds", [["*"], ["*.pos"], ["*.term", "*.idx"], ["meta.json"]])
def test_a_text_index_that_lost_files_is_made_again_by_the_next_writer(filled, opened, folder, kinds):
    for kind in kinds:
        for file in (folder / "text").glob(kind):
            file.unlink()
    with pytest.raises(UnavailableError, match=r"text index.*customs-lens rebuild"):
        opened()
    assert found(opened(write=True), "text") == 2


def test_rebuild_makes_everything_again_that_is_derived(filled, opened, folder):
    store = opened()._store.connection
    store.execute("INSERT INTO spellings VALUES ('fr', 'plain', 'another analysis', '')")
    (folder / "vectors.bin").write_bytes(b"damaged")
    told = []
    counts = rebuild(folder, lambda *far: told.append(far))
    assert (counts.documents, counts.passages, counts.vectors) == (2, 2, 2)
    assert told == [(1, 2), (2, 2)]
    assert store.execute("SELECT term FROM spellings WHERE plain = 'plain'").fetchall() == []
    assert store.execute("SELECT COUNT(*) FROM spellings").fetchone()[0] > 0
    assert (folder / "vectors.bin").stat().st_size > len(b"damaged")


def test_there_is_nothing_to_rebuild(folder):
    with pytest.raises(UnavailableError, match="no index yet"):
        rebuild(folder)
    assert not folder.exists()


def test_a_rebuild_waits_for_no_other_writer(filled, folder, writer_at_work):
    with pytest.raises(UnavailableError, match="is writing this index"):
        rebuild(folder)


def test_an_older_store_that_somebody_put_back_gets_what_belongs_to_it(filled, opened, folder, tmp_path, make):
    shutil.copy(folder / "truth.sqlite", tmp_path)
    writer = opened(write=True)
    one = make.paper("c", "text of later")
    writer.put(one, make.vectors(one), versions={})
    writer.close()
    shutil.copy(tmp_path / "truth.sqlite", folder)
    reader = opened()
    assert (found(reader, "text"), found(reader, "later")) == (2, 0)
    assert all(check.ok for check in reader.checks())


def as_version_3(engine):
    """Store what passages name as before there were two kinds of themes."""
    connection = engine._store.connection
    names = dict(connection.execute("SELECT term, field FROM terms").fetchall())
    for doc, blob in connection.execute("SELECT doc, named FROM tags").fetchall():
        rows = np.frombuffer(blob, "<i4").reshape(-1, 2)
        kept = [row for row in rows.tolist() if names[row[1]] != "theme.named"]
        connection.execute("UPDATE tags SET named = ? WHERE doc = ?", (np.array(kept, "<i4").tobytes(), doc))
    connection.execute("DELETE FROM terms WHERE field = 'theme.named'")
    for row, detail in connection.execute("SELECT row, detail FROM passages").fetchall():
        old = json.loads(engine._store.packing.unpack(detail))
        shape = ("id", "start", "end", "surface", "label")
        old["themes"] = [{name: theme[name] for name in shape} for theme in old["themes"]]
        packed = engine._store.packing.pack(json.dumps(old).encode(), "detail")
        connection.execute("UPDATE passages SET detail = ? WHERE row = ?", (packed, row))
    say_version(engine, "3")


@pytest.fixture
def themed(writer, put, make):
    """A closed index of a time when themes were named, and nothing else."""
    put(
        make.paper(
            "a", "one", "two", "three", themes=[["window", "risk"], [], ["risk"]], entities=[[("country", "KE")]]
        ),
        make.paper("b", "four"),
        make.paper("c", "five", themes=[["window"]]),
    )
    as_version_3(writer)
    writer.close()


def passages(engine, *filters):
    request = SearchRequest(filters=parse_filters(filters, access_classes=EVERY_CLASS), mode="text")
    return engine.search(request, None).passages


def test_the_themes_of_an_older_version_are_named_ones(themed, opened):
    writer = opened(write=True)
    for engine in (writer, opened()):
        assert [passages(engine, f"theme.named={one}") for one in ("window", "risk", "none")] == [2, 2, 0]
        assert [passages(engine, f"theme={one}") for one in ("window", "risk")] == [2, 2]
        assert (passages(engine, "country=KE"), passages(engine, "theme.status=suggested")) == (1, 0)
        (first,) = [rows[0] for _, rows in engine.passages(EVERYTHING) if len(rows) == len("abc")]
        found = [(one.id, one.kind, one.status, one.why) for one in first.themes]
        assert found == [("window", "named", "accepted", "window"), ("risk", "named", "accepted", "risk")]


def test_an_upgrade_that_fails_leaves_the_older_version(monkeypatch, themed, opened):
    def fail(connection):
        add_named_themes(connection)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setitem(schema._STEPS, 3, fail)
    with pytest.raises(UnavailableError):
        opened(write=True)
    monkeypatch.undo()
    with pytest.raises(MismatchError, match="version 3"):
        opened()
    assert passages(opened(write=True), "theme.named=window") == 2


def test_an_older_version_gets_named_themes_once(themed, opened):
    opened(write=True).close()
    rows = opened()._store.connection.execute("SELECT doc, named FROM tags ORDER BY doc").fetchall()
    places = [np.frombuffer(blob, "<i4").reshape(-1, 2)[:, 0].tolist() for _, blob in rows]
    assert places == [[0, 0, 0, 0, 0, 0, 2, 2], [], [0, 0]]
    opened(write=True).close()
    assert opened()._store.connection.execute("SELECT doc, named FROM tags ORDER BY doc").fetchall() == rows
