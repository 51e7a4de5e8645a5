"""A client of servers over HTTP that is no burden to them: slow, patient, obedient to robots.txt, and within limits."""

import ipaddress
import socket
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from http import HTTPStatus
from importlib.metadata import version
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import IO, NamedTuple, Self, TypeVar

import httpx
from protego import Protego

from configs.settings import Settings
from configs.sources import FeedConfig, ListingConfig
from configs.system.progress import step_done
from pipelines.sources.errors import PASSING
from pipelines.sources.web import retries
from pipelines.sources.web.file_state import FileState, file_state
from pipelines.sources.web.http_sessions import http_session
from pipelines.sources.web.request_errors import RequestError
from pipelines.sources.web.retries import Clock, PassingError, Retries
from pipelines.sources.web.web_urls import host_of, joined, origin

IN_MEMORY = 8 << 20
"""Bytes of a file that are held in memory; what is more goes to a file that has no name."""
CHUNK = 1 << 16
LARGER_FILES = "see 'reading.file_mib' in settings.yaml"
_LONGEST_SECONDS = 1800.0
"""For one file: a server that sends a byte now and then is not waited for."""

T = TypeVar("T")

AGENT = "customs-lens"
"""The name by which a robots.txt can speak of this program."""
_MOST_REDIRECTS = 10
_PAGE_BYTES, _ROBOTS_BYTES = 32 << 20, 512 << 10
"""RFC 9309 asks for 500 KiB of a robots.txt at least."""
_WHOLE = {"Accept-Encoding": "identity"}
"""Asks for a file as it is: its size is then that of the file."""
_NO_RULES = range(400, 500)
"""Statuses of a server that has no robots.txt: everything is allowed then."""
_NO_HEAD = (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.BAD_REQUEST)
_ROBOTS_REMEDY = "ask those who run the site; where they permit it, write 'robots: false' for this source"
_INTERNAL_NAMES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa")
"""Ends of names that no public server has."""
_METADATA = frozenset({"fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"})
"""Addresses beside link-local ones at which clouds give machines their credentials."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv6 addresses that a translator of the network leads to the IPv4 address in their last bits (RFC 6052)."""
_LONGEST_DELAY = 30.0
"""Seconds between requests that a robots.txt can ask for; some ask for days and mean other robots."""


class Validators(NamedTuple):
    """What a server says of the version of a page, to ask later whether there is another."""

    etag: str = ""
    modified: str = ""

    def headers(self) -> dict[str, str]:
        """Return the headers of a conditional request, without those that no header can hold."""
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in given.items() if value and value.isascii() and value.isprintable()}


class WebPage(NamedTuple):
    """A page as a server gave it; `url` is where it was after redirects."""

    url: str
    content: bytes
    charset: str | None
    validators: Validators


class WebClient:
    """Requests to the server of a source, whose first page is `home`, and to those that it links to.

    A page of the public network cannot lead to a server of an internal one. A redirect leads within the server of the
    source, that of the link, and `hosts` (patterns; None for any public one). Every method raises `RequestError`.
    """

    def __init__(
        self,
        home: str,
        *,
        most_mib: int,
        per_second: float = 1.0,
        robots: bool = True,
        ca_certs: Path | None = None,
        hosts: Collection[str] | None = None,
        agent: str = AGENT,
        clock: Clock | None = None,
        addresses: Callable[[str], Collection[str]] | None = None,
    ) -> None:
        self._clock = clock or retries.SYSTEM
        self._home, self._most_mib = host_of(home), most_mib
        self._retries = Retries(self._home, self._clock)
        self._robots = _Robots(AGENT, self._robots_text) if robots else None
        self._pause = 1.0 / per_second
        self._asked: dict[str, float] = {}
        self._hosts = hosts
        self._addresses = addresses or _addresses
        self._checked: dict[str, Collection[str]] = {}
        self._was_public = False
        self._http = http_session(
            f"{agent}/{version('customs-lens')}", ca_certs, addresses=lambda host: self._checked.get(host, ())
        )

    @classmethod
    def for_source(
        cls,
        config: ListingConfig | FeedConfig,
        settings: Settings,
        clock: Clock | None = None,
        *,
        hosts: Collection[str] | None = None,
    ) -> Self:
        """Return the client of a source, which keeps to its rate and its limits."""
        return cls(
            config.url,
            most_mib=settings.reading.file_mib,
            per_second=config.requests_per_second,
            robots=config.robots,
            ca_certs=config.certificates(settings.home),
            hosts=hosts,
            clock=clock,
        )

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
    def file(self, url: str, *, name: str | None = None) -> Iterator[IO[bytes]]:
        """Give a file that was received as a whole, and is deleted afterwards; errors call it by its name, if given."""
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as copy:

            def read(response: httpx.Response, _: str) -> None:
                copy.seek(0)
                copy.truncate()
                for piece in pieces(response, name or url, self._most_mib << 20, self._clock, remedy=LARGER_FILES):
                    copy.write(piece)

            self._request("GET", url, read, _WHOLE, name=name)
            copy.seek(0)
            yield copy

    def __repr__(self) -> str:
        """Return whom it asks."""
        return f"{type(self).__name__}({self._home!r})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _request(
        self,
        method: str,
        url: str,
        read: Callable[[httpx.Response, str], T],
        headers: Mapping[str, str],
        *,
        name: str | None = None,
        obedient: bool = True,
    ) -> T:
        def attempt() -> T:
            return self._attempt(method, url, read, headers, name=name or url, obedient=obedient)

        return self._retries.run(attempt, url, name=name)

    def _attempt(
        self,
        method: str,
        url: str,
        read: Callable[[httpx.Response, str], T],
        headers: Mapping[str, str],
        *,
        name: str,
        obedient: bool,
    ) -> T:
        at = url
        for _ in range(_MOST_REDIRECTS):
            self._refuse_forbidden(at, name, url, obedient=obedient)
            self._wait(at)
            with self._http.stream(method, at, headers={**headers, **self._login(at)}) as response:
                if not response.has_redirect_location:
                    self._refuse_failure(response, name)
                    return read(response, at)
                at = joined(at, response.headers["Location"])
        raise RequestError(f"{name}: it redirects without an end", "check the URL")

    def _login(self, url: str) -> Mapping[str, str]:  # noqa: ARG002 - for those who have one
        """Return the headers that let this program in at a URL."""
        return {}

    def _refuse_failure(self, response: httpx.Response, name: str) -> None:
        if response.status_code in PASSING:
            raise PassingError(response.status_code, self._retries.asked(response))
        if not response.is_success and response.status_code != HTTPStatus.NOT_MODIFIED:
            raise RequestError.of_status(name, response.status_code)

    def _refuse_forbidden(self, at: str, name: str, asked: str, *, obedient: bool) -> None:
        host = host_of(at)
        if not host:
            words = "is" if at == asked else "it redirects to something that is"
            raise RequestError(f"{name}: {words} no address of the web", "check the URL")
        addresses = self._addresses(host)
        self._checked[_ascii(host)] = addresses  # which are connected to, whatever the name means by then
        if any(map(_is_never_asked, addresses)):
            raise RequestError(f"{name}: it leads to an address at which machines set themselves up", "check the URL")
        is_internal = _is_within(host, addresses)
        hosts = self._hosts if obedient else None
        if host not in (self._home, host_of(asked)) and not _is_named(host, hosts, is_internal=is_internal):
            words = f"it redirects to {host}, a server that the source does not name"
            raise RequestError(f"{name}: {words}", "add it to 'hosts' of the recipe, or write the URL that it leads to")
        is_home = host == self._home
        self._was_public |= is_home and bool(addresses) and not is_internal  # its name may mean another address later
        is_inside = not self._was_public and (is_home or _is_within(self._home, self._addresses(self._home)))
        if is_internal and not is_inside:
            words = "it leads to a server of an internal network, where a public page may not lead"
            raise RequestError(f"{name}: {words}", "make such papers a source of their own")
        if self._robots and obedient and not self._robots.allows(at):
            raise RequestError(f"{name}: the robots.txt of the site forbids it", _ROBOTS_REMEDY)

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
            return self._request("GET", url, read, {}, obedient=False)
        except RequestError as error:
            if error.status in _NO_RULES and error.status not in PASSING:
                return ""
            raise


def _ascii(host: str) -> str:
    """Return a host as it is looked up."""
    return httpx.URL(scheme="http", host=host).raw_host.decode("ascii")


def _addresses(host: str) -> tuple[str, ...]:
    """Return the addresses of a host, none where its name is not known here."""
    try:
        return tuple(str(found[4][0]) for found in socket.getaddrinfo(_ascii(host), None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return ()


def _is_named(host: str, hosts: Collection[str] | None, *, is_internal: bool) -> bool:
    """Return whether a redirect may lead to another server: one of `hosts`, or any public one."""
    return not is_internal if hosts is None else any(fnmatchcase(host, pattern) for pattern in hosts)


def _is_within(host: str, addresses: Iterable[str]) -> bool:
    """Return whether a host is within an internal network, by its form or by what its name means here."""
    name = host.rstrip(".")
    is_internal_name = ":" not in name and ("." not in name or name.endswith(_INTERNAL_NAMES))
    return is_internal_name or any(map(_is_internal, addresses))


def _address(text: str) -> IPv4Address | IPv6Address:
    """Return an address; of an IPv6 address that leads to one of IPv4 the latter."""
    found = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(found, IPv4Address):
        return found
    if found in _NAT64:
        return IPv4Address(found.packed[-4:])
    return found.ipv4_mapped or found.sixtofour or found


def _is_internal(address: str) -> bool:
    return not _address(address).is_global


def _is_never_asked(address: str) -> bool:
    found = _address(address)
    return found.is_link_local or str(found) in _METADATA


def pieces(response: httpx.Response, url: str, most: int, clock: Clock, *, remedy: str) -> Iterator[bytes]:
    """Yield the bytes of an answer; raises `RequestError` where they are more than `most`, or take too long."""
    left, ends = most, clock.monotonic() + _LONGEST_SECONDS
    too_large = RequestError(f"{url}: it is larger than {most >> 20} MiB", remedy)
    if int(response.headers.get("Content-Length") or 0) > most:
        raise too_large
    for piece in response.iter_bytes(CHUNK):
        step_done()
        left -= len(piece)
        if left < 0:
            raise too_large
        if clock.monotonic() > ends:
            raise RequestError(f"{url}: the server sends it too slowly", "try again later")
        yield piece


class _Robots:
    """What the robots.txt of each server says to this program.

    `fetch` gives the text of one by its URL, "" where the server has none.
    """

    def __init__(self, agent: str, fetch: Callable[[str], str]) -> None:
        self._agent, self._fetch = agent, fetch
        self._known: dict[str, Protego] = {}

    def allows(self, url: str) -> bool:
        """Return whether a URL may be fetched; raises as `fetch` does: what cannot be read forbids everything."""
        return bool(self._of(url).can_fetch(url, self._agent))

    def delay(self, url: str) -> float:
        """Return the seconds between two requests to a server that was asked for its rules before, 0 for no rule."""
        known = self._known.get(origin(url))
        asked = known.crawl_delay(self._agent) if known else None
        return min(float(asked or 0), _LONGEST_DELAY)

    def _of(self, url: str) -> Protego:
        place = origin(url)
        if place not in self._known:
            self._known[place] = Protego.parse(self._fetch(f"{place}/robots.txt"))
        return self._known[place]
