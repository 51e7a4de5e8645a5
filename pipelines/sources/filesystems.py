"""Opens fsspec file systems by URLs with credentials."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from fsspec import get_filesystem_class
from fsspec.core import url_to_fs

from configs.system.urls import chained, split_scheme, split_user

_LOGIN = ("username", "password")
_SSH = ("sftp", "ssh")
_SSH_OPTIONS = {"known_hosts": (), "connect_timeout": 30, "login_timeout": 60, "keepalive_interval": 30}
"""Options of asyncssh: `~/.ssh/known_hosts`, which sshfs does not use by default, and a timeout in seconds."""
_OWN = (*_SSH, "s3", "s3a")
"""File systems whose connections are not shared, and are closed with their source."""
_WITH_PATHS = ("ftp", *_SSH)
"""Schemes whose paths may contain `?` and `#`, which fsspec would parse as a query and a fragment."""
_OWN_CONNECTION = {"skip_instance_cache": True}
"""Otherwise fsspec would return a broken connection to the next caller with the same URL."""


def files_at(url: str, options: Mapping[str, Any] | None = None) -> tuple[Any, str]:
    """Return the file system of a URL, or of several URLs chained by `::`, and the path in it.

    fsspec passes users and passwords to file systems such as FTP as they are in the URL, which is percent-encoded. They
    are decoded here, once. `options` are for the remote file system, the last of a chain; with them, even empty ones, a
    connection is not shared. Raises the errors of the file system libraries.
    """
    parts: list[str] = []
    logins: dict[str, dict[str, Any]] = {}
    scheme = start = ""
    for part in chained(url):
        scheme, start, rest = split_scheme(part)
        taken = get_filesystem_class(scheme)._get_kwargs_from_urls(part) if scheme else {}  # noqa: SLF001 - for this
        login = {name: unquote(taken[name]) for name in _LOGIN if isinstance(taken.get(name), str)}
        if login:
            logins[scheme] = login
            part = start + split_user(scheme, rest)[1]  # noqa: PLW2901 - what is given apart must not stand in it too
        if scheme in _SSH:
            logins[scheme] = {**_SSH_OPTIONS, **logins.get(scheme, {})}
        parts.append(part)
    if options is not None:
        own = _OWN_CONNECTION if scheme in _OWN else {}
        logins[scheme] = {**logins.get(scheme, {}), **options, **own}
    if len(parts) == 1 and scheme in _WITH_PATHS:
        host, slash, path = parts[0].removeprefix(start).partition("/")
        files, _ = url_to_fs(f"{start}{host}/", **logins)
        return files, files._strip_protocol(slash + path)  # noqa: SLF001 - as fsspec itself does
    files, path = url_to_fs("::".join(parts), **logins)
    return files, path
