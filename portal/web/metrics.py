"""Metrics of the portal: requests by route and status, and their durations.

Routes are counted by their pattern (`/documents/{document_id}`), so no address of a reader is kept, and what has no
route is counted together: nobody makes the page long by asking for many addresses.
"""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Summary, disable_created_metrics
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.maintenance.metrics import PREFIX

_API = "/api/v1"
SEARCHING = ("/", "/search.{kind}", f"{_API}/search")
"""Routes that answer a query."""
_STATIC, _OTHER = "/static", "other"
_METHODS = ("GET", "HEAD", "POST")
_OK = 200


class Metrics:
    """Counters since the start of the process; safe for several threads."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # one start for all of them is enough
        self.registry = own = CollectorRegistry()
        text = "Requests that were answered, by route and status."
        self._requests = Counter(f"{PREFIX}requests", text, ("route", "method", "status"), registry=own)
        self._seconds = Summary(
            f"{PREFIX}request_seconds", "Time that requests took, by route.", ("route",), registry=own
        )
        text = "Queries that were answered, by pages and by the API."
        self._searches = Counter(f"{PREFIX}searches", text, registry=own)
        text = "When this process began, in seconds since 1970."
        Gauge(f"{PREFIX}start_time_seconds", text, registry=own).set_to_current_time()

    def add(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._requests.labels(route, method if method in _METHODS else "other", status).inc()
        self._seconds.labels(route).observe(seconds)
        if route in SEARCHING and status == _OK:
            self._searches.inc()


class CountingMiddleware:
    """The ASGI middleware that counts every request, including those that the gate refuses."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the application, and count it when the last byte of the response was sent."""
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
