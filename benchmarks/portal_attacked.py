"""Measures the answers of the portal to one client while another one attacks it.

usage: python -m benchmarks.portal_attacked [--passages 10000] [--folder FOLDER] [--rounds 3] [--requests 200]
       python -m benchmarks.portal_attacked --crowd --folder HOME [--rounds 3] [--requests 60] [--page /trends]

A home with generated passages and access keys is served by a process of its own. From 127.0.0.2 a reader sends hybrid
searches, one after the other: alone, and while a process at 127.0.0.1 sends 600 wrong keys to `/login` and keeps 300
connections open on which it sends half a request, all the time, and asks for a page with 3,000 values of filters, once
a second. Each round measures both, one after the other; the ratios are of one round each, and what is reported of them
is the median. Behind the times stand what the attacker got, and whether `/healthz` was answered at the end.

With `--crowd` the attacker has a key and asks for one page that takes long, forty times at once, and again as soon as
the forty are answered; the reader searches for words of the papers of the home. For each such page searches alone and
beside the crowd are taken in turn, and their times and ratios are those of all rounds. Of the forty the table counts
how many were answered whole (as the same page was answered alone) and refused (429 with `Retry-After`), and else names
the status; the probe is the slowest answer of `/healthz` and `/readyz`, asked for twice a second.
"""

import argparse
import http.client
import json
import math
import os
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from benchmarks.generated import questions
from benchmarks.portal import Load, Server, generated_home, load, serving
from benchmarks.running import CHECKOUT
from configs.settings import load_settings
from index.filters import EVERY_CLASS, Filters
from pipelines.access.keys import LOCAL, KeyStore
from pipelines.desk.briefings import BriefingDesk
from pipelines.search.service import SearchService

T = TypeVar("T")

SLOWER = 3.0
"""Goal: times the 95 in a hundred that the reader waits alone."""
WRONG_KEYS, HALF_OPEN, VALUES = 600, 300, 3000
READER = "127.0.0.2"
CROWD = 40
_PINS = 50
_WORDS = 5
_PROBES = ("/healthz", "/readyz")
_PROBE_EVERY = 0.5


class Page(NamedTuple):
    """A slow request: its URL, and the form data, if any."""

    path: str
    form: str | None = None


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where the home is or shall be; else it is made and deleted")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--crowd", action="store_true", help="many requests at once for pages that take long")
    parser.add_argument("--page", action="append", help="of --crowd: only pages whose address begins so (repeatable)")
    options = parser.parse_args()
    if options.crowd:
        report_crowds(options.folder, options.rounds, options.requests, options.page or [""])
        return
    with generated_home(options.folder, options.passages) as home:
        store = KeyStore(home)
        for key in store.all():  # of an earlier run: nobody knows their secrets
            store.revoke(key.id)
        attacker, *readers = (store.add(f"{number}", "reader", None).secret for number in range(options.rounds + 1))
        asked = [
            f"/api/v1/search?{urlencode({'q': one.words, 'mode': 'hybrid'})}" for one in questions(options.requests)
        ]
        with serving(home) as server:
            report(server, asked, attacker, readers)


def report(server: Server, asked: list[str], attacker: str, readers: list[str]) -> None:
    """Print a table of the rounds; each reader has a key, so that none asks more in a minute than one may."""
    load(server, asked, len(asked), 1, headers=_bearer(readers[0]), source=READER)  # what is loaded once is loaded now
    print("| round | load | p50 ms alone | attacked | p95 ms alone | attacked | times | failed | wrong keys | page |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    ratios = []
    for number, reader in enumerate(readers, 1):
        alone = load(server, asked, len(asked), 1, headers=_bearer(reader), source=READER)
        attacked, got = under_attack(server, asked, attacker, reader)
        ratios.append(attacked.wall(0.95) / alone.wall(0.95))
        row = [f"{number}", f"{os.getloadavg()[0]:.1f}"]
        row += [f"{one.wall(share):.0f}" for share in (0.5, 0.95) for one in (alone, attacked)]
        row += [f"{ratios[-1]:.2f}", f"{alone.failed + attacked.failed} of {2 * len(asked)}", *got]
        print(f"| {' | '.join(row)} |", flush=True)
    probe = http.client.HTTPConnection(server.host, server.port)
    probe.request("GET", "/healthz")
    print(f"\np95 attacked {statistics.median(ratios):.2f} times that alone (goal {SLOWER});", end=" ")
    print(f"/healthz {probe.getresponse().status}; memory {server.process.memory_info().rss >> 20} MiB")


def under_attack(server: Server, asked: list[str], attacker: str, reader: str) -> tuple[Load, list[str]]:
    """Return the reader's results during the attack, and the attacker's answers by status."""
    code = f"from benchmarks.portal_attacked import attack; attack({server.host!r}, {server.port}, {attacker!r})"
    found, got = beside(code, lambda: load(server, asked, len(asked), 1, headers=_bearer(reader), source=READER))
    return found, [f"{one}" for one in got]


def beside(code: str, work: Callable[[], T]) -> tuple[T, Any]:
    """Run some work while another process runs code; return the results of both, the latter as JSON."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], cwd=CHECKOUT, stdin=pipe, stdout=pipe, text=True) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("the attacker has no pipes")
        process.stdout.readline()  # it has begun
        found = work()
        process.stdin.close()
        return found, json.loads(process.stdout.read())


def report_crowds(home: Path, rounds: int, requests: int, begins: Sequence[str]) -> None:
    """Print a table of the slow pages with a given prefix, each requested by a crowd while a reader searches."""
    store = KeyStore(home)
    crowd, reader = (store.add(f"{name} {time.time_ns()}", "reader", None).secret for name in ("crowd", "reader"))
    pages, asked = long_pages(home, requests)
    head = (
        "page",
        "load",
        "p50 ms alone",
        "crowd",
        "times",
        "p95 ms alone",
        "crowd",
        "times",
        "the forty",
        "probe s alone",
        "crowd",
    )
    print(f"| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    parts = [asked[number::rounds] for number in range(rounds)]
    with serving(home, "--requests-per-minute", "1000000") as server:
        load(server, asked, len(asked), 1, headers=_bearer(reader), source=READER)  # what is loaded once is loaded now
        for page in [one for one in pages if one.path.startswith(tuple(begins))]:
            alone, crowded, got, probes = list[float](), list[float](), Counter[str](), [0.0, 0.0]
            given = (server.host, server.port, crowd, *page)
            code = f"from benchmarks.portal_attacked import crowd; crowd(*{given!r})"
            for part in parts:
                before, quiet = _probed(server, part, reader)
                (found, probed), answers = beside(code, partial(_probed, server, part, reader))
                alone += before.walls
                crowded += found.walls
                probes = [max(probes[0], quiet), max(probes[1], probed)]
                got.update(answers)
            one, other = Load(alone, 0, 0), Load(crowded, 0, 0)
            row = [f"`{page.path.partition('?')[0]}`", f"{os.getloadavg()[0]:.1f}"]
            for share in (0.5, 0.95):
                times = (one.wall(share), other.wall(share))
                row += [f"{times[0]:.0f}", f"{times[1]:.0f}", f"{times[1] / times[0]:.2f}"]
            row += [
                ", ".join(f"{count} × {what}" for what, count in sorted(got.items())),
                *(f"{one:.2f}" for one in probes),
            ]
            print(f"| {' | '.join(row)} |", flush=True)


def long_pages(home: Path, requests: int) -> tuple[list[Page], list[str]]:
    """Return the slow pages of a home, including a briefing created for the test, and URLs of searches.

    The searches are for words of passages, which lie evenly in the collection.
    """
    settings = load_settings(home)
    with SearchService(settings) as service:
        with service.engine() as engine:
            papers = list(engine.passages(Filters(access_classes=EVERY_CLASS)))
        texts = [one for _, passages in papers for one in passages if len(one.text.split()) > _WORDS]
        bodies = Counter(document.body for document, _ in papers if document.body)
        subjects = Counter(tag.subject for one in texts for tag in one.maturity if tag.subject)
        twins = [(one.id, one.twins[0]) for one, _ in papers if one.twins][:1]
        desk, name = BriefingDesk(settings, service), f"crowd {time.time_ns()}"
        briefing = desk.add(LOCAL, name).name
        for one in texts[:: max(len(texts) // _PINS, 1)][:_PINS]:
            desk.pin_passage(LOCAL, briefing, one.id)
    chosen = texts[:: max(len(texts) // requests, 1)][:requests]
    searches = [" ".join(one.text.split()[:_WORDS]) for one in chosen]
    text = " ".join(f'"{words} {number}"' for number, words in enumerate(searches * 15))[:20_000]
    pages = [Page("/verify", urlencode({"text": text}))]
    pages += [Page(f"/briefings/{quote(briefing)}{ending}") for ending in ("", ".csv")]
    pages += [Page("/trends?each=body"), Page("/matrix?by=subject&status=accepted&status=suggested")]
    pages += [Page(f"/documents/{one}/beside/{other}") for one, other in twins]
    pages += [Page(f"/since/{body}") for body, _ in bodies.most_common(1)]
    pages += [Page(f"/members/{quote(subject)}") for subject, _ in subjects.most_common(1)]
    pages += [Page("/sentences.csv"), Page("/decisions.csv"), Page(f"/search.csv?{urlencode({'q': searches[0]})}")]
    pages += [Page("/api/v1/export/passages?format=csv"), Page("/api/v1/export/tags?format=jsonl")]
    return pages, [f"/api/v1/search?{urlencode({'q': words, 'mode': 'hybrid'})}" for words in searches]


def _probed(server: Server, asked: list[str], reader: str) -> tuple[Load, float]:
    """Return a reader's results, and the seconds of the slowest probe meanwhile."""
    ended, slowest = Event(), [0.0]

    def probe() -> None:
        while not ended.wait(_PROBE_EVERY):
            for path in _PROBES:
                began = time.perf_counter()
                with closing(http.client.HTTPConnection(server.host, server.port)) as connection:
                    status = _status(connection, "GET", path)
                slowest.append(time.perf_counter() - began if status == "200" else math.inf)

    thread = Thread(target=probe)
    thread.start()
    found = load(server, asked, len(asked), 1, headers=_bearer(reader), source=READER)
    ended.set()
    thread.join()
    return found, max(slowest)


def crowd(host: str, port: int, key: str, path: str, form: str | None) -> None:
    """Request a page many times at once, repeatedly, until the standard input ends; print the answers."""
    ended, found = Event(), Counter[str]()

    def ask(_: int = 0) -> tuple[str, bytes]:
        with closing(http.client.HTTPConnection(host, port)) as connection:
            try:
                connection.request("GET" if form is None else "POST", path, body=form, headers=_bearer(key))
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                return type(error).__name__, b""
            refused = answer.status == HTTPStatus.TOO_MANY_REQUESTS and answer.getheader("Retry-After") is not None
            return "refused" if refused else str(answer.status), content

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    right = ask()
    Thread(target=wait).start()
    print("begun", flush=True)
    with ThreadPoolExecutor(CROWD) as pool:
        while not ended.is_set():
            for status, content in pool.map(ask, range(CROWD)):
                found["whole" if (status, content) == right and status == "200" else status] += 1
    print(json.dumps(found))


def attack(host: str, port: int, key: str) -> None:
    """Attack until the standard input ends, and print the answers."""
    ended = Event()
    keys, pages = Counter[str](), Counter[str]()
    values = urlencode([("body", f"b{number}") for number in range(VALUES)])
    threads = [
        Thread(target=_guess, args=(host, port, keys)),
        Thread(target=_half_open, args=(host, port, ended)),
        Thread(target=_ask_pages, args=(host, port, f"/?{values}", key, pages, ended)),
    ]
    for one in threads:
        one.start()
    print("begun", flush=True)
    sys.stdin.read()
    ended.set()
    for one in threads:
        one.join()
    print(json.dumps([" ".join(f"{count} × {status}" for status, count in one.items()) for one in (keys, pages)]))


def _guess(host: str, port: int, found: Counter[str]) -> None:
    """Send wrong keys, one after the other."""
    with closing(http.client.HTTPConnection(host, port)) as connection:
        for number in range(WRONG_KEYS):
            found[_status(connection, "POST", "/login", body=f"key=wrong{number}")] += 1


def _half_open(host: str, port: int, ended: Event) -> None:
    """Keep connections with half a request open, and reopen those that the server closes."""
    with ExitStack() as stack:
        connections: list[socket.socket] = []
        while not ended.is_set():
            connections = [one for one in connections if not _is_closed(one)]
            with suppress(OSError):
                while len(connections) < HALF_OPEN and not ended.is_set():
                    connections.append(stack.enter_context(socket.create_connection((host, port), timeout=1)))
                    connections[-1].sendall(b"GET / HTTP/1.1\r\nX: ")
                    connections[-1].settimeout(0)
            time.sleep(0.1)


def _is_closed(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _ask_pages(host: str, port: int, path: str, key: str, found: Counter[str], ended: Event) -> None:
    """Ask for a page with many values of filters, once a second."""
    while not ended.wait(1):
        with closing(http.client.HTTPConnection(host, port)) as connection:
            found[_status(connection, "GET", path, headers=_bearer(key))] += 1


def _status(connection: http.client.HTTPConnection, method: str, path: str, **more: object) -> str:
    """Send a request, and return the status of the answer, or the error."""
    try:
        connection.request(method, path, **more)  # type: ignore[arg-type]
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return type(error).__name__
    return str(answer.status)


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


if __name__ == "__main__":
    main()
