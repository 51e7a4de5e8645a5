"""URLs taken apart: what is chained by `::`, the user before a host, and where a server is.

Passwords hold characters that end them in a URL, such as `/`. Libraries fail then and quote what they could not parse:
as a rule a part of the password. So a user is found here, as people write them, and written as every library takes it.
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
_AUTHORITY = re.compile(r"[^/?#]*")
_NO_PORT = re.compile(r"[^\[\]]*:\d*[^\d].*", re.DOTALL)
_HOST_AND_PORT = re.compile(r"[^:\[\]]*:\d+")
_CERTAIN = re.compile(r"(\[[^\]]*\]|localhost|[^:\[\]]*\.[^:\[\]]*)(:\d+)?|[^:\[\]]+:\d+", re.IGNORECASE)
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


def scheme_apart(url: str) -> tuple[str, str, str]:
    """Return a URL's scheme in small letters, the start of the URL with its slashes, and the rest.

    All but the rest are "" for what is no URL.
    """
    match = _URL.fullmatch(url)
    return (match[1].rstrip(":/").lower(), match[1], match[2]) if match else ("", "", url)


def user_apart(scheme: str, rest: str) -> tuple[str, str]:
    """Return user and password of what follows `scheme://`, "" where there are none, and the rest without them."""
    if scheme in NO_USERS:
        return "", rest
    start = 0
    while (end := _end_of_user(rest[start:], begun=start > 0 and ":" not in rest[:start])) >= 0:
        start += end + 1  # what is left after one may look like another
    return rest[: max(start - 1, 0)], rest[start:]


def with_encoded_user(url: str) -> str:
    """Return a URL whose user and password hold nothing that ends them; one without these as it is.

    Escapes that are in them (`%2F`) stay. Who opens the URL decodes both.
    """
    scheme, start, rest = scheme_apart(url)
    user, rest = user_apart(scheme, rest) if scheme else ("", rest)
    return f"{start}{_encoded(user)}@{rest}" if user else url


def server_parts(url: str, schemes: Collection[str]) -> SplitResult:
    """Return the parts of the URL of a server, with user and password encoded.

    No @ stands behind the host of a server, so the last one ends the password, whatever that holds. Raises
    `ValueError`, which quotes nothing of the URL, where its scheme is none of these, or it has no host or an impossible
    port.
    """
    _, start, rest = scheme_apart(url)
    user, at, rest = rest.rpartition("@")
    try:
        parts = urlsplit(f"{start}{_encoded(user)}{at}{rest}")
        is_whole = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ValueError("is no URL of a server")
    return parts


def _encoded(user: str) -> str:
    parts = (_NO_ESCAPE.sub("%25", part) for part in user.split(":", maxsplit=1))
    return ":".join(quote(part, safe=_IN_A_USER, errors="surrogateescape") for part in parts)


def _end_of_user(rest: str, *, begun: bool) -> int:
    """Return where the @ behind user and password stands, -1 where there are none.

    `begun` says that the first half of a mail address stands before, which may be a user's name.
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
        return _best(rest, ats)
    # Digits are a port, and the path holds an @, or a password: after a name that is no host's they are that.
    if _HOST_AND_PORT.fullmatch(authority) and (begun or not _CERTAIN.fullmatch(authority.partition(":")[0])):
        return _best(rest, [at for at in ats[:_MOST_SIGNS] if not _is_in_path(rest, at)])
    return -1


def _best(rest: str, ats: list[int]) -> int:
    """Return the first @ before what is certainly a host, else the first of all, -1 for none; of very many the last."""
    if len(ats) > _MOST_SIGNS:
        return ats[-1]
    certain = (at for at in ats if _CERTAIN.fullmatch(_behind(rest, at)) and not _FILE.fullmatch(_behind(rest, at)))
    return next(certain, ats[0] if ats else -1)


def _is_in_path(rest: str, at: int) -> bool:
    """Return whether an @ stands in the name of a file or in a value of a query, rather than before a host."""
    query = next((place for place, sign in enumerate(rest) if sign in "?#"), at)
    return "=" in rest[query:at] or _FILE.fullmatch(_behind(rest, at)) is not None


def _behind(rest: str, at: int) -> str:
    match = _AUTHORITY.match(rest, at + 1)
    return match[0].partition("@")[0] if match else ""
