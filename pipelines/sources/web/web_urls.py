"""URLs of the web, as far as sources look at them; none of these raises for a text that is no URL."""

import re
from base64 import b64encode
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import httpx


def login_apart(url: str) -> tuple[str, dict[str, str]]:
    """Return a URL without the user and password that stand in it encoded, and the headers that send them."""
    start, slashes, rest = url.partition("://")
    user, at, _ = re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")
    if not at:
        return url, {}
    name, _, password = user.partition(":")
    login = b64encode(f"{unquote(name)}:{unquote(password)}".encode()).decode()
    return start + slashes + rest.removeprefix(user + at), {"Authorization": f"Basic {login}"}


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


def target(base: str, link: str) -> str:
    """Return where a link leads on the web, without its fragment, "" where it leads elsewhere, or nobody can tell."""
    try:
        url = urldefrag(urljoin(base, link.strip())).url
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname else ""
