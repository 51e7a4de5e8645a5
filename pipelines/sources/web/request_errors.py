"""Errors of HTTP requests as messages for users."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx

from configs.system.errors import CustomsLensError
from pipelines.sources.errors import AccessError, Problem, certificate_problem, is_untrusted, problem_of_status

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_CONNECTION_CLOSED = Problem("the server closed the connection", may_pass=True)
_KINDS: dict[type[httpx.HTTPError], Problem] = {
    httpx.TimeoutException: Problem("the server does not answer in time", may_pass=True),
    httpx.ProxyError: Problem(
        "the proxy does not let the request through", "check the proxy in HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
    ),
    httpx.ConnectError: Problem("the server cannot be reached", may_pass=True),
    httpx.UnsupportedProtocol: Problem("is no address that can be asked for"),
    httpx.LocalProtocolError: Problem("is no address that can be asked for"),
    httpx.DecodingError: Problem(
        "the server sends what cannot be unpacked", "try again later, or ask those who run the server"
    ),
}


class RequestError(CustomsLensError):
    """A request without a usable response after all attempts.

    `status` is that of the response, None without one; `is_away` if the server does not respond at all, or refuses
    further requests; `may_pass` as in `UnavailableError`.
    """

    def __init__(
        self,
        message: str,
        remedy: str | None = None,
        *,
        status: int | None = None,
        is_away: bool = False,
        may_pass: bool = False,
    ) -> None:
        super().__init__(message, remedy)
        self.status, self.is_away, self.may_pass = status, is_away, may_pass

    @classmethod
    def of_status(cls, url: str, status: int) -> "RequestError":
        """Return the error for a response with an error status."""
        problem = problem_of_status(status)
        return cls(f"{url}: {problem.words}", problem.remedy, status=status)


def transport_problem(error: httpx.HTTPError) -> Problem:
    """Return the problem for an error of the connection; it quotes nothing of the request."""
    if is_untrusted(error):
        return certificate_problem(error)
    return next((problem for kind, problem in _KINDS.items() if isinstance(error, kind)), _CONNECTION_CLOSED)


@contextmanager
def access_problems(name: str) -> Iterator[None]:
    """Turn request errors inside the block into `AccessError`, as file systems raise it, without the leading `name`."""
    try:
        yield
    except httpx.HTTPError as error:
        raise AccessError(transport_problem(error)) from None
    except RequestError as error:
        words, remedy = error.message.removeprefix(f"{name}: "), error.remedy or "check the URL"
        raise AccessError(Problem(words, remedy, gone=error.status in _GONE, may_pass=error.may_pass)) from None
