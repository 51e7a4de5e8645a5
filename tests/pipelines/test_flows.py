"""The flow, run for real on a Prefect server that this session starts and stops."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from configs.settings import load_settings
from pipelines import health
from pipelines.ingest import ingest

pytestmark = [pytest.mark.prefect, pytest.mark.model, pytest.mark.slow]

CHECKOUT = Path(__file__).resolve().parents[2]
START_SECONDS, STOP_SECONDS, RUN_SECONDS = 180, 30, 300
PAPERS, BATCH = 5, 2
PASSWORD = "open-sesame-4711"
FLOW = """
import json, sys
from pydantic import SecretStr
from pipelines.flows import ingest
given = json.load(sys.stdin)
passwords = [SecretStr(given["password"])]
report = ingest(given["sources"], home=given["home"], settings=given["settings"], passwords=passwords)
print(json.dumps(report))
"""
MAIN = "import sys; from portal.cli import main; main(sys.argv[1:])"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The environment of a process that uses the server; its folder is `PREFECT_HOME`."""
    folder = tmp_path_factory.mktemp("prefect")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "CUSTOMS_"))}
    environment |= {
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PYTHONPATH": str(CHECKOUT),
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/health", process, folder / "server.log")
        yield environment | {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url, process, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail(f"the Prefect server did not start: {log.read_text(errors='replace')[-2000:]}")


def ask(server, what):
    """All flow runs or task runs of the server."""
    request = urllib.request.Request(
        f"{server['PREFECT_API_URL']}/{what}/filter", b"{}", {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.fixture
def papers(tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(PAPERS - 1):
        (folder / f"{number}.txt").write_text(f"The single window of country {number} went live in 2021.")
    (folder / "empty.txt").touch()
    return folder


def without_times(report):
    return {name: value for name, value in report.items() if name not in ("run", "seconds")}


def test_a_flow_run_reports_what_the_plain_function_does(server, tmp_path, papers):
    before = {run["id"] for run in ask(server, "flow_runs")}
    given = {
        "sources": [str(papers)],
        "home": str(tmp_path / "home"),
        "settings": {"encoder": "all-MiniLM-L6-v2", "batch_documents": BATCH},
        "password": PASSWORD,
    }
    done = subprocess.run(
        [sys.executable, "-c", FLOW],
        input=json.dumps(given),
        env=server,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)

    plain = load_settings(tmp_path / "plain", encoder="all-MiniLM-L6-v2")
    assert without_times(report) == without_times(ingest(plain, [str(papers)]))
    flowing = load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2")
    assert [one for one in health.checks(flowing) if not one["ok"]] == []

    (run,) = [run for run in ask(server, "flow_runs") if run["id"] not in before]
    assert run["state_name"] == "Completed"
    tasks = [task for task in ask(server, "task_runs") if task["flow_run_id"] == run["id"]]
    assert [task["state_name"] for task in tasks] == ["Completed"] * -(-PAPERS // BATCH)
    assert run["parameters"]["passwords"] == ["**********"]
    assert PASSWORD not in json.dumps([run, tasks])
    stored = b"".join(path.read_bytes() for path in Path(server["PREFECT_HOME"]).rglob("*") if path.is_file())
    assert PASSWORD.encode() not in stored
    assert b"**********" in stored


def test_the_command_line_records_its_run_where_a_server_is_named(server, tmp_path, papers):
    before = {run["id"] for run in ask(server, "flow_runs")}
    command = ["ingest", str(papers), "--home", str(tmp_path / "home"), "--encoder", "all-MiniLM-L6-v2", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *command, "--password", PASSWORD],
        env=server,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["found"] == PAPERS
    assert PASSWORD not in done.stderr
    (run,) = [run for run in ask(server, "flow_runs") if run["id"] not in before]
    assert run["state_name"] == "Completed"
    assert PASSWORD not in json.dumps(run)


def test_a_source_that_is_not_there_is_one_line_and_a_failed_run(server, tmp_path):
    before = {run["id"] for run in ask(server, "flow_runs")}
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "ingest", str(tmp_path / "no.pdf"), "--home", str(tmp_path / "home"), "--json"],
        env=server,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    line = done.stderr.strip()
    assert "\n" not in line, line
    assert line.startswith("customs-lens:")
    assert "no.pdf" in line
    (run,) = [run for run in ask(server, "flow_runs") if run["id"] not in before]
    assert run["state_name"] == "Failed"


def test_a_server_that_does_not_answer_is_one_line(tmp_path, papers):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/api"
    environment = os.environ | {"PREFECT_API_URL": url, "PREFECT_HOME": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "ingest", str(papers), "--home", str(tmp_path / "home")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    line = done.stderr.strip()
    assert "\n" not in line, line
    assert (done.returncode, done.stdout) == (3, "")
    assert url in line
    assert "unset PREFECT_API_URL" in line
