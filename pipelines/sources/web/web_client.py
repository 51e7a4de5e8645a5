"""An HTTP client that is considerate of servers: it limits its rate and sizes, retries, and obeys robots.txt."""

import ipaddress
import socket
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from fnmatch import fnmatchcase
from http import HTTPStatus
from io import RawIOBase
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import IO, Any, NamedTuple, Self, TypeVar, cast

import httpx
from protego import Protego
from typing_extensions import Buffer

from configs.settings import Settings
from configs.sources import WebConfig
from configs.system.progress import step_done
from pipelines.sources.errors import PASSING
from pipelines.sources.web import retries
from pipelines.sources.web.http_sessions import http_session
from pipelines.sources.web.request_errors import RequestError, access_problems
from pipelines.sources.web.retries import Clock, Retries, TemporaryError
from pipelines.sources.web.web_urls import host_of, joined, login_apart, origin

IN_MEMORY = 8 << 20
"""Bytes of a file that are held in memory; a larger one is written to an unnamed temporary file."""
CHUNK = 1 << 16
LARGER_FILES = "see 'reading.file_mib' in settings.yaml"
_LONGEST_SECONDS = 1800.0
"""Time limit for one file, against servers that send a byte now and then."""

T = TypeVar("T")

AGENT = "customs-lens"
"""The name of this program for robots.txt."""
_MOST_REDIRECTS = 10
_PAGE_BYTES, _ROBOTS_BYTES = 32 << 20, 512 << 10
"""RFC 9309 requires at least 500 KiB of a robots.txt."""
_WHOLE = {"Accept-Encoding": "identity"}
"""Requests a file without compression: the reported size is then that of the file."""
_NO_RULES = range(400, 500)
"""Statuses of a server that has no robots.txt: everything is allowed then."""
_ROBOTS_REMEDY = "ask those who run the site; where they permit it, write 'robots: false' for this source"
_INTERNAL_NAMES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa")
"""Suffixes of names that no public server has."""
_METADATA = frozenset({"fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"})
"""Addresses, besides link-local ones, of the metadata services of clouds, which hand out credentials."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv6 addresses that a translator of the network leads to the IPv4 address in their last bits (RFC 6052)."""
_LONGEST_DELAY = 30.0
"""Limit for the delay between requests in a robots.txt; some set days for other robots."""


class Validators(NamedTuple):
    """The validators of a page's version for a later conditional request."""

    etag: str = ""
    modified: str = ""

    def headers(self) -> dict[str, str]:
        """Return the headers of a conditional request, without values that are invalid in headers."""
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in given.items() if value and value.isascii() and value.isprintable()}


class WebPage(NamedTuple):
    """A page from a server; `url` is its address after redirects."""

    url: str
    content: bytes
    charset: str | None
    validators: Validators


class Request(NamedTuple):
    """A request, with its `name` in errors; a URL named by a person is exempt from robots.txt."""

    url: str
    name: str
    method: str = "GET"
    is_named: bool = False
    headers: Mapping[str, str] = MappingProxyType({})
    content: bytes | None = None


class WebClient:
    """Requests to the server of a source, whose first page is `home`, and to servers that it links to.

    A page of the public network cannot lead to a server of an internal one. A redirect may lead to the server of the
    source, that of the link, and `hosts` (patterns; None for any public one). `options` are those of `httpx.Client`:
    their `headers` are sent to the server of the source alone, as user and password of a URL are to its own. Methods
    raise `RequestError`.
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
        options: Mapping[str, Any] | None = None,
        agent: str = AGENT,
        clock: Clock | None = None,
        addresses: Callable[[str], Collection[str]] | None = None,
    ) -> None:
        self._clock = clock or retries.SYSTEM
        self._home, self._origin, self._most_mib = host_of(home), origin(home), most_mib
        self._retries = Retries(self._home, self._clock)
        self._robots = _Robots(AGENT, self._robots_text) if robots else None
        self._pause = 1.0 / per_second
        self._asked: dict[str, float] = {}
        self._hosts = hosts
        self._addresses = addresses or _addresses
        self._checked: dict[str, Collection[str]] = {}
        self._was_public = False
        options = dict(options or {})
        self._headers: Mapping[str, str] = options.pop("headers", {})
        self._http = http_session(agent, ca_certs, options, addresses=lambda host: self._checked.get(host, ()))

    @classmethod
    def for_source(
        cls,
        config: WebConfig,
        settings: Settings,
        clock: Clock | None = None,
        *,
        hosts: Collection[str] | None = None,
    ) -> Self:
        """Return the client of a source with its rate and limits."""
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
        """Return a page, None if its version is still the known one."""
        return self.page_of(Request(url, url, headers=known.headers() if known else {}))

    def page_of(self, request: Request) -> WebPage | None:
        """Return the page of a request, None if its version is that in the request."""

        def read(response: httpx.Response, at: str) -> WebPage | None:
            if response.status_code == HTTPStatus.NOT_MODIFIED:
                return None
            content = b"".join(pieces(response, request.name, _PAGE_BYTES, self._clock, remedy="take another page"))
            validators = Validators(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
            return WebPage(at, content, response.charset_encoding, validators)

        return self._request(request, read)

    def headers(self, request: Request) -> httpx.Headers:
        """Return the headers of a file without its content: by HEAD, or by GET if that is refused.

        Not every server supports HEAD, and a signature may be for GET alone.
        """
        whole = request._replace(headers=_WHOLE)
        try:
            return self._request(whole._replace(method="HEAD"), lambda response, _: response.headers)
        except RequestError as error:
            if error.status is None or error.status in PASSING:
                raise
        return self._request(whole, lambda response, _: response.headers)

    def open(self, request: Request) -> IO[bytes]:
        """Return a file as a stream; raises `AccessError`, as reading it does."""
        whole = request._replace(headers=_WHOLE)
        with access_problems(request.name):
            answer, _ = self._retries.run(lambda: self._respond(whole), request.url, name=request.name)
        return cast("IO[bytes]", _Body(answer, request.name))

    def refuse_by_robots(self, url: str, name: str) -> None:
        """Raise `RequestError` if the robots.txt of its server forbids a URL."""
        if self._robots and not self._robots.allows(url):
            raise RequestError(f"{name}: the robots.txt of the site forbids it", _ROBOTS_REMEDY)

    @contextmanager
    def file(self, url: str, *, name: str | None = None) -> Iterator[IO[bytes]]:
        """Yield a downloaded file, which is deleted afterwards; errors use its name, if given."""
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as copy:

            def read(response: httpx.Response, _: str) -> None:
                copy.seek(0)
                copy.truncate()
                for piece in pieces(response, name or url, self._most_mib << 20, self._clock, remedy=LARGER_FILES):
                    copy.write(piece)

            self._request(Request(url, name or url, headers=_WHOLE), read)
            copy.seek(0)
            yield copy

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _request(self, request: Request, read: Callable[[httpx.Response, str], T]) -> T:
        def attempt() -> T:
            response, at = self._respond(request)
            with closing(response):
                return read(response, at)

        return self._retries.run(attempt, request.url, name=request.name)

    def _respond(self, request: Request) -> tuple[httpx.Response, str]:
        """Return a successful response without redirect, and its URL; the caller closes it."""
        at, login = login_apart(request.url)
        asked = request._replace(url=at)
        for _ in range(_MOST_REDIRECTS):
            self._refuse_forbidden(at, asked)
            self._wait(at)
            own = login if origin(at) == origin(asked.url) else {}
            headers = {**asked.headers, **own, **self._login(at)}
            sent = self._http.build_request(asked.method, at, headers=headers, content=asked.content)
            place, at = at, ""
            with suppress(httpx.InvalidURL), ExitStack() as opened:  # a URL error in a redirect
                response = self._http.send(sent, stream=True)
                opened.callback(response.close)
                if not response.has_redirect_location:
                    self._refuse_failure(response, asked.name)
                    opened.pop_all()
                    return response, place
                at = joined(place, response.headers["Location"])
        raise RequestError(f"{asked.name}: it redirects without an end", "check the URL")

    def _login(self, url: str) -> Mapping[str, str]:
        """Return the authentication headers for a URL."""
        return self._headers if origin(url) == self._origin else {}

    def _refuse_failure(self, response: httpx.Response, name: str) -> None:
        if response.status_code in PASSING:
            raise TemporaryError(response.status_code, self._retries.asked(response))
        if not response.is_success and response.status_code != HTTPStatus.NOT_MODIFIED:
            raise RequestError.of_status(name, response.status_code)

    def _refuse_forbidden(self, at: str, asked: Request) -> None:
        host, name = host_of(at), asked.name
        if not host:
            words = "is" if at == asked.url else "it redirects to something that is"
            raise RequestError(f"{name}: {words} no address of the web", "check the URL")
        addresses = self._addresses(host)
        self._checked[_ascii(host)] = addresses  # connections use these addresses
        if any(map(_is_never_asked, addresses)):
            raise RequestError(f"{name}: it leads to an address at which machines set themselves up", "check the URL")
        is_internal = _is_internal_host(host, addresses)
        hosts = None if asked.is_named else self._hosts
        if host not in (self._home, host_of(asked.url)) and not _may_redirect_to(host, hosts, is_internal=is_internal):
            words = f"it redirects to {host}, a server that the source does not name"
            remedy = "write the URL that it leads to" if hosts is None else "add it to 'hosts' of the recipe"
            raise RequestError(f"{name}: {words}", remedy)
        is_home = host == self._home
        self._was_public |= (
            is_home and bool(addresses) and not is_internal
        )  # its name may resolve to another address later
        is_inside = not self._was_public and (is_home or _is_internal_host(self._home, self._addresses(self._home)))
        if is_internal and not is_inside:
            words = "it leads to a server of an internal network, where a public page may not lead"
            raise RequestError(f"{name}: {words}", "make such papers a source of their own")
        if not asked.is_named:
            self.refuse_by_robots(at, name)

    def _wait(self, url: str) -> None:
        """Wait until the next request to a server is allowed."""
        place = origin(url)
        delay = max(self._pause, self._robots.delay(url) if self._robots else 0.0)
        now = self._clock.monotonic()
        turn = max(now, self._asked.get(place, float("-inf")) + delay)
        self._asked[place] = turn  # before the wait: other threads reserve later times
        if turn > now:
            self._clock.sleep(turn - now)

    def _robots_text(self, url: str) -> str:
        def read(response: httpx.Response, _: str) -> str:
            content = b""
            for piece in response.iter_bytes(CHUNK):
                content += piece
                if len(content) > _ROBOTS_BYTES:
                    break
            return content[:_ROBOTS_BYTES].decode("utf-8", "replace")

        try:
            return self._request(Request(url, url, is_named=True), read)
        except RequestError as error:
            if error.status in _NO_RULES and error.status not in PASSING:
                return ""
            raise


def _ascii(host: str) -> str:
    """Return a host in the form for its lookup."""
    return httpx.URL(scheme="http", host=host).raw_host.decode("ascii")


def _addresses(host: str) -> tuple[str, ...]:
    """Return the addresses of a host, none if its name is unknown here."""
    try:
        return tuple(str(found[4][0]) for found in socket.getaddrinfo(_ascii(host), None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return ()


def _may_redirect_to(host: str, hosts: Collection[str] | None, *, is_internal: bool) -> bool:
    """Return whether a redirect may lead to another server: one of `hosts`, or any public one."""
    return not is_internal if hosts is None else any(fnmatchcase(host, pattern) for pattern in hosts)


def _is_internal_host(host: str, addresses: Iterable[str]) -> bool:
    """Return whether a host is in an internal network, by its form or its addresses."""
    name = host.rstrip(".")
    is_internal_name = ":" not in name and ("." not in name or name.endswith(_INTERNAL_NAMES))
    return is_internal_name or any(map(_is_internal, addresses))


def _address(text: str) -> IPv4Address | IPv6Address:
    """Return an address; for an IPv6 address that maps to an IPv4 address the latter."""
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
    """Yield the bytes of a response; raises `RequestError` above a size limit, or after a time limit."""
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


class _Body(RawIOBase):
    """The body of a response; if the connection breaks, reading raises `AccessError`."""

    def __init__(self, answer: httpx.Response, name: str) -> None:
        self._respond, self._pieces, self._left = answer, answer.iter_bytes(), b""
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        while not self._left:
            with access_problems(self._name):
                piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        piece, self._left = self._left[: len(view)], self._left[len(view) :]
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._respond.close()
        super().close()


class _Robots:
    """The rules for this program in the robots.txt of each server.

    `fetch` returns the text of a robots.txt by its URL, "" if the server has none.
    """

    def __init__(self, agent: str, fetch: Callable[[str], str]) -> None:
        self._agent, self._fetch = agent, fetch
        self._known: dict[str, Protego] = {}
        self._fetching = Lock()

    def allows(self, url: str) -> bool:
        """Return whether a URL may be fetched; raises as `fetch` does: an unreadable robots.txt forbids everything."""
        return bool(self._of(url).can_fetch(url, self._agent))

    def delay(self, url: str) -> float:
        """Return the seconds between two requests to a server whose rules are loaded, 0 without a rule."""
        known = self._known.get(origin(url))
        asked = known.crawl_delay(self._agent) if known else None
        return min(float(asked or 0), _LONGEST_DELAY)

    def _of(self, url: str) -> Protego:
        place = origin(url)
        with self._fetching:
            if place not in self._known:
                self._known[place] = Protego.parse(self._fetch(f"{place}/robots.txt"))
            return self._known[place]
