"""The flow, run for real on a Prefect server that this session starts and stops."""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pikepdf
import pytest

from configs.settings import load_settings
from configs.system.errors import UsageError
from pipelines.ingest.heartbeat import read_heartbeat
from pipelines.ingest.runs import ingest
from pipelines.maintenance import health

pytestmark = [pytest.mark.prefect, pytest.mark.model, pytest.mark.slow]

CHECKOUT = Path(__file__).resolve().parents[3]
START_SECONDS, STOP_SECONDS, RUN_SECONDS = 180, 30, 300
PAPERS, BATCH, MANY = 5, 2, 60
PASSWORD = "open-sesame-4711"
FLOW = """
import json, sys
from pipelines.flows.ingest import ingest
given = json.load(sys.stdin)
report = ingest(given["sources"], home=given["home"], settings=given["settings"])
print(json.dumps(report))
"""
FLOW_OF_JSON = """
import json
from pipelines.flows import ingest as flows

task = flows.batch
def batch(*given):
    return json.loads(json.dumps(task(*json.loads(json.dumps(given)))))
flows.batch = batch
""" + FLOW.replace("from pipelines.flows.ingest import ingest", "ingest = flows.ingest")
"""The same, with every task's parameters and results made of JSON."""
TELL_AT_ONCE = """
from pipelines.flows import reporting
from pipelines.ingest import heartbeat
heartbeat.EVERY_SECONDS, reporting._SECONDS_BETWEEN = 0.05, 0.05
"""
UPKEEP = """
import json, sys
from pipelines.flows import alerts, ingest, sources, upkeep
given = json.load(sys.stdin)
own = {"home": given["home"], "settings": given["settings"]}
ingest.ingest(given["sources"], **own)
states = {
    "retag": upkeep.retag(**own, return_state=True),
    "backup": upkeep.backup(given["folder"], **own, return_state=True),
    "backup to nowhere": upkeep.backup("/no/such/folder", **own, return_state=True),
    "doctor": upkeep.doctor(**own, return_state=True),
    "reindex": upkeep.reindex(**own, return_state=True),
    "retrain": upkeep.retrain(**own, return_state=True),
    "alerts": alerts.alerts(**own, return_state=True),
    "stale-source": sources.stale_source("ptc-papers", days=14, **own, return_state=True),
    "ingest-source": sources.ingest_source("ptc-papers", **own, return_state=True),
}
print(json.dumps({name: [state.name, state.message] for name, state in states.items()}))
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


def stored_by(server):
    """All bytes that the server keeps: its database, its logs."""
    return b"".join(path.read_bytes() for path in Path(server["PREFECT_HOME"]).rglob("*") if path.is_file())


def without_times(report):
    return {name: value for name, value in report.items() if name not in ("run", "seconds")}


@pytest.mark.parametrize("flow", [FLOW, FLOW_OF_JSON])
def test_a_flow_run_reports_what_the_plain_function_does(server, tmp_path, papers, flow):
    before = {run["id"] for run in ask(server, "flow_runs")}
    given = {
        "sources": [str(papers)],
        "home": str(tmp_path / "home"),
        "settings": {"encoder": "all-MiniLM-L6-v2", "batch_documents": BATCH},
    }
    done = subprocess.run(
        [sys.executable, "-c", flow],
        input=json.dumps(given),
        env=server | {"CUSTOMS_LENS_PASSWORDS": PASSWORD},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)

    plain = load_settings(tmp_path / "plain", encoder="all-MiniLM-L6-v2")
    assert without_times(report) == without_times(ingest(plain, [str(papers)]).model_dump(mode="json"))
    flowing = load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2")
    assert [one for one in health.checks(flowing) if not one.ok] == []

    (run,) = [run for run in ask(server, "flow_runs") if run["id"] not in before]
    assert run["state_name"] == "Completed"
    tasks = [task for task in ask(server, "task_runs") if task["flow_run_id"] == run["id"]]
    assert [task["state_name"] for task in tasks] == ["Completed"] * -(-PAPERS // BATCH)
    assert run["parameters"]["settings"] == given["settings"]
    assert PASSWORD not in json.dumps([run, tasks])
    assert PASSWORD.encode() not in stored_by(server)


def test_a_run_tells_of_each_document_while_its_only_batch_goes_on(server, tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(MANY):
        (folder / f"{number}.txt").write_text(f"The single window of country {number} went live in 2021.")
    given = {"sources": [str(folder)], "home": str(tmp_path / "home"), "settings": {"encoder": "all-MiniLM-L6-v2"}}
    before = {one["id"] for one in ask(server, "artifacts")}
    beats, shares = set(), set()
    with subprocess.Popen(
        [sys.executable, "-c", TELL_AT_ONCE + FLOW], env=server, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as flow:
        flow.stdin.write(json.dumps(given).encode())
        flow.stdin.close()
        while flow.poll() is None:
            if beat := read_heartbeat(tmp_path / "home"):
                beats.add((beat.status, beat.done))
            found = [one for one in ask(server, "artifacts") if one["id"] not in before and one["type"] == "progress"]
            shares |= {float(one["data"]) for one in found}
            time.sleep(0.05)
        report = json.loads(flow.stdout.read())
    assert report["indexed"] == MANY
    assert len(beats & {("running", done) for done in range(1, MANY)}) > 1
    assert len({share for share in shares if 0 < share < 100}) > 1


def test_flows_that_keep_a_home_up_end_in_states_that_say_what_came_out(server, tmp_path, papers):
    (tmp_path / "backups").mkdir()
    given = {
        "sources": [str(papers)],
        "home": str(tmp_path / "home"),
        "settings": {"encoder": "all-MiniLM-L6-v2"},
        "folder": str(tmp_path / "backups"),
    }
    done = subprocess.run(
        [sys.executable, "-c", UPKEEP],
        input=json.dumps(given),
        env=server,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    states = json.loads(done.stdout)
    completed = {"retag", "backup", "doctor", "alerts"}
    assert {name for name, (state, _) in states.items() if state == "Completed"} == completed
    assert {name for name, (state, _) in states.items() if state == "Failed"} == states.keys() - completed
    messages = {name: message for name, (_, message) in states.items()}
    assert messages["retag"].startswith("0 found")  # each has the tags of today
    assert f"{PAPERS - 1} documents, 0 blobs missing" in messages["backup"]
    assert len(list((tmp_path / "backups").glob("customs-lens-*.zip"))) == 1
    assert "create it, or mount its disk" in messages["backup to nowhere"]
    assert "checks passed" in messages["doctor"]
    assert "Elasticsearch" in messages["reindex"]
    assert "review list" in messages["retrain"]
    assert "nothing new for 14 days" in messages["stale-source"]
    assert "has no source ptc-papers" in messages["ingest-source"]
    assert "Traceback" not in done.stderr


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


LOCKED, KEY, URL_PASSWORD = "swordfish-0815", "a2V5LWlkOnRydWUta2V5", "cluster-pw-2342"


def run_command(server, *arguments, **variables):
    return subprocess.run(
        [sys.executable, "-c", MAIN, *map(str, arguments)],
        env=server | variables,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )


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
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            MAIN,
            "ingest",
            "--via-prefect",
            str(tmp_path / "no.pdf"),
            "--home",
            str(tmp_path / "home"),
            "--json",
        ],
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


def test_a_source_that_is_gone_keeps_its_documents_in_a_flow_too(server, tmp_path, papers):
    command = [
        "ingest",
        "--via-prefect",
        papers,
        "--home",
        tmp_path / "home",
        "--encoder",
        "all-MiniLM-L6-v2",
        "--json",
    ]
    (papers / "empty.txt").unlink()
    assert run_command(server, *command).returncode == 0
    for path in papers.iterdir():
        path.unlink()
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
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "ingest", "--via-prefect", str(papers), "--home", str(tmp_path / "home")],
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
    assert "leave --via-prefect out" in line


def test_without_the_flag_the_server_is_not_asked(tmp_path, papers):
    """The variable is often set for other programs on a machine; the folder has a file that fails."""
    environment = os.environ | {"PREFECT_API_URL": "http://127.0.0.1:1/api", "PYTHONPATH": str(CHECKOUT)}
    command = ["ingest", str(papers), "--home", str(tmp_path / "home"), "--encoder", "all-MiniLM-L6-v2", "--json"]
    code = f"import atexit; atexit.register(lambda: print('prefect' in sys.modules, file=sys.stderr)); {MAIN}"
    done = subprocess.run(
        [sys.executable, "-c", code, *command], env=environment, capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["indexed"] == PAPERS - 1
    assert done.stderr.split()[-1] == "False"


def test_the_flag_without_a_server_says_what_to_set(tmp_path, papers):
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    command = ["ingest", "--via-prefect", str(papers), "--home", str(tmp_path / "home")]
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *command],
        env=environment | {"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
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


RETRIED = """
import json, sys
from pathlib import Path
from filelock import FileLock
from pipelines.flows import outcomes, reporting, sources
from pipelines.sources.connectors import retries
from pipelines.workspace import writing_locked
home = Path(sys.argv[1])
retries._ATTEMPTS = 1
waited, events = [], []
class Clock:
    def sleep(self, seconds):
        with writing_locked(home), FileLock(home / "flow-runs" / "lock", timeout=0):  # nothing of the home is held
            waited.append(seconds)
outcomes.time = Clock()
reporting.emit_event = lambda event, *_, **__: events.append(event)
state = sources.ingest_source("library", home=str(home), return_state=True)
print(json.dumps([state.name, state.message, waited, events]))
"""


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
    server, tmp_path, library, statuses, ended, waits
):
    Library.statuses[:] = statuses
    home = tmp_path / "home"
    home.mkdir()
    source = {"name": "library", "kind": "feed", "url": library, "requests_per_second": 10, "robots": False}
    (home / "sources.yaml").write_text(json.dumps({"sources": [source]}))
    done = subprocess.run(
        [sys.executable, "-c", RETRIED, home],
        env=server | {"CUSTOMS_LENS_ENCODER": "all-MiniLM-L6-v2"},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    name, message, waited, emitted = json.loads(done.stdout)
    assert (name, waited) == (ended, waits), (message, done.stderr)
    assert emitted == ["customs-lens.ingest.finished"]  # once, however many attempts there were


MISSED = """
import datetime as dt, json, sys, time
from contextlib import closing
from pathlib import Path
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.states import Cancelled
from configs.settings import load_settings
from configs.sources import load_sources
from pipelines.flows.deployments import deploy
from pipelines.flows.missed import catch_up
from tests.states import ledger_of

home, names = Path(sys.argv[1]), ("planned", "forgotten", "paused", "never")
when = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=75)

def write(**fields):
    row = {"kind": "folder", "path": "/tmp", "schedule": f"{when.minute} {when.hour} * * *"}
    (home / "sources.yaml").write_text(json.dumps({"sources": [{"name": n} | row | fields.get(n, {}) for n in names]}))
    deploy(load_sources(home), {})

def runs(name):
    wanted = FlowRunFilterDeploymentId(any_=[client.read_deployment_by_name(f"ingest-source/{name}").id])
    return client.read_flow_runs(flow_run_filter=FlowRunFilter(deployment_id=wanted))

def read(*sources):
    with closing(ledger_of(home)) as ledger:
        for source in sources:
            with ledger.run(f"{source} {time.time()}", source=source, flow="ingest-source"):
                pass

read("planned", "forgotten", "paused")
write()
with get_client(sync_client=True) as client:
    while not all(len(runs(name)) >= 3 for name in names):
        time.sleep(0.5)
    before = {run.id for name in names for run in runs(name)}
    write(never={"fresh_days": 5})
    stay = before <= {run.id for name in names for run in runs(name)}
    for name in ("forgotten", "never"):
        for run in runs(name):  # what is deleted is planned once more
            client.set_flow_run_state(run.id, Cancelled(), force=True)
    client.pause_deployment(client.read_deployment_by_name("ingest-source/paused").id)
    time.sleep(max(0, (when.replace(second=0) - dt.datetime.now(dt.UTC)).total_seconds()) + 5)
    deploy(load_sources(home), {})
    begun = [catch_up(load_settings(home)), catch_up(load_settings(home))]
    now = dt.datetime.now(dt.UTC)
    waiting = {
        name: sum(run.expected_start_time <= now and run.state.name in ("Scheduled", "Late") for run in runs(name))
        for name in names
    }
    read("planned", "forgotten")
    begun.append(catch_up(load_settings(home)))
print(json.dumps([stay, begun, waiting]))
"""


def test_what_was_missed_waits_once_by_the_server_or_by_the_ledger(server, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", MISSED, tmp_path], env=server, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    stay, begun, waiting = json.loads(done.stdout)
    assert stay  # a change of one source leaves what is planned for the others
    assert begun == [["forgotten"], [], []]
    assert waiting == {"planned": 1, "forgotten": 1, "paused": 0, "never": 0}
