import datetime as dt
import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from index.filters import EVERY_CLASS
from pipelines.sources.source import INSIDE
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger
from pipelines.storage.run_records import ParagraphChanges, RunDocument
from pipelines.storage.state import State
from pipelines.storage.tombstones import Tombstone
from tests.states import STATES, ledger_of, settings_with_state

NOBODY = frozenset()


@pytest.fixture(params=STATES)
def ledger(request, tmp_path):
    """A ledger in each of the databases: it has to do the same."""
    ledger = Ledger(State(settings_with_state(request, tmp_path), patient=True))
    yield ledger
    ledger.close()


def entry(name="a", **fields):
    defaults = {"sha256": "1" * 64, "outcome": "indexed", "status": "read", "run": "r"}
    return LedgerRow(id=name, source=f"file:///{name}", **(defaults | fields))


def test_a_row_comes_back_as_it_was_and_replaces_the_one_before(ledger):
    row = entry(versions={"read": "1"}, blobs={"read": "abc"}, pages=3, passages=9)
    ledger.write(row)
    found = ledger.entry("a")
    assert found == replace(row, at=found.at)
    assert found.at
    ledger.write(entry(outcome="failed", status="malformed", stage="read", error="broken"))
    ledger.write(entry())
    assert [row.outcome for row in ledger.entries()] == ["indexed"]


def test_a_row_that_is_written_again_keeps_its_time_and_the_bytes_that_it_owns(ledger):
    ledger.write(entry("b", at="2024-01-01T00:00:00.000+00:00"))
    ledger.write(entry("a"))
    before = ledger.entry("b")
    ledger.write(replace(before, key="k"))
    assert ledger.entry("b") == replace(before, key="k")
    assert ledger.owners(["1" * 64])["1" * 64].id == "b"


def test_the_owner_of_bytes_is_no_duplicate_and_those_left_out_own_nothing(ledger):
    ledger.write(entry("copy", outcome="duplicate"))
    assert ledger.owners(["1" * 64]) == {}
    for name in ("a", "b"):
        ledger.write(entry(name))
        assert ledger.owners(["1" * 64])["1" * 64].id == "a"
    assert ledger.owners(["1" * 64], without=["a"])["1" * 64].id == "b"
    assert ledger.owners(["1" * 64], without=["a", "b"]) == {}


def test_a_failed_document_owns_the_bytes_of_its_earlier_state_unless_another_does(ledger):
    ledger.write(entry("failed", sha256="2" * 64, outcome="failed", blobs={"original": "1" * 64}))
    ledger.write(entry("copy", outcome="duplicate"))
    both = ["1" * 64, "2" * 64]
    assert {sha: row.id for sha, row in ledger.owners(both).items()} == dict.fromkeys(both, "failed")
    assert ledger.owners(["1" * 64], without=["failed"]) == {}
    ledger.write(entry("other"))
    assert ledger.owners(["1" * 64])["1" * 64].id == "other"


def test_duplicates_are_found_by_their_bytes_and_by_the_lack_of_an_owner(ledger):
    ledger.write(entry("original"))
    ledger.write(entry("second", outcome="duplicate"))
    ledger.write(entry("first", outcome="duplicate"))
    ledger.write(entry("orphan", outcome="duplicate", sha256="2" * 64))
    ledger.write(entry("failed", outcome="failed", sha256="3" * 64, blobs={"original": "4" * 64}))
    ledger.write(entry("earlier", outcome="duplicate", sha256="4" * 64))
    assert [row.id for row in ledger.duplicates(["1" * 64, "9" * 64])] == ["first", "second"]
    assert [row.id for row in ledger.unowned()] == ["orphan"]
    assert ledger.owners(["4" * 64])["4" * 64].id == "failed"
    ledger.remove(["original", "failed"])
    assert [row.id for row in ledger.unowned()] == ["earlier", "first", "orphan", "second"]


def test_documents_differ_that_are_not_just_indexed_with_the_usual_versions(ledger):
    blobs, usual = {"original": "5" * 64}, {"read": "1", "sidecar": "x"}
    ledger.write(entry("plain", versions=usual, blobs=blobs))
    ledger.write(entry("other", versions=usual | {"read": "2"}, blobs=blobs))
    ledger.write(entry("copy", versions=usual, outcome="duplicate"))
    ledger.write(entry("failed", versions=usual, outcome="failed", blobs=blobs))
    for kind in INSIDE:
        member = replace(entry(kind, versions=usual, blobs=blobs), source=f"{kind}a.txt::file:///box")
        ledger.write(member)
    names = ["plain", "other", "copy", "failed", "missing", *INSIDE]
    found = dict(ledger.differing(names, json.dumps(usual)))
    assert found.keys() == {*names} - {"plain"}
    assert found["missing"] is None
    assert found["other"] == ("indexed", json.dumps(usual | {"read": "2"}), True, False)
    assert found["copy"] == ("duplicate", json.dumps(usual), False, False)
    assert found["failed"] == ("failed", json.dumps(usual), True, False)
    assert all(found[kind] == ("indexed", json.dumps(usual), True, True) for kind in INSIDE)
    assert dict(ledger.differing(["plain"], ""))["plain"].is_plain(json.dumps(usual))


def test_rows_are_tallied_by_outcome_and_failures_by_stage(ledger):
    assert ledger.tally(3) == ({"indexed": 0, "duplicate": 0, "failed": 0}, {}, 0, None)
    ledger.write(entry("a"))
    ledger.write(entry("b", outcome="duplicate"))
    ledger.write(entry("c", outcome="failed", status="malformed", stage="read", attempts=3))
    ledger.write(entry("d", outcome="failed", status="crashed", attempts=2))
    tally = ledger.tally(3)
    assert tally.outcomes == {"indexed": 1, "duplicate": 1, "failed": 2}
    assert tally.failures == {("malformed", "read"): 1, ("crashed", ""): 1}
    assert (tally.quarantined, tally.last_indexed) == (1, ledger.entry("a").at)


def test_what_a_run_asks_does_not_take_longer_with_more_rows(tmp_path):
    def steps(rows):
        """Count the instructions of SQLite, in hundreds, that the questions of a run take."""
        ledger, count = ledger_of(tmp_path / f"{rows}"), 0
        for number in range(rows):
            ledger.write(entry(f"{number}", sha256=f"{number:064}", blobs={"original": f"{number:064}"}))
        ledger.write(entry("copy", outcome="duplicate", sha256=f"{1:064}"))
        ledger.write(entry("orphan", outcome="duplicate", sha256="f" * 64))
        ledger.write(entry("failed", outcome="failed", sha256="e" * 64, blobs={"original": "d" * 64}, error="x"))

        def instruction():
            nonlocal count
            count += 1

        def watched(connection, *_):
            connection.set_progress_handler(instruction, 100)

        event.listen(Pool, "checkout", watched)
        hashes = ["d" * 64, "a" * 64, f"{1:064}"]
        assert ledger.owners(hashes).keys() == {"d" * 64, f"{1:064}"}
        assert [row.id for row in ledger.unowned()] == ["orphan"]
        assert [row.id for row in ledger.duplicates(hashes)] == ["copy"]
        assert len(ledger.known(["1", "copy", "x"])) == len(list(ledger.differing(["1", "copy", "x"], "{}"))) == 2
        event.remove(Pool, "checkout", watched)
        ledger.close()
        return count

    assert steps(2000) <= steps(20) + 2


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


def test_blobs_in_use_are_those_of_every_row_and_the_bytes_of_duplicates_are_held_too(ledger):
    ledger.write(entry("a", blobs={"read": "x"}))
    ledger.write(entry("b", blobs={"read": "x", "tag": "y"}))
    ledger.write(entry("copy", outcome="duplicate"))
    assert (ledger.blobs(), ledger.held_blobs()) == ({"x", "y"}, {"x", "y", "1" * 64})


def test_a_run_ends_done_failed_or_interrupted_by_a_person(ledger):
    with ledger.run("one") as record:
        record["indexed"] = 4
    for name, error in (("two", RuntimeError), ("three", KeyboardInterrupt)):
        with pytest.raises(error), ledger.run(name):
            raise error
    assert [(run.id, run.status, run.counts) for run in ledger.runs()] == [
        *(("three", "interrupted", {}), ("two", "failed", {}), ("one", "done", {"indexed": 4}))
    ]


def test_a_run_whose_process_was_killed_is_marked_by_the_next_with_what_it_did(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path"
        "; from pipelines.storage.entries import LedgerRow; from tests.states import ledger_of\n"
        "ledger = ledger_of(Path(sys.argv[1]))\n"
        "with ledger.run('killed'):\n"
        "    ledger.rewrite_counts({'killed': {'found': 2, 'unchanged': 2}})\n"
        "    ledger.write(LedgerRow('a', 'file:///a', '1', 'indexed', 'needs_ocr', 'killed'))\n"
        '    Path(sys.argv[1], \'heartbeat.json\').write_text(\'{"run": "killed", "seconds": 12.5}\')\n'
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=False, env=os.environ | {"PYTHONPATH": str(Path.cwd())}
    )
    ledger = ledger_of(tmp_path)
    with ledger.run("next"):
        states = {run.id: run.status for run in ledger.runs()}
    assert states == {"killed": "interrupted", "next": "running"}
    (row,) = ledger.run_documents("killed")
    assert (row.document, row.outcome, row.stage) == ("a", "indexed", "index")
    killed = ledger.find_run("killed")
    assert (killed.found, killed.unchanged, killed.indexed, killed.needs_ocr) == (3, 2, 1, 1)
    assert killed.seconds == 12.5
    ledger.close()


def tombstone(name="a", day=1, **fields):
    given = {"key": "PC0001", "sha256": "1" * 64, "at": dt.datetime(2026, 1, day, tzinfo=dt.UTC)}
    return Tombstone(id=name, **(given | fields))


def test_a_tombstone_is_found_by_the_document_and_by_its_paper_and_is_no_row(ledger):
    ledger.write(entry("b"))
    kept = tombstone(symbol="PC0001E1a", title="A report")
    ledger.add_tombstone(kept)
    assert ledger.tombstones(["a"], access_classes=NOBODY) == [kept]
    assert ledger.tombstones(["PC0001"], access_classes=NOBODY) == [kept]
    assert ledger.tombstones(["PC0002", ""], access_classes=NOBODY) == []
    assert [row.id for row in ledger.entries()] == ["b"]
    assert (ledger.entry("a"), ledger.blobs()) == (None, set())


def test_tombstones_come_the_latest_first_and_a_later_one_replaces_that_of_its_document(ledger):
    for name, day in (("a", 1), ("b", 2), ("a", 3)):
        ledger.add_tombstone(tombstone(name, day))
    assert [(one.id, one.at.day) for one in ledger.tombstones(None, access_classes=NOBODY)] == [("a", 3), ("b", 2)]


def test_the_tombstone_of_a_restricted_paper_is_for_those_with_the_class(ledger):
    ledger.add_tombstone(tombstone(access="restricted"))
    assert ledger.tombstones(["a", "PC0001"], access_classes=frozenset({"other"})) == []
    for held in (frozenset({"restricted"}), EVERY_CLASS):
        assert [one.id for one in ledger.tombstones(["a"], access_classes=held)] == ["a"]


def run_row(document="a", run="r", day=1, **fields):
    given = {"source": f"file:///{document}", "outcome": "indexed", "status": "read", "stage": "index"}
    return RunDocument(run=run, document=document, at=dt.datetime(2026, 1, day, tzinfo=dt.UTC), **(given | fields))


def test_a_run_names_its_source_and_flow_and_what_it_counted(ledger):
    with ledger.run("one", source="papers", flow="tag") as counts:
        assert ledger.find_run("one").status == "running"
        ledger.rewrite_counts({"one": {"found": 1, "indexed": 1}})
        assert ledger.find_run("one").indexed == 1
        counts |= {"found": 3, "indexed": 2, "failed": 1, "withdrawn": 4, "seconds": 1.5, "failures": [{"source": "x"}]}
    run = ledger.find_run("one")
    assert ledger.find_run("other") is None
    assert (run.source, run.flow, run.status, run.found, run.failed) == ("papers", "tag", "done", 3, 1)
    assert (run.withdrawn, run.seconds, run.counts["failures"]) == (4, 1.5, [{"source": "x"}])
    assert "counts" not in run.summary.model_dump()


def test_the_last_runs_are_those_of_each_source_in_each_state(ledger):
    for number, (source, is_done) in enumerate([("a", True), ("b", True), ("a", True), ("a", False), ("a", False)]):
        with suppress(RuntimeError), ledger.run(str(number), source=source):
            if not is_done:
                raise RuntimeError
    assert [(run.id, run.status) for run in ledger.last_runs()] == [("4", "failed"), ("2", "done"), ("1", "done")]


def test_what_a_run_did_comes_back_in_the_order_of_sources(ledger):
    failed = run_row("c", outcome="failed", status="malformed", stage="read", error="broken", attempts=2)
    changed = run_row("b", event="changed", start="read", seconds=0.25, versions={"read": "1"})
    changed = changed.model_copy(update={"paragraphs": ParagraphChanges(added=("4",), changed=("12", "13"), more=7)})
    ledger.record([failed, changed])
    ledger.record([run_row("a"), run_row("a", run="other")])
    assert list(ledger.run_documents("r")) == [run_row("a"), changed, failed]
    assert list(ledger.run_documents("r", "failed")) == [failed]
    ledger.record([run_row("a", outcome="deleted", status="deleted")])
    assert [row.outcome for row in ledger.run_documents("r")] == ["deleted", "indexed", "failed"]


def test_what_runs_did_long_ago_is_forgotten_and_the_runs_are_not(ledger):
    with ledger.run("r"):
        ledger.record([run_row("a", day=1), run_row("b", day=3)])
    assert ledger.prune_runs(dt.datetime(2026, 1, 2, tzinfo=dt.UTC)) == 1
    assert [row.document for row in ledger.run_documents("r")] == ["b"]
    assert [run.id for run in ledger.runs()] == ["r"]


def test_a_failure_is_accepted_as_long_as_its_row_stays(ledger):
    ledger.write(entry("a", outcome="failed", status="malformed"))
    ledger.write(entry("b"))
    assert [ledger.accept(name, "ana") for name in ("a", "b", "c")] == [True, False, False]
    accepted = ledger.entry("a")
    assert (accepted.is_accepted, accepted.accepted_by) == (True, "ana")
    assert dt.datetime.fromisoformat(accepted.accepted_at) <= dt.datetime.now(dt.UTC)
    assert ledger.accept("a", None)
    assert (ledger.entry("a").is_accepted, ledger.entry("a").accepted_at) == (False, None)
    ledger.accept("a", "ana")
    ledger.write(entry("a", outcome="failed", status="malformed"))
    assert not ledger.entry("a").is_accepted


def test_what_runs_did_is_no_row_of_a_source(ledger):
    ledger.write(entry("a", outcome="failed", status="malformed", attempts=2, first_failed=AN_HOUR_AGO))
    ledger.record([run_row("b")])
    assert [(row.id, row.attempts, row.first_failed) for row in ledger.entries()] == [("a", 2, AN_HOUR_AGO)]
    assert ledger.entry("b") is None


AN_HOUR_AGO = "2026-01-01T11:00:00.000+00:00"


def test_a_document_is_quarantined_after_so_many_attempts_in_a_row():
    assert not entry(outcome="failed", attempts=2).is_quarantined(3)
    assert entry(outcome="failed", attempts=3).is_quarantined(3)
    assert not entry(attempts=3).is_quarantined(3)
