"""The server process of the portal: limits the number of open connections, and the time to wait for a client.

uvicorn bounds neither. Who opens connections and sends half requests would use up the descriptors of the process, and
then it answers nobody. So a client has ten seconds for its headers and ten for what follows them, and where all
connections are taken, the one that has waited longest for its client makes room for a new one.
"""

import asyncio
import logging
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any, cast

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from configs.settings import Settings
from configs.system.errors import CustomsLensError, UnavailableError
from pipelines.access.keys import KeyStore
from portal.web.app import create_app
from portal.web.gate import GateRules, is_loopback, is_uploading

_log = logging.getLogger(__name__)
_BACKLOG = 128
_TICKS = 10
"""How often a second uvicorn looks after its connections."""
GRACE = 5
"""Seconds that requests have to end when the server is stopped."""
CLIENT_SECONDS = 10.0
"""How long a client has for the headers of a request, and again for its body."""
_USUAL_DESCRIPTORS = 1024
"""What a process may open on most systems; some begin with less, and let it ask for more."""
_OWN_DESCRIPTORS = 256
"""Descriptors that are left for files of the index, databases and processes."""
_MOST = 4096
"""Connections that are open at most, however many descriptors there are: each takes memory, too."""
_SWITCH_SECONDS = 0.0005
"""How long one thread keeps the interpreter while others wait for it, a tenth of what Python gives: a search asks for
it some ninety times, and beside an answer that computes, each time waited for the whole of it.
"""


def run(settings: Settings, rules: GateRules, host: str, port: int, *, ready: Callable[[str], None]) -> None:
    """Serve until the process is stopped; `ready` receives the address once it can be opened.

    Port 0 takes any that is free. Raises `UnavailableError` for an address that cannot be listened on, and for one
    beyond this machine where no keys were made: everybody would read everything.
    """
    lets_others_in = not is_loopback(host) or rules.behind_proxy
    if lets_others_in and not rules.await_key and is_without_keys(settings):
        reason = "a proxy lets others in" if is_loopback(host) else "others can reach this address"
        raise UnavailableError(
            f"{host}: {reason} and there are no access keys", "make one first: customs-lens keys add NAME"
        )
    serve(create_app(settings, rules, warm_up=True), host, port, ready=ready)


def serve(app: ASGIApp, host: str, port: int, *, ready: Callable[[str], None]) -> None:
    """Serve any application with bounded connections, like `run`; the caller authenticates requests."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    listening = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        log_level="error",  # a line for each request that cannot be read would fill the disk
        access_log=False,
        backlog=_BACKLOG,
        server_header=False,
        proxy_headers=False,  # who asks is not believed from a header
        timeout_graceful_shutdown=GRACE,
        lifespan="on",
    )
    logging.getLogger("uvicorn.error").addFilter(_is_no_cancellation)
    server = _Server(config, lambda: ready(f"http://{name}:{listening.getsockname()[1]}"))
    server.run(sockets=[listening])


def is_without_keys(settings: Settings) -> bool:
    """Return whether no keys are needed; if keys are lost or unreadable, access is denied."""
    keys = KeyStore(settings.home)
    try:
        return not keys.all() and not keys.was_keyed
    except CustomsLensError:
        return False


def most_connections() -> int:
    """Return the connection limit of this process, after raising its limit of file descriptors.

    Where few descriptors can be had, connections get a quarter of them.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _USUAL_DESCRIPTORS and soft != hard:
        soft = _USUAL_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_USUAL_DESCRIPTORS, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    free = _MOST if soft == resource.RLIM_INFINITY else max(soft - _OWN_DESCRIPTORS, soft // 4)
    return min(free, _MOST)


class Connections(ServerState):
    """The open connections of a server, their limit, and the number of closed slow ones."""

    def __init__(self) -> None:
        super().__init__()
        self.most = most_connections()
        self.slow = self.crowded = self.unaccepted = 0

    def close_slow(self) -> None:
        """Close those whose clients used up their time; to be called each second."""
        for one in tuple(self.connections):
            self.slow += cast("BoundedProtocol", one).close_if_slow()

    def make_room(self, newest: "BoundedProtocol") -> None:
        """Close the connection that has waited longest for its client, where there is one too many; else the newest."""
        if len(self.connections) <= self.most:
            return
        others = (cast("BoundedProtocol", one) for one in self.connections if one is not newest)
        waiting = (one for one in others if one.awaits_client and not one.transport.is_closing())
        min(waiting, key=lambda one: one.since, default=newest).transport.abort()
        self.crowded += 1

    def report(self) -> None:
        """Say what was closed since the last report, if anything was: one line, however many there were."""
        if self.slow or self.crowded or self.unaccepted:
            _log.warning(
                "connections closed: %d whose clients did not send a whole request in %.0f seconds, %d as %d were open;"
                " %d times no descriptor was free for one",
                *(self.slow, CLIENT_SECONDS, self.crowded, self.most, self.unaccepted),
            )
        self.slow = self.crowded = self.unaccepted = 0

    def handle(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Count what asyncio would log with a traceback, and again each second: that no connection can be accepted."""
        if "socket.accept()" in context["message"]:
            self.unaccepted += 1
        else:
            loop.default_exception_handler(context)


class BoundedProtocol(H11Protocol):
    """A connection of a server with `Connections`; `since` is the start of its current wait."""

    since = 0.0
    _turn: tuple[type[h11._util.Sentinel], object] | None = None

    def data_received(self, data: bytes) -> None:
        """Take what the client sent; of one that sends files, the time that it has begins again with each piece."""
        super().data_received(data)
        if self.scope and is_uploading(cast("dict[str, Any]", self.scope)):
            self.since = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self.since, self._turn = self.loop.time(), self._wanted
        cast("Connections", self.server_state).make_room(self)

    @property
    def awaits_client(self) -> bool:
        """Whether the client has to go on: with its request, or with reading the answer."""
        return self._wanted is not None or self.transport.get_write_buffer_size() > 0

    def close_if_slow(self) -> bool:
        """Close the connection where the client has had its time, and return whether it was closed."""
        turn, now = self._wanted, self.loop.time()
        if turn is None or turn != self._turn:
            self.since, self._turn = now, turn
        elif now - self.since >= CLIENT_SECONDS:
            self.transport.abort()
            return True
        return False

    @property
    def _wanted(self) -> tuple[type[h11._util.Sentinel], object] | None:
        """What is to come from the client, headers or a body, and after which request; None where nothing is."""
        state = self.conn.their_state
        return (state, self.cycle) if state in (h11.IDLE, h11.SEND_BODY) else None


class _Server(uvicorn.Server):
    """A server that says when it is ready, and bounds its connections."""

    server_state: Connections

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.server_state = Connections()
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(self.server_state.handle)
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS == 0:
            self.server_state.close_slow()
        if counter % (60 * _TICKS) == 0:
            self.server_state.report()
        return await super().on_tick(counter)


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """Return whether a line of the log is none of a request that was at work when the server was stopped."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host.strip("[]"), port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise UnavailableError(
            f"{host}:{port}: cannot be listened on: {error.strerror or error}", "take another --port or --host"
        ) from error
    return listening
