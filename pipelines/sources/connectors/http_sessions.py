"""Sessions over HTTP: who asks, how long an answer may take, whom they trust, and the proxies of the environment."""

import logging
from pathlib import Path

import httpx

from configs.system.errors import UsageError
from pipelines.sources.connectors.certificates import tls_context

_TIMEOUT = httpx.Timeout(60.0, connect=30.0)
"""Seconds in which something has to come."""


def http_session(agent: str, ca_certs: Path | None = None) -> httpx.Client:
    """Return a session that follows no redirect by itself.

    Raises `UsageError` where the environment names a proxy that cannot be used, and as `tls_context`.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs, those that a redirect signed too
    trusted = tls_context(ca_certs)
    try:
        return httpx.Client(headers={"User-Agent": agent}, timeout=_TIMEOUT, follow_redirects=False, verify=trusted)
    except (ValueError, ImportError):  # which quote the proxy, maybe with its password
        message = "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY: names no proxy that can be used"
        raise UsageError(message, "write http://HOST:PORT") from None
