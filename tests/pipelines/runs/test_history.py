import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from configs.system.errors import NotFoundError
from extractors.document import document_id
from pipelines.ingest.source_overview import source_states
from pipelines.maintenance.metrics import home_metrics
from pipelines.runs.history import LAST, run_details, runs

GONE, BROKEN, LATE = (f"file:///papers/{name}.pdf" for name in ("gone", "broken", "late"))


def failed(source, **fields):
    return {"document": document_id(source), "source": source, "outcome": "failed", "stage": "read", **fields}


def test_runs_come_the_latest_first_and_not_more_than_asked_for(book, settings):
    assert runs(settings) == ()
    with pytest.raises(NotFoundError):
        run_details(settings, "last")
    for days in (3, 2, 1):
        book.run(f"run-{days}", days_ago=days, indexed=days)
    assert [(one.id, one.indexed) for one in runs(settings)] == [("run-1", 1), ("run-2", 2), ("run-3", 3)]
    assert [one.id for one in runs(settings, most=1)] == ["run-1"]


@pytest.mark.parametrize(("name", "found"), [("run-12", "run-12"), ("run-2", "run-21"), ("last", "run-12")])
def test_a_run_is_found_by_its_id_by_how_it_begins_and_as_the_last(book, settings, name, found):
    book.run("run-21", days_ago=1)
    book.run("run-12")
    assert run_details(settings, name).run.id == found


@pytest.mark.parametrize("name", ["run", "other", ""])
def test_an_id_that_is_unknown_or_not_unique_is_refused(book, settings, name):
    book.run("run-1")
    book.run("run-2")
    with pytest.raises(NotFoundError, match="customs-lens runs lists them"):
        run_details(settings, name)


def test_the_failures_of_a_run_are_those_that_it_tried_and_those_that_it_met_again(book, settings):
    book.write(id=document_id(GONE), source=GONE, outcome="failed", status="timeout", stage="read", attempts=3)
    left = [
        {"source": BROKEN, "status": "malformed", "stage": "read", "error": "broken"},
        {"source": GONE, "status": "timeout", "stage": "read", "error": "too slow"},
        {"source": LATE, "status": "unavailable", "stage": "tag", "error": "not reached"},
    ]
    tried = failed(BROKEN, status="malformed", error="broken", attempts=1)
    book.run("run", tried, failed=3, failures=left)
    found = {one.source: one for one in run_details(settings, "run").failures}
    assert {name: (one.attempts, one.quarantined) for name, one in found.items()} == {
        BROKEN: (1, False),
        GONE: (3, True),
        LATE: (0, False),
    }
    assert found[LATE].stage == "tag"
    assert all(one.remedy for one in found.values())


def test_the_failure_of_a_document_that_is_ingested_since_is_told_as_it_was(book, settings):
    book.run("run", failed(BROKEN, status="crashed", error="a fault", attempts=2))
    book.write(id=document_id(BROKEN), source=BROKEN, outcome="indexed")
    (one,) = run_details(settings, "run").failures
    assert (one.status, one.attempts, one.quarantined) == ("crashed", 2, False)


WORKING = """
import sys
from contextlib import closing
from pathlib import Path
from pipelines.ingest.heartbeat import Heartbeat
from pipelines.storage.entries import LedgerRow
from tests.states import ledger_of
from pipelines.workspace import writing_locked
home = Path(sys.argv[1])
with writing_locked(home), closing(ledger_of(home)) as ledger:
    with Heartbeat(home) as beating, ledger.run("killed", source="papers"):
        beating.begin("killed")
        ledger.rewrite_counts({"killed": {"found": 2, "unchanged": 2}})
        ledger.write(LedgerRow("a", "file:///a", "1", "indexed", "read", "killed"))
        print("working", flush=True)
        sys.stdin.read()
"""
"""A run as far as others see it: it holds the lock of the home, its row of the ledger and its heartbeat."""


def test_a_run_whose_process_is_gone_is_interrupted_at_once_and_one_that_works_is_not(settings):
    settings.home.mkdir()
    source = {"name": "papers", "kind": "folder", "path": str(settings.home.parent)}
    (settings.home / "sources.yaml").write_text(json.dumps({"sources": [source]}))

    def seen():
        (run,) = runs(settings)
        (state,) = source_states(settings)
        running = next(one for one in home_metrics(settings) if one.name == "customs_lens_run_running").samples[0].value
        statuses = {run.status, run_details(settings, LAST).run.status, state.last_status}
        return statuses, running, (run.found, run.unchanged, run.indexed)

    command = [sys.executable, "-c", WORKING, settings.home]
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"working\n"
        assert seen() == ({"running"}, 1, (2, 2, 0))
        process.kill()
        process.wait()
        assert seen() == ({"interrupted"}, 0, (3, 2, 1))
