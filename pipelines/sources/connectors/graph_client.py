"""Requests to Microsoft Graph: with a token to its own host and to no other, repeated as Graph asks for it."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from importlib.metadata import version
from typing import IO, Any, TypeVar

import httpx

from configs.settings import Settings
from configs.sources import SharePointConfig
from pipelines.sources.connectors import retries
from pipelines.sources.connectors.downloads import IN_MEMORY, LARGER_FILES, pieces
from pipelines.sources.connectors.entra_token import EntraToken
from pipelines.sources.connectors.http_sessions import http_session
from pipelines.sources.connectors.request_errors import RequestError
from pipelines.sources.connectors.retries import Clock, PassingError, Retries
from pipelines.sources.connectors.web_urls import host_of, joined, origin
from pipelines.sources.errors import PASSING

T = TypeVar("T")

_AGENT = "NONISV|CustomsLens|customs-lens/{}"
"""The form of the User-Agent that Microsoft asks for; traffic without one is throttled first."""
_MOST_REDIRECTS = 5


class GoneError(RequestError):
    """Graph does not know the state of a delta any more (410); `restart` is where to begin, None for the beginning."""

    def __init__(self, restart: str | None) -> None:
        super().__init__("Graph does not know the state of the delta any more", status=HTTPStatus.GONE)
        self.restart = restart


class GraphClient:
    """Microsoft Graph for one app registration. Paths begin with a slash; every method raises `RequestError`."""

    def __init__(self, config: SharePointConfig, settings: Settings, *, clock: Clock | None = None) -> None:
        self._base = config.graph_url.rstrip("/")
        self._most_mib = settings.reading.file_mib
        self._clock = clock or retries.SYSTEM
        self._retries = Retries(host_of(self._base), self._clock)
        self._http = http_session(_AGENT.format(version("customs-lens")), config.certificates(settings.home))
        scope = f"{origin(self._base)}/.default"
        self._token = EntraToken(config.name, config, scope, settings, self._http, self._retries)

    def __repr__(self) -> str:
        """Return whom it asks."""
        return f"GraphClient({self._base!r})"

    def get(self, path: str) -> dict[str, Any]:
        """Return the JSON at a path, or at a URL that Graph gave.

        Raises `GoneError`, and refuses a URL of another host: it would get the token.
        """

        def read(response: httpx.Response) -> dict[str, Any]:
            if response.status_code == HTTPStatus.GONE:
                raise GoneError(self._restart(response))
            _refuse_failure(response, url, self._retries)
            response.read()
            try:
                found = response.json()
            except ValueError:
                found = None
            if not isinstance(found, dict):
                message = f"{url}: the answer is none of Microsoft Graph"
                raise RequestError(message, "check graph_url, and proxies in between", is_away=True)
            return found

        url = self._own(path)
        return self._retries.run(lambda: self._authorized(url, read), url)

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the pages of a collection, each as JSON."""
        following: str | None = path
        while following:
            page = self.get(following)
            yield page
            following = page.get("@odata.nextLink")

    @contextmanager
    def file(self, path: str, name: str) -> Iterator[IO[bytes]]:
        """Give the content at a path, received as a whole; the address that Graph redirects to gets no token.

        `name` is what errors call it.
        """
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as copy:

            def read(response: httpx.Response) -> None:
                copy.seek(0)
                copy.truncate()
                for piece in pieces(response, name, self._most_mib << 20, self._clock, remedy=LARGER_FILES):
                    copy.write(piece)

            url = self._own(path)
            self._retries.run(lambda: self._follow(url, name, read), url, name=name)
            copy.seek(0)
            yield copy

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def is_own(self, url: str) -> bool:
        """Return whether a URL is one of the host that is configured, which alone gets the token."""
        return origin(url) == origin(self._base) != ""

    def _own(self, path: str) -> str:
        """Return the URL of a path or of a link that Graph gave; raises for one that leads to another host."""
        url = f"{self._base}{path}" if path.startswith("/") else path
        if not self.is_own(url):
            message = (
                f"{self._base}: an answer leads to {host_of(url) or 'no server'}, which is not asked with this token"
            )
            raise RequestError(message, "check graph_url, and proxies in between", is_away=True)
        return url

    def _restart(self, response: httpx.Response) -> str | None:
        given = response.headers.get("Location")
        return self._own(joined(self._base, given)) if given else None

    def _authorized(self, url: str, read: Callable[[httpx.Response], T]) -> T:
        """Return what is read of an answer; where the token is refused, with another one."""
        for is_last in (False, True):
            with self._http.stream("GET", url, headers={"Authorization": f"Bearer {self._token.get()}"}) as response:
                if response.status_code != HTTPStatus.UNAUTHORIZED or is_last:
                    return read(response)
            self._token.forget()
        raise AssertionError

    def _follow(self, url: str, name: str, read: Callable[[httpx.Response], None]) -> None:
        """Read content, at the address that Graph redirects to: that is signed, and needs no token."""

        def first(response: httpx.Response) -> str | None:
            if response.has_redirect_location:
                return joined(url, response.headers["Location"])
            _refuse_failure(response, name, self._retries)
            read(response)
            return None

        at = self._authorized(url, first)
        for _ in range(_MOST_REDIRECTS):
            if at is None:
                return
            if not host_of(at) or (at.startswith("http:") and self._base.startswith("https:")):
                raise RequestError(
                    f"{name}: Graph redirects to something that is no address of the web, or unencrypted"
                )
            with self._http.stream("GET", at, headers={"Accept-Encoding": "identity"}) as response:
                if response.has_redirect_location:
                    at = joined(at, response.headers["Location"])
                    continue
                _refuse_failure(response, name, self._retries)
                read(response)
                return
        raise RequestError(f"{name}: it redirects without an end", "try again later")


def _refuse_failure(response: httpx.Response, name: str, waiting: Retries) -> None:
    if response.status_code in PASSING:
        raise PassingError(response.status_code, waiting.asked(response))
    if not response.is_success:
        raise RequestError.of_status(name, response.status_code)
