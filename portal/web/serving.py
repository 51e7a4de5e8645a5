"""The server process of the portal."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn

from configs.settings import Settings
from configs.system.errors import CustomsLensError, UnavailableError
from pipelines.access.keys import KeyStore
from portal.web.app import create_app
from portal.web.connections import BoundedProtocol, Connections
from portal.web.gate import GateRules, is_loopback

_BACKLOG = 128
_TICKS = 10
"""How often a second uvicorn looks after its connections."""
GRACE = 5
"""Seconds that requests have to end when the server is stopped."""


def run(settings: Settings, rules: GateRules, host: str, port: int, *, ready: Callable[[str], None]) -> None:
    """Serve until the process is told to stop; `ready` gets the address when it can be opened.

    Port 0 takes any that is free. Raises `UnavailableError` for an address that cannot be listened on, and for one
    beyond this machine where no keys were made: everybody would read everything.
    """
    if (not is_loopback(host) or rules.behind_proxy) and _is_open(settings):
        reason = "a proxy lets others in" if is_loopback(host) else "others can reach this address"
        raise UnavailableError(
            f"{host}: {reason} and there are no access keys", "make one first: customs-lens keys add NAME"
        )
    listening = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        create_app(settings, rules, warm_up=True),
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
    server = _Server(config, lambda: ready(f"http://{name}:{listening.getsockname()[1]}"))
    server.run(sockets=[listening])


def _is_open(settings: Settings) -> bool:
    """Return whether nobody needs a key; where keys are gone or cannot be read, nobody is let in."""
    keys = KeyStore(settings.home)
    try:
        return not keys.all() and not keys.was_keyed
    except CustomsLensError:
        return False


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
