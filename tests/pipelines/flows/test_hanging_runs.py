"""A flow run that hangs keeps the others waiting only until `schedule` ends it, and does not begin again."""

import json
import os
import signal

import pytest

from configs.settings import load_settings
from pipelines.ingest.heartbeat import run_at_work
from pipelines.ingest.last_runs import last_run
from pipelines.runs.history import runs
from tests.pipelines.flows.prefect_api import TERMINAL
from tests.pipelines.flows.schedules import Schedule

pytestmark = [pytest.mark.prefect, pytest.mark.model, pytest.mark.slow, pytest.mark.long]

SETTINGS = "batch_documents: 4\nworkers: 1\nhanging_minutes: 0.7\nreading: {wall_seconds: 40, ocr: {enabled: off}}\n"
"""Forty seconds are enough to load what encodes on a busy machine."""


@pytest.fixture
def schedule(tmp_path):
    home, papers = tmp_path / "home", tmp_path / "papers"
    home.mkdir()
    sources = []
    for name, count in (("few", 2), ("many", 40)):
        (papers / name).mkdir(parents=True)
        for number in range(count):
            text = f"The single window of country {number} of {name} went live in 2021."
            (papers / name / f"{number}.txt").write_text(text)
        sources.append({"name": name, "kind": "folder", "path": str(papers / name), "quiet_seconds": 0})
    (home / "sources.yaml").write_text(json.dumps({"sources": sources}))
    (home / "settings.yaml").write_text(SETTINGS)
    started = Schedule(home, papers)
    try:
        started.start()
        yield started
    finally:
        started.end()


def test_a_stopped_run_is_ended_and_the_others_go_on(schedule):
    hangs = schedule.run("ingest-source/many")
    schedule.wait_until(lambda: schedule.batches(hangs) > 0, poll=0.2)
    beat = run_at_work(schedule.home)
    os.kill(beat.pid, signal.SIGSTOP)
    waits, kept_out = schedule.run("ingest-source/few"), schedule.run("ingest-source/many")
    assert schedule.ended(kept_out)["state_type"] == "CANCELLED"

    assert schedule.ended(waits)["state_name"] == "Completed", schedule.lines()[-3000:]
    schedule.wait_until(lambda: schedule.flow_run(hangs)["state_name"] == "Failed")
    message = schedule.flow_run(hangs)["state"]["message"]
    assert message.startswith(f"many: process {beat.pid} made no progress since ")
    assert message.endswith("runs of it that were cancelled meanwhile: 1")
    assert schedule.lines().count("made no progress since") == 1
    found = {run.id: run.status for run in runs(load_settings(schedule.home))}
    assert found.pop(beat.run) == last_run(schedule.home, "many").status == "hanging"
    assert list(found.values()) == ["done"]
    assert {run["id"] for run in schedule.runs_of("ingest-source/many")} <= {hangs, kept_out}

    again = schedule.ended(schedule.run("ingest-source/many"))
    assert again["state_type"] in TERMINAL
    assert again["state"]["message"].startswith("40 found")
