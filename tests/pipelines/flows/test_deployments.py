"""Deployments as values, and what the documentation says of them; no server is needed."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from configs.settings import load_settings
from configs.sources import load_sources
from configs.system.errors import ConfigError, UsageError

pytestmark = pytest.mark.slow  # Prefect takes seconds to import

CHECKOUT = Path(__file__).resolve().parents[3]
PAGE = (CHECKOUT / "docs" / "scheduling.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made():
    from pipelines.flows.deployments import deployments

    return deployments((), {"index": "elasticsearch"})


def test_the_examples_of_the_page_are_a_source_and_backups_with_their_times(tmp_path):
    example, backups = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "sources.yaml").write_text(example)
    (source,) = load_sources(tmp_path)
    assert (source.name, source.schedule.cron, source.schedule.timezone, source.fresh_days) == (
        "ptc-papers",
        "17 2 * * *",
        "Europe/Brussels",
        14,
    )
    (tmp_path / "settings.yaml").write_text(backups)
    found = load_settings(tmp_path).backups
    assert (str(found.folder), found.schedule.cron, found.keep) == ("/backups", "47 4 * * *", 14)


def test_the_page_names_every_deployment(made):
    assert {f"{one.flow.name}/{one.name}" for one in made} - set(re.findall(r"`([\w-]+/home)`", PAGE)) == set()


def test_every_flow_is_given_the_settings_of_the_command(made):
    assert {one.parameters["settings"]["index"] for one in made} == {"elasticsearch"}


def test_the_file_of_deployments_names_the_same_flows(made):
    listed = yaml.safe_load((CHECKOUT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    named = {(one["entrypoint"], one["name"]) for one in listed}
    wanted = {(f"{one.flow.fn.__module__}.{one.flow.fn.__name__}", one.name) for one in made}
    assert named - wanted == {("pipelines.flows.sources.ingest_source", "any")}
    assert wanted <= named


def test_flows_take_nothing_that_is_no_json(made):
    assert made
    for one in made:
        one.flow.serialize_parameters({"settings": {"workers": 2}})
        assert one.flow.parameters.properties


def test_as_many_workers_as_the_settings_say_help_a_run_and_everything_else_runs_once_at_a_time():
    from pipelines.flows.deployments import deployments

    limits = {one.flow.name: one.limit for one in deployments((), {}, helpers=3)}
    assert limits.pop("work") == 3
    assert set(limits.values()) == {1}


@pytest.mark.parametrize(
    "schedule", ["{cron: '61 2 * * *'}", "{cron: '17 2 * * *', timezone: Mars/Base}", "every night"]
)
def test_a_schedule_that_is_none_is_refused_with_the_name_of_its_source(tmp_path, schedule):
    from pipelines.flows.deployments import deployments

    row = f"sources:\n  - {{name: papers, kind: folder, path: /srv, schedule: {schedule}}}\n"
    (tmp_path / "sources.yaml").write_text(row)
    with pytest.raises(UsageError, match=r"sources\.yaml: papers: schedule: "):
        deployments(load_sources(tmp_path), {})


def test_backups_are_written_at_the_times_of_the_settings(tmp_path):
    from pipelines.flows.deployments import deployments

    (tmp_path / "settings.yaml").write_text(
        "backups: {folder: /backups, schedule: {cron: '47 4 * * *', timezone: Europe/Brussels}}"
    )
    (found,) = [one for one in deployments((), {}, load_settings(tmp_path).backups) if one.flow.name == "backup"]
    assert (found.schedule.cron, found.schedule.timezone) == ("47 4 * * *", "Europe/Brussels")
    assert found.parameters == {"folder": "/backups", "keep": 14}
    backups = load_settings(tmp_path, backups={"folder": "/backups", "schedule": "61 4 * * *"}).backups
    with pytest.raises(UsageError, match=r"settings\.yaml: backups: schedule: 61 4"):
        deployments((), {}, backups)
    (tmp_path / "settings.yaml").write_text("backups:\n  folder: copies\n  schedule: 47 4 * * *\n")
    with pytest.raises(ConfigError, match=r"settings\.yaml:2: backups\.folder: is no absolute path"):
        load_settings(tmp_path)


def test_old_backups_go_when_a_new_one_is_whole_and_other_files_stay(take_in, papers, settings, tmp_path):
    from pipelines.flows.upkeep import backup
    from pipelines.maintenance.backup import backup as write

    (papers / "a.txt").write_text("The single window of Arvenia.")
    take_in()
    folder = tmp_path / "backups"
    folder.mkdir()
    old = [f"customs-lens-2026010{day}T040000Z.zip" for day in (1, 2, 3)]
    write(settings, folder / old[0])
    for name in old[1:]:
        shutil.copyfile(folder / old[0], folder / name)
    (folder / "customs-lens-20260102T050000Z.zip").touch()  # cut off
    for name in ["customs-lens-by-hand.zip", "notes.txt"]:
        (folder / name).touch()

    def run():
        state = backup.fn(str(folder), keep=2, home=str(settings.home), settings={"encoder": settings.encoder})
        return state.message, {path.name for path in folder.iterdir()}

    message, there = run()
    assert message.endswith(": 1 documents")
    (new,) = there - {*old, "customs-lens-by-hand.zip", "notes.txt"}
    assert there == {new, old[-1], "customs-lens-by-hand.zip", "notes.txt"}

    kept = shutil.copytree(settings.home / "blobs", tmp_path / "kept")
    time.sleep(1.1)  # its name has seconds
    for path in (settings.home / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    message, there = run()
    assert "is not whole: blobs/" in message
    assert len(there) == 5

    time.sleep(1.1)
    shutil.rmtree(settings.home / "blobs")
    shutil.copytree(kept, settings.home / "blobs")
    message, there = run()
    assert new in there  # the one that is not whole is no reason to delete it


def test_a_server_that_is_away_is_an_error_of_a_service(tmp_path):
    """In a process of its own: Prefect reads the variable when it is imported."""
    code = "from pipelines.flows.deployments import deploy; deploy((), {})"
    variables = {"PREFECT_API_URL": "http://127.0.0.1:1/api", "PREFECT_CLIENT_MAX_RETRIES": "0"}
    environment = os.environ | variables | {"PREFECT_HOME": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert "UnavailableError: http://127.0.0.1:1/api: the Prefect server does not do" in done.stderr
