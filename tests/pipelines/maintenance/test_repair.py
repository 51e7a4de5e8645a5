"""Homes that were damaged on purpose, and what `repair` makes of them."""

import datetime as dt
import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from configs.system.errors import UnavailableError
from configs.system.sqlite import replacing
from configs.system.sqlite.database import DamagedError
from configs.system.sqlite.lock import WriterLock
from index.embedded.engine import open_embedded, rebuild
from index.embedded.vector_files import LARGE
from index.filters import EVERY_CLASS
from pipelines.maintenance import health
from pipelines.maintenance.repair import repair
from pipelines.search.service import reader
from pipelines.storage.opening import open_storage
from pipelines.storage.saved_searches import SavedSearch
from tests import access_papers, answers

pytestmark = pytest.mark.slow

NAMES = ("a", "b")


@pytest.fixture(autouse=True)
def _ingested(take_in, papers):
    for name in NAMES:
        (papers / f"{name}.txt").write_text(f"The single window of Arvenia, part zpart{name}.")
    assert take_in().indexed == len(NAMES)


def bad(settings):
    return {one.name: one.detail for one in health.checks(settings) if not one.ok}


def found(settings):
    return answers.search(settings, "window", mode="text", access_classes=EVERY_CLASS)["documents"]


def said(settings):
    """What the home answers: a search, and each document whole."""
    with closing(open_embedded(settings.home / "index", None, write=False)) as engine:
        names = [name for name, _ in engine.documents(access_classes=EVERY_CLASS)]
        papers = [engine.document(name, access_classes=EVERY_CLASS, full=True) for name in names]
    return papers, answers.search(settings, "window", mode="text", access_classes=EVERY_CLASS) | {"took_ms": 0}


def mended(settings):
    repairs = repair(settings)
    assert all(one.done for one in repairs), repairs
    assert bad(settings) == {}
    assert found(settings) == len(NAMES)
    return {one.name: one.detail for one in repairs}


def blob_of(settings, rows, kind):
    name = rows()["a.txt"].blobs[kind]
    return next((settings.home / "blobs").rglob(name))


def test_there_is_nothing_to_repair(settings, rows):
    before = rows()
    assert repair(settings) == []
    assert rows() == before
    assert bad(settings) == {}


def test_a_damaged_truth_is_set_aside_and_made_again_from_the_blobs(settings, papers):
    shutil.rmtree(papers)
    truth = settings.home / "index" / "truth.sqlite"
    truth.write_bytes(b"no database" * 1000)
    assert "damaged" in bad(settings)["index"]
    done = mended(settings)
    assert "file is not a database" in done["index/truth.sqlite"]
    assert done["documents"].startswith("2 were put back")
    (kept,) = (settings.home / "damaged").rglob("truth.sqlite")
    assert kept.read_bytes() == b"no database" * 1000


@pytest.mark.parametrize("is_there", [True, False])
def test_an_empty_or_missing_truth_names_the_remedy_which_makes_it_again(settings, papers, is_there):
    shutil.rmtree(papers)
    truth = settings.home / "index" / "truth.sqlite"
    for companion in truth.parent.glob("truth.sqlite-*"):
        companion.unlink()
    truth.unlink()
    if is_there:
        truth.write_bytes(b"")
    with pytest.raises(UnavailableError, match=r"empty or missing.*doctor --repair"), reader(settings):
        pass
    assert mended(settings)["documents"].startswith("2 were put back")


@pytest.mark.parametrize("change", ["SET language = 'fr'", "SET facts = X'00'", "SET source = 'x'"])
def test_a_damaged_document_is_made_again_from_the_blobs_and_nothing_else(settings, papers, change):
    rebuild(settings.home / "index")
    before = said(settings)
    shutil.rmtree(papers)
    with closing(sqlite3.connect(settings.home / "index" / "truth.sqlite")) as store, store:
        store.execute(f"UPDATE documents {change} WHERE doc = 1")
    assert "1 document is damaged: " in bad(settings)["store"]
    done = mended(settings)
    assert "1 document is damaged: " in done["index/truth.sqlite"]
    assert done["documents"].startswith("1 were put back")
    assert said(settings) == before


def test_a_store_of_which_a_page_is_damaged_keeps_what_is_sound(settings, papers):
    rebuild(settings.home / "index")
    before = said(settings)
    shutil.rmtree(papers)
    truth = settings.home / "index" / "truth.sqlite"
    truth.write_bytes(b"no database" + truth.read_bytes()[11:])
    assert "damaged" in bad(settings)["index"]
    done = mended(settings)
    assert done["index/truth.sqlite"].endswith("a new one is made, with 2 documents of it")
    assert said(settings) == before


def test_spellings_that_are_not_what_was_written_are_learnt_again(settings):
    with closing(sqlite3.connect(settings.home / "index" / "truth.sqlite")) as store, store:
        store.execute("INSERT INTO spellings VALUES ('fr', 'numerise', 'numérisé', '', 7)")
    assert "spellings are damaged" in bad(settings)["store"]
    assert "spellings are damaged" in mended(settings)["index/truth.sqlite"]


def test_a_ledger_that_was_made_again_knows_what_closes_files_inside_others(settings, papers, take_in):
    (papers / "letter.eml").write_bytes(access_papers.mail("zmail", ("annex.txt", access_papers.text("zannex"))))
    access_papers.sidecar(papers / "letter.eml", "members")
    take_in()
    (settings.home / "state.db").unlink()
    repair(settings)
    assert bad(settings) == {}


def test_documents_that_the_index_lost_are_put_back_without_their_sources(settings, papers):
    shutil.rmtree(papers)
    shutil.rmtree(settings.home / "index")
    assert mended(settings) == {"documents": "2 were put back from what was kept of them"}


def test_one_document_that_the_index_lost_is_put_back(settings, rows, papers):
    with closing(open_embedded(settings.home / "index", None, write=True)) as engine:
        assert engine.remove(rows()["a.txt"].id)
        engine.flush()
    shutil.rmtree(papers)
    assert "1 documents of the ledger are not in the index" in bad(settings)["ledger"]
    assert mended(settings) == {"documents": "1 were put back from what was kept of them"}


def test_one_document_that_the_ledger_lost_is_written_into_it(settings, rows):
    with sqlite3.connect(settings.home / "state.db") as ledger:
        ledger.execute("DELETE FROM documents WHERE source LIKE '%/a.txt'")
    assert "1 of the index not in it" in bad(settings)["ledger"]
    assert "1 documents of the index were not in the ledger" in mended(settings)["ledger"]
    assert sorted(rows()) == ["a.txt", "b.txt"]


def test_a_text_index_that_was_lost_is_made_again_and_told(settings):
    shutil.rmtree(settings.home / "index" / "text")
    assert "no text index" in mended(settings)["index"]
    assert repair(settings) == []


@pytest.mark.parametrize("how", ["lost", "damaged"])
def test_a_ledger_is_made_again_from_the_index(settings, take_in, rows, how):
    (settings.home / "state.db").write_bytes(b"no database" * 1000)
    if how == "lost":
        (settings.home / "state.db").unlink()
    assert "ledger" in bad(settings)
    assert "2 documents of the index were not in the ledger" in mended(settings)["ledger"]
    assert sorted(rows()) == ["a.txt", "b.txt"]
    assert take_in().indexed == len(NAMES)
    assert take_in().unchanged == len(NAMES)
    assert bad(settings) == {}


@pytest.mark.parametrize("kind", ["original", "read", "tag", "encode"])
@pytest.mark.parametrize("how", ["lost", "damaged"])
def test_a_blob_that_is_not_what_it_was_is_made_again(settings, rows, kind, how):
    before, blob = rows(), blob_of(settings, rows, kind)
    blob.write_bytes(b"damaged")
    if how == "lost":
        blob.unlink()
    what = "" if how == "lost" else " are not what was stored"
    assert f"artefacts of 1 documents{what}" in bad(settings)["blobs"]
    assert "1 documents lacked blobs, or had damaged ones: re-created" in mended(settings)["blobs"]
    assert rows() == before
    assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name


def test_an_original_that_its_source_does_not_have_any_more_is_named_and_its_text_stays(settings, rows, papers):
    blob_of(settings, rows, "original").write_bytes(b"damaged")
    (papers / "a.txt").write_text("Something else.")
    (one,) = repair(settings)
    assert (one.name, one.done) == ("blobs", False)
    assert "a.txt: the original is damaged or missing" in one.detail
    assert "artefacts of 1 documents" in bad(settings)["blobs"]
    assert found(settings) == len(NAMES)


def test_a_paper_that_cannot_be_read_as_before_is_left_to_the_next_run(settings, take_in, rows, papers):
    (papers / "a.txt.meta.yaml").write_text("title: Beside it\n")
    assert take_in().indexed == 1
    blob_of(settings, rows, "read").write_bytes(b"damaged")
    (papers / "a.txt").rename(papers / "elsewhere")
    assert "1 documents lack blobs, or have damaged ones" in mended(settings)["blobs"]
    (papers / "elsewhere").rename(papers / "a.txt")
    assert take_in().indexed == 1
    assert bad(settings) == {}


def test_a_text_index_with_bits_that_turned_is_made_again(settings):
    file = next((settings.home / "index" / "text").glob("*.pos"))
    data = bytearray(file.read_bytes())
    data[0] ^= 0x55
    file.write_bytes(data)
    assert f"damaged: {file.name}" in bad(settings)["text index"]
    assert f"damaged: {file.name}" in mended(settings)["index"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-1] + bytes([whole[-1] ^ 0x55]),
        lambda whole: whole[:64] + bytes([whole[64] ^ 0x55]) + whole[65:],
        lambda whole: whole[:-1],
    ],
    ids=["a number", "a document", "cut"],
)
def test_vectors_with_bits_that_turned_are_made_again(settings, damage):
    rebuild(settings.home / "index")
    file = settings.home / "index" / LARGE
    before = file.read_bytes()
    file.write_bytes(damage(before))
    assert bad(settings) == {"vectors": f"damaged: {LARGE}"}
    assert f"damaged: {LARGE}" in mended(settings)["index"]
    assert file.read_bytes() == before


def test_blobs_that_nothing_refers_to_are_deleted(settings):
    stray = settings.home / "blobs" / "00" / "00" / ("0" * 64)
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.touch()
    assert "1 that no document names" in next(one.detail for one in health.checks(settings) if one.name == "blobs")
    assert repair(settings) == []
    assert not stray.exists()


def test_what_people_said_is_never_thrown_away(settings):
    name = "state.db"
    shutil.rmtree(settings.home / "copies", ignore_errors=True)
    (settings.home / name).write_bytes(b"no database" * 1000)
    assert bad(settings)
    one = repair(settings)[0]
    assert (one.name, one.done) == (name, False)
    assert "restore a backup" in one.detail
    (kept,) = (settings.home / "damaged").rglob(name)
    assert kept.read_bytes() == b"no database" * 1000
    assert repair(settings) == []


@pytest.mark.parametrize(("content", "says"), [(b"no database" * 1000, "damaged"), (b"", "is empty")])
def test_saved_searches_come_back_from_their_copy_and_are_not_taken_for_none(settings, content, says):
    now = dt.datetime.now(dt.UTC)
    with closing(open_storage(settings).open_searches()) as store:
        search = SavedSearch(name="windows", query="window", mode="text", saved=now, seen=now, look=store.look([]))
        store.save(search, replace=False)
    (settings.home / "state.db").write_bytes(content)
    with closing(open_storage(settings).open_searches()) as store, pytest.raises(DamagedError, match=says):
        store.all()
    assert content or "it is empty" in bad(settings)["state"]
    assert f"the copy of {now:%Y-%m-%d} took its place" in mended(settings)["state.db"]
    with closing(open_storage(settings).open_searches()) as store:
        assert [one.name for one in store.all()] == ["windows"]


def test_the_state_of_a_home_whose_index_lies_in_a_cluster_is_put_back_too(settings):
    look = open_storage(settings).open_searches()
    look.look(["a"])
    look.close()
    (settings.home / "state.db").write_bytes(b"no database" * 1000)
    elsewhere = settings.model_copy(update={"index": "elasticsearch"})
    (one,) = repair(elsewhere)
    assert (one.name, one.done) == ("state.db", True)
    assert "took its place" in one.detail
    assert open_storage(elsewhere).open_ledger(write=False).runs() == []


def test_a_restore_that_was_stopped_is_finished(settings):
    staging = settings.home / replacing.STAGING
    staging.mkdir()
    for part in ("index", "state.db", "blobs"):
        (settings.home / part).rename(staging / part)
    (staging / ".whole").touch()
    assert "was stopped" in bad(settings)["index"]
    assert mended(settings) == {"restore": "a restore that was stopped while it moved its files is finished"}


def test_what_a_restore_left_is_deleted_but_not_while_one_is_at_work(settings):
    staging = settings.home / replacing.STAGING
    staging.mkdir()
    lock = WriterLock(settings.home / "index" / "lock")
    repairs = repair(settings)
    lock.release()
    assert not any(one.done for one in repairs)
    assert all(f"process {os.getpid()}" in one.detail for one in repairs)
    assert staging.exists()
    assert "is deleted" in mended(settings)["restore"]
    assert not staging.exists()


def test_a_home_without_anything_stays_so(settings, tmp_path):
    other = settings.model_copy(update={"home": Path(tmp_path / "none")})
    assert repair(other) == []
    assert not other.home.exists()
