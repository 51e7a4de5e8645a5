"""Kill workers of one state, and its PostgreSQL, over and over: each document is to be written once.

usage: python -m benchmarks.worker_kills [--kills 50] [--documents 1500]

It starts a server and workers of its own. A worker claims documents, takes its time as if it read them, and writes
their rows; no paper is read, so that many kills take little time. Every fifth kill is that of the server. Exit code 1
where a document is lost or was written twice.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from configs.settings import Settings, load_settings
from configs.system.errors import UnavailableError
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger
from pipelines.storage.state import State
from tests import postgresql

WORKERS, PAUSE_SECONDS = 3, 0.02
"""How many workers there are at a time, and how long one reads a document at most."""
_OF_THE_SERVER = 5


def main() -> int:
    """Kill, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--documents", type=int, default=1500)
    parser.add_argument("--work", nargs=2, metavar=("URL", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        url, folder = options.work
        work(settings_of(url, Path(folder)), Path(folder) / f"{os.getpid()}.log", options.documents)
        return 0
    with tempfile.TemporaryDirectory() as folder, postgresql.Server() as server:
        return killed(server, Path(folder), options.kills, options.documents)


def settings_of(url: str, folder: Path) -> Settings:
    """Return the settings of a home that waits for the server."""
    found = load_settings(folder / "home")
    waits = found.elasticsearch.model_copy(update={"backoff_seconds": 0.1, "patience_seconds": 120.0})
    return found.model_copy(update={"database": SecretStr(url), "elasticsearch": waits})


def work(settings: Settings, log: Path, count: int) -> None:
    """Claim and write documents until all have a row; what was written is noted in a file."""
    names = [f"{number:05}" for number in range(count)]
    with closing(Ledger(State(settings, patient=True))) as ledger, log.open("a", encoding="utf-8") as noted:
        while left := sorted(set(names) - ledger.known(names).keys(), key=lambda _: random.random()):
            for name in left:
                if ledger.entry(name) is None and ledger.claim(name):
                    time.sleep(random.uniform(0, PAUSE_SECONDS))
                    row = LedgerRow(name, f"file:///{name}", name, "indexed", "read", str(os.getpid()))
                    if ledger.write(row):
                        noted.write(f"{name}\n")
                        noted.flush()
                    ledger.release()
            time.sleep(0.1)


def killed(server: Any, folder: Path, kills: int, count: int) -> int:  # noqa: ANN401 - of the tests
    """Let workers work while they and the server are killed, then to the end; print and judge what is there."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.worker_kills",
        "--work",
        server.url,
        str(folder),
        "--documents",
        str(count),
    ]
    began, of_server = time.monotonic(), 0
    crew = [subprocess.Popen(command) for _ in range(WORKERS)]
    for number in range(1, kills + 1):
        time.sleep(random.uniform(0.2, 1.5))
        if number % _OF_THE_SERVER == 0:
            os.kill(server.process.pid, signal.SIGKILL)
            server.process.wait()
            server.start()
            of_server += 1
        else:
            victim = random.randrange(WORKERS)
            crew[victim].kill()
            crew[victim].wait()
            crew[victim] = subprocess.Popen(command)
    codes = [worker.wait() for worker in crew]
    said = Counter(line for log in folder.glob("*.log") for line in log.read_text(encoding="utf-8").split())
    with closing(Ledger(State(settings_of(server.url, folder)))) as ledger:
        rows = sum(1 for _ in ledger.entries())
    twice = [name for name, times in said.items() if times > 1]
    print(f"{kills} kills, {of_server} of them of the server, in {time.monotonic() - began:.0f} s")
    print(f"{rows} of {count} documents have a row, {len(twice)} were written twice; exit codes {codes}")
    return int(rows != count or bool(twice) or any(codes))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UnavailableError as error:
        sys.exit(str(error))
