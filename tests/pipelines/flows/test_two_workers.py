"""A Prefect server on PostgreSQL, and several workers with homes of their own that share one index in Elasticsearch."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from contextlib import suppress
from pathlib import Path

import pytest

from configs.settings import load_settings
from index.elastic.client import connect
from index.filters import EVERY_CLASS
from pipelines.search.service import reader
from tests.pipelines.flows.prefect_api import PrefectApi

pytestmark = [pytest.mark.prefect, pytest.mark.elasticsearch, pytest.mark.model, pytest.mark.slow, pytest.mark.long]

CHECKOUT = Path(__file__).resolve().parents[3]
START_SECONDS, STOP_SECONDS = 600, 120
PAPERS, LINES, BATCH = 60, 20, 5
"""Papers of so many paragraphs that one worker needs longer for all of them than another one to begin."""
POOL = "customs-lens"
DEPLOY = "from pipelines.flows.deployments import deploy; deploy((), {})"


class Server(PrefectApi):
    """The server, and the environment of processes that use it."""

    def __init__(self, folder, database, elasticsearch_url):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.log, self.processes = folder, folder / "log", []
        super().__init__(f"http://127.0.0.1:{self.port}/api", told=lambda: self.log.read_text(errors="replace"))
        own = ("PREFECT_", "CUSTOMS_LENS_")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(own)} | {
            "PYTHONPATH": str(CHECKOUT),
            "PREFECT_HOME": str(folder),
            "PREFECT_API_URL": self.url,
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_ENABLED": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "DO_NOT_TRACK": "1",
            "ELASTICSEARCH_URL": elasticsearch_url,
            "CUSTOMS_LENS_INDEX": "elasticsearch",
            "CUSTOMS_LENS_ENCODER": "all-MiniLM-L6-v2",
            "CUSTOMS_LENS_WORKERS": "1",
            "CUSTOMS_LENS_BATCH_DOCUMENTS": str(BATCH),
        }

    def start(self, *arguments, **variables):
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "prefect", *arguments]
            process = subprocess.Popen(command, env=self.environment | variables, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory, elasticsearch_url, postgresql_url):
    driven = postgresql_url.replace("://", "+asyncpg://")
    started = Server(tmp_path_factory.mktemp("server"), driven, elasticsearch_url)
    try:
        process = started.start("server", "start", "--host", "127.0.0.1", "--port", str(started.port))
        started.wait_until(lambda: answers(started) or process.poll() is not None, START_SECONDS)
        assert process.poll() is None, started.told()[-3000:]
        subprocess.run([sys.executable, "-c", DEPLOY], env=started.environment, check=True)
        assert started.deployments()["work/home"]["global_concurrency_limit"]["limit"] == 1
        yield started
    finally:
        started.stop()


def answers(server):
    with suppress(urllib.error.URLError, OSError):
        urllib.request.urlopen(f"{server.url}/health", timeout=30).close()
        return True
    return False


@pytest.fixture
def in_cluster(server, database, monkeypatch):
    """The name of an index of the test; it is deleted afterwards, as is its state."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    for variable, value in server.environment.items():
        if variable.startswith(("ELASTICSEARCH_", "CUSTOMS_LENS_")):
            monkeypatch.setenv(variable, value)
    monkeypatch.setenv("ELASTICSEARCH_NAME", name)
    monkeypatch.setenv("CUSTOMS_LENS_DATABASE", database)
    yield name
    cluster = connect(load_settings().elasticsearch)
    cluster.client.indices.delete(index=list(cluster.client.indices.get_alias(index=f"{name}-*")))
    cluster.client.close()


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("papers")
    for number in range(PAPERS):
        text = (f"{line}. The single window of country {number} went live in {1990 + line}." for line in range(LINES))
        (folder / f"{number}.txt").write_text("\n\n".join(text))
    return folder


def documents(home):
    """The names of the files of all documents of the index, one for each row."""
    with reader(load_settings(home)) as engine:
        found = [name for name, _ in engine.documents(access_classes=EVERY_CLASS)]
        return [Path(engine.document(name, access_classes=EVERY_CLASS).source).name for name in found]


def count(run, what):
    """A count of the message that a flow run ended with."""
    return next(int(part.split()[0]) for part in run["state"]["message"].split(": ")[1].split(", ") if what in part)


def test_two_workers_bring_the_papers_of_one_run_each_of_them_once(server, in_cluster, database, papers, tmp_path):
    """The run starts the other worker, which comes to its home, whichever takes the run."""
    shared = {"ELASTICSEARCH_NAME": in_cluster, "CUSTOMS_LENS_DATABASE": database}
    shared["CUSTOMS_LENS_BLOBS"] = f"file://{tmp_path}/blobs"
    for name in ("a", "b"):
        home = {"CUSTOMS_LENS_HOME": str(tmp_path / name), **shared}
        server.start("worker", "start", "--pool", POOL, "--type", "process", "--name", name, "--limit", "1", **home)
    run = server.ended(server.run("ingest/home", sources=[str(papers)]), START_SECONDS)
    assert run["state_name"] == "Completed", server.told()[-3000:]
    (helper,) = [server.ended(one["id"]) for one in server.runs_of("work/home")]
    assert helper["state_name"] == "Completed", server.told()[-3000:]
    assert {one["labels"]["prefect.worker.name"] for one in (run, helper)} == {"a", "b"}
    assert (count(run, "indexed"), count(run, "failed")) == (PAPERS, 0)
    assert 0 < int(helper["state"]["message"].split()[0]) < PAPERS  # documents in so many parts
    assert sorted(documents(tmp_path / "a")) == sorted(f"{number}.txt" for number in range(PAPERS))
