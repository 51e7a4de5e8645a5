"""An HTTP server on loopback that answers as a test says, and a clock on which waiting takes no time."""

import datetime as dt
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from pipelines.sources.web.retries import Clock

NOON = dt.datetime(2031, 5, 6, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Request:
    """What a client sent; `path` is without the query, whose parameters are in `query`."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the server sends, without headers that are empty; `cut` resets the connection after so many bytes."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


def html(text: str, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(text.encode(), status, {"Content-Type": "text/html; charset=utf-8", **named})


def as_json(value: object, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(json.dumps(value).encode(), status, {"Content-Type": "application/json", **named})


class ScriptedServer:
    """Answers a path with what stands in `answers`: an answer, a list of answers one after the other, or a function.

    The last of a list is repeated. With the files of a certificate and its key it speaks TLS. `requests` are those that
    came, in order.
    """

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        self.answers: dict[str, Answer | list[Answer] | Callable[[Request], Answer]] = {}
        self.requests: list[Request] = []
        self._scheme = "https" if certificate else "http"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"script": self}))
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def asked(self, path: str, method: str = "GET") -> list[Request]:
        return [request for request in self.requests if (request.path, request.method) == (path, method)]

    def reset(self) -> None:
        self.answers.clear()
        self.requests.clear()

    def answer(self, request: Request) -> Answer:
        """Return what a request gets."""
        self.requests.append(request)
        found = self.answers.get(request.path, Answer(status=404))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found(request) if callable(found) else found

    def stop(self) -> None:
        """Stop it; a second time does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    script: ScriptedServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.script.answer(
            Request(self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers.items()), body)
        )
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and answer.status != 304:
            self.wfile.write(answer.body[: answer.cut])
        if answer.cut is not None:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def do_PROPFIND(self) -> None:
        self.do_GET()

    def log_message(self, *_) -> None:
        """Say nothing."""

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True


class FreeClock:
    """Time that passes by waiting alone; `waits` are the seconds waited."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.clock = Clock(
            monotonic=lambda: sum(self.waits), sleep=self.waits.append, now=lambda: NOON, jitter=lambda: 1.0
        )
