"""Measures the overhead of the portal over the search service, and its behaviour under load.

usage: python -m benchmarks.portal [--passages 100000] [--folder FOLDER] [--requests 10000] [--connections 4]

A home with generated passages (`benchmarks/generated.py`) is served by a process of its own. In one run, the same
questions are answered by the search service in another process, one after another, and by `/api/v1/search` over
several connections: processor time a question of both, and their ratio; wall time at the median and at 95 in a hundred;
what failed; and the memory of the server after a first fifth of the requests, which is not timed, and at the end. Then
pages with all their facets, the start page, the pages of the desk (the first request of each, and those that follow one
after another), and the start of the server: seconds until it is ready and until its first answer. The home stays in the
folder and is used again.
"""

import argparse
import http.client
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import psutil

from benchmarks.generated import PASSAGES, SUBJECTS, papers, questions
from benchmarks.running import CHECKOUT
from benchmarks.side_ours import build
from configs.settings import load_settings
from index.encoder import encoder_identity
from index.filters import EVERY_CLASS
from pipelines.search.requests import SearchParameters, search_request
from pipelines.search.service import SearchService

DEARER, UNEVEN = 1.5, 3.0
"""Goals: times the processor time of the service, and times the median that 95 in a hundred take at most."""
_ASKED = 200
"""Questions, asked again and again."""
DESK = ("/trends", "/members", f"/members/{SUBJECTS[0]}", "/decisions")
"""Pages that answer about the whole collection."""
_FOLLOWING = 20
"""Requests of each after the first."""
_MIB = 1 << 20
_OK = 200


class Load(NamedTuple):
    """What some requests took: wall seconds each, processor seconds of the server in all, and what failed."""

    walls: Sequence[float]
    seconds: float
    failed: int

    @property
    def each(self) -> float:
        """Milliseconds of processor time of a request."""
        return 1000 * self.seconds / len(self.walls)

    def wall(self, share: float) -> float:
        """Milliseconds within which so large a share of the requests was answered."""
        return 1000 * sorted(self.walls)[min(int(share * len(self.walls)), len(self.walls) - 1)]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where the home is or shall be; else it is made and deleted")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=4)
    options = parser.parse_args()
    with generated_home(options.folder, options.passages) as home:
        alone = service_alone(home, min(options.requests, 1000))
        with serving(home) as server:
            print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {options.passages:,} passages\n")
            print(f"ready after {server.ready:.1f} s, first search {server.first:.2f} s after that\n")
            report_desk(server, alone)
            report(server, alone, options.requests, options.connections)


@contextmanager
def generated_home(folder: Path | None, passages: int) -> Iterator[Path]:
    """Give a home with generated passages: the one in a folder, which is built there once, else one for this block."""
    with ExitStack() as cleaning:
        home = folder or Path(cleaning.enter_context(tempfile.TemporaryDirectory()))
        if not (home / "index").exists():
            build(home / "index", papers(passages // PASSAGES), encoder_identity(load_settings(home)))
        yield home


def report(server: "Server", alone: float, count: int, connections: int) -> None:
    """Print a table of the load, of the API and of pages."""
    asked = [question.words for question in questions(_ASKED)]
    api = [f"/api/v1/search?{urlencode({'q': words, 'limit': 10})}" for words in asked]
    pages = [f"/?{urlencode({'q': words})}" for words in asked]
    early = load(server, api, count // 5, connections)  # what is loaded once is loaded now, and caches are full
    if early.failed:
        raise SystemExit(f"{early.failed} of the first {len(early.walls)} requests failed")
    before = server.process.memory_info().rss
    found = load(server, api, count - len(early.walls), connections)
    after = server.process.memory_info().rss
    with_facets = load(server, pages, max(count // 20, 20), connections)
    load(server, ["/"], 1, 1)
    start = load(server, ["/"], max(count // 20, 20), connections)
    print("| request | processor ms | times the service | p50 ms | p95 ms | p95 / p50 | failed |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    print(f"| search service alone | {alone:.1f} | 1.00 | | | | |")
    for name, one in (("/api/v1/search", found), ("a page with all facets", with_facets), ("the start page", start)):
        middle, most = one.wall(0.5), one.wall(0.95)
        row = (
            name,
            f"{one.each:.1f}",
            f"{one.each / alone:.2f}",
            f"{middle:.0f}",
            f"{most:.0f}",
            f"{most / middle:.1f}",
        )
        print(f"| {' | '.join(row)} | {one.failed} of {len(one.walls):,} |")
    print(f"\ngoals: {DEARER} times, p95 / p50 {UNEVEN}; memory {before / _MIB:.0f} → {after / _MIB:.0f} MiB")


def report_desk(server: "Server", alone: float) -> None:
    """Print a table of the pages of the desk; a server has been asked for none of them before."""
    print("| request | first: processor ms | times the service | ms | following: processor ms | times the service |")
    print("| --- | --- | --- | --- | --- | --- |")
    for page in DESK:
        first, following = load(server, [page], 1, 1), load(server, [page], _FOLLOWING, 1)
        if first.failed or following.failed:
            raise SystemExit(f"{page} failed")
        own = f"{first.each:.0f} | {first.each / alone:.2f} | {first.wall(0.5):.0f}"
        print(f"| `{page}` | {own} | {following.each:.0f} | {following.each / alone:.2f} |")
    print()


class Server(NamedTuple):
    """A server that is ready: its process and address, and seconds until it was ready and until the first answer."""

    process: psutil.Process
    host: str
    port: int
    ready: float
    first: float


@contextmanager
def serving(home: Path, *options: str) -> Iterator[Server]:
    """Serve a home from another process, with more options of `serve`."""
    command = [sys.executable, "-m", "portal.cli", "serve", "--port", "0", "--home", str(home), *options]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline() if process.stderr else ""
        ready = time.perf_counter() - began
        found = re.search(r"http://\S+", line)
        if found is None:
            raise SystemExit(line)
        url = urlsplit(found[0])
        server = Server(psutil.Process(process.pid), url.hostname or "", url.port or 0, ready, 0.0)
        began = time.perf_counter()
        load(server, ["/api/v1/search?q=customs"], 1, 1)
        yield server._replace(first=time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait()


def load(
    server: Server,
    paths: Sequence[str],
    count: int,
    connections: int,
    *,
    headers: Mapping[str, str] | None = None,
    source: str = "127.0.0.1",
) -> Load:
    """Send so many requests over so many connections that stay open, from an address of this machine."""
    numbers = iter(range(count))
    before = sum(server.process.cpu_times()[:2])

    def ask() -> list[tuple[float, bool]]:
        connection = http.client.HTTPConnection(server.host, server.port, source_address=(source, 0))
        found = []
        for number in numbers:
            began = time.perf_counter()
            connection.request("GET", paths[number % len(paths)], headers=headers or {})
            answer = connection.getresponse()
            answer.read()
            found.append((time.perf_counter() - began, answer.status == _OK))
        connection.close()
        return found

    with ThreadPoolExecutor(connections) as pool:
        each = [pool.submit(ask) for _ in range(connections)]
        answers = list(itertools.chain.from_iterable(one.result() for one in each))
    seconds = sum(server.process.cpu_times()[:2]) - before
    return Load([wall for wall, _ in answers], seconds, sum(not ok for _, ok in answers))


def service_alone(home: Path, count: int) -> float:
    """Return the milliseconds of processor time of a question to the search service in a process of its own."""
    code = f"from benchmarks.portal import alone; alone({str(home)!r}, {count})"
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, stdout=subprocess.PIPE, check=True, text=True)
    return float(json.loads(done.stdout))


def alone(home: str, count: int) -> None:
    """Print what a question to the search service costs."""
    settings = load_settings(home)
    asked = (SearchParameters(q=one.words) for one in questions(_ASKED))
    requests = [search_request(settings, one, access_classes=EVERY_CLASS) for one in asked]
    with SearchService(settings) as service:
        for request in requests[:50]:
            service.search(request)
        spent = []
        for number in range(count):
            began = time.process_time()
            service.search(requests[number % len(requests)])
            spent.append(time.process_time() - began)
    print(json.dumps(1000 * statistics.fmean(spent)))


if __name__ == "__main__":
    main()
