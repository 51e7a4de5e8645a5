"""The file systems of fsspec, opened by a URL with credentials in it."""

from typing import Any
from urllib.parse import unquote

from fsspec import get_filesystem_class
from fsspec.core import url_to_fs

from configs.urls import chained, scheme_apart, user_apart

_LOGIN = ("username", "password")


def files_at(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, or of several that are chained by `::`, and the path in it.

    fsspec gives users and passwords to file systems such as FTP as they stand in the URL, which is encoded. They are
    decoded here, once. Raises whatever the libraries of file systems raise.
    """
    parts: list[str] = []
    logins: dict[str, dict[str, str]] = {}
    for part in chained(url):
        scheme, start, rest = scheme_apart(part)
        taken = get_filesystem_class(scheme)._get_kwargs_from_urls(part) if scheme else {}  # noqa: SLF001 - for this
        login = {name: unquote(taken[name]) for name in _LOGIN if isinstance(taken.get(name), str)}
        if login:
            logins[scheme] = login
            part = start + user_apart(scheme, rest)[1]  # noqa: PLW2901 - what is given apart must not stand in it too
        parts.append(part)
    files, path = url_to_fs("::".join(parts), **logins)
    return files, path
