"""The commands of the runbook for backups, as it writes them: the copy finds papers and reads its sources."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.forked import fork_server
from tests.pipelines.sources.connectors.listing_harness import RECIPE
from tests.pipelines.sources.connectors.scripted_server import Answer, ScriptedServer, html
from tests.portal.conftest import clean_environment, copy_of

pytestmark = [pytest.mark.model, pytest.mark.slow]

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


@pytest.fixture
def site():
    server = ScriptedServer()
    rows = "<tr><th>Title</th><th>ENG</th></tr><tr><td>A</td><td><a href='/a'>a</a></td></tr>"
    server.answers["/list"] = html(f"<table>{rows}</table>")
    server.answers["/a"] = Answer(b"a")
    yield server
    server.stop()


@pytest.fixture
def run(tmp_path):
    """Run a command line, whose places all lie below a folder of the test."""
    program = tmp_path / "bin" / "customs-lens"
    fork_server().write_program(program)
    for folder in ("backups", "mnt/elsewhere"):
        (tmp_path / folder).mkdir(parents=True)

    def line(command):
        command = re.sub(r"/(backups|mnt/elsewhere|tmp/trial)\b", lambda found: f"{tmp_path}/{found[1]}", command)
        environment = clean_environment(CUSTOMS_LENS_HOME=str(tmp_path / "home"), COLUMNS="200")
        environment["PATH"] = f"{program.parent}:{environment['PATH']}"
        (tmp_path / "tmp").mkdir(exist_ok=True)
        return subprocess.run(
            ["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    return line


def commands():
    section = RUNBOOK.read_text("utf-8").partition("### Back up\n")[2].partition("\n### ")[0]
    return re.findall(r"^\d\. `([^`]+)`", section, re.MULTILINE)


def test_the_commands_of_the_runbook_make_a_copy_that_works(sample_home, site, tmp_path, run):
    home = copy_of(sample_home, tmp_path / "home")
    (home / "recipes").mkdir()
    (home / "recipes" / "site.yaml").write_text(yaml.safe_dump(RECIPE))
    source = {"name": "site", "kind": "listing", "url": f"{site.url}/list", "recipe": "recipes/site.yaml"}
    (home / "sources.yaml").write_text(yaml.safe_dump({"sources": [source]}))

    wanted = commands()
    assert any("sources check" in command for command in wanted)
    for command in wanted:
        done = run(command)
        assert done.returncode == 0, command + done.stdout + done.stderr
    assert not (tmp_path / "tmp" / "trial").exists()


def test_what_the_copy_needs_is_printed_by_both_commands(sample_home, tmp_path, run):
    home = copy_of(sample_home, tmp_path / "home")
    source = {"name": "drop", "kind": "url", "url": "sftp://h/x", "options": {"client_keys": str(tmp_path / "key")}}
    source["options"]["passphrase"] = "${PASSPHRASE}"
    (home / "sources.yaml").write_text(yaml.safe_dump({"sources": [source]}))
    (tmp_path / "key").touch()
    made = run("customs-lens backup /backups/a.zip")
    assert f"  {tmp_path}/key (sources.yaml: drop: options.client_keys)\n" in made.stdout
    assert "  PASSPHRASE (a variable of the environment)\n" in made.stdout
    (tmp_path / "key").unlink()
    restored = run("customs-lens restore /backups/a.zip --home /tmp/trial")
    assert f"  {tmp_path}/key (sources.yaml: drop: options.client_keys): is not there\n" in restored.stdout
    assert "  PASSPHRASE (a variable of the environment): is not set\n" in restored.stdout
