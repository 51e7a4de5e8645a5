"""A running `customs-lens schedule`, its log and its server, for tests."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from configs.settings import load_settings
from index.filters import EVERY_CLASS
from pipelines.search.service import reader
from tests.pipelines.flows.prefect_api import TERMINAL, PrefectApi

CHECKOUT = Path(__file__).resolve().parents[3]
START_SECONDS, STOP_SECONDS = 600, 300
"""Guards against what hangs: the machine may be busy."""
AUTH = "lens:open-sesame-0815"
READY = "Schedules run"


class Schedule(PrefectApi):
    """A running `schedule` on a home, and its server; `program` is what Python runs for the command."""

    program = ("-m", "portal.cli")

    def __init__(self, home, papers):
        self.home, self.papers, self.log = home, papers, home.parent / "schedule.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        super().__init__(f"http://127.0.0.1:{self.port}/api", AUTH, self.lines)
        self.temporary = Path(tempfile.mkdtemp(prefix="t"))  # its name may not be long
        given = {
            name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "CUSTOMS_LENS_"))
        }
        self.environment = given | {
            "PYTHONPATH": str(CHECKOUT),
            "CUSTOMS_LENS_ENCODER": "all-MiniLM-L6-v2",
            "PREFECT_SERVER_API_AUTH_STRING": AUTH,
            "PREFECT_SERVER_UI_ENABLED": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "2",
            "TMPDIR": str(self.temporary),
        }
        self.process = None

    def start(self):
        self.temporary.mkdir(exist_ok=True)
        before = self.lines().count(READY)
        command = [sys.executable, *self.program, "schedule", "--home", self.home, "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        self.wait_until(lambda: self.lines().count(READY) > before or self.process.poll() is not None, START_SECONDS)
        assert self.process.poll() is None, self.lines()[-2000:]

    def lines(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def asked(self, deployment):
        """Run a deployment until it asks something; give the id of the flow run."""
        identifier = self.run(deployment)
        self.wait_until(lambda: self.flow_run(identifier)["state_type"] in TERMINAL | {"PAUSED"})
        assert self.flow_run(identifier)["state_name"] == "Suspended", self.lines()[-3000:]
        return identifier

    def question(self, identifier):
        """What a suspended flow run asks."""
        inputs = self.flow_run(identifier)["state"]["state_details"]["run_input_keyset"]
        return self.ask(f"flow_runs/{identifier}/input/{inputs['description']}")

    def documents(self, source):
        """The sources of all documents of the index that come from a configured source, one for each row."""
        with reader(load_settings(self.home, encoder="all-MiniLM-L6-v2")) as engine:
            found = [name for name, _ in engine.documents(access_classes=EVERY_CLASS)]
            rows = [engine.document(name, access_classes=EVERY_CLASS).source for name in found]
        return sorted(Path(row).name for row in rows if f"/{source}/" in row)

    def end(self):
        """End it, in time or not."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
            self.process.kill()
        shutil.rmtree(self.temporary, ignore_errors=True)
