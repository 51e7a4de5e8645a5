"""`schedule` where it does not start; tests/pipelines/flows/test_schedule.py has it running."""

import socket

import pytest

SOURCES = "sources:\n  - {name: papers, kind: folder, path: /srv/papers, schedule: '17 2 * * *'}\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("PREFECT_API_URL", "PREFECT_SERVER_API_AUTH_STRING"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    (folder / "sources.yaml").write_text(SOURCES)
    return folder


def test_without_sources_it_says_where_to_write_them_and_makes_no_home(cli, tmp_path):
    answer = cli("schedule", "--home", tmp_path / "none")
    assert answer.code == 2
    assert "none/sources.yaml: configures no source" in answer.err
    assert not (tmp_path / "none").exists()


def test_a_server_that_others_reach_needs_a_password(cli, home):
    answer = cli("schedule", "--home", home, "--host", "0.0.0.0")
    assert answer.code == 2
    assert "PREFECT_SERVER_API_AUTH_STRING" in answer.err


def test_a_worker_alone_needs_a_server(cli, home):
    answer = cli("schedule", "--home", home, "--worker-only")
    assert answer.code == 2
    assert "set PREFECT_API_URL" in answer.err


def test_a_port_that_is_taken_is_one_line(start, home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start("schedule", "--home", home, "--port", taken.getsockname()[1])
        _, said = process.communicate(timeout=600)
    assert process.returncode == 3
    (line,) = said.decode().strip().splitlines()
    assert "cannot listen there" in line
    assert "--port" in line
