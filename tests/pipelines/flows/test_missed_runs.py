"""`schedule` that did not run at the times of its sources: what was missed is done once, and what is planned stays."""

import contextlib
import datetime as dt
import os
import signal
import time
from pathlib import Path

import pytest
import yaml

from pipelines.flows.recovery import AGAIN
from pipelines.processes import descendants
from tests.pipelines.flows.prefect_api import RUN_SECONDS
from tests.pipelines.flows.schedules import Schedule
from tests.states import ledger_of

pytestmark = [pytest.mark.prefect, pytest.mark.model, pytest.mark.slow, pytest.mark.long]

AHEAD, QUIET_SECONDS = dt.timedelta(seconds=100), 15
"""How long before the time the sources are deployed; how long nothing more may begin."""
SOURCES = ("planned", "forgotten", "paused", "never")
RESTARTED_ONCE = """
import sys
from pipelines.flows import scheduling
from portal.cli import main
scheduling._MOST_RESTARTS = 1
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def schedule(tmp_path_factory):
    folder = tmp_path_factory.mktemp("missed")
    home = folder / "home"
    home.mkdir()
    (home / "settings.yaml").write_text("workers: 1\n")
    for name in SOURCES:
        (folder / "papers" / name).mkdir(parents=True)
        (folder / "papers" / name / "paper.txt").write_text(f"The single window of {name} went live in 2021.")
    started = Schedule(home, folder / "papers")
    yield started
    started.end()


def write_sources(schedule, when, **fields):
    rows = [
        {"name": name, "kind": "folder", "path": str(schedule.papers / name), "quiet_seconds": 0}
        | ({"schedule": f"{when.minute} {when.hour} * * *"} if when else {})
        | fields.get(name, {})
        for name in SOURCES
    ]
    (schedule.home / "sources.yaml").write_text(yaml.safe_dump({"sources": rows}))


def planned(schedule, name):
    """The runs that the server plans for a source, by their ids, with their times."""
    wanted = schedule.id_of(f"ingest-source/{name}")
    runs = schedule.ask("flow_runs/filter", {"deployments": {"id": {"any_": [wanted]}}})
    return {run["id"]: run["expected_start_time"] for run in runs if run["auto_scheduled"]}


def begun(schedule, name):
    """The runs over a source that began; one that was cancelled before has a time too."""
    return [run for run in schedule.runs_of(f"ingest-source/{name}") if run["state_type"] != "CANCELLED"]


def counts(schedule):
    return {name: len(begun(schedule, name)) for name in SOURCES}


def told(schedule):
    """The runs that tell of something; one that ended with its worker is begun again, and still tells of the same."""
    runs = schedule.runs_of("alerts/home")
    return [run for run in runs if not any(tag.startswith(AGAIN) for tag in run["tags"])]


def test_a_night_that_was_missed_is_caught_up_once(schedule):
    """Prefect planned the run of one source; of another only the ledger knows that it is overdue."""
    with contextlib.closing(ledger_of(schedule.home)) as ledger:
        for name in SOURCES:
            if name != "never":
                with ledger.run(f"of {name}", source=name, flow="ingest-source"):
                    pass  # it found nothing
    write_sources(schedule, None)
    schedule.start()
    when = dt.datetime.now(dt.UTC) + AHEAD
    write_sources(schedule, when)  # now that it has started: none waits longer than it has to
    minute = f"{when:%Y-%m-%dT%H:%M}"
    for name in SOURCES:
        schedule.wait_until(lambda name=name: any(at.startswith(minute) for at in planned(schedule, name).values()))

    before = planned(schedule, "planned")
    write_sources(schedule, when, never={"fresh_days": 5})  # of one source
    schedule.wait_until(lambda: "never is stale" in {one["name"] for one in watched(schedule, 5)})
    assert planned(schedule, "planned").items() >= before.items()

    schedule.ask(f"deployments/{schedule.deployments()['ingest-source/paused']['id']}/pause_deployment", {})
    for name in ("forgotten", "never"):
        for run in planned(schedule, name):  # what is deleted is planned once more
            schedule.ask(f"flow_runs/{run}/set_state", {"state": {"type": "CANCELLED"}, "force": True})
    assert counts(schedule) == dict.fromkeys(SOURCES, 0)
    schedule.end()
    assert dt.datetime.now(dt.UTC) < when.replace(second=0), "the machine is too slow for this test"
    time.sleep(max(0.0, (when.replace(second=0) - dt.datetime.now(dt.UTC)).total_seconds()) + 5)

    once = {"planned": 1, "forgotten": 1, "paused": 0, "never": 0}
    for program in (schedule.program, ("-c", RESTARTED_ONCE)):
        schedule.end()
        left, other = schedule.temporary / "lens-killed", schedule.temporary / "lens-papers"
        for folder in (left / "tmp1prefect", other):
            folder.mkdir(parents=True)
        (left / ".customs-lens-schedule").touch()
        schedule.program = program
        schedule.start()
        assert (left.exists(), other.exists()) == (False, True)
        schedule.wait_until(lambda: counts(schedule) == once)
        for name in ("planned", "forgotten"):
            last = schedule.ended(begun(schedule, name)[-1]["id"])
            assert last["state_name"] == "Completed", schedule.lines()[-3000:]
        time.sleep(QUIET_SECONDS)
        assert counts(schedule) == once
        assert len(told(schedule)) <= 2  # of the runs that indexed
    assert schedule.lines().count("forgotten: a run was missed") == 1
    assert "planned: a run was missed" not in schedule.lines()


def watched(schedule, days):
    found = schedule.ask("automations/filter", {})
    return [one for one in found if one["trigger"].get("within") == days * 86_400]


def test_a_server_that_is_killed_is_started_again_and_too_often_ends_the_command(schedule):
    """The one that the test before left running."""
    kill(*servers(schedule))
    schedule.wait_until(lambda: "the Prefect server ended (by SIGKILL); it is started again" in schedule.lines())
    schedule.wait_until(lambda: is_healthy(schedule))
    assert schedule.ended(schedule.run("ingest-source/planned"))["state_name"] == "Completed", schedule.lines()[-3000:]
    kill(*servers(schedule))
    assert schedule.process.wait(RUN_SECONDS) == 3
    last = schedule.lines().rstrip().splitlines()[-1]
    assert last.startswith("customs-lens: the Prefect server ended 2 times within 10 minutes, at last by SIGKILL (")
    assert len(last) < 200
    assert [one.name for one in schedule.temporary.glob("lens-*")] == ["lens-papers"]


def kill(*pids):
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def is_healthy(schedule):
    try:
        return schedule.ask("health")
    except OSError:
        return False


def servers(schedule):
    """The pids of the server's own process."""
    found = []
    for pid in descendants(schedule.process.pid):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if Path(f"/proc/{pid}").exists() else []
        if words[2:5] == [b"prefect", b"server", b"start"]:
            found.append(pid)
    return found
