"""Indexes of other versions, and derived parts that are made again from the truth."""

import shutil

import pytest

from configs.system.errors import MismatchError, UnavailableError
from index.embedded import schema, text
from index.embedded.checksums import seal_meta
from index.embedded.engine import rebuild
from index.filters import EVERYTHING
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
    seal_meta(engine._store.connection)


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize(
    ("version", "remedy"), [("999", "or a newer one; or restore"), ("6", "before 0.1.0"), ("none", "new --home")]
)
def test_a_version_without_a_way_is_refused_with_the_remedy(filled, opened, version, remedy, write):
    say_version(opened(), version)
    with pytest.raises(MismatchError, match=remedy):
        opened(write=write)


def test_an_older_version_is_brought_up_by_a_writer_all_of_it_or_nothing(filled, opened, monkeypatch):
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 8)
    monkeypatch.setitem(schema.STEPS, 7, "CREATE TABLE later (x); SELECT * FROM nowhere;")
    with pytest.raises(UnavailableError):
        opened(write=True)
    monkeypatch.setitem(schema.STEPS, 7, "CREATE TABLE later (x);")
    with pytest.raises(MismatchError, match=r"version 7, this program has 8.*customs-lens rebuild"):
        opened()
    assert found(opened(write=True), "text") == found(opened(), "text") == 2


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
    from configs.system.sqlite.lock import WriterLock

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
    store.execute("INSERT INTO spellings VALUES ('fr', 'plain', 'another analysis', '', 0)")
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
