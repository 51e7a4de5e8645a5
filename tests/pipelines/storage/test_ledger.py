import datetime as dt
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from configs.errors import MismatchError, UnavailableError
from index.filters import EVERY_CLASS
from pipelines.storage.elastic_ledger import ClusterLedger
from pipelines.storage.ledger import Entry, LocalLedger, held_blobs
from pipelines.storage.tombstones import Tombstone

NOBODY = frozenset()


@pytest.fixture(params=["local", pytest.param("cluster", marks=pytest.mark.elasticsearch)])
def ledger(request, tmp_path):
    """Both ledgers: they have to do the same."""
    if request.param == "local":
        ledger = LocalLedger(tmp_path / "ledger.db")
    else:
        ledger = ClusterLedger(request.getfixturevalue("cluster"), write=True)
    yield ledger
    ledger.close()


def entry(name="a", **fields):
    defaults = {"sha256": "1" * 64, "outcome": "indexed", "status": "read", "run": "r"}
    return Entry(id=name, source=f"file:///{name}", **(defaults | fields))


def test_a_row_comes_back_as_it_was(ledger):
    row = entry(versions={"read": "1"}, blobs={"read": "abc"}, pages=3, passages=9)
    ledger.write(row)
    found = ledger.entry("a")
    assert (found.versions, found.blobs, found.pages, found.passages) == (
        {"read": "1"},
        {"read": "abc"},
        3,
        9,
    )
    assert found.at


def test_a_row_replaces_the_one_before(ledger):
    ledger.write(entry(outcome="failed", status="malformed", stage="read", error="broken"))
    ledger.write(entry())
    assert [row.outcome for row in ledger.entries()] == ["indexed"]


def test_the_owner_of_bytes_is_not_a_duplicate(ledger):
    ledger.write(entry("copy", outcome="duplicate"))
    assert ledger.owners(["1" * 64]) == {}
    ledger.write(entry("original"))
    assert ledger.owners(["1" * 64])["1" * 64].id == "original"


def test_those_left_out_own_nothing(ledger):
    for name in ("a", "b"):
        ledger.write(entry(name))
    assert ledger.owners(["1" * 64], without=["a"])["1" * 64].id == "b"
    assert ledger.owners(["1" * 64], without=["a", "b"]) == {}


def test_a_failed_document_owns_the_bytes_of_its_earlier_state_unless_another_does(ledger):
    ledger.write(entry("failed", sha256="2" * 64, outcome="failed", blobs={"original": "1" * 64}))
    ledger.write(entry("copy", outcome="duplicate"))
    assert {sha: row.id for sha, row in ledger.owners(["1" * 64, "2" * 64]).items()} == {
        "1" * 64: "failed",
        "2" * 64: "failed",
    }
    assert ledger.owners(["1" * 64], without=["failed"]) == {}
    ledger.write(entry("other"))
    assert ledger.owners(["1" * 64])["1" * 64].id == "other"


def test_the_bytes_of_duplicates_are_not_swept_away(ledger):
    ledger.write(entry("a", blobs={"read": "x"}))
    ledger.write(entry("copy", outcome="duplicate"))
    assert held_blobs(ledger) == {"x", "1" * 64}


def test_rows_are_found_by_id_and_by_outcome_in_the_order_of_their_sources(ledger):
    for name, outcome in (("b", "failed"), ("c", "duplicate"), ("a", "failed")):
        ledger.write(entry(name, outcome=outcome))
    assert ledger.known(["c", "none", "a"]).keys() == {"c", "a"}
    assert [row.id for row in ledger.entries()] == ["a", "b", "c"]
    assert [row.id for row in ledger.entries("failed")] == ["a", "b"]
    ledger.remove(["a", "none"])
    assert [row.id for row in ledger.entries()] == ["b", "c"]


def test_what_is_claimed_is_written_and_released(ledger):
    assert ledger.claim("a")
    assert ledger.entry("a") is None
    assert ledger.write(entry())
    ledger.release()
    assert ledger.taken(["a"]) == set()
    assert ledger.entry("a").outcome == "indexed"
    assert ledger.claim("a")


def test_blobs_in_use_are_those_of_every_row(ledger):
    ledger.write(entry("a", blobs={"read": "x"}))
    ledger.write(entry("b", blobs={"read": "x", "tag": "y"}))
    assert ledger.blobs() == {"x", "y"}


def test_a_run_ends_done_or_interrupted(ledger):
    with ledger.run("one") as record:
        record["indexed"] = 4
    with pytest.raises(RuntimeError), ledger.run("two"):
        raise RuntimeError
    assert [(run.id, run.state, run.counts) for run in ledger.runs()] == [
        ("two", "interrupted", {}),
        ("one", "done", {"indexed": 4}),
    ]


def test_a_run_whose_process_was_killed_is_marked_by_the_next(tmp_path):
    path = tmp_path / "ledger.db"
    code = (
        "import os, signal, sys; from pathlib import Path; from pipelines.storage.ledger import LocalLedger\n"
        "ledger = LocalLedger(Path(sys.argv[1]))\n"
        "with ledger.run('killed'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(path)], check=False, env=os.environ | {"PYTHONPATH": str(Path.cwd())}
    )
    ledger = LocalLedger(path)
    with ledger.run("next"):
        states = {run.id: run.state for run in ledger.runs()}
    assert states == {"killed": "interrupted", "next": "running"}
    ledger.close()


def test_another_version_is_refused_with_the_remedy(tmp_path):
    path = tmp_path / "ledger.db"
    LocalLedger(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(MismatchError, match="a newer one"):
        LocalLedger(path)


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    path = tmp_path / "ledger.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(UnavailableError, match="ledger"):
        LocalLedger(path)


def tombstone(name="a", day=1, **fields):
    given = {"key": "PC0001", "sha256": "1" * 64, "at": dt.datetime(2026, 1, day, tzinfo=dt.UTC)}
    return Tombstone(id=name, **(given | fields))


def test_a_tombstone_is_found_by_the_document_and_by_its_paper(ledger):
    kept = tombstone(symbol="PC0001E1a", title="A report")
    ledger.add_tombstone(kept)
    assert ledger.tombstones(["a"], access_classes=NOBODY) == [kept]
    assert ledger.tombstones(["PC0001"], access_classes=NOBODY) == [kept]
    assert ledger.tombstones(["PC0002", ""], access_classes=NOBODY) == []


def test_tombstones_come_the_latest_first_and_a_later_one_replaces_that_of_its_document(ledger):
    for name, day in (("a", 1), ("b", 2), ("a", 3)):
        ledger.add_tombstone(tombstone(name, day))
    assert [(one.id, one.at.day) for one in ledger.tombstones(None, access_classes=NOBODY)] == [("a", 3), ("b", 2)]


def test_the_tombstone_of_a_restricted_paper_is_for_those_with_the_class(ledger):
    ledger.add_tombstone(tombstone(access="restricted"))
    assert ledger.tombstones(["a", "PC0001"], access_classes=frozenset({"other"})) == []
    for held in (frozenset({"restricted"}), EVERY_CLASS):
        assert [one.id for one in ledger.tombstones(["a"], access_classes=held)] == ["a"]


def test_a_tombstone_is_no_row_of_a_document(ledger):
    ledger.write(entry("b"))
    ledger.add_tombstone(tombstone())
    assert [row.id for row in ledger.entries()] == ["b"]
    assert ledger.entry("a") is None
    assert ledger.blobs() == set()


def test_a_ledger_without_tombstones_is_brought_up_to_date(tmp_path):
    ledger = LocalLedger(tmp_path / "ledger.db")
    ledger.write(entry())
    ledger.close()
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.executescript("DROP TABLE tombstones; PRAGMA user_version = 1")
    ledger = LocalLedger(tmp_path / "ledger.db")
    ledger.add_tombstone(tombstone())
    assert [row.id for row in ledger.entries()] == ["a"]
    assert len(ledger.tombstones(None, access_classes=NOBODY)) == 1
    ledger.close()
