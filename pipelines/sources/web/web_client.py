"""A client of servers over HTTP that is no burden to them: slow, patient, obedient to robots.txt, and within limits."""

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
from pipelines.sources.web.retries import Clock, PassingError, Retries
from pipelines.sources.web.web_urls import host_of, joined, login_apart, origin

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


class Request(NamedTuple):
    """What is asked for, in errors called by its `name`; what a person named is, whatever robots.txt says."""

    url: str
    name: str
    method: str = "GET"
    is_named: bool = False
    headers: Mapping[str, str] = MappingProxyType({})
    content: bytes | None = None


class WebClient:
    """Requests to the server of a source, whose first page is `home`, and to those that it links to.

    A page of the public network cannot lead to a server of an internal one. A redirect leads within the server of the
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
        return self.page_of(Request(url, url, headers=known.headers() if known else {}))

    def page_of(self, request: Request) -> WebPage | None:
        """Return the page that a request gives, None where that is the version that it names."""

        def read(response: httpx.Response, at: str) -> WebPage | None:
            if response.status_code == HTTPStatus.NOT_MODIFIED:
                return None
            content = b"".join(pieces(response, request.name, _PAGE_BYTES, self._clock, remedy="take another page"))
            validators = Validators(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
            return WebPage(at, content, response.charset_encoding, validators)

        return self._request(request, read)

    def headers(self, request: Request) -> httpx.Headers:
        """Return the headers of a file, of which nothing else is read: by HEAD, and by GET where that is refused.

        Not every server answers HEAD, and a signature may be for GET alone.
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
            answer, _ = self._retries.run(lambda: self._answer(whole), request.url, name=request.name)
        return cast("IO[bytes]", _Body(answer, request.name))

    def refuse_by_robots(self, url: str, name: str) -> None:
        """Raise `RequestError` where the robots.txt of its server forbids a URL."""
        if self._robots and not self._robots.allows(url):
            raise RequestError(f"{name}: the robots.txt of the site forbids it", _ROBOTS_REMEDY)

    @contextmanager
    def file(self, url: str, *, name: str | None = None) -> Iterator[IO[bytes]]:
        """Give a file that was received as a whole, and is deleted afterwards; errors call it by its name, if given."""
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
            response, at = self._answer(request)
            with closing(response):
                return read(response, at)

        return self._retries.run(attempt, request.url, name=request.name)

    def _answer(self, request: Request) -> tuple[httpx.Response, str]:
        """Return an answer that is neither a redirect nor a failure, and its URL; who reads it closes it."""
        at, login = login_apart(request.url)
        asked = request._replace(url=at)
        for _ in range(_MOST_REDIRECTS):
            self._refuse_forbidden(at, asked)
            self._wait(at)
            own = login if origin(at) == origin(asked.url) else {}
            headers = {**asked.headers, **own, **self._login(at)}
            sent = self._http.build_request(asked.method, at, headers=headers, content=asked.content)
            place, at = at, ""
            with suppress(httpx.InvalidURL), ExitStack() as opened:  # which httpx finds in a redirect
                response = self._http.send(sent, stream=True)
                opened.callback(response.close)
                if not response.has_redirect_location:
                    self._refuse_failure(response, asked.name)
                    opened.pop_all()
                    return response, place
                at = joined(place, response.headers["Location"])
        raise RequestError(f"{asked.name}: it redirects without an end", "check the URL")

    def _login(self, url: str) -> Mapping[str, str]:
        """Return the headers that let this program in at a URL."""
        return self._headers if origin(url) == self._origin else {}

    def _refuse_failure(self, response: httpx.Response, name: str) -> None:
        if response.status_code in PASSING:
            raise PassingError(response.status_code, self._retries.asked(response))
        if not response.is_success and response.status_code != HTTPStatus.NOT_MODIFIED:
            raise RequestError.of_status(name, response.status_code)

    def _refuse_forbidden(self, at: str, asked: Request) -> None:
        host, name = host_of(at), asked.name
        if not host:
            words = "is" if at == asked.url else "it redirects to something that is"
            raise RequestError(f"{name}: {words} no address of the web", "check the URL")
        addresses = self._addresses(host)
        self._checked[_ascii(host)] = addresses  # which are connected to, whatever the name means by then
        if any(map(_is_never_asked, addresses)):
            raise RequestError(f"{name}: it leads to an address at which machines set themselves up", "check the URL")
        is_internal = _is_within(host, addresses)
        hosts = None if asked.is_named else self._hosts
        if host not in (self._home, host_of(asked.url)) and not _is_named(host, hosts, is_internal=is_internal):
            words = f"it redirects to {host}, a server that the source does not name"
            remedy = "write the URL that it leads to" if hosts is None else "add it to 'hosts' of the recipe"
            raise RequestError(f"{name}: {words}", remedy)
        is_home = host == self._home
        self._was_public |= is_home and bool(addresses) and not is_internal  # its name may mean another address later
        is_inside = not self._was_public and (is_home or _is_within(self._home, self._addresses(self._home)))
        if is_internal and not is_inside:
            words = "it leads to a server of an internal network, where a public page may not lead"
            raise RequestError(f"{name}: {words}", "make such papers a source of their own")
        if not asked.is_named:
            self.refuse_by_robots(at, name)

    def _wait(self, url: str) -> None:
        """Wait until the next request to a server may be sent."""
        place = origin(url)
        delay = max(self._pause, self._robots.delay(url) if self._robots else 0.0)
        now = self._clock.monotonic()
        turn = max(now, self._asked.get(place, float("-inf")) + delay)
        self._asked[place] = turn  # before the wait: other threads take the turns after it
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


class _Body(RawIOBase):
    """The body of an answer; where the connection breaks before its end, reading raises `AccessError`."""

    def __init__(self, answer: httpx.Response, name: str) -> None:
        self._answer, self._pieces, self._left = answer, answer.iter_bytes(), b""
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
        self._answer.close()
        super().close()


class _Robots:
    """What the robots.txt of each server says to this program.

    `fetch` gives the text of one by its URL, "" where the server has none.
    """

    def __init__(self, agent: str, fetch: Callable[[str], str]) -> None:
        self._agent, self._fetch = agent, fetch
        self._known: dict[str, Protego] = {}
        self._fetching = Lock()

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
        with self._fetching:
            if place not in self._known:
                self._known[place] = Protego.parse(self._fetch(f"{place}/robots.txt"))
            return self._known[place]
