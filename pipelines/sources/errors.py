"""Errors of listing and reading sources, on this machine or remotely: one sentence and a remedy for each.

File systems raise the errors of their libraries. Only this module interprets them.
"""

import errno
import ftplib
import logging
import os
import socket
import ssl
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import NamedTuple

from configs.system.errors import CustomsLensError
from configs.system.files import IrregularFileError
from pipelines.sources.credentials import Location

_log = logging.getLogger(__name__)

_CHECK_URL = "check the URL, and that its server can be reached from here"
_CHECK_RIGHTS = "check the URL, its credentials and the rights of this user"
_LATER = "try again later, or ask those who run the server"
_CHECK_KEY = "check the options client_keys and passphrase, and the variable that holds the passphrase"
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED)
_REDIRECTS = range(300, 400)
PASSING = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Statuses after which a retry may succeed."""
_AWAY = frozenset(
    {
        *(errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, errno.ETIMEDOUT),
        *(errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETUNREACH, errno.ENETDOWN, errno.ENETRESET),
    }
)
"""Error numbers of a network failure, or of an unavailable server."""
_LIBRARIES = {
    "aiohttp": ("ServerDisconnectedError", "ServerTimeoutError", "ClientPayloadError"),
    "asyncssh": ("ConnectionLost", "SFTPConnectionLost", "SFTPNoConnection"),
    "botocore.exceptions": (
        *("EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ConnectionClosedError"),
    ),
}
"""Equivalent errors of other libraries, by their modules."""


_SHOWN = 3


def few(places: Sequence[str]) -> str:
    """Return the first of the places of a message."""
    return ", ".join(places[:_SHOWN]) + (", …" if len(places) > _SHOWN else "")


class Problem(NamedTuple):
    """The reason why a source cannot be listed or read, and the remedy.

    `changed` if a file changed while it was read, `may_pass` if the server is unavailable, or does not respond in time.
    """

    words: str
    remedy: str = _CHECK_URL
    gone: bool = False
    changed: bool = False
    may_pass: bool = False


class AccessError(Exception):
    """A source that cannot be listed or read, raised by our own file systems."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.words)
        self.problem = problem


_UNTRUSTED = Problem(
    "the server's certificate is not trusted",
    "a certificate of your organisation is trusted by the source's field 'ca_certs'",
)
_CERTIFICATES = {
    "certificate has expired": Problem(
        "the server's certificate has expired",
        "ask those who run the server to renew it; where they did, check the clock of this machine",
    ),
    "not yet valid": Problem("the server's certificate is not valid yet", "check the clock of this machine"),
    "mismatch": Problem("the server's certificate is that of another name", "write the host as the certificate has it"),
}
"""Problems of certificates, by the messages of OpenSSL."""
_KINDS: dict[type[Exception], Problem] = {
    FileNotFoundError: Problem("there is no such file or folder", gone=True),
    TimeoutError: Problem("the server does not answer in time"),
    EOFError: Problem("the server closed the connection"),
    PermissionError: Problem("Permission denied", _CHECK_RIGHTS),
}


@contextmanager
def access_errors(error_of: Callable[[Problem], CustomsLensError], location: Location | None = None) -> Iterator[None]:
    """Turn any error of a file system inside the block into an error of ours.

    Secrets of the location are removed, also from the traceback, which is logged with `--debug`.
    """
    try:
        yield
    except CustomsLensError:
        raise
    except Exception as error:  # noqa: BLE001 - the libraries of file systems raise anything; it is raised again
        problem = problem_of(error)
        if location:
            problem = problem._replace(words=location.hide(problem.words))
            _log.debug("%s", location.hide(_safe_traceback(error)))
        raise error_of(problem) from (None if location else error)


def _safe_traceback(error: Exception) -> str:
    """Return the traceback of an error, without error messages that may quote a part of a password."""
    if isinstance(error, ValueError):
        return "".join([*traceback.format_tb(error.__traceback__), type(error).__name__])
    return "".join(traceback.format_exception(error))


def problem_of(error: Exception) -> Problem:
    """Return the problem for an error of a file system; its text may contain messages of the library."""
    if isinstance(error, AccessError):
        return error.problem
    if isinstance(error, ImportError):  # fsspec names the packages
        return Problem(f"cannot be listed: {error}", "install what it names with pip")
    if type(error).__name__ == "FileExpired":  # of s3fs
        return Problem("it was changed while it was read", "try again", changed=True)
    if is_untrusted(error):
        return certificate_problem(error)
    problem = _of_ftp(error) or _of_ssh(error) or _of_system(error)
    return problem._replace(may_pass=problem.may_pass or may_pass(error))


def may_pass(error: Exception) -> bool:
    """Return whether an error means that a server is unavailable or slow, so that a retry may succeed."""
    if isinstance(error, ssl.SSLError):  # an OSError: a wrong port, or an untrusted certificate
        return False
    if isinstance(error, ConnectionError | TimeoutError | EOFError | socket.gaierror | ftplib.error_temp):
        return True
    if isinstance(error, OSError) and error.errno in _AWAY:
        return True
    return any(isinstance(error, kind) for kind in _unavailable_errors())


def _unavailable_errors() -> Iterator[type[Exception]]:
    """Yield the error classes of loaded libraries for an unavailable server."""
    for module, names in _LIBRARIES.items():
        if module in sys.modules:
            yield from (getattr(sys.modules[module], name) for name in names)


def is_untrusted(error: Exception) -> bool:
    """Return whether a connection failed because the certificate of the server is not trusted."""
    return "CERTIFICATE_VERIFY_FAILED" in str(error)  # the messages of OpenSSL, which every library quotes


def certificate_problem(error: Exception) -> Problem:
    """Return the problem with the certificate of a server."""
    return next((problem for words, problem in _CERTIFICATES.items() if words in str(error)), _UNTRUSTED)


def problem_of_status(status: int) -> Problem:
    """Return the problem for an unsuccessful HTTP status."""
    name = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    words = f"the server answers {status} {name}".rstrip()
    if status in _GONE:
        return Problem(words, gone=True)
    if status in _REFUSED:
        return Problem(words, _CHECK_RIGHTS)
    if status in PASSING:
        return Problem(words, _LATER, may_pass=True)
    remedy = _LATER if status not in _REDIRECTS else _CHECK_URL
    return Problem(words, remedy)


def _of_ftp(error: Exception) -> Problem | None:
    if isinstance(error, FileNotFoundError) and isinstance(error.__cause__, ftplib.Error):
        error = error.__cause__  # fsspec reports any response of the server as a missing file
    return Problem(f"the server answers {error}", _CHECK_RIGHTS) if isinstance(error, ftplib.Error) else None


def _of_ssh(error: Exception) -> Problem | None:
    asyncssh = sys.modules.get("asyncssh")
    if asyncssh is not None and isinstance(error, asyncssh.KeyEncryptionError | asyncssh.KeyImportError):
        return Problem(f"the key of this user cannot be opened: {error}", _CHECK_KEY)  # these errors do not quote it
    if asyncssh is None or not isinstance(error, asyncssh.Error):
        return None
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        remedy = "add its key to ~/.ssh/known_hosts (ssh-keyscan shows it), or name a file of keys as 'known_hosts'"
        return Problem("the key of the server is not known", remedy)
    if isinstance(error, asyncssh.SFTPPermissionDenied | asyncssh.PermissionDenied):
        return Problem("Permission denied", _CHECK_RIGHTS)
    return Problem(f"the server answers {error.reason}")


def _of_system(error: Exception) -> Problem:
    if isinstance(error, IrregularFileError):
        return Problem(error.strerror or "it is no regular file")
    for kind, problem in _KINDS.items():
        if isinstance(error, kind):
            return problem
    if isinstance(error, OSError) and error.errno and error.errno > 0:  # host name lookups have separate error numbers
        return Problem(os.strerror(error.errno))
    if isinstance(error, OSError) and error.strerror:
        return Problem(error.strerror)
    if isinstance(error, ValueError):  # parse errors quote their input, maybe a part of a password
        return Problem(f"cannot be opened: {type(error).__name__}")
    return Problem(f"{type(error).__name__}: {error}".rstrip(": "))
