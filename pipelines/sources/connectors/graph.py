"""A client of Microsoft Graph, whose access token is sent to the host of Graph alone."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import IO, Any

import httpx

from configs.settings import Settings
from configs.sources import SharePointConfig
from pipelines.sources.connectors.entra_token import EntraToken
from pipelines.sources.errors import problem_of_status
from pipelines.sources.web.request_errors import RequestError
from pipelines.sources.web.retries import Clock
from pipelines.sources.web.web_client import Request, WebClient
from pipelines.sources.web.web_urls import host_of, joined, origin

_AGENT = "NONISV|CustomsLens|customs-lens"
"""The form of the User-Agent that Microsoft asks for; traffic without one is throttled first."""
_CHECK = "check graph_url, and proxies in between"


class GoneError(RequestError):
    """Graph no longer accepts the state of a delta (410); `restart` is the URL to restart at, None for the start."""

    def __init__(self, name: str, restart: str | None) -> None:
        super().__init__(f"{name}: {problem_of_status(HTTPStatus.GONE).words}", status=HTTPStatus.GONE)
        self.restart = restart


class Graph(WebClient):
    """Microsoft Graph for one app registration. Paths begin with a slash; every method raises `RequestError`."""

    def __init__(self, config: SharePointConfig, settings: Settings, *, clock: Clock | None = None) -> None:
        self._base = config.graph_url.rstrip("/")
        super().__init__(
            self._base,
            most_mib=settings.reading.file_mib,
            per_second=float("inf"),  # Graph throttles requests itself
            robots=False,
            ca_certs=config.certificates(settings.home),
            agent=_AGENT,
            clock=clock,
        )
        scope = f"{origin(self._base)}/.default"
        self._token = EntraToken(config.name, config, scope, settings, self._http, self._retries)

    def get(self, path: str) -> dict[str, Any]:
        """Return the JSON at a path, or at a URL from Graph.

        Raises `GoneError`, and refuses a URL of another host, which would receive the token.
        """

        def read(response: httpx.Response, _: str) -> dict[str, Any]:
            response.read()
            try:
                found = response.json()
            except ValueError:
                found = None
            if not isinstance(found, dict):
                raise RequestError(f"{url}: the answer is none of Microsoft Graph", _CHECK, is_away=True)
            return found

        url = self._own(path)
        return self._request(Request(url, url), read)

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the pages of a collection, each as JSON."""
        following: str | None = path
        while following:
            page = self.get(following)
            yield page
            following = page.get("@odata.nextLink")

    def content(self, path: str, name: str) -> AbstractContextManager[IO[bytes]]:
        """Yield the file at a path after downloading it whole; the URL that Graph redirects to gets no token."""
        return self.file(self._own(path), name=name)

    def is_own(self, url: str) -> bool:
        """Return whether a URL has the configured host, the only one that gets the token."""
        return origin(url) == origin(self._base) != ""

    def _own(self, path: str) -> str:
        """Return the URL for a path or a link from Graph; raises for a link to another host."""
        url = f"{self._base}{path}" if path.startswith("/") else path
        if not self.is_own(url):
            host = host_of(url) or "no server"
            message = f"{self._base}: an answer leads to {host}, which is not asked with this token"
            raise RequestError(message, _CHECK, is_away=True)
        return url

    def _respond(self, request: Request) -> tuple[httpx.Response, str]:
        """Return a response; if the token is refused, retry with another one."""
        try:
            return super()._respond(request)
        except RequestError as error:
            if error.status != HTTPStatus.UNAUTHORIZED:
                raise
        self._token.forget()
        return super()._respond(request)

    def _login(self, url: str) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token.get()}"} if self.is_own(url) else {}

    def _refuse_failure(self, response: httpx.Response, name: str) -> None:
        if response.status_code == HTTPStatus.GONE:
            given = response.headers.get("Location")
            raise GoneError(name, self._own(joined(self._base, given)) if given else None)
        super()._refuse_failure(response, name)

    def _refuse_forbidden(self, at: str, asked: Request) -> None:
        super()._refuse_forbidden(at, asked)
        if at.startswith("http:") and self._base.startswith("https:"):
            raise RequestError(f"{asked.name}: Graph redirects to an address that is not encrypted", "try again later")
