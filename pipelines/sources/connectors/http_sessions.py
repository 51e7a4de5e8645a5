"""Sessions over HTTP: who asks, how long an answer may take, and the proxies and certificates of the environment."""

import logging

import httpx

from configs.errors import UsageError

_TIMEOUT = httpx.Timeout(60.0, connect=30.0)
"""Seconds in which something has to come."""


def http_session(agent: str) -> httpx.Client:
    """Return a session that follows no redirect by itself.

    Raises `UsageError` where the environment names a proxy or certificates that cannot be used.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs, those that a redirect signed too
    try:
        return httpx.Client(headers={"User-Agent": agent}, timeout=_TIMEOUT, follow_redirects=False)
    except OSError as error:  # of ssl, which names no file
        message = f"SSL_CERT_FILE or SSL_CERT_DIR: the certificates cannot be read: {error.strerror or 'no PEM file'}"
        raise UsageError(message, "correct or unset the variable") from None
    except (ValueError, ImportError):  # which quote the proxy, maybe with its password
        message = "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY: names no proxy that can be used"
        raise UsageError(message, "write http://HOST:PORT") from None
