"""How many connections may be open, and how long one may wait for its client: uvicorn bounds neither.

Who opens connections and sends half requests would use up the descriptors of the process, and then it answers nobody.
So a client has ten seconds for its headers and ten for what follows them, and where all connections are taken, the one
that has waited longest for its client makes room for a new one.
"""

import asyncio
import logging
import resource
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from portal.web.gate import is_uploading

_log = logging.getLogger(__name__)
CLIENT_SECONDS = 10.0
"""How long a client has for the headers of a request, and again for its body."""
_USUAL_DESCRIPTORS = 1024
"""What a process may open on most systems; some begin with less, and let it ask for more."""
_OWN_DESCRIPTORS = 256
"""Descriptors that are left for files of the index, databases and processes."""
_MOST = 4096
"""Connections that are open at most, however many descriptors there are: each takes memory, too."""


class Connections(ServerState):
    """The open connections of a server, how many there may be, and how many were closed for their clients' sake."""

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
    """A connection of a server with `Connections`; `since` is when it began to wait for what it waits for."""

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


def most_connections() -> int:
    """Return how many connections this process may have open; it asks the system for the usual number of descriptors.

    Where few descriptors can be had, connections get a quarter of them.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _USUAL_DESCRIPTORS and soft != hard:
        soft = _USUAL_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_USUAL_DESCRIPTORS, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    free = _MOST if soft == resource.RLIM_INFINITY else max(soft - _OWN_DESCRIPTORS, soft // 4)
    return min(free, _MOST)
