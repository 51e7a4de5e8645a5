"""How well the portal answers one client while another one attacks it.

usage: python -m benchmarks.portal_attacked [--passages 10000] [--folder FOLDER] [--rounds 3] [--requests 200]

A home with generated passages and access keys is served by a process of its own. From 127.0.0.2 a reader sends hybrid
searches, one after the other: alone, and while a process at 127.0.0.1 sends 600 wrong keys to `/login` and keeps 300
connections open on which it sends half a request, all the time, and asks for a page with 3,000 values of filters, once
a second. Each round measures both, one after the other; the ratios are of one round each, and what is reported of them
is the median. Behind the times stand what the attacker got, and whether `/healthz` was answered at the end.
"""

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode

from benchmarks.generated import questions
from benchmarks.portal import Load, Server, generated_home, load, serving
from benchmarks.running import CHECKOUT
from pipelines.access.keys import KeyStore

SLOWER = 3.0
"""Goal: times the 95 in a hundred that the reader waits alone."""
WRONG_KEYS, HALF_OPEN, VALUES = 600, 300, 3000
READER = "127.0.0.2"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where the home is or shall be; else it is made and deleted")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
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
    """Return what the reader got while another process attacked, and what that one got, by status."""
    code = f"from benchmarks.portal_attacked import attack; attack({server.host!r}, {server.port}, {attacker!r})"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], cwd=CHECKOUT, stdin=pipe, stdout=pipe, text=True) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("the attacker has no pipes")
        process.stdout.readline()  # it has begun
        found = load(server, asked, len(asked), 1, headers=_bearer(reader), source=READER)
        process.stdin.close()
        return found, [f"{one}" for one in json.loads(process.stdout.read())]


def attack(host: str, port: int, key: str) -> None:
    """Attack until the standard input ends, and print what was answered."""
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
    """Keep connections open on which half a request was sent: what the server closes is opened again."""
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
    """Send a request, and return the status of the answer, or what went wrong."""
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
