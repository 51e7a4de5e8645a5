"""Pipes, devices and giants where a file is expected: refused at once, whichever command is given them."""

import io
import os
import sys

import pytest

SETTINGS, FAILED, NOT_THERE = 2, 1, 3
SECONDS = 60
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
        ("labels.csv", ("evaluate", "tagging", "{}")),
        ("labels.jsonl", ("evaluate", "themes", "{}")),
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


@pytest.mark.parametrize("command", ["extract", "tag"])
def test_a_device_is_refused_at_once(process, tmp_path, command):
    done = process(command, "/dev/zero", "--home", tmp_path / "home", timeout=SECONDS)
    assert (done.code, done.out) == (NOT_THERE, "")
    assert "/dev/zero: cannot be read: it is a device, not a regular file" in done.line


@pytest.mark.parametrize("command", ["extract", "tag"])
def test_a_pipe_in_place_of_a_sidecar(process, tmp_path, pipe, command):
    (tmp_path / "paper.txt").write_text("The single window.")
    sidecar = pipe("paper.txt.meta.yaml")
    done = process(command, tmp_path / "paper.txt", "--home", tmp_path / "home", timeout=SECONDS)
    assert (done.code, done.out) == (NOT_THERE, "")
    assert f"{sidecar}: cannot be read: it is a pipe" in done.line


@pytest.mark.parametrize("stem", ["x" * 251, "é" * 125, "窗" * 83])
def test_a_name_as_long_as_names_may_be_is_read(cli, tmp_path, stem):
    (tmp_path / f"{stem}.txt").write_text("The single window.")
    done = cli("extract", tmp_path / f"{stem}.txt", "--home", tmp_path / "home")
    assert done.code == 0, done.err
    assert "The single window." in done.out


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
