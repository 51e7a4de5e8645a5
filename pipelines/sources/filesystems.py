"""The file systems of fsspec, opened by a URL with credentials in it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from fsspec import get_filesystem_class
from fsspec.core import url_to_fs

from configs.system.urls import chained, split_scheme, split_user

_LOGIN = ("username", "password")
_SSH = ("sftp", "ssh")
_SSH_OPTIONS = {"known_hosts": (), "connect_timeout": 30, "login_timeout": 60, "keepalive_interval": 30}
"""Of asyncssh: a server is known by `~/.ssh/known_hosts`, which sshfs does not look into by itself; seconds."""
_OWN = (*_SSH, "s3", "s3a")
"""Whose connections nobody shares, and nobody keeps when their source is closed."""
_WITH_PATHS = ("ftp", *_SSH)
"""Behind whose host a path stands: `?` and `#` are letters of it, which fsspec takes for a query and a fragment."""
_OWN_CONNECTION = {"skip_instance_cache": True}
"""Else one that broke would be given to whoever opens the same URL next."""


def files_at(url: str, options: Mapping[str, Any] | None = None) -> tuple[Any, str]:
    """Return the file system of a URL, or of several that are chained by `::`, and the path in it.

    fsspec gives users and passwords to file systems such as FTP as they stand in the URL, which is encoded. They are
    decoded here, once. `options` are those of the file system on another machine, the last of a chain; with them, which
    may be none, a connection is not shared. Raises whatever the libraries of file systems raise.
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
