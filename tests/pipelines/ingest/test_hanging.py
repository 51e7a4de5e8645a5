"""A run that makes no progress is ended and recorded as hanging; one that goes on by small steps is left alone."""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress

import pytest

from configs.settings import ReadingLimits, load_settings
from configs.sources import SOURCES_FILE, load_sources
from configs.system.errors import BusyError, CustomsLensError
from pipelines.flows.run_files import RunFile, waiting_for
from pipelines.ingest import hanging
from pipelines.ingest.hanging import end_hanging
from pipelines.ingest.heartbeat import read_heartbeat, run_at_work
from pipelines.ingest.last_runs import last_run, note_hanging
from pipelines.ingest.recorded import open_session
from pipelines.ingest.source_runs import run_source
from pipelines.runs.history import runs
from tests.forked import fork_server

STOPPED = """
import os, signal, sys, tests.shelves
from configs.settings import load_settings
from configs.sources import load_sources
from pipelines.ingest.source_runs import run_source

class Dead(tests.shelves.Shelf):
    def changes(self, cursor):
        print("at work", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
        yield from super().changes(cursor)

settings = load_settings(sys.argv[1], encoder="all-MiniLM-L6-v2")
(config,) = load_sources(settings.home)
run_source(settings, config, connector=Dead({}))
"""
DEADLINE = 30.0


def within(settings, seconds):
    """The settings, with so many seconds after which a run hangs."""
    limits = ReadingLimits(wall_seconds=seconds, ocr={"enabled": "off"})
    return settings.model_copy(update={"hanging_minutes": seconds / 60, "reading": limits})


@pytest.fixture
def source(papers, settings):
    settings.home.mkdir()
    (papers / "a.txt").write_text("The single window serves the agency.")
    entry = {"name": "ptc", "kind": "folder", "path": str(papers), "quiet_seconds": 0}
    (settings.home / SOURCES_FILE).write_text(json.dumps({"version": 1, "sources": [entry]}))
    (config,) = load_sources(settings.home)
    return config


@pytest.fixture
def stopped(source, settings):
    """A run over the source that is stopped while it lists it, and has been so for longer than it may."""
    command = fork_server().command("-c", STOPPED, str(settings.home))
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"at work\n"
    beat = run_at_work(settings.home)
    while beat.still_seconds <= 0.1:
        time.sleep(0.05)
    yield beat
    with suppress(ProcessLookupError):
        os.kill(beat.pid, signal.SIGKILL)
    assert child.stdout.read() == b""  # nothing of it lives
    child.wait(DEADLINE)


@pytest.mark.model
def test_a_stopped_run_is_ended_and_recorded_and_the_next_goes_on(stopped, source, settings, warm, caplog):
    assert end_hanging(settings) is None  # not for so long yet
    soon = within(settings, 0.1)
    assert end_hanging(soon, known=[stopped.run]) is None
    found = end_hanging(soon)
    assert (found.ended, found.run, found.pid) == (True, stopped.run, stopped.pid)
    (said,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert said.getMessage() == str(found)
    assert str(found).startswith(f"ptc: process {stopped.pid} made no progress since ")
    (run,) = runs(settings)
    assert (run.id, run.status, run.source) == (stopped.run, "hanging", "ptc")
    assert run.ended
    last = last_run(settings.home, "ptc")
    assert (last.status, last.cause, last.reason) == ("hanging", "fails", str(found))
    assert (last.detail, last.remedy) == (found.message, found.remedy)
    assert end_hanging(soon) is None

    assert run_source(settings, source).indexed == 1
    assert [run.status for run in runs(settings)] == ["done", "hanging"]
    assert last_run(settings.home, "ptc").status == "done"


@pytest.mark.model
def test_whoever_needs_the_home_ends_the_run_that_hangs_on_it(stopped, settings, warm):
    open_session(within(settings, 0.1)).close()
    assert [run.status for run in runs(settings)] == ["hanging"]


def test_what_another_user_runs_is_told_of_and_left_alone(stopped, settings, warm, monkeypatch):
    monkeypatch.setattr(hanging.os, "geteuid", lambda: 4242)
    with pytest.raises(BusyError) as refused:
        open_session(within(settings, 0.1), wait=DEADLINE)
    assert refused.value.exit_code == 3
    assert "belongs to another user" in refused.value.message
    assert f"kill -KILL {stopped.pid}" in refused.value.remedy
    assert read_heartbeat(settings.home).status == "running"
    assert last_run(settings.home, "ptc").status == "hanging"


def test_what_cannot_be_ended_is_told_of_with_its_folder_and_who_waits(stopped, settings, papers, monkeypatch):
    """As a process that waits for a share that is away: it hears no signal."""
    monkeypatch.setattr(hanging, "send_signal", lambda *_: None)
    monkeypatch.setattr(hanging, "_END_SECONDS", dict.fromkeys(hanging._END_SECONDS, 0.0))
    waits = RunFile(settings.home, "of-others", "wto")
    found = end_hanging(within(settings, 0.1), waiting=lambda: waiting_for(settings.home))
    waits.close()
    assert not found.ended
    assert f"cannot be ended: it waits for {papers} (mounted at /" in found.message
    assert found.message.endswith("; wto wait for it")
    assert runs(settings)[0].status == last_run(settings.home, "ptc").status == "hanging"


def test_a_run_that_began_later_is_not_called_hanging(source, settings, warm):
    run_source(settings, source)
    last = last_run(settings.home, "ptc")
    note_hanging(settings.home, "ptc", CustomsLensError("no progress"), began=last.began)
    assert last_run(settings.home, "ptc") == last


def test_the_limit_is_never_below_what_one_file_or_page_may_take(tmp_path):
    recognising = {"ocr": {"enabled": "auto"}}
    settings = load_settings(tmp_path, hanging_minutes=1, reading=recognising)
    assert settings.hanging_seconds == 55 + 15 * 20
    assert load_settings(tmp_path).hanging_seconds == 30 * 60
    assert within(settings, 2).hanging_seconds == 2
