"""Two workers beside one, each bound to a processor of its own, and what Prefect costs: flow runs over one cluster.

usage: ELASTICSEARCH_URL=… PREFECT_SERVER_DATABASE_CONNECTION_URL=postgresql+asyncpg://… \
    python -m benchmarks.two_workers [--papers 2000]

Each arm ingests the same generated papers into an index of its own, which is deleted: a plain run, a flow run, and two
flow runs at once from homes of their own. Processor time is that of the processes that ingest, all their children
among them, without the servers. Without a database of PostgreSQL the Prefect server uses SQLite.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from benchmarks.running import CHECKOUT

_PARAGRAPHS = 40
"""Of a paper: about two pages."""
_ENCODER = "all-MiniLM-L6-v2"


class Arm(NamedTuple):
    """What an arm took, in seconds, and how many papers each of its workers indexed."""

    wall: float
    processor: float
    indexed: tuple[int, ...]


def main() -> None:
    """Run the three arms and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--papers", type=int, default=2_000)
    count = parser.parse_args().papers
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_papers(folder / "papers", count)
        with prefect_server(folder / "prefect") as served:
            arms = {
                "plain run": run(folder, "plain", [()], {}),
                "flow run": run(folder, "flow", [("--via-prefect",)], served),
                "two flow runs": run(folder, "two", [("--via-prefect",)] * 2, served),
            }
    print(f"\n{count} papers, load average {os.getloadavg()[0]:.1f}\n")
    print("| | wall, s | processor, s | papers a second | indexed by each |\n| --- | --- | --- | --- | --- |")
    for what, arm in arms.items():
        rate, each = count / arm.wall, " + ".join(map(str, arm.indexed))
        print(f"| {what} | {arm.wall:.1f} | {arm.processor:.1f} | {rate:.2f} | {each} |")
        if sum(arm.indexed) != count:
            print(f"{what}: {sum(arm.indexed)} papers were indexed, not {count}")
    plain, flow, two = arms.values()
    print(f"\nTwo to one: processor time {two.processor / flow.processor:.2f}, wall {two.wall / flow.wall:.2f}.")
    print(f"Orchestration: {1 - plain.processor / flow.processor:.1%} of processor time.")


def write_papers(folder: Path, count: int) -> None:
    """Write papers that share no passage."""
    folder.mkdir()
    for number in range(count):
        paragraphs = [
            f"{line}. Administration {number} reported under item {line % 7 + 1} that its single window handled"
            f" {number * 31 + line} declarations in {2001 + number % 24} and exchanges electronic manifests."
            for line in range(1, _PARAGRAPHS + 1)
        ]
        (folder / f"{number}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")


def run(folder: Path, name: str, workers: Sequence[Sequence[str]], served: Mapping[str, str]) -> Arm:
    """Ingest all papers by so many workers at once, each bound to a processor, and return what they took."""
    index = f"benchmark-{name}-{os.getpid()}"
    cores = sorted(os.sched_getaffinity(0))
    environment = {**os.environ, **served, "ELASTICSEARCH_NAME": index, "CUSTOMS_LENS_WORKERS": "1"}
    began = time.monotonic()
    processes = []
    for number, options in enumerate(workers):
        command = ["taskset", "--cpu-list", str(cores[number % len(cores)]), sys.executable, "-m", "portal.cli"]
        command += ["ingest", str(folder / "papers"), "--index", "elasticsearch", "--encoder", _ENCODER, "--json"]
        command += ["--home", str(folder / f"{name}-{number}"), *options]
        processes.append(subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True))
    processor, indexed = 0.0, []
    for process in processes:
        printed = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{name}: ended with exit code {process.returncode}")
        processor += used.ru_utime + used.ru_stime
        indexed.append(json.loads(printed)["indexed"])
    took = time.monotonic() - began
    _delete(index)
    return Arm(took, processor, tuple(indexed))


@contextmanager
def prefect_server(folder: Path) -> Iterator[dict[str, str]]:
    """Run a Prefect server and give the variables by which it is used."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    variables = {"PREFECT_HOME": str(folder), "DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    command = [
        sys.executable,
        "-m",
        "prefect",
        "server",
        "start",
        "--no-ui",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, env={**os.environ, **variables}, stdout=quiet, stderr=quiet)
    try:
        while server.poll() is None:
            with suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"{url}/health", timeout=5).close()
                break
            time.sleep(0.5)
        yield {**variables, "PREFECT_API_URL": url}
    finally:
        server.terminate()
        server.wait()


def _delete(index: str) -> None:
    from configs.settings import load_settings
    from index.elastic.client import connect

    opened = connect(load_settings().elasticsearch)
    names = list(opened.client.indices.get_alias(index=f"{index}-*"))
    if names:
        opened.client.indices.delete(index=names)
    opened.client.close()


if __name__ == "__main__":
    main()
