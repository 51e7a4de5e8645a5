"""Pipes, devices and giants where a file is expected: refused at once, whichever command is given them."""

import io
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.portal.conftest import RUN, clean_environment

FAILED, NOT_THERE = 1, 3
SECONDS = 300
"""Within which each command has to end; none of them waits for anything."""


@pytest.fixture
def pipe(tmp_path):
    """A function that makes a pipe of a name, which nobody writes into."""

    def make(name):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        os.mkfifo(path)
        return path

    return make


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("paper.txt", ("extract", "{}")),
        ("paper.txt", ("tag", "{}")),
        ("paper.txt", ("ingest", "{}")),
        ("home/settings.yaml", ("search", "x")),
        ("model.yaml", ("tag", "{}.txt", "--model", "{}")),
        ("backup.zip", ("restore", "{}")),
        ("themes.ttl", ("vocabulary", "import", "{}")),
        ("themes.yaml", ("vocabulary", "check", "{}")),
        ("cases.yaml", ("evaluate", "relevance", "{}")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(process, tmp_path, pipe, name, command):
    path = pipe(name)
    (tmp_path / "model.yaml.txt").write_text("The single window.")
    done = process(*(part.format(path) for part in command), "--home", tmp_path / "home", timeout=SECONDS)
    assert (done.code, done.out) == (NOT_THERE, "")
    assert str(path) in done.line


@pytest.mark.slow
@pytest.mark.parametrize("command", ["extract", "tag"])
def test_a_device_is_refused_at_once(process, tmp_path, command):
    done = process(command, "/dev/zero", "--home", tmp_path / "home", timeout=SECONDS)
    assert (done.code, done.out) == (NOT_THERE, "")
    assert "/dev/zero: cannot be read: it is a device, not a regular file" in done.line


@pytest.mark.slow
@pytest.mark.parametrize("command", ["extract", "tag"])
def test_a_pipe_by_name_says_what_to_do(process, tmp_path, command):
    done = process(command, "/dev/stdin", "--home", tmp_path / "home", stdin="The single window.", timeout=SECONDS)
    assert (done.code, done.out) == (NOT_THERE, "")
    assert "/dev/stdin: cannot be read: it is a pipe, not a regular file" in done.line
    assert "save what it gives to a file, and name that" in done.line


@pytest.mark.slow
def test_standard_input_that_is_a_file_is_read(tmp_path):
    (tmp_path / "paper.txt").write_text("The single window.")
    command = [sys.executable, "-c", RUN, "extract", "/dev/stdin", "--home", str(tmp_path / "home")]
    with (tmp_path / "paper.txt").open() as file:
        done = subprocess.run(command, stdin=file, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "The single window." in done.stdout


@pytest.mark.parametrize("command", ["extract", "tag"])
def test_a_file_that_grows_while_it_is_read_is_not_read_for_ever(cli, tmp_path, monkeypatch, command):
    monkeypatch.setenv("CUSTOMS_LENS_READING__FILE_MIB", "1")
    there = os.fstat

    def as_it_was(descriptor):
        found = there(descriptor)
        return os.stat_result([*found[: stat.ST_SIZE], 0, *found[stat.ST_SIZE + 1 : 10]])

    monkeypatch.setattr("os.fstat", as_it_was)
    (tmp_path / "paper.txt").write_bytes(b"a " * (1 << 20))
    done = cli(command, tmp_path / "paper.txt", "--home", tmp_path / "home")
    assert done.code == FAILED
    assert "too_large" in done.out + done.err


@pytest.mark.slow
@pytest.mark.parametrize("command", ["extract", "tag"])
def test_a_pipe_in_place_of_a_sidecar(process, tmp_path, pipe, command):
    (tmp_path / "paper.txt").write_text("The single window.")
    sidecar = pipe("paper.txt.meta.yaml")
    done = process(command, tmp_path / "paper.txt", "--home", tmp_path / "home", timeout=SECONDS)
    assert (done.code, done.out) == (NOT_THERE, "")
    assert f"{sidecar}: cannot be read: it is a pipe" in done.line


def test_a_giant_is_too_large_before_a_byte_of_it_is_read(cli, tmp_path):
    giant = tmp_path / "paper.pdf"
    with giant.open("wb") as file:
        file.truncate(1 << 40)
    done = cli("extract", giant, "--json", "--home", tmp_path / "home")
    assert (done.code, done.json["status"]) == (FAILED, "too_large")
    assert done.json["warnings"] == ["it is larger than 512 MiB"]
    assert cli("tag", giant, "--home", tmp_path / "home").code == FAILED


def test_of_standard_input_no_more_is_taken_than_a_file_may_hold(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTOMS_LENS_READING__FILE_MIB", "1")
    with open("/dev/zero", "rb", buffering=0) as endless:  # noqa: PTH123 - without a buffer
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(endless)))
        done = cli("tag", "-", "--home", tmp_path / "home")
    assert (done.code, done.out) == (FAILED, "")
    assert "-: too_large: it is larger than 1 MiB" in done.err


def test_standard_input_that_is_closed(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    done = cli("tag", "-", "--home", tmp_path / "home")
    assert (done.code, done.out) == (NOT_THERE, "")
    assert "standard input: is closed" in done.line


TEMPORARY_GOES = """
import shutil, sys, tempfile
from pipelines.ingest import prefetch
folder = tempfile.gettempdir()
read, done = prefetch.read_document, []
def read_and_lose(path, **fields):
    if len(done) == {after}:
        shutil.rmtree(folder, ignore_errors=True)
    done.append(path)
    return read(path, **fields)
prefetch.read_document = read_and_lose
from portal.cli import main
main(sys.argv[1:])
"""


@pytest.mark.model
@pytest.mark.parametrize("after", [0, 2])
def test_the_folder_for_temporary_files_is_named_when_it_goes_and_not_the_home(process, cli, tmp_path, after):
    papers, home = tmp_path / "papers", tmp_path / "home"
    papers.mkdir()
    for number in range(4):
        (papers / f"{number}.txt").write_text(f"The single window of country {number}.")
    command = ("ingest", papers, "--home", home, "--encoder", "all-MiniLM-L6-v2", "--workers", "1")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        (temporary := Path(folder, "t")).mkdir()
        code = TEMPORARY_GOES.format(after=after)
        done = process(*command, code=code, environment={"TMPDIR": str(temporary)})
    assert done.code == NOT_THERE
    assert done.line.startswith(f"customs-lens: {temporary}")
    assert "the folder for temporary files cannot be used" in done.line
    assert str(home) not in done.line
    assert "TMPDIR" in done.line
    done = cli(*command, "--only", "failed", "--json")
    assert (done.code, done.json["failed"]) == (0, 0)
    assert cli(*command, "--json").json["unchanged"] == 4
