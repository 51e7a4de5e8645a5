"""The units of docs/systemd are ones, and stop as the program does."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from portal.cli import TERMINATED
from portal.cli.stopping import GRACE_SECONDS
from tests.conftest import missing

UNITS = Path(__file__).resolve().parents[1] / "docs" / "systemd"
PROGRAM = "/opt/customs-lens/bin/customs-lens"
SERVICES = sorted(UNITS.glob("*.service"))


def parsed(path):
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(path)
    return parser


def test_systemd_finds_no_fault_in_them(tmp_path):
    if not shutil.which("systemd-analyze"):
        missing("systemd-analyze is not installed")
    names = []
    for path in (*SERVICES, *UNITS.glob("*.timer")):
        (tmp_path / path.name).write_text(path.read_text().replace(PROGRAM, "/bin/true"))
        names.append(str(tmp_path / path.name))
    done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_service_waits_for_an_orderly_end_and_takes_it_for_a_success(path):
    service = parsed(path)["Service"]
    assert int(service["TimeoutStopSec"]) > GRACE_SECONDS + 2
    assert service["SuccessExitStatus"] == str(TERMINATED)
    assert service["KillMode"] == "mixed"  # the readers of a run are its own to end


def test_all_services_are_confined_alike():
    confined = [re.search(r"^UMask=.*?MemoryDeny", path.read_text(), re.MULTILINE | re.DOTALL)[0] for path in SERVICES]
    settings = [[line for line in one.splitlines() if not line.startswith("#")] for one in confined]
    assert len(settings) == 3
    assert settings[0] == settings[1] == settings[2]


def test_the_documentation_names_every_file():
    text = (UNITS.parent / "operations.md").read_text(encoding="utf-8")
    assert [path.name for path in UNITS.iterdir() if f"(systemd/{path.name})" not in text] == []


def test_the_night_of_cron_runs_as_it_stands(tmp_path):
    for name in ("home", "log"):
        (tmp_path / name).mkdir()
    (tmp_path / "environment").write_text("LENS_PASSWORD='two words'\n")
    program = tmp_path / "lens"
    program.write_text('#!/bin/sh\necho "$*, $LENS_PASSWORD"\n[ "$1" != sources ]\n')
    program.chmod(0o755)
    (tmp_path / "home" / "alerts.yaml").touch()
    script = (UNITS / "customs-lens-night.sh").read_text().replace(PROGRAM, str(program))
    for given, own in (("/var/lib/customs-lens", "home"), ("/var/log/customs-lens", "log"), ("/etc/customs-lens/", "")):
        script = script.replace(given, f"{tmp_path / own}{'/' if given.endswith('/') else ''}")
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == f"customs-lens sources run --all: exit code 1, see {tmp_path}/log/night.log\n"
    assert (tmp_path / "log" / "night.log").read_text().splitlines() == [
        f"{one}, two words" for one in ("doctor --preflight", "sources run --all", "sweep --wait 600", "alerts --send")
    ]
