import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from configs.errors import MismatchError, UnavailableError
from pipelines.ledger import Entry, Ledger


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger.db")
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
    assert ledger.owner("1" * 64) is None
    ledger.write(entry("original"))
    assert ledger.owner("1" * 64).id == "original"


def test_blobs_in_use_are_those_of_every_row(ledger):
    ledger.write(entry("a", blobs={"read": "x"}))
    ledger.write(entry("b", blobs={"read": "x", "tag": "y"}))
    assert ledger.blobs() == {"x", "y"}


def test_a_run_ends_done_or_interrupted(ledger):
    with ledger.run("one") as record:
        record["indexed"] = 4
    with pytest.raises(RuntimeError), ledger.run("two"):
        raise RuntimeError
    assert [(run["id"], run["state"], run["counts"]) for run in ledger.runs()] == [
        ("two", "interrupted", {}),
        ("one", "done", {"indexed": 4}),
    ]


def test_a_run_whose_process_was_killed_is_marked_by_the_next(tmp_path):
    path = tmp_path / "ledger.db"
    code = (
        "import os, signal, sys; from pathlib import Path; from pipelines.ledger import Ledger\n"
        "ledger = Ledger(Path(sys.argv[1]))\n"
        "with ledger.run('killed'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(path)], check=False, env=os.environ | {"PYTHONPATH": str(Path.cwd())}
    )
    ledger = Ledger(path)
    with ledger.run("next"):
        states = {run["id"]: run["state"] for run in ledger.runs()}
    assert states == {"killed": "interrupted", "next": "running"}
    ledger.close()


def test_another_version_is_refused_with_the_remedy(tmp_path):
    path = tmp_path / "ledger.db"
    Ledger(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(MismatchError, match="new --home"):
        Ledger(path)


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    path = tmp_path / "ledger.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(UnavailableError, match="ledger"):
        Ledger(path)
