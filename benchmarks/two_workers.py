"""Measures the gain of a second worker in a shared run, and the overhead of Prefect.

usage: ELASTICSEARCH_URL=… python -m benchmarks.two_workers [--papers 500] [--prefect]

Each arm ingests the same generated papers into an index and a database of its own, which are deleted: a run alone, the
same with a second worker that helps it, and with `--prefect` a flow run alone. Each worker is bound to a processor and
has one thread for reading and one for vectors, in every arm. Processor time is that of the processes that ingest, all
their children among them, without the servers; PostgreSQL is one of its own. Exit code 1 where not each paper was
indexed once.
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
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from benchmarks.running import CHECKOUT
from configs.settings import load_settings
from index.elastic.client import connect
from pipelines.ingest.helping import help_runs
from pipelines.storage.opening import open_storage
from tests import postgresql

_PARAGRAPHS = 40
"""Of a paper: about two pages."""
_ENCODER = "all-MiniLM-L6-v2"
_LOOK_SECONDS = 0.2
_BATCHES = 8


class Arm(NamedTuple):
    """What an arm took, in seconds, how many papers its run indexed, and how many of them the other worker did."""

    wall: float
    processor: float
    indexed: int
    helped: int


def main() -> int:
    """Run the arms and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--papers", type=int, default=500)
    parser.add_argument("--prefect", action="store_true", help="what a flow run costs beside a plain one too")
    parser.add_argument("--help-from", metavar="HOME", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.help_from:
        return help_from(options.help_from)
    with tempfile.TemporaryDirectory() as name, postgresql.Server() as state:
        folder = Path(name)
        write_papers(folder / "papers", options.papers)
        arms = {
            "one worker": run(folder, "one", options.papers, state.url),
            "two workers": run(folder, "two", options.papers, state.url, is_helped=True),
        }
        if options.prefect:
            with prefect_server(folder / "prefect") as served:
                arms["a flow run alone"] = run(folder, "flow", options.papers, state.url, ["--via-prefect"], served)
    print(f"\n{options.papers} papers, load average {os.getloadavg()[0]:.1f}\n")
    print("| | wall s | processor s | papers a second | by the other worker |\n| --- | --- | --- | --- | --- |")
    for what, arm in arms.items():
        rate = options.papers / arm.wall
        print(f"| {what} | {arm.wall:.1f} | {arm.processor:.1f} | {rate:.2f} | {arm.helped:,} |")
    one, two, *flow = arms.values()
    print(f"\nTwo to one: processor time {two.processor / one.processor:.2f}, wall {two.wall / one.wall:.2f}.")
    if flow:
        print(f"Orchestration: {flow[0].processor / one.processor - 1:.1%} of processor time.")
    return int(any(arm.indexed != options.papers for arm in arms.values()))


def help_from(home: str) -> int:
    """Help the first run that has something to do, and print how many papers that were."""
    settings = load_settings(home)
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        while ledger.shared_work and not ledger.shared_work.runs():
            time.sleep(_LOOK_SECONDS)
    print(help_runs(settings).model_dump_json())
    return 0


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


def run(
    folder: Path,
    name: str,
    papers: int,
    database: str,
    options: Sequence[str] = (),
    served: Mapping[str, str] | None = None,
    *,
    is_helped: bool = False,
) -> Arm:
    """Ingest all papers by a run, and by another worker where it is helped, and return what they took."""
    index = f"benchmark-{name}-{os.getpid()}"
    postgresql.execute(database, f"CREATE DATABASE {name}")
    environment = {
        **os.environ,
        **(served or {}),
        **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "CUSTOMS_LENS_WORKERS"), "1"),
        "CUSTOMS_LENS_BATCH_DOCUMENTS": str(max(1, min(64, papers // _BATCHES))),  # few papers are to be shared too
        "ELASTICSEARCH_NAME": index,
        "CUSTOMS_LENS_INDEX": "elasticsearch",
        "CUSTOMS_LENS_ENCODER": _ENCODER,
        "CUSTOMS_LENS_DATABASE": database.replace("/postgres", f"/{name}"),
        "CUSTOMS_LENS_BLOBS": (folder / f"{name}-blobs").as_uri(),
    }
    homes = [str(folder / f"{name}-{number}") for number in range(2)]
    commands = [["portal.cli", "ingest", str(folder / "papers"), "--json", "--home", homes[0], *options]]
    commands += [["benchmarks.two_workers", "--help-from", homes[1]]] if is_helped else []
    cores, processes, began = sorted(os.sched_getaffinity(0)), [], time.monotonic()
    for number, command in enumerate(commands):
        bound = ["taskset", "--cpu-list", str(cores[number % len(cores)]), sys.executable, "-m", *command]
        processes.append(subprocess.Popen(bound, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True))
    processor, said = 0.0, []
    for process in processes:
        printed = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{name}: ended with exit code {process.returncode}")
        processor += used.ru_utime + used.ru_stime
        said.append(json.loads(printed))
    took = time.monotonic() - began
    _delete(index)
    return Arm(took, processor, said[0]["indexed"], said[1]["documents"] if is_helped else 0)


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
    opened = connect(load_settings().elasticsearch)
    names = list(opened.client.indices.get_alias(index=f"{index}-*"))
    if names:
        opened.client.indices.delete(index=names)
    opened.client.close()


if __name__ == "__main__":
    sys.exit(main())
