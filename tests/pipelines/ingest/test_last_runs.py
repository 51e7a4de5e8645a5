"""How the last run over a source ended is known to the home alone: no store has to be there for it."""

import json
import signal
import subprocess

import pytest

from configs.sources import SOURCES_FILE, load_sources
from configs.system.errors import UsageError
from pipelines.ingest.deletion import MassDeletionError
from pipelines.ingest.freshness import last_known
from pipelines.ingest.last_runs import INTERRUPTED, last_run, note_question, noted_run
from pipelines.ingest.source_overview import source_states
from pipelines.ingest.source_runs import run_source
from pipelines.runs.history import runs
from pipelines.workspace import STATE
from tests.forked import fork_server


@pytest.fixture
def run(warm, papers, settings):
    """A function that runs over a source with two papers, and gives its last run."""
    settings.home.mkdir()
    for name in ("first", "second"):
        (papers / f"{name}.txt").write_text(f"The single window serves the {name} agency.")

    def go(**fields):
        source = {"name": "ptc", "kind": "folder", "path": str(papers), "quiet_seconds": 0} | fields
        (settings.home / SOURCES_FILE).write_text(json.dumps({"version": 1, "sources": [source]}))
        (config,) = load_sources(settings.home)
        run_source(settings, config)
        return last_run(settings.home, "ptc")

    return go


def test_a_run_that_did_all_is_done_and_one_that_cannot_begin_has_failed(run, settings):
    done = run()
    assert (done.status, done.cause, done.reason) == ("done", None, None)
    assert done.began == done.done_at <= done.ended
    with pytest.raises(UsageError):
        run(body="no-body")
    failed = last_run(settings.home, "ptc")
    assert (failed.status, failed.cause, failed.done_at) == ("failed", "fails", done.done_at)
    assert "body: there is no body 'no-body'" in failed.reason
    (state,) = source_states(settings)
    assert (state.last_status, state.last_error, state.last_run) == ("failed", failed.reason, None)
    assert done.done_at <= state.done_at < failed.began == state.last_at
    assert len(runs(settings)) == 1  # the ledger never knew of it


def test_a_run_that_refused_to_delete_so_much_is_not_done(run, papers, settings):
    run()
    for paper in papers.iterdir():
        paper.unlink()
    with pytest.raises(MassDeletionError):
        run()
    refused = last_run(settings.home, "ptc")
    assert (refused.status, refused.cause) == ("failed", "refused")
    assert "all 2 documents are missing" in refused.reason
    assert [one.status for one in runs(settings)] == ["failed", "done"]
    assert source_states(settings)[0].last_status == "failed"
    note_question(settings.home, "ptc")
    assert last_run(settings.home, "ptc").cause == "asks"


def test_what_a_damaged_home_says_of_its_sources(run, settings):
    before = run()
    (settings.home / STATE).write_bytes(b"nothing that SQLite knows" * 100)
    (known,) = last_known(settings)
    assert (known.source, known.last_status, known.done_at, known.stale) == ("ptc", "done", before.done_at, None)


RUN = """
import sys, time
from pathlib import Path
from pipelines.ingest.last_runs import noted_run
with noted_run(Path(sys.argv[1]), "ptc"):
    print("at work", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_run_is_at_work_until_its_process_is_gone(tmp_path, number):
    command = fork_server().command("-c", RUN, str(tmp_path))
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert child.stdout.readline() == b"at work\n"
    assert last_run(tmp_path, "ptc").status == "running"
    with noted_run(tmp_path, "ptc"):
        pass  # another one, which finds it at work: what comes of the first counts
    assert last_run(tmp_path, "ptc").status == "running"
    child.send_signal(number)
    assert child.stdout.read() == b""  # nothing of it lives
    child.wait(300)
    found = last_run(tmp_path, "ptc")
    assert (found.status, found.cause, found.reason) == ("interrupted", "fails", INTERRUPTED)


def test_a_home_that_cannot_be_written_ends_no_run(tmp_path):
    home = tmp_path / "file"
    home.touch()
    with noted_run(home, "ptc"):
        done = True
    assert done
    assert last_run(home, "ptc") is None
