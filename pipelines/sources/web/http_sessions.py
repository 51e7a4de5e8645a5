"""HTTP sessions: user agent, timeouts, trusted certificates, and the proxies of the environment."""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import httpcore
import httpx

from configs.system.errors import UsageError
from pipelines.sources.web.certificates import tls_context

_version = cache(version)  # a client is created for each file of a command
_TIMEOUT = httpx.Timeout(60.0, connect=30.0)
"""Timeout of reading, in seconds."""


class _PinnedBackend(httpcore.SyncBackend):
    """Connects to the addresses that were checked for a host, so that a changed DNS entry has no effect."""

    def __init__(self, addresses: Callable[[str], Iterable[str]]) -> None:
        super().__init__()
        self._addresses = addresses

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that responds."""
        failed: Exception = httpcore.ConnectError("the name is not known")
        for address in self._addresses(host):
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


def http_session(
    agent: str,
    ca_certs: Path | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    addresses: Callable[[str], Iterable[str]] | None = None,
) -> httpx.Client:
    """Return a session that does not follow redirects, with `options` of `httpx.Client`.

    Without a proxy, it connects to the addresses that `addresses` returns for a host; TLS and `Host` still use its
    name. Raises `UsageError` if the environment names a proxy that cannot be used, and as `tls_context`.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs, including signed redirects
    trusted = tls_context(ca_certs)
    try:
        known = {"timeout": _TIMEOUT, "verify": trusted, **(options or {}), "follow_redirects": False}
        client = httpx.Client(headers={"User-Agent": f"{agent}/{_version('customs-lens')}"}, **known)
    except (ValueError, ImportError):  # errors that quote the proxy, maybe with its password
        message = "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY: names no proxy that can be used"
        raise UsageError(message, "write http://HOST:PORT") from None
    if addresses:
        # With a transport, httpx would ignore the proxies of the environment.
        pool = cast("httpx.HTTPTransport", client._transport)._pool  # noqa: SLF001
        pool._network_backend = _PinnedBackend(addresses)  # noqa: SLF001
    return client
