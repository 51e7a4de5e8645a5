"""What `checks` finds in homes that were damaged on purpose, and whether its remedy is one."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from configs.settings import load_settings
from configs.system.sqlite.database import open_to_read
from pipelines.maintenance import health
from pipelines.storage.opening import open_storage
from tests.answers import bad
from tests.states import spoil_rows

PARTS = [
    *("installation", "vocabulary", "maturity model", "bodies", "encoder", "classifier", "index encoder", "store"),
    *("text index", "vectors", "ledger", "duplicates", "access", "blobs", "judgements", "state", "audit log"),
    *("access keys", "home"),
]


def test_a_home_where_nothing_was_ingested_says_what_to_do(tmp_path):
    found = bad(load_settings(tmp_path / "none", encoder="all-MiniLM-L6-v2"))
    assert sorted(found) == ["index", "ledger"]
    assert all("customs-lens ingest" in one.remedy for one in found.values())
    assert not (tmp_path / "none").exists()


def test_a_home_where_somebody_looked_before_anything_was_ingested_has_no_ledger_yet(settings):
    with closing(open_storage(settings).open_searches()) as searches:
        searches.look([])
    assert "no ledger yet" in bad(settings)["ledger"].detail


@pytest.mark.parametrize(
    ("flags", "part", "words"),
    [
        ({"encoder": "nosuch"}, "encoder", "nosuch"),
        ({"model": "nosuch"}, "maturity model", "nosuch"),
        ({"vocabulary": "nosuch.yaml"}, "vocabulary", "nosuch.yaml"),
    ],
)
def test_a_setting_that_names_nothing_is_one_finding_with_a_remedy(tmp_path, flags, part, words):
    settings = load_settings(tmp_path, **({"encoder": "all-MiniLM-L6-v2"} | flags))
    finding = bad(settings)[part]
    assert words in finding.detail
    assert finding.remedy


class TestAnIngestedHome:
    @pytest.fixture(autouse=True)
    def _ingested(self, take_in, papers):
        for name in ("a", "b"):
            (papers / f"{name}.txt").write_text(f"The single window of Arvenia, part {name}.")
        (papers / "empty.txt").touch()
        assert take_in().indexed == 2

    def test_a_sound_home_is_ok_in_every_part(self, settings):
        found = health.checks(settings)
        assert [one.name for one in found] == PARTS
        assert all(one.ok and one.remedy is None for one in found)
        details = {one.name: one.detail for one in found}
        assert details["ledger"].startswith("2 documents agree with the index, 1 failed")
        assert details["blobs"] == "8 blobs of 2 documents, 8 of them read, 0 that no document names"
        assert details["judgements"] == "none yet"

    def test_documents_that_the_index_lost(self, settings, take_in):
        shutil.rmtree(settings.home / "index")
        assert "index" in bad(settings)
        take_in()
        assert bad(settings) == {}

    def test_an_index_that_cannot_be_read_is_no_fault_of_the_ledger(self, settings):
        shutil.rmtree(settings.home / "index" / "text")
        found = bad(settings)
        assert "no text index" in found["index"].detail
        assert "cannot be compared with the index" in found["ledger"].detail
        assert "customs-lens rebuild" in found["ledger"].remedy

    def test_documents_that_the_ledger_lost(self, settings, take_in, papers):
        with sqlite3.connect(settings.home / "state.db") as ledger:
            ledger.execute("DELETE FROM documents WHERE source LIKE '%/a.txt'")
        assert "1 of the index not in it" in bad(settings)["ledger"].detail
        (papers / "a.txt").unlink()
        take_in(delete_missing=True)
        assert bad(settings) == {}

    @pytest.mark.parametrize("change", ["source = source || 'x'", "sha256 = 'ab'", 'blobs = \'{"original": "ab"}\''])
    def test_a_ledger_that_says_something_else_than_the_index(self, settings, change):
        with closing(open_to_read(settings.home / "state.db")) as ledger:
            ledger.execute(f"UPDATE documents SET {change} WHERE source LIKE '%/a.txt'")
            ledger.commit()
        found = bad(settings)
        assert "1 documents of the ledger have another source or sha256" in found["ledger"].detail
        assert "state" not in found

    def test_a_row_of_the_ledger_that_is_not_what_was_stored(self, settings):
        spoil_rows(settings.home / "state.db", "UPDATE documents SET status = 'changed' WHERE source LIKE '%/a.txt'")
        assert "not what was stored: documents " in bad(settings)["state"].detail

    def test_artefacts_that_the_store_lost(self, settings, take_in):
        shutil.rmtree(settings.home / "blobs")
        finding = bad(settings)["blobs"]
        assert "artefacts of 2 documents" in finding.detail
        assert "--force" in finding.remedy
        take_in(force=True)
        assert bad(settings) == {}

    def test_as_many_blobs_are_read_as_there_is_time_for(self, settings, monkeypatch):
        def detail():
            return next(one.detail for one in health.checks(settings) if one.name == "blobs")

        monkeypatch.setattr(health, "_READ_BYTES", 1)
        assert "8 blobs of 2 documents, 1 of them read" in detail()
        for blob in (path for path in (settings.home / "blobs").rglob("*") if path.is_file()):
            blob.write_bytes(b"damaged")
        assert "artefacts of 1 documents are not what was stored" in detail()

    def test_an_index_of_another_encoder(self, settings):
        other = settings.model_copy(update={"encoder": "multilingual-e5-small"})
        assert "all-MiniLM-L6-v2" in bad(other)["index"].detail

    def test_a_ledger_that_is_no_database(self, settings):
        (settings.home / "state.db").write_bytes(b"not a database" * 100)
        assert "state.db" in bad(settings)["ledger"].detail
