"""A real Prefect server starts the alerts when runs over a source fail, and when one works again."""

import datetime as dt
import json
import shutil

import pytest

from tests.pipelines.alerts.servers import Webhook
from tests.pipelines.flows.prefect_api import TERMINAL
from tests.pipelines.flows.schedules import Schedule

pytestmark = [pytest.mark.prefect, pytest.mark.model, pytest.mark.slow, pytest.mark.long]


@pytest.fixture
def schedule(tmp_path):
    home, papers, hook = tmp_path / "home", tmp_path / "papers", Webhook()
    home.mkdir()
    papers.mkdir()
    for number in range(2):
        (papers / f"{number}.txt").write_text(f"The single window of country {number} went live in 2021.")
    source = {"name": "wto", "kind": "folder", "path": str(papers), "quiet_seconds": 0}
    (home / "sources.yaml").write_text(json.dumps({"sources": [source]}))
    target = {"name": "hook", "url": f"json://{hook.host}/", "on": ["failures"], "access": "all", "interval_hours": 0}
    (home / "alerts.yaml").write_text(json.dumps({"targets": [target]}))
    started = Schedule(home, papers)
    started.hook = hook
    try:
        started.start()
        yield started
    finally:
        hook.stop()
        started.end()


def without_delay(schedule):
    """Let a failure start the alerts at once, not an hour later; an ingestion, which tells of papers, starts none."""
    name = "alerts/home after a failure"
    known = {one["name"]: one for one in schedule.ask("automations/filter", {})}
    found = known[name]
    (other,) = [one for one in known.values() if one["name"].startswith("alerts/home after customs-lens.ingest")]
    assert other["actions"][0]["parameters"] == {"subjects": ["papers"]}
    schedule.ask(f"automations/{other['id']}", method="DELETE")
    (action,) = found["actions"]
    assert float(action["schedule_after"]) == 3600
    trigger = {key: value for key, value in found["trigger"].items() if key != "id"}
    changed = {"name": name, "trigger": trigger, "actions": [action | {"schedule_after": 0}]}
    schedule.ask(f"automations/{found['id']}", changed | {"enabled": True}, method="PUT")


def night(schedule, state):
    """Run the source until it ends so, and wait for the alerts that its end starts; give the titles that were sent."""
    before = len(schedule.runs_of("alerts/home"))
    run = schedule.run("ingest-source/wto")
    schedule.wait_until(lambda: schedule.flow_run(run)["state_type"] in TERMINAL | {"PAUSED"})
    assert schedule.flow_run(run)["state_name"] == state, schedule.lines()[-3000:]

    def told():
        runs = schedule.runs_of("alerts/home")[before:]
        return runs and all(one["state_type"] in TERMINAL for one in runs)

    schedule.wait_until(told)
    titles = [body["title"] for _, body in schedule.hook.got]
    schedule.hook.got.clear()
    return titles


def test_failing_nights_a_question_and_that_it_works_again_are_told_of(schedule):
    without_delay(schedule)
    away = schedule.papers.with_name("away")
    shutil.move(schedule.papers, away)
    assert night(schedule, "Failed") == ["Customs Lens: wto fails"]
    shutil.move(away, schedule.papers)
    assert night(schedule, "Completed") == ["Customs Lens: wto is well again"]
    (schedule.papers / "poison.pdf").write_bytes(b"%PDF-1.7 and no more")
    assert night(schedule, "Incomplete") == []
    for paper in schedule.papers.iterdir():
        paper.unlink()
    assert night(schedule, "Suspended") == ["Customs Lens: wto asks a question"]

    file = schedule.home / "alerts.yaml"
    file.write_text(file.read_text().replace('"interval_hours": 0', '"interval_hours": 8'))
    (schedule.papers / "new.txt").write_text("The single window of another country went live in 2022.")
    (schedule.papers / "0.txt").write_text("The single window of country 0 went live in 2021.")
    assert night(schedule, "Completed") == []
    of = schedule.deployments()["alerts/home"]["id"]
    runs = [one for one in schedule.ask("flow_runs/filter", {}) if one["deployment_id"] == of]
    (later,) = [one for one in runs if (one["idempotency_key"] or "").startswith("held back until")]
    wait = dt.datetime.fromisoformat(later["expected_start_time"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(hours=7) < wait <= dt.timedelta(hours=8)

    crashed = schedule.runs_of("ingest-source/wto")[-1]["id"]
    for fail in (
        lambda: schedule.ask(f"flow_runs/{crashed}/set_state", {"state": {"type": "CRASHED"}, "force": True}),
        lambda: schedule.run("stale-source/home", source="no-such-source", days=1),
    ):
        before = len(schedule.runs_of("alerts/home"))
        fail()
        schedule.wait_until(lambda: len(schedule.runs_of("alerts/home")) > before)  # noqa: B023 - it is called at once
