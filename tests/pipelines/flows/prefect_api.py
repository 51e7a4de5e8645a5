"""What tests ask a Prefect server: flow runs, task runs, artifacts, deployments."""

import json
import time
import urllib.error
import urllib.request
from base64 import b64encode

RUN_SECONDS = 600
POLL, BUSY_TRIES = 1.0, 20
"""Seconds between two looks: each takes the server's processor, which the runs need."""
TERMINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class PrefectApi:
    """A server by the URL of its API; `told` gives what its processes said, for whoever reads a failure."""

    def __init__(self, url, auth=None, told=str):
        self.url, self.auth, self.told = url, auth, told
        self._ids = {}

    def ask(self, path, body=None, method=None):
        headers = {"Content-Type": "application/json"}
        if self.auth:
            headers["Authorization"] = f"Basic {b64encode(self.auth.encode()).decode()}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data, headers, method=method)
        for _ in range(BUSY_TRIES):
            try:
                with urllib.request.urlopen(request, timeout=120) as answer:
                    text = answer.read()
                    return json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                if error.code != 503:  # its database is busy
                    raise
            time.sleep(POLL)
        raise AssertionError(f"{path}: the server stays busy")

    def deployments(self):
        flows = {flow["id"]: flow["name"] for flow in self.ask("flows/filter", {})}
        return {f"{flows[one['flow_id']]}/{one['name']}": one for one in self.ask("deployments/filter", {})}

    def id_of(self, deployment):
        """The id of a deployment, which keeps it when it is deployed again; asked for once."""
        if deployment not in self._ids:
            self._ids[deployment] = self.deployments()[deployment]["id"]
        return self._ids[deployment]

    def run(self, deployment, **parameters):
        """Begin a flow run and return its id."""
        body = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        return self.ask(f"deployments/{self.id_of(deployment)}/create_flow_run", body)["id"]

    def flow_run(self, identifier):
        return self.ask(f"flow_runs/{identifier}")

    def ended(self, identifier, seconds=RUN_SECONDS):
        """The flow run, once it has ended."""
        self.wait_until(lambda: self.flow_run(identifier)["state_type"] in TERMINAL, seconds)
        return self.flow_run(identifier)

    def runs_of(self, deployment):
        """The runs of a deployment that began, the first one first."""
        runs = self.ask("flow_runs/filter", {"deployments": {"id": {"any_": [self.id_of(deployment)]}}})
        return sorted((run for run in runs if run["start_time"]), key=lambda run: run["start_time"])

    def batches(self, identifier):
        """How many tasks of a flow run are done."""
        tasks = self.ask("task_runs/filter", {"flow_runs": {"id": {"any_": [identifier]}}})
        return sum(task["state_type"] == "COMPLETED" for task in tasks)

    def artifacts(self, identifier):
        wanted = {"artifacts": {"flow_run_id": {"any_": [identifier]}}}
        return {one["type"]: one for one in self.ask("artifacts/filter", wanted)}

    def wait_until(self, holds, seconds=RUN_SECONDS, poll=POLL):
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, self.told()[-3000:]
            time.sleep(poll)
