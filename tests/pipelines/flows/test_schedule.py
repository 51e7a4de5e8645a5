"""`customs-lens schedule` for real: its server, its deployments, its worker, and the flow runs of these."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from configs.settings import load_settings
from pipelines.flows.run_files import DeadRun, RunFile
from pipelines.storage.opening import opened_ledger
from tests.forked import fork_server
from tests.pipelines.flows.prefect_api import RUN_SECONDS
from tests.pipelines.flows.schedules import AUTH, CHECKOUT, STOP_SECONDS, Schedule

pytestmark = [pytest.mark.prefect, pytest.mark.model, pytest.mark.slow]

PAPERS, MANY, LOST, BATCH = 3, 40, 12, 4
SOON = 0.2
"""Seconds between two looks at a run in whose middle something is to happen."""


@pytest.fixture(scope="module")
def schedule(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schedule")
    home, papers = folder / "home", folder / "papers"
    home.mkdir()
    for name, count in (("few", PAPERS), ("many", MANY), ("lost", LOST)):
        (papers / name).mkdir(parents=True)
        for number in range(count):
            text = f"The single window of country {number} of {name} went live in 2021."
            (papers / name / f"{number}.txt").write_text(text)
    (papers / "few" / "empty.txt").touch()
    write_sources(home, papers, ["few", "many", "lost", "missing"])
    (home / "settings.yaml").write_text(f"batch_documents: {BATCH}\nworkers: 1\n")
    started = Schedule(home, papers)
    try:
        started.start()
        yield started
    finally:
        started.end()


def write_sources(home, papers, names):
    sources = [
        {
            "name": name,
            "kind": "folder",
            "path": str(papers / name),
            "quiet_seconds": 0,
            "fresh_days": 21,
            "schedule": {"cron": "17 2 * * *", "timezone": "Europe/Brussels"},
        }
        for name in names
    ]
    (home / "sources.yaml").write_text(yaml.safe_dump({"sources": sources}))


def test_each_source_has_a_deployment_that_runs_alone_at_its_times(schedule):
    found = schedule.deployments()
    assert found.keys() >= {"ingest-source/few", "ingest/home", "alerts/home", "doctor/home", "backup/home"}
    of_source = found["ingest-source/few"]
    (times,) = of_source["schedules"]
    assert (times["schedule"]["cron"], times["schedule"]["timezone"]) == ("17 2 * * *", "Europe/Brussels")
    assert of_source["parameters"] == {"source": "few"}
    assert set(of_source["tags"]) == {"customs-lens", "customs-lens-source", "source:few"}
    for one in found.values():
        assert one["global_concurrency_limit"]["limit"] == 1
        strategy = "ENQUEUE" if one["entrypoint"].endswith((".alerts", ".stale_source")) else "CANCEL_NEW"
        assert one["concurrency_options"]["collision_strategy"] == strategy
        assert (one["work_pool_name"], one["paused"]) == ("customs-lens", False)


def test_the_server_watches_for_sources_without_anything_new(schedule):
    found = {one["name"]: one for one in schedule.ask("automations/filter", {})}
    trigger = found["few is stale"]["trigger"]
    assert (trigger["posture"], trigger["within"]) == ("Proactive", 21 * 86_400)
    assert trigger["match"] == {"prefect.resource.id": "customs-lens.source.few"}
    assert found["few is stale"]["actions"][0]["parameters"] == {"source": "few", "days": 21}


def test_what_the_server_keeps_lies_in_the_home_and_needs_the_password(schedule):
    assert (schedule.home / "prefect" / "prefect.db").exists()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(f"{schedule.url}/flows/filter", b"{}", {}), timeout=30)
    assert refused.value.code == 401


def test_a_run_shows_its_counts_and_its_failures_and_events_start_what_follows(schedule):
    watch = next(one for one in schedule.ask("automations/filter", {}) if one["name"] == "missing is stale")
    soon = {name: watch[name] for name in ("description", "trigger", "actions")}
    soon["trigger"] = {name: value for name, value in watch["trigger"].items() if name != "id"} | {"within": 10}
    soon = schedule.ask("automations/", soon | {"name": "missing is stale soon"})["id"]
    identifier, missing = schedule.run("ingest-source/few"), schedule.run("ingest-source/missing")
    run = schedule.ended(identifier)
    assert run["state_name"] == "Incomplete", schedule.lines()[-3000:]
    assert run["state"]["message"].startswith(f"{PAPERS + 1} found: {PAPERS} indexed")
    assert "1 failed" in run["state"]["message"]
    assert run["name"].startswith("few 20")
    assert len(schedule.documents("few")) == PAPERS

    artifacts = schedule.artifacts(identifier)
    assert artifacts.keys() == {"progress", "table", "markdown"}
    assert float(artifacts["progress"]["data"]) == 100
    (failure,) = json.loads(artifacts["table"]["data"])
    assert failure["source"].endswith("empty.txt")
    assert "| indexed | 3 |" in artifacts["markdown"]["data"]

    failed = schedule.ended(missing)
    assert failed["state_name"] == "Failed"
    assert "missing" in failed["state"]["message"]
    assert "Traceback" not in failed["state"]["message"]

    schedule.wait_until(lambda: schedule.runs_of("stale-source/home"))
    schedule.ask(f"automations/{soon}", method="DELETE")
    stale = schedule.ended(schedule.runs_of("stale-source/home")[0]["id"])
    assert stale["state_name"] == "Failed"
    assert stale["state"]["message"].startswith("missing: nothing new for 21 days")

    schedule.wait_until(lambda: schedule.runs_of("alerts/home"))
    assert schedule.ended(schedule.runs_of("alerts/home")[0]["id"])["state_name"] == "Completed"


RECOVER = """
import sys
from configs.settings import load_settings
from pipelines.flows.recovery import recover
recover(load_settings(sys.argv[1]))
"""


@pytest.mark.long
def test_the_ledger_and_the_lock_decide_what_became_of_a_run(schedule):
    """Three runs that the server takes for running: one lives, one was finished, one was not."""
    settings = load_settings(schedule.home)
    with opened_ledger(settings) as ledger:
        done = next(run for run in ledger.runs() if run.source == "few" and run.status == "incomplete")
    of = schedule.deployments()["ingest/home"]
    body = {"deployment_id": of["id"], "flow_id": of["flow_id"], "state": {"type": "RUNNING"}, "tags": ["recovery-3"]}
    living, finished, killed = (schedule.ask("flow_runs/", body)["id"] for _ in range(3))
    held = RunFile(settings.home, living)
    for run, ledger_run in ((finished, done.id), (killed, "")):
        row = DeadRun(flow_run=run, ledger_run=ledger_run)
        (settings.home / "flow-runs" / f"{run}.json").write_text(row.model_dump_json())
    subprocess.run(
        fork_server().command("-c", RECOVER, str(schedule.home)),
        env=schedule.environment | {"PREFECT_API_URL": schedule.url, "PREFECT_API_AUTH_STRING": AUTH},
        check=True,
    )
    assert schedule.flow_run(living)["state_type"] == "RUNNING"
    assert schedule.flow_run(finished)["state_type"] == "COMPLETED"
    assert "by the ledger" in schedule.flow_run(finished)["state"]["message"]
    assert schedule.flow_run(killed)["state_type"] == "CRASHED"
    held.close()


def processes_of(schedule, run=""):
    """The pids of the worker and of the flow runs, which are what it started, or of the worker and one flow run."""
    from pipelines.processes import descendants

    found = []
    for pid in descendants(schedule.process.pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            told = Path(f"/proc/{pid}/environ").read_bytes()
            if b"worker" in words or (b"prefect.engine" in words and run.encode() in told):
                found.append(pid)
    return found


@pytest.mark.long
def test_a_killed_run_begins_again_and_a_cancelled_one_ends_and_the_next_completes_the_work(schedule):
    schedule.wait_until(lambda: len(processes_of(schedule)) == 1)  # what the tests before started has ended
    killed = schedule.run("ingest-source/many")
    schedule.wait_until(lambda: schedule.batches(killed) > 0, poll=SOON)
    pids = processes_of(schedule, killed)
    assert len(pids) == 2
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    schedule.wait_until(lambda: schedule.flow_run(killed)["state_type"] == "CRASHED")
    schedule.wait_until(lambda: len(schedule.runs_of("ingest-source/many")) == 2)
    (again,) = [run for run in schedule.runs_of("ingest-source/many") if run["id"] != killed]
    assert "recovery-1" in again["tags"]

    schedule.wait_until(lambda: schedule.batches(again["id"]) > 0, poll=SOON)
    schedule.ask(f"flow_runs/{again['id']}/set_state", {"state": {"type": "CANCELLING"}})
    assert schedule.ended(again["id"])["state_type"] == "CANCELLED"
    assert 0 < len(schedule.documents("many")) < MANY

    done = schedule.ended(schedule.run("ingest-source/many"))
    assert done["state_name"] == "Completed"
    assert f"{MANY} found" in done["state"]["message"]
    assert ", 0 unchanged" not in done["state"]["message"]
    assert schedule.documents("many") == sorted(f"{number}.txt" for number in range(MANY))


def assert_is_for_its_owner_alone(schedule):
    """What the server and its runs write."""
    written = [path for path in schedule.home.rglob("*") if path.suffix != ".yaml"]  # those are the test's own
    assert {"prefect", "state.db", "blobs", "flow-runs"} <= {path.name for path in written}
    assert {path for path in written if path.exists() and path.stat().st_mode & 0o077} == set()


def test_a_run_that_would_delete_too_much_asks_and_deletes_when_it_is_told_to(schedule):
    assert schedule.ended(schedule.run("ingest-source/lost"))["state_name"] == "Completed"
    for number in range(LOST - 1):
        (schedule.papers / "lost" / f"{number}.txt").unlink()
    earlier, asked = schedule.asked("ingest-source/lost"), schedule.asked("ingest-source/lost")
    assert schedule.flow_run(earlier)["state_type"] == "CANCELLED"
    assert len(schedule.documents("lost")) == LOST

    left = schedule.home / "flow-runs" / f"{asked}.json"
    schedule.wait_until(lambda: not left.exists(), 5)  # else its next process, which begins late, counts as gone

    question = schedule.question(asked)
    assert f"lost: {LOST - 1} of {LOST} documents are missing" in question
    assert schedule.ask(f"flow_runs/{asked}/resume", {"run_input": {"delete": True}})["status"] == "ACCEPT"
    answered = schedule.ended(asked)
    assert answered["state_name"] == "Completed", schedule.lines()[-3000:]
    assert f"{LOST - 1} withdrawn" in answered["state"]["message"]
    assert_is_for_its_owner_alone(schedule)


@pytest.mark.long
def test_an_answer_whose_run_could_not_begin_is_taken_by_the_next_one(schedule):
    assert schedule.ended(schedule.run("ingest-source/many"))["state_name"] == "Completed"
    for number in range(MANY - 1):
        (schedule.papers / "many" / f"{number}.txt").unlink()
    asked = schedule.asked("ingest-source/many")
    assert schedule.ask(f"flow_runs/{asked}/resume", {"run_input": {"delete": True}})["status"] == "ACCEPT"
    dropped = {"type": "CANCELLED", "name": "Cancelled", "message": "Deployment concurrency limit reached."}
    assert schedule.ask(f"flow_runs/{asked}/set_state", {"state": dropped, "force": True})["status"] == "ACCEPT"
    taken = schedule.ended(schedule.run("ingest-source/many"))
    assert taken["state_name"] == "Completed", schedule.lines()[-3000:]
    assert f"{MANY - 1} withdrawn" in taken["state"]["message"]


def test_a_source_that_is_taken_out_of_the_file_loses_its_deployment(schedule):
    write_sources(schedule.home, schedule.papers, ["few"])
    schedule.wait_until(lambda: "ingest-source/missing" not in schedule.deployments())
    assert "ingest-source/few" in schedule.deployments()
    schedule.wait_until(
        lambda: "missing is stale" not in {one["name"] for one in schedule.ask("automations/filter", {})}, 10
    )


@pytest.mark.long
def test_all_deployments_of_the_file_can_be_deployed_and_are_those_that_schedule_makes(schedule):
    before = schedule.deployments()
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=CHECKOUT,
        env=schedule.environment
        | {"PREFECT_API_URL": schedule.url, "PREFECT_API_AUTH_STRING": AUTH, "PREFECT_HOME": str(schedule.home / "p")},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    after = schedule.deployments()
    assert after.keys() == before.keys() | {"ingest-source/any"}
    for name in before.keys() - {"ingest-source/few"}:
        for what in ("entrypoint", "work_pool_name", "tags", "concurrency_options", "parameter_openapi_schema"):
            assert after[name][what] == before[name][what], (name, what)
        assert after[name]["global_concurrency_limit"]["limit"] == 1


def test_it_ends_in_the_middle_of_a_run_with_all_that_it_started(schedule):
    for number in range(MANY):
        (schedule.papers / "few" / f"more-{number}.txt").write_text(f"Country {number} has a trusted trader programme.")
    identifier = schedule.run("ingest-source/few")
    schedule.wait_until(lambda: schedule.batches(identifier) > 0, poll=SOON)
    pids = processes_of(schedule)
    schedule.process.terminate()
    assert schedule.process.wait(STOP_SECONDS) == 0, schedule.lines()[-3000:]
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert "Traceback" not in schedule.lines()
