"""The flow, run for real on a Prefect server that this session starts and stops."""

import base64
import io
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pikepdf
import pytest
from filelock import FileLock

from configs.settings import load_settings
from configs.system.errors import UsageError
from pipelines.ingest import heartbeat
from pipelines.ingest.runs import ingest
from pipelines.maintenance import health
from pipelines.sources.web import retries
from pipelines.workspace import writing_locked
from portal.cli import main
from tests.forked import fork_server

pytestmark = [pytest.mark.prefect, pytest.mark.slow]

CHECKOUT = Path(__file__).resolve().parents[3]
START_SECONDS, STOP_SECONDS, RUN_SECONDS = 600, 120, 600
PAPERS, BATCH, MANY = 5, 2, 60
PASSWORD = "open-sesame-4711"


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


@pytest.fixture
def here(server, warm):
    """Let flows of this process be recorded by the server, and use the tools that it has opened."""
    from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

    url, folder = server["PREFECT_API_URL"], Path(server["PREFECT_HOME"])
    with temporary_settings({PREFECT_API_URL: url, PREFECT_HOME: folder}):
        yield
        tell_all()


def tell_all():
    """Wait until the server has all that flows of this process log and tell."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for worker in (APILogWorker, EventsWorker):
        worker.drain_all(timeout=STOP_SECONDS)


def _wait_for(url, process, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=30):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail(f"the Prefect server did not start: {log.read_text(errors='replace')[-2000:]}")


def ask(server, what):
    """All flow runs or task runs of the server."""
    request = urllib.request.Request(
        f"{server['PREFECT_API_URL']}/{what}/filter", b"{}", {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


@pytest.fixture
def papers(tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(PAPERS - 1):
        (folder / f"{number}.txt").write_text(f"The single window of country {number} went live in 2021.")
    (folder / "empty.txt").touch()
    return folder


def stored_by(server):
    """All bytes that the server keeps: its database, its logs."""
    return b"".join(path.read_bytes() for path in Path(server["PREFECT_HOME"]).rglob("*") if path.is_file())


def without_times(report):
    return {name: value for name, value in report.items() if name not in ("run", "seconds")}


@pytest.mark.parametrize("through_json", [False, True])
def test_a_flow_run_reports_what_the_plain_function_does(server, here, tmp_path, papers, monkeypatch, through_json):
    from pipelines.flows import ingest as flows

    task = flows.batch
    if through_json:  # as where the tasks are in other processes
        monkeypatch.setattr(flows, "batch", lambda *given: json.loads(json.dumps(task(*json.loads(json.dumps(given))))))
    before = {run["id"] for run in ask(server, "flow_runs")}
    given = {"encoder": "all-MiniLM-L6-v2", "batch_documents": BATCH}
    with monkeypatch.context() as patch:
        patch.setenv("CUSTOMS_LENS_PASSWORDS", PASSWORD)
        report = flows.ingest([str(papers)], home=str(tmp_path / "home"), settings=given)
    tell_all()

    plain = load_settings(tmp_path / "plain", encoder="all-MiniLM-L6-v2")
    assert without_times(report) == without_times(ingest(plain, [str(papers)]).model_dump(mode="json"))
    flowing = load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2")
    assert [one for one in health.checks(flowing) if not one.ok] == []

    (run,) = [run for run in ask(server, "flow_runs") if run["id"] not in before]
    assert run["state_name"] == "Completed"
    tasks = [task for task in ask(server, "task_runs") if task["flow_run_id"] == run["id"]]
    assert [task["state_name"] for task in tasks] == ["Completed"] * -(-PAPERS // BATCH)
    assert run["parameters"]["settings"] == given
    assert PASSWORD not in json.dumps([run, tasks])
    assert PASSWORD.encode() not in stored_by(server)


def test_a_run_tells_of_each_document_while_its_only_batch_goes_on(server, here, tmp_path, monkeypatch):
    from pipelines.flows import reporting
    from pipelines.flows.ingest import ingest as flow

    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(reporting, "_SECONDS_BETWEEN", 0.05)
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(MANY):
        (folder / f"{number}.txt").write_text(f"The single window of country {number} went live in 2021.")
    given = {"home": str(tmp_path / "home"), "settings": {"encoder": "all-MiniLM-L6-v2"}}
    before = {one["id"] for one in ask(server, "artifacts")}
    beats, shares = set(), set()
    with ThreadPoolExecutor(1) as pool:
        flowing = pool.submit(copy_context().run, flow, [str(folder)], **given)
        while not flowing.done():
            if beat := heartbeat.read_heartbeat(tmp_path / "home"):
                beats.add((beat.status, beat.done))
            found = [one for one in ask(server, "artifacts") if one["id"] not in before and one["type"] == "progress"]
            shares |= {float(one["data"]) for one in found}
            time.sleep(0.05)
    assert flowing.result()["indexed"] == MANY
    assert len(beats & {("running", done) for done in range(1, MANY)}) > 1
    assert len({share for share in shares if 0 < share < 100}) > 1


@pytest.fixture
def logged():
    """What Prefect logs."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    logging.getLogger("prefect").addHandler(handler)
    yield text
    logging.getLogger("prefect").removeHandler(handler)


def test_flows_that_keep_a_home_up_end_in_states_that_say_what_came_out(here, tmp_path, papers, logged):
    from pipelines.flows import alerts, sources, upkeep
    from pipelines.flows.ingest import ingest as flow

    folder = tmp_path / "backups"
    folder.mkdir()
    own = {"home": str(tmp_path / "home"), "settings": {"encoder": "all-MiniLM-L6-v2"}}
    flow([str(papers)], **own)
    states = {
        "retag": upkeep.retag(**own, return_state=True),
        "backup": upkeep.backup(str(folder), **own, return_state=True),
        "backup to nowhere": upkeep.backup("/no/such/folder", **own, return_state=True),
        "doctor": upkeep.doctor(**own, return_state=True),
        "reindex": upkeep.reindex(**own, return_state=True),
        "retrain": upkeep.retrain(**own, return_state=True),
        "alerts": alerts.alerts(**own, return_state=True),
        "stale-source": sources.stale_source("ptc-papers", days=14, **own, return_state=True),
        "ingest-source": sources.ingest_source("ptc-papers", **own, return_state=True),
    }
    completed = {"retag", "backup", "doctor", "alerts"}
    assert {name for name, state in states.items() if state.name == "Completed"} == completed
    assert {name for name, state in states.items() if state.name == "Failed"} == states.keys() - completed
    messages = {name: state.message for name, state in states.items()}
    assert messages["retag"].startswith("0 found")  # each has the tags of today
    assert f"{PAPERS - 1} documents" in messages["backup"]
    assert len(list(folder.glob("customs-lens-*.zip"))) == 1
    assert "create it, or mount its disk" in messages["backup to nowhere"]
    assert "checks passed" in messages["doctor"]
    assert "Elasticsearch" in messages["reindex"]
    assert "the page /review" in messages["retrain"]
    assert "nothing new for 14 days" in messages["stale-source"]
    assert "has no source ptc-papers" in messages["ingest-source"]
    assert "Finished in state Completed" in logged.getvalue()
    assert "Traceback" not in logged.getvalue()


LOCKED, KEY, URL_PASSWORD = "swordfish-0815", "a2V5LWlkOnRydWUta2V5", "cluster-pw-2342"


def run_command(environment, *arguments, **variables):
    """Run the command line in a process of its own."""
    return subprocess.run(
        fork_server().command(*map(str, arguments)),
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )


@pytest.mark.model
def test_the_command_line_records_its_run_where_a_server_is_named(server, tmp_path, papers):
    before = {run["id"] for run in ask(server, "flow_runs")}
    command = [
        "ingest",
        "--via-prefect",
        str(papers),
        "--home",
        str(tmp_path / "home"),
        "--encoder",
        "all-MiniLM-L6-v2",
        "--json",
    ]
    done = run_command(server, *command, "--password", PASSWORD)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["found"] == PAPERS
    assert PASSWORD not in done.stderr
    (run,) = [run for run in ask(server, "flow_runs") if run["id"] not in before]
    assert run["state_name"] == "Completed"
    assert PASSWORD not in json.dumps(run)


@pytest.mark.model
def test_a_password_on_the_command_line_opens_files_and_does_not_reach_the_server(server, tmp_path):
    before = {run["id"] for run in ask(server, "flow_runs")}
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(next((CHECKOUT / "samples" / "papers").glob("*.pdf"))) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner=LOCKED, user=LOCKED))
    command = [
        "ingest",
        "--via-prefect",
        locked,
        "--home",
        tmp_path / "home",
        "--encoder",
        "all-MiniLM-L6-v2",
        "--workers",
        1,
        "--json",
    ]
    done = run_command(server, *command, "--password", LOCKED, "--debug")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["indexed"] == 1
    (run,) = [run for run in ask(server, "flow_runs") if run["id"] not in before]
    assert run["parameters"]["settings"] == {"encoder": "all-MiniLM-L6-v2", "workers": 1}
    assert "passwords" not in run["parameters"]
    everything = json.dumps([ask(server, what) for what in ("flow_runs", "task_runs", "logs", "artifacts")])
    assert LOCKED not in everything + done.stderr
    assert LOCKED.encode() not in stored_by(server)


class Cluster(BaseHTTPRequestHandler):
    """A cluster that notes who asks, and refuses them."""

    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.headers["Authorization"])
        self.send_response(401)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"error": "no", "status": 401}')

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - names of http.server

    def log_message(self, *_):
        """Keep still."""


@pytest.fixture
def cluster_url():
    Cluster.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Cluster) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("user", "variables", "sent"),
    [
        ("", {"ELASTICSEARCH_API_KEY": KEY}, f"ApiKey {KEY}"),
        (f"elastic:{URL_PASSWORD}@", {}, f"Basic {base64.b64encode(f'elastic:{URL_PASSWORD}'.encode()).decode()}"),
    ],
)
def test_the_key_of_the_cluster_is_used_and_does_not_reach_the_server(
    server, tmp_path, papers, cluster_url, user, variables, sent
):
    command = [
        "ingest",
        "--via-prefect",
        papers,
        "--home",
        tmp_path / "home",
        "--encoder",
        "all-MiniLM-L6-v2",
        "--debug",
    ]
    variables |= {"ELASTICSEARCH_URL": f"http://{user}{cluster_url}"}
    done = run_command(server, *command, "--index", "elasticsearch", **variables)
    assert done.returncode == 2, done.stderr
    assert "refuses the key" in done.stderr
    assert set(Cluster.asked) == {sent}
    everything = done.stderr + json.dumps([ask(server, what) for what in ("flow_runs", "task_runs", "logs")])
    for secret in (KEY, URL_PASSWORD, sent.split()[1]):
        assert secret not in everything
        assert secret.encode() not in stored_by(server)


def test_a_source_with_credentials_is_refused_before_the_server_hears_of_it(server, tmp_path):
    before = ask(server, "flow_runs")
    for source in ("http://bob:SECRET-99@127.0.0.1/x.txt", "http://127.0.0.1/x.txt?token=SECRET-99"):
        done = run_command(server, "ingest", "--via-prefect", source, "--home", tmp_path / "home")
        assert done.returncode == 2, done.stderr
        assert "settings.yaml" in done.stderr
        assert "SECRET-99" not in done.stderr
    assert ask(server, "flow_runs") == before


@pytest.mark.parametrize(
    "settings",
    [
        {"passwords": ["x"]},
        {"credentials": [{"url": "http://host/", "password": "x"}]},
        {"database": "postgresql://lens:x@db/lens"},
        {"elasticsearch": {"api_key": "x"}},
        {"elasticsearch": {"url": "http://elastic:x@host"}},
    ],
)
def test_a_flow_takes_no_secret_settings(settings):
    from pipelines.flows.ingest import ingest as flow

    with pytest.raises(UsageError, match="Prefect server stores it"):
        flow.fn(["a.txt"], settings=settings)


def test_a_source_that_is_not_there_is_one_line_and_a_failed_run(server, tmp_path):
    before = {run["id"] for run in ask(server, "flow_runs")}
    missing, home = tmp_path / "no.pdf", tmp_path / "home"
    done = run_command(server, "ingest", "--via-prefect", missing, "--home", home, "--json")
    assert (done.returncode, done.stdout) == (3, "")
    line = done.stderr.strip()
    assert "\n" not in line, line
    assert line.startswith("customs-lens:")
    assert "no.pdf" in line
    (run,) = [run for run in ask(server, "flow_runs") if run["id"] not in before]
    assert run["state_name"] == "Failed"


@pytest.mark.model
def test_a_source_that_is_gone_keeps_its_documents_in_a_flow_too(server, warm, tmp_path, papers):
    home = tmp_path / "home"
    (papers / "empty.txt").unlink()
    ingest(load_settings(home, encoder="all-MiniLM-L6-v2"), [str(papers)])
    for path in papers.iterdir():
        path.unlink()
    command = ["ingest", "--via-prefect", papers, "--home", home, "--encoder", "all-MiniLM-L6-v2", "--json"]
    before = {run["id"] for run in ask(server, "flow_runs")}
    done = run_command(server, *command, "--delete-missing")
    assert done.returncode == 3, done.stderr
    report = json.loads(done.stdout)
    assert (report["deleted"], report["kept"]) == (0, PAPERS - 1)
    assert "--allow-mass-deletion" in done.stderr
    (run,) = [run for run in ask(server, "flow_runs") if run["id"] not in before]
    assert run["state_name"] == "Failed"
    done = run_command(server, *command, "--delete-missing", "--allow-mass-deletion")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["deleted"] == PAPERS - 1


def test_a_server_that_does_not_answer_is_one_line(tmp_path, papers):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/api"
    environment = os.environ | {"PREFECT_API_URL": url, "PREFECT_HOME": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    done = run_command(environment, "ingest", "--via-prefect", papers, "--home", tmp_path / "home")
    line = done.stderr.strip()
    assert "\n" not in line, line
    assert (done.returncode, done.stdout) == (3, "")
    assert url in line
    assert "leave --via-prefect out" in line


def test_without_the_flag_the_server_is_not_asked(warm, tmp_path, papers, monkeypatch, capsys):
    """The variable is often set for other programs on a machine; the folder has a file that fails."""
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    for module in ("prefect", "pipelines.flows", "pipelines.flows.ingest"):
        monkeypatch.setitem(sys.modules, module, None)  # to import it is an error
    command = ["ingest", str(papers), "--home", str(tmp_path / "home"), "--encoder", "all-MiniLM-L6-v2", "--json"]
    with pytest.raises(SystemExit) as end:
        main(command)
    assert end.value.code == 1
    assert json.loads(capsys.readouterr().out)["indexed"] == PAPERS - 1


def test_the_flag_without_a_server_says_what_to_set(tmp_path, papers):
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    done = run_command(environment, "ingest", "--via-prefect", papers, "--home", tmp_path / "home")
    assert (done.returncode, done.stdout) == (2, "")
    assert "PREFECT_API_URL" in done.stderr


class Library(BaseHTTPRequestHandler):
    """A website with a feed, which answers with the statuses that it is given, the last one from then on."""

    statuses: ClassVar[list[int]] = []
    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.path)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        text = b"<rss version='2.0'><channel><title>Papers</title></channel></rss>"
        self.send_response(status)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_HEAD = do_GET  # noqa: N815 - a name of http.server

    def log_message(self, *_):
        """Keep still."""


@pytest.fixture
def library():
    Library.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Library) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}/feed"
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("statuses", "ended", "waits"),
    [
        ([503, 503, 200], "Completed", [300, 1200]),
        ([503], "Failed", [300, 1200]),
        ([401], "Failed", []),
        ([404], "Failed", []),
    ],
)
def test_a_source_that_is_away_is_tried_twice_more_and_one_that_refuses_is_not(
    here, tmp_path, library, monkeypatch, statuses, ended, waits
):
    from pipelines.flows import outcomes, reporting, sources

    Library.statuses[:] = statuses
    home, waited, emitted = tmp_path / "home", [], []
    home.mkdir()
    source = {"name": "library", "kind": "feed", "url": library, "requests_per_second": 10, "robots": False}
    (home / "sources.yaml").write_text(json.dumps({"sources": [source]}))

    def sleep(seconds):
        with writing_locked(home), FileLock(home / "flow-runs" / "lock", timeout=0):  # nothing of the home is held
            waited.append(seconds)

    monkeypatch.setenv("CUSTOMS_LENS_ENCODER", "all-MiniLM-L6-v2")
    monkeypatch.setattr(outcomes, "time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(reporting, "emit_event", lambda event, *_, **__: emitted.append(event))
    monkeypatch.setattr(retries, "_ATTEMPTS", 1)
    state = sources.ingest_source("library", home=str(home), return_state=True)
    assert (state.name, waited) == (ended, waits), state.message
    assert emitted == ["customs-lens.ingest.finished"]  # once, however many attempts there were
