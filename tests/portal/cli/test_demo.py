"""`demo` and `make demo`: short, with commands that run in the shell in which it ran."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from configs.gazetteer import SUBJECTS, load_gazetteer
from configs.settings import load_settings
from tests.conftest import CHECKOUT

PIP = """#!/bin/sh
echo "Obtaining file:///checkout"
for name in a b c d e f g h i j k; do
    echo "Collecting $name>=1 (from customs-lens)"
    echo "  Downloading $name-1.0.whl.metadata (1.5 kB)"
done
echo "  Downloading torch-2.0.whl (590.5 MB)"
echo "  Downloading small-2.0.whl (1.2 MB)"
echo "Installing build dependencies: started"
echo "Installing collected packages: a, b, c"
[ -z "$FAILS" ] || { echo "ERROR: no space left" >&2; exit 2; }
echo "$@" > "$0.given"
"""


@pytest.fixture
def made(tmp_path):
    """Run `make demo` over an environment whose pip installs nothing, and whose program says what it was given."""
    programs = tmp_path / "venv" / "bin"
    programs.mkdir(parents=True)
    for name, text in (("pip", PIP), ("customs-lens", '#!/bin/sh\necho "customs-lens $*"\n')):
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    (programs / "python").symlink_to(sys.executable)

    def run(**environment):
        command = ["make", "--no-print-directory", "-C", CHECKOUT, "demo", f"VENV={tmp_path / 'venv'}"]
        environment = {**os.environ, **environment}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run, programs


def test_make_demo_says_what_it_installs_and_leaves_out_the_tools_of_developers(made):
    run, programs = made
    done = run()
    assert done.returncode == 0, done.stderr
    first, *lines = done.stdout.splitlines()
    assert first.startswith("Installing Customs Lens")
    assert lines == [
        "  10 packages looked up …",
        "  Downloading torch-2.0.whl (590.5 MB)",
        "  unpacking 3 packages: a minute or two …",
        "customs-lens demo --home customs-lens-home",
    ]
    given = (programs / "pip.given").read_text(encoding="utf-8").split()
    assert given[-4:] == ["-c", "constraints.txt", "-e", "."]  # no extra
    assert run().stdout == "customs-lens demo --home customs-lens-home\n"  # it is installed


def test_make_demo_ends_where_pip_fails(made):
    run, programs = made
    done = run(FAILS="yes")
    assert done.returncode != 0
    assert "no space left" in done.stderr
    assert "customs-lens demo" not in done.stdout
    assert not (programs.parent / ".program").exists()


@pytest.mark.model
def test_the_demonstration_is_short_and_its_commands_run(samples, tmp_path):
    papers = tmp_path / "papers"
    papers.mkdir()
    shutil.copy(samples / "papers" / "PC9001E1a.pdf", papers)
    (tmp_path / "a home").mkdir()
    (tmp_path / "a home" / "settings.yaml").write_text("encoder: all-MiniLM-L6-v2\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "portal.cli", "demo", "--samples", papers, "--home", "a home"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) < 80
    assert lines[-1].endswith("at http://127.0.0.1:8000")
    said = [line.strip() for line in lines if " --home " in line]
    assert [shlex.split(line)[3:4] for line in said] == [["serve"], ["search"], ["show"], ["ingest"]]
    for line in said[1:3]:
        shown = subprocess.run(["sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert shown.returncode == 0, shown.stderr


def test_the_commands_name_the_program_as_it_was_run(monkeypatch, tmp_path):
    from portal.cli import demo

    program = tmp_path / ".venv" / "bin" / "customs-lens"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(program), "demo"])
    monkeypatch.setenv("PATH", "/usr/bin")
    assert demo._command() == ".venv/bin/customs-lens"
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin")
    assert demo._command() == "customs-lens"
    assert demo._home_option(Path("customs-lens-home").absolute()) == ""
    assert demo._home_option(tmp_path / "my home") == " --home 'my home'"


def test_a_home_without_settings_keeps_the_names_of_the_samples(samples, tmp_path):
    from portal.cli import demo

    names = samples / "gazetteer.yaml"
    found = demo._with_names(load_settings(tmp_path / "new"), names)
    assert found.gazetteer == load_settings(tmp_path / "new").gazetteer == str(names)
    assert load_gazetteer(found.gazetteer).find("Marisol Islands", SUBJECTS) == "XM"
    own = tmp_path / "own"
    own.mkdir()
    (own / "settings.yaml").write_text("workers: 1\n", encoding="utf-8")
    assert demo._with_names(load_settings(own), names).gazetteer is None
