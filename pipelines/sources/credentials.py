"""Credentials for opening sources: source names contain no secrets; credentials come separately and are not stored."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from configs.system.credentials import Credential, revealed
from configs.system.redaction import redact, split_secrets, without_secrets
from configs.system.urls import chained, encoded, encoded_user, with_encoded_user

_MAGIC = re.compile(r"[*?\[#].*", re.DOTALL)
_SHORTEST_PASSWORD, _SHORTEST_VALUE = 3, 6
"""Least length of a secret to search for in messages: shorter ones occur within words (`https`)."""


@dataclass(frozen=True, repr=False)
class Location:
    """The URL at which a source is opened, with credentials and signature, which appear in no message and no `repr`."""

    url: str
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return a text without secrets."""
        return "Location(**********)"

    def hide(self, text: str) -> str:
        """Return a text, such as an error message, without the secrets of this location."""
        text = text.replace(self.url, without_secrets(self.url))
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "**********")
        return redact(text)


class _Key(NamedTuple):
    """The credentials for all URLs below a prefix: the user information, and query parameters."""

    prefix: str
    user: str
    query: str


@dataclass(frozen=True, repr=False)
class Credentials:
    """Credentials from the settings and from the names of a run's sources; the longest matching URL counts.

    Credentials within a name take precedence over the settings, and also apply to URLs below it. They are kept in
    memory for one run.
    """

    given: Sequence[Credential] = ()
    names: Sequence[str] = ()
    _exact: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Extract the credentials of names as given."""
        for name in self.names:
            for part in chained(name):
                if part != (plain := split_secrets(part).url):
                    self._exact[plain] = part

    def location(self, uri: str) -> Location | None:
        """Return the URL at which to open a source, None if it equals the name.

        Raises `UsageError` if the settings name a variable of the environment that is not set.
        """
        parts = [self._opened(part) for part in chained(uri)]
        opened = "::".join(url for url, _ in parts)
        return None if opened == uri else Location(opened, tuple(secret for _, own in parts for secret in own))

    def name(self, url: str) -> str:
        """Return the name of a source that was listed at a location, without the added credentials."""
        parts = chained(without_secrets(url))
        return "::".join(map(self._without_query, parts))

    def _without_query(self, url: str) -> str:
        """Return a URL without the query parameters that the settings add."""
        given = {one for key in self._keys() if _lies_below(url, key.prefix) for one in key.query.split("&")}
        head, mark, rest = url.partition("?")
        query, fragment_mark, fragment = rest.partition("#")
        left = [one for one in query.split("&") if one not in given]
        return f"{head}{mark if left else ''}{'&'.join(left)}{fragment_mark}{fragment}"

    def _opened(self, url: str) -> tuple[str, list[str]]:
        if url in self._exact:
            given = self._exact[url]
            parts = split_secrets(given)
            return with_encoded_user(given), _secrets(parts.user, f"{parts.query}&{parts.other}")
        key = max((key for key in self._keys() if _lies_below(url, key.prefix)), key=_rank, default=None)
        if key is None:
            return url, []
        scheme, rest = url.split("://", maxsplit=1)
        rest, mark, fragment = rest.partition("#")
        if key.query:
            rest += ("&" if "?" in rest else "?") + key.query
        opened = f"{scheme}://{key.user}@{rest}" if key.user else f"{scheme}://{rest}"
        return f"{opened}{mark}{fragment}", _secrets(key.user, key.query)

    def _keys(self) -> Iterator[_Key]:
        """Yield the matching credentials; of equally long prefixes, the first counts."""
        for plain, given in self._exact.items():
            parts = split_secrets(given)
            yield _Key(_MAGIC.sub("", plain), encoded_user(parts.user), parts.query)
        for one in self.given:
            user, password = (encoded(revealed(part)) for part in (one.username, one.password))
            yield _Key(one.url, f"{user}:{password}" if password else user, revealed(one.query).lstrip("?"))


def _rank(key: _Key) -> int:
    return len(key.prefix)


def _lies_below(url: str, prefix: str) -> bool:
    """Return whether a URL equals a prefix or continues it with a new part: HOST.example is not below HOST."""
    url, prefix = _plain_host(url), _plain_host(prefix)
    if not url.startswith(prefix):
        return False
    return len(url) == len(prefix) or prefix.endswith("/") or url[len(prefix)] in "/?#"


def _plain_host(url: str) -> str:
    """Return a URL with scheme and host in lower case."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{mark}{host.lower()}{slash}{path}"


def _secrets(user: str, query: str) -> list[str]:
    """Return the secrets in all forms in which libraries may print them."""
    password = user.partition(":")[2] or user
    passwords = {password, unquote(password), quote(unquote(password), safe="")}
    plain = {value for _, value in parse_qsl(query)}
    values = plain | {quote(value, safe="") for value in plain} | {one.partition("=")[2] for one in query.split("&")}
    return [one for one in passwords if len(one) >= _SHORTEST_PASSWORD] + [
        one for one in values if len(one) >= _SHORTEST_VALUE
    ]
