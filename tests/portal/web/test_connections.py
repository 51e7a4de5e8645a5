"""What clients may do to the connections of a server: a real one, in a process that may open few files."""

import re
import resource
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

pytestmark = pytest.mark.slow

DESCRIPTORS = 256
HALF = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = POST + b"Content-Length: 1000\r\n\r\nkey="
REFUSED = POST + b"Origin: http://evil.example\r\nContent-Length: 1000\r\n\r\n"
PATIENCE = 10
TOO_LONG = 120
"""Seconds after which a test gives up; the machine may be busy."""


def limited(soft, hard):
    """Return the beginning of a command that may open so many files."""
    return ["sh", "-c", f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$@"', "sh"]


class Portal:
    """A portal of an empty home, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        serve = [sys.executable, "-m", "portal.cli", "serve", "--port", "0", "--home", str(folder / "home")]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([*limited(DESCRIPTORS, DESCRIPTORS), *serve], cwd=CHECKOUT, stderr=log)
        until = time.monotonic() + 300
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text())):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, "the portal does not start"
            time.sleep(0.05)
        self.port = int(found[1])

    def connect(self, sent: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
        """Open a connection from an address of this machine, and send something."""
        found = socket.create_connection(("127.0.0.1", self.port), timeout=TOO_LONG, source_address=(source, 0))
        found.sendall(sent)
        return found

    def answers(self) -> bytes:
        """Return the first line of the answer to a request over a new connection."""
        with closing(self.connect(WHOLE)) as connection:
            return connection.recv(4096).partition(b"\r\n")[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    found = Portal(tmp_path_factory.mktemp("connections"))
    yield found
    found.process.terminate()
    assert found.process.wait(TOO_LONG) == 143
    assert "Traceback" not in found.log.read_text()
    assert len(found.log.read_text()) < 2000


def test_half_requests_stop_nobody_else(server):
    with ExitStack() as stack:
        for _ in range(300):
            with suppress(ConnectionError):  # closed already, for a newer one
                stack.enter_context(closing(server.connect(HALF, source="127.0.0.2")))
        assert [server.answers() for _ in range(5)] == [b"HTTP/1.1 200 OK"] * 5


def seconds_until_closed(server, sent, each_second):
    """Return how long the server keeps a connection on which a client goes on as slowly as that."""
    began = time.monotonic()
    with closing(server.connect(sent)) as connection:
        connection.settimeout(1)
        while time.monotonic() - began < TOO_LONG:
            try:
                if not connection.recv(4096):
                    break
            except TimeoutError:
                pass
            except ConnectionError:
                break
            with suppress(ConnectionError):
                connection.sendall(each_second)
    return time.monotonic() - began


SLOW = {
    "nothing": (b"", b""),
    "half the headers": (HALF, b""),
    "headers letter by letter": (HALF, b"x"),
    "half a body": (BODY, b""),
    "a body letter by letter": (BODY, b"x"),
    "a body that was refused": (REFUSED, b"x"),
    "a second request letter by letter": (WHOLE + HALF, b"x"),
}


def test_a_client_has_ten_seconds_for_headers_and_for_a_body(server):
    found = {}

    def measure(name):
        found[name] = seconds_until_closed(server, *SLOW[name])

    threads = [threading.Thread(target=measure, args=[name]) for name in SLOW]
    for one in threads:
        one.start()
    with closing(server.connect()) as lasting:  # this client takes longer in all, and is in time with each request
        for _ in range(5):
            lasting.sendall(WHOLE)
            answer = b""
            while not answer.endswith(b"ok\n"):
                received = lasting.recv(4096)
                assert received, "closed"
                answer += received
            time.sleep(PATIENCE / 4)
    for one in threads:
        one.join()
    assert found.keys() == SLOW.keys()
    assert [name for name, seconds in found.items() if not PATIENCE - 1 < seconds < TOO_LONG] == []


def test_where_no_descriptor_is_free_nothing_fills_the_log(server):
    pid = server.process.pid
    taken = max(int(one.name) for one in Path(f"/proc/{pid}/fd").iterdir())
    size = server.log.stat().st_size
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (taken, DESCRIPTORS))
    try:
        with ExitStack() as stack:
            for _ in range(20):
                stack.enter_context(closing(server.connect(HALF)))
            time.sleep(3)
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    assert server.answers() == b"HTTP/1.1 200 OK"
    assert server.log.stat().st_size - size < 1000


SMUGGLED = {
    "length and chunks": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nkey=xx",
    "a list of lengths": POST + b"Content-Length: 5, 6\r\n\r\nkey=xx",
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\nkey=x",
    "chunks of another name": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two encodings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a blank before the colon": POST + b"Content-Length : 5\r\n\r\nkey=x",
    "two hosts": b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    "no host": b"GET /login HTTP/1.1\r\n\r\n",
    "a host with a path": b"GET /login HTTP/1.1\r\nHost: 127.0.0.1/evil?\r\n\r\n",
    "a NUL": b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\0b\r\n\r\n",
}


@pytest.mark.parametrize("request_text", SMUGGLED.values(), ids=SMUGGLED)
def test_what_a_proxy_may_read_otherwise_is_refused(server, request_text):
    with closing(server.connect(request_text)) as connection:
        assert connection.recv(4096).partition(b"\r\n")[0].split()[1] in (b"400", b"413", b"421")


def test_no_other_protocol_is_begun(server):
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n"
    with closing(server.connect(WHOLE[:-2] + upgrade + b"\r\n")) as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("soft", "hard", "most"), [(256, 256, 64), (256, 4096, 768), (1024, 4096, 768), (4096, 4096, 3840)]
)
def test_connections_leave_descriptors_for_the_index(soft, hard, most):
    code = "from portal.web.serving import most_connections; print(most_connections())"
    command = [*limited(soft, hard), sys.executable, "-c", code]
    assert int(subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout) == most


class TestUploads:
    """Files that come slowly, and those that do not come to their end."""

    FIRST = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    LAST = b'\r\n--x\r\nContent-Disposition: form-data; name="access"\r\n\r\nrestricted\r\n--x--\r\n'

    def begun(self, server, pieces):
        size = len(self.FIRST) + pieces * 1000 + len(self.LAST)
        head = b"POST /runs/add HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        return server.connect(head + b"Content-Length: %d\r\n\r\n" % size + self.FIRST)

    @staticmethod
    def left(server):
        return sorted(path.name for path in (server.log.parent / "home").glob("uploads/*/*"))

    def test_an_upload_takes_its_time_as_long_as_something_comes(self, server):
        with closing(self.begun(server, 4)) as connection:
            for _ in range(4):
                time.sleep(PATIENCE * 0.4)
                connection.sendall(b"x" * 1000)
            connection.sendall(self.LAST)
            assert connection.recv(4096).startswith(b"HTTP/1.1 303")
        assert self.left(server) == ["a.txt", "a.txt.meta.yaml"]

    @pytest.mark.parametrize("leaves", [True, False])
    def test_nothing_is_left_of_an_upload_that_ends_early(self, server, leaves):
        before = self.left(server)
        with closing(self.begun(server, 2)) as connection:
            connection.sendall(b"x" * 1000)
            time.sleep(0.5)
            if not leaves:
                connection.settimeout(TOO_LONG)
                assert connection.recv(4096) == b""  # closed, as nothing came
        until = time.monotonic() + TOO_LONG
        while self.left(server) != before:
            assert time.monotonic() < until
            time.sleep(0.2)


def test_requests_at_work_leave_no_traceback_where_the_server_is_stopped(tmp_path):
    server = Portal(tmp_path)
    with closing(server.connect(BODY)):
        assert server.answers() == b"HTTP/1.1 200 OK"
        server.process.terminate()
        assert server.process.wait(TOO_LONG) == 143
    assert "timeout graceful shutdown exceeded" in server.log.read_text()
    assert "Traceback" not in server.log.read_text()
