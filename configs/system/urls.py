"""Parses URLs: chains joined by `::`, the user before a host, and the parts of a server's URL.

Passwords may contain delimiters of URLs, such as `/`. Libraries then fail with a message that quotes a part of the
password. So user and password are parsed here as people write them, and encoded as every library accepts them.
"""

import re
from collections.abc import Collection
from urllib.parse import SplitResult, quote, urlsplit

SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*"
NO_USERS = frozenset({"file", "zip", "mail", "pdf", "abfs", "abfss", "az", "adl", "wasb", "wasbs", "github", "git"})
"""Schemes where what stands before an @ is no user: a path, the container of Azure, a repository."""

_NEXT = re.compile(rf"::(?={SCHEME}(?:://|::))")
_URL = re.compile(rf"({SCHEME}://?)(.*)", re.DOTALL)
"""With one slash too: a URL that was taken for the path of a file has lost the other."""
_SCHEMES = re.compile(rf"(?:^|(?<=::)){SCHEME}(?=://|::)")
_AUTHORITY = re.compile(r"[^/?#]*")
_NO_PORT = re.compile(r"[^\[\]]*:\d*[^\d].*", re.DOTALL)
_HOST_AND_PORT = re.compile(r"[^:\[\]]*:\d+")
_CERTAIN = re.compile(r"(\[[\da-f:.]+\]|localhost|[\w-]+(\.[\w-]+)+)(:\d+)?|[\w-]+:\d+", re.IGNORECASE)
"""What is a host and nothing else: an address, a name with a dot, or a name with a port."""
_FILE = re.compile(r".*\.(pdf|docx?|xlsx?|pptx?|x?html?|txt|md|xml|json|csv|zip|eml|msg|rtf|od[tsp])", re.IGNORECASE)
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MOST_SIGNS = 8
"""Signs @ of one URL that are looked at one by one: nobody writes more, unless to keep the program busy."""
_IN_A_USER = "%!$&'()*+,;="
"""What may stand in a user or password as it is (RFC 3986), and the escapes in it."""


def chained(uri: str) -> list[str]:
    """Return the URIs that are chained by `::` in one, the outermost container last."""
    return _NEXT.split(uri)


def is_web(url: str) -> bool:
    """Return whether a URL is fetched over HTTP; URLs of container members or caches begin otherwise."""
    return url.lower().startswith(("http://", "https://"))


def split_scheme(url: str) -> tuple[str, str, str]:
    """Return a URL's scheme in small letters, the start of the URL with its slashes, and the rest.

    For texts that are no URLs all but the rest are "".
    """
    match = _URL.fullmatch(url)
    return (match[1].rstrip(":/").lower(), match[1], match[2]) if match else ("", "", url)


def with_small_schemes(uri: str) -> str:
    """Return a URI with its schemes in small letters, which mean the same as capitals."""
    return _SCHEMES.sub(lambda match: match[0].lower(), uri) if "://" in uri else uri


def split_user(scheme: str, rest: str) -> tuple[str, str]:
    """Return user and password of what follows `scheme://`, "" where there are none, and the rest without them."""
    if scheme in NO_USERS:
        return "", rest
    start = 0
    while (end := _end_of_user(rest[start:], rest[:start])) >= 0:
        start += end + 1  # the rest after one user may look like another user
    return rest[: max(start - 1, 0)], rest[start:]


def with_encoded_user(url: str) -> str:
    """Return a URL with user and password encoded; unchanged without them.

    Escapes in them (`%2F`) stay. The library that opens the URL decodes both.
    """
    scheme, start, rest = split_scheme(url)
    user, rest = split_user(scheme, rest) if scheme else ("", rest)
    return f"{start}{encoded_user(user)}@{rest}" if user else url


def encoded_user(user: str) -> str:
    """Return user and password, `user:password`, with delimiters encoded; see `encoded`."""
    return ":".join(map(encoded, user.split(":", maxsplit=1)))


def encoded(name: str) -> str:
    """Return a user's name, or a password, encoded for a URL; escapes in it (`%2F`) stay."""
    return quote(_NO_ESCAPE.sub("%25", name), safe=_IN_A_USER, errors="surrogateescape")


def server_parts(url: str, schemes: Collection[str]) -> SplitResult:
    """Return the parts of the URL of a server, with user and password encoded.

    No @ stands behind the host of a server, so the last one ends the password, whatever that holds. Raises
    `ValueError`, which quotes nothing of the URL, where its scheme is none of these, or it has no host or an impossible
    port.
    """
    _, start, rest = split_scheme(url)
    user, at, rest = rest.rpartition("@")
    try:
        parts = urlsplit(f"{start}{encoded_user(user)}{at}{rest}")
        is_whole = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ValueError("is no URL of a server")
    return parts


def _end_of_user(rest: str, before: str) -> int:
    """Return the position of the @ after user and password, -1 without them.

    `before` is what stands before the rest and was taken for a user: it may be the beginning of one.
    """
    match = _AUTHORITY.match(rest)
    authority = match[0] if match else ""
    if "@" in authority:
        return authority.rindex("@")
    ats = [place for place, sign in enumerate(rest) if sign == "@"]
    if not ats:
        return -1
    # A password in which /, ? or # stand as they are: no URL, but that is no reason to show it.
    if _NO_PORT.fullmatch(authority):
        return _most_likely(rest, ats)
    ats = [at for at in ats[:_MOST_SIGNS] if not _is_in_path(rest, at)]
    # Digits are a port, and the path holds an @, or a password: after a name that is no host's they are that.
    has_port = _HOST_AND_PORT.fullmatch(authority) is not None
    if has_port and not _CERTAIN.fullmatch(authority.partition(":")[0]):
        return _most_likely(rest, ats)
    # Behind what was taken for a user, so is a name that may be a host's where one that certainly is follows. A user
    # may be a mail address, whose second half looks like a host, with a password that looks like its port.
    is_mail = has_port and ":" not in before
    if before and (is_mail or not _CERTAIN.fullmatch(authority)):
        return next(filter(lambda at: _is_before_host(rest, at), ats), -1)
    return -1


def _most_likely(rest: str, ats: list[int]) -> int:
    """Return the first @ before a certain host, else the first of all, -1 for none; the last of very many."""
    if len(ats) > _MOST_SIGNS:
        return ats[-1]
    return next(filter(lambda at: _is_before_host(rest, at), ats), ats[0] if ats else -1)


def _is_before_host(rest: str, at: int) -> bool:
    behind = _rest_after(rest, at)
    return _CERTAIN.fullmatch(behind) is not None and not _FILE.fullmatch(behind)


def _is_in_path(rest: str, at: int) -> bool:
    """Return whether an @ is part of a file name or a query value, rather than before a host."""
    query = next((place for place, sign in enumerate(rest) if sign in "?#"), at)
    return "=" in rest[query:at] or _FILE.fullmatch(_rest_after(rest, at)) is not None


def _rest_after(rest: str, at: int) -> str:
    match = _AUTHORITY.match(rest, at + 1)
    return match[0].partition("@")[0] if match else ""
