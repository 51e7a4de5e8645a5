"""URLs of the web, as far as connectors look at them; none of these raises for a text that is no URL."""

from urllib.parse import urljoin

import httpx


def host_of(url: str) -> str:
    """Return the host of a URL of the web in small letters, "" for what is none."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return ""
    return parts.host if parts.scheme in ("http", "https") else ""


def origin(url: str) -> str:
    """Return scheme, host and port of a URL as one text, without a slash at its end; "" for what is none."""
    return f"{(parts := httpx.URL(url)).scheme}://{parts.netloc.decode()}" if host_of(url) else ""


def joined(base: str, link: str) -> str:
    """Return where a link leads, "" where nobody can tell."""
    try:
        return urljoin(base, link)
    except ValueError:
        return ""
