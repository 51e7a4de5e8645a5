"""What the portal counts of itself: requests by route and status, and the time that they took.

Routes are counted by their pattern (`/documents/{document_id}`), so no address of a reader is kept, and what has no
route is counted together: nobody makes the page long by asking for many addresses.
"""

import time
from collections import Counter
from collections.abc import Iterator
from threading import Lock
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_API = "/api/v1"
SEARCHING = ("/", "/search.{kind}", f"{_API}/search")
"""Routes that answer a query."""
_STATIC, _OTHER = "/static", "other"
_METHODS = ("GET", "HEAD", "POST")
_OK = 200


class _Request(NamedTuple):
    route: str
    method: str
    status: int


class Metrics:
    """Counters since the process began; several threads may add to them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: Counter[_Request] = Counter()
        self._seconds: dict[str, float] = {}
        self._started = time.time()

    def add(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        with self._lock:
            self._requests[_Request(route, method if method in _METHODS else "other", status)] += 1
            self._seconds[route] = self._seconds.get(route, 0.0) + seconds

    def text(self) -> str:
        """Return the counters in the text format of Prometheus."""
        with self._lock:
            requests, seconds = dict(self._requests), dict(self._seconds)
        return "".join(f"{line}\n" for line in _lines(requests, seconds, self._started))


class Measured:
    """The ASGI middleware that counts every request, those too that the gate refuses."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and count the answer when its last byte was sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # of a request that ends without an answer
        started = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._metrics.add(_route(scope), scope["method"], status, time.perf_counter() - started)


def _route(scope: Scope) -> str:
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str):  # of a router within another one, without the prefix of that
        return f"{_API}{path}" if scope["path"].startswith(f"{_API}/") and not path.startswith(_API) else path
    return _STATIC if scope["path"].startswith(f"{_STATIC}/") else _OTHER


def _lines(requests: dict[_Request, int], seconds: dict[str, float], started: float) -> Iterator[str]:
    yield "# HELP customs_lens_requests_total Requests that were answered, by route and status."
    yield "# TYPE customs_lens_requests_total counter"
    for one, count in sorted(requests.items()):
        labels = f'route="{_quoted(one.route)}",method="{one.method}",status="{one.status}"'
        yield f"customs_lens_requests_total{{{labels}}} {count}"
    yield "# HELP customs_lens_request_seconds Time that requests took, by route."
    yield "# TYPE customs_lens_request_seconds summary"
    for route, total in sorted(seconds.items()):
        count = sum(count for one, count in requests.items() if one.route == route)
        yield f'customs_lens_request_seconds_sum{{route="{_quoted(route)}"}} {total:.6f}'
        yield f'customs_lens_request_seconds_count{{route="{_quoted(route)}"}} {count}'
    searches = sum(count for one, count in requests.items() if one.route in SEARCHING and one.status == _OK)
    yield "# HELP customs_lens_searches_total Queries that were answered, by pages and by the API."
    yield "# TYPE customs_lens_searches_total counter"
    yield f"customs_lens_searches_total {searches}"
    yield "# HELP customs_lens_start_time_seconds When this process began, in seconds since 1970."
    yield "# TYPE customs_lens_start_time_seconds gauge"
    yield f"customs_lens_start_time_seconds {started:.3f}"


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
