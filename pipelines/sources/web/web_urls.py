"""Functions on HTTP URLs; none of them raises for an invalid URL."""

import re
from base64 import b64encode
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import httpx


def login_apart(url: str) -> tuple[str, dict[str, str]]:
    """Return a URL without the user and password in it, and the headers that send them."""
    start, slashes, rest = url.partition("://")
    user, at, _ = re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")
    if not at:
        return url, {}
    name, _, password = user.partition(":")
    login = b64encode(f"{unquote(name)}:{unquote(password)}".encode()).decode()
    return start + slashes + rest.removeprefix(user + at), {"Authorization": f"Basic {login}"}


def host_of(url: str) -> str:
    """Return the host of an HTTP URL in lower case, "" for an invalid one."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return ""
    return parts.host if parts.scheme in ("http", "https") else ""


def origin(url: str) -> str:
    """Return scheme, host and port of a URL as one text, without a trailing slash; "" for an invalid one."""
    return f"{(parts := httpx.URL(url)).scheme}://{parts.netloc.decode()}" if host_of(url) else ""


def joined(base: str, link: str) -> str:
    """Return the target of a link, "" if it is invalid."""
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


def target(base: str, link: str) -> str:
    """Return the HTTP target of a link, without its fragment, "" if it is invalid or not HTTP."""
    try:
        url = urldefrag(urljoin(base, link.strip())).url
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname else ""
