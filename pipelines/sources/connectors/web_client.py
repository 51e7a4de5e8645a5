"""A client of websites that is no burden to them: slow, cached, patient, obedient to robots.txt, and within limits."""

import ipaddress
import logging
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import IO, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from pipelines.sources.connectors import retries
from pipelines.sources.connectors.downloads import CHUNK, IN_MEMORY, LARGER_FILES, pieces
from pipelines.sources.connectors.file_state import FileState, file_state
from pipelines.sources.connectors.request_errors import RequestError
from pipelines.sources.connectors.retries import PASSING, Clock, PassingError, Retries
from pipelines.sources.connectors.robots import Robots, origin

T = TypeVar("T")

AGENT = "customs-lens"
"""The name by which a robots.txt can speak of this program."""
_TIMEOUT = httpx.Timeout(60.0, connect=30.0)
"""Seconds in which something has to come."""
_MOST_REDIRECTS = 10
_PAGE_BYTES, _ROBOTS_BYTES = 32 << 20, 512 << 10
"""RFC 9309 asks for 500 KiB of a robots.txt at least."""
_WHOLE = {"Accept-Encoding": "identity"}
"""Asks for a file as it is: its size is then that of the file."""
_NO_RULES = range(400, 500)
"""Statuses of a server that has no robots.txt: everything is allowed then."""
_NO_HEAD = (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.BAD_REQUEST)
_ROBOTS_REMEDY = "ask those who run the site; where they permit it, write 'robots: false' for this source"


class Validators(NamedTuple):
    """What a server says of the version of a page, to ask later whether there is another."""

    etag: str = ""
    modified: str = ""

    def headers(self) -> dict[str, str]:
        """Return the headers of a conditional request."""
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in given.items() if value}


class WebPage(NamedTuple):
    """A page as a server gave it; `url` is where it was after redirects."""

    url: str
    content: bytes
    charset: str | None
    validators: Validators


class WebClient:
    """Requests to the server of a source, whose first page is `home`, and to those that it links to.

    A page of the public network cannot lead to a server of an internal one. Every method raises `RequestError`.
    """

    def __init__(
        self,
        home: str,
        *,
        most_mib: int,
        per_second: float = 1.0,
        robots: bool = True,
        clock: Clock | None = None,
        addresses: Callable[[str], Iterable[str]] | None = None,
    ) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs, those that a redirect signed too
        self._clock = clock or retries.SYSTEM
        self._home, self._most_mib = urlsplit(home).hostname or "", most_mib
        self._retries = Retries(self._home, self._clock)
        self._robots = Robots(AGENT, self._robots_text) if robots else None
        self._pause = 1.0 / per_second
        self._asked: dict[str, float] = {}
        self._addresses = cache(lambda host: tuple((addresses or _addresses)(host)))
        agent = {"User-Agent": f"{AGENT}/{version('customs-lens')}"}
        self._http = httpx.Client(headers=agent, timeout=_TIMEOUT, follow_redirects=False)

    def page(self, url: str, known: Validators | None = None) -> WebPage | None:
        """Return a page, None where it is still the version that is known."""

        def read(response: httpx.Response, at: str) -> WebPage | None:
            if response.status_code == HTTPStatus.NOT_MODIFIED:
                return None
            content = b"".join(pieces(response, url, _PAGE_BYTES, self._clock, remedy="take another page"))
            validators = Validators(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
            return WebPage(at, content, response.charset_encoding, validators)

        return self._request("GET", url, read, known.headers() if known else {})

    def state(self, url: str) -> FileState:
        """Return what a server says of a file without sending it; nothing where it does not answer such requests."""
        try:
            return self._request("HEAD", url, lambda response, _: file_state(response.headers), _WHOLE)
        except RequestError as error:
            if error.status in _NO_HEAD:
                return FileState()
            raise

    @contextmanager
    def file(self, url: str) -> Iterator[IO[bytes]]:
        """Give a file that was received as a whole, and is deleted afterwards."""
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as copy:

            def read(response: httpx.Response, _: str) -> None:
                copy.seek(0)
                copy.truncate()
                for piece in pieces(response, url, self._most_mib << 20, self._clock, remedy=LARGER_FILES):
                    copy.write(piece)

            self._request("GET", url, read, _WHOLE)
            copy.seek(0)
            yield copy

    def __repr__(self) -> str:
        """Return whom it asks."""
        return f"WebClient({self._home!r})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _request(
        self, method: str, url: str, read: Callable[[httpx.Response, str], T], headers: Mapping[str, str]
    ) -> T:
        return self._retries.run(lambda: self._follow(method, url, read, headers), url)

    def _follow(self, method: str, url: str, read: Callable[[httpx.Response, str], T], headers: Mapping[str, str]) -> T:
        at = url
        for _ in range(_MOST_REDIRECTS):
            self._refuse_forbidden(at, url)
            self._wait(at)
            with self._http.stream(method, at, headers=headers) as response:
                if not response.has_redirect_location:
                    self._refuse_failure(response, url)
                    return read(response, at)
                at = urljoin(at, response.headers["Location"])
        raise RequestError(f"{url}: it redirects without an end", "check the URL")

    def _refuse_failure(self, response: httpx.Response, url: str) -> None:
        if response.status_code in PASSING:
            raise PassingError(response.status_code, self._retries.asked(response))
        if not response.is_success and response.status_code != HTTPStatus.NOT_MODIFIED:
            raise RequestError.of_status(url, response.status_code)

    def _refuse_forbidden(self, at: str, url: str) -> None:
        parts = urlsplit(at)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            words = (
                "is no address of the web" if at == url else "it redirects to something that is no address of the web"
            )
            raise RequestError(f"{url}: {words}", "check the URL")
        if self._leads_inside(parts.hostname):
            words = "it leads to a server of an internal network, where a public page may not lead"
            raise RequestError(f"{url}: {words}", "make such papers a source of their own")
        if self._robots and not at.endswith("/robots.txt") and not self._robots.allows(at):
            raise RequestError(f"{url}: the robots.txt of the site forbids it", _ROBOTS_REMEDY)

    def _leads_inside(self, host: str) -> bool:
        """Return whether a host is within an internal network, and the source is not; proxies may know other names."""
        if host == self._home:
            return False
        return any(map(_is_internal, self._addresses(host))) and not any(map(_is_internal, self._addresses(self._home)))

    def _wait(self, url: str) -> None:
        """Wait until the next request to a server may be sent."""
        place = origin(url)
        delay = max(self._pause, self._robots.delay(url) if self._robots else 0.0)
        left = self._asked.get(place, float("-inf")) + delay - self._clock.monotonic()
        if left > 0:
            self._clock.sleep(left)
        self._asked[place] = self._clock.monotonic()

    def _robots_text(self, url: str) -> str:
        def read(response: httpx.Response, _: str) -> str:
            content = b""
            for piece in response.iter_bytes(CHUNK):
                content += piece
                if len(content) > _ROBOTS_BYTES:
                    break
            return content[:_ROBOTS_BYTES].decode("utf-8", "replace")

        try:
            return self._request("GET", url, read, {})
        except RequestError as error:
            if error.status in _NO_RULES and error.status not in PASSING:
                return ""
            raise


def _addresses(host: str) -> list[str]:
    """Return the addresses of a host, none where its name is not known here."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []


def _is_internal(address: str) -> bool:
    return not ipaddress.ip_address(address.partition("%")[0]).is_global
