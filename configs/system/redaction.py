"""Redaction of credentials and signatures in URLs, for texts and logs.

The secrets are the user and password before the host (`configs.system.urls`), and parameters that grant access: in
the query, in the fragment and in the path. Parameters of a signature, such as its expiry, are removed too: a paper
keeps its name when its URL is signed again.
"""

import logging
import re
import traceback
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_plus

from configs.system.urls import NO_USERS, SCHEME, chained, split_scheme, split_user

_NO_QUERIES = frozenset({"file", "zip", "mail", "pdf"})
"""Schemes that are followed by names of files, in which a ? is a letter."""

_IN_TEXT = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]{{1,30}}://?(?:(?!::{SCHEME}(?::/|::))[^\s\"<>`\\])+")
_CLOSING = "'.,;:!?)]}"
"""What may follow a URL in a sentence or in Python's form of a value."""
_INNER_USER = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://(?:[^/?#@]*@)+")
_HEADER = re.compile(r"(?i)(authorization['\"]?\s*[:=,]\s*b?['\"]?)(?:(?:basic|bearer|apikey)\s+)?[^\s'\",;}]+")

_SECRET = re.compile(
    r"""(?ix)
    # Signed URLs: Azure, AWS 2 and 4, CloudFront, Google 2 and 4, Alibaba, Akamai
    sig | signature | sign | hmac | x-(amz|goog|oss|ms)-.* | (aws|oss)accesskeyid | googleaccessid | key-pair-id
    | hdn(ts|ea|tl)
    # Tokens and keys under the names that services give them: none of these distinguishes two papers
    | ((access|refresh|id|auth|api|user|bearer|security|session|cf|csrf|xsrf|private|download)[_-]?)?token
    | oauth_.* | samlresponse | jwt | bearer | ticket | sas
    | auth | authorization | credentials? | pass(word|wd|phrase) | pwd | (client[_-]?)?secret
    | (x-)?(api|access|secret|subscription)[_-]?key
    # Sessions of PHP, Java, ASP and ColdFusion
    | (php|j)sessionid | phpsessid | asp\.net_sessionid | aspsessionid[a-z]* | sessid | cfid
    """
)
"""Names of parameters whose value is secret, or that are a part of a signature."""
_SESSION = re.compile(r"(?i)sid|session[_-]?id")
"""As a rule the key of who is logged in; where it is a small number, as often that of a meeting."""
_SMALL_NUMBER = re.compile(r"\d{1,6}")
_AMBIGUOUS = re.compile(r"(?i)key|code")
"""As often the number of a paper as a secret: secret where the value is as long and mixed as generated ones are."""
_GENERATED = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[A-Za-z0-9+/_=-]{20,}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_WITH_AZURE = re.compile(r"(?i)s[vstrepi]|s(rt|pr|ip|es|dd)|sk(oid|tid|t|e|s|v)|s(ao|uo|c|duo|kdut)id|rsc[cdelt]")
"""What a shared access signature of Azure signs; only together with `sig`."""
_WITH_SIGNATURE = re.compile(
    r"""(?ix)
    (x-)?expires? | expiry | expiration | exp | valid[_-]?until | nonce | timestamp | ts | policy | hash-algorithm
    | response-(content-(type|language|disposition|encoding) | cache-control | expires)
    """
)
"""What other signatures and tokens bring along; only together with one."""

_PARTS = re.compile(r"([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_OF_PATH = re.compile(r"(?:;[^;/]*)+")
_IN_PATH = re.compile(r"(;)")
_BETWEEN = re.compile(r"([&;?#])")
"""What parts parameters; ? and # as well, of a URL within a value or a page within a fragment."""
_DECODED_AT_MOST = 3
"""Times that a name may be encoded: proxies encode what is encoded."""


def redact(text: str) -> str:
    """Return a text in which no URL holds credentials or a signature; the same where none did."""
    return _IN_TEXT.sub(_redacted, text) if ":/" in text else text


def without_secrets(uri: str) -> str:
    """Return a URI, with all that may be chained to it by `::`, without credentials and signatures.

    This is the name that identifies a source. The URI of a local file is unchanged, whatever it contains.
    """
    return "::".join(map(_clean, chained(uri)))


class SplitUrl(NamedTuple):
    """A URL without its secrets, the user and password before its host, and its secret parameters.

    `query` are those of the query; `other` those of path and fragment.
    """

    url: str
    user: str = ""
    query: str = ""
    other: str = ""


def split_secrets(url: str) -> SplitUrl:
    """Return a URL split into its public part and its secrets."""
    return _split_secrets(url, _clean_inner)


def _split_secrets(url: str, clean: Callable[[str], str]) -> SplitUrl:
    scheme, start, rest = split_scheme(url) if "@" in url or "=" in url else ("", "", url)
    if not scheme:
        return SplitUrl(url)
    user, rest = split_user(scheme, rest)
    if scheme in _NO_QUERIES:
        return SplitUrl(start + rest, user)
    parted = _split_parameters(rest, clean)
    return SplitUrl(start + _INNER_USER.sub(_without_user, parted.left), user, parted.query, parted.other)


def is_secret(uri: str) -> bool:
    """Return whether a URI holds credentials or a signature."""
    return without_secrets(uri) != uri


class RedactingFilter(logging.Filter):
    """Removes credentials and signatures from log records and tracebacks before a handler writes or sends them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; all pass."""
        record.msg, record.args = _logged(record.getMessage()), None
        if record.exc_info and record.exc_info[1]:
            record.exc_text = _logged("".join(traceback.format_exception(record.exc_info[1])).rstrip())
        elif record.exc_text:
            record.exc_text = _logged(record.exc_text)
        return True


def redact_logs() -> None:
    """Add the redacting filter to every existing log handler; a second call does nothing."""
    loggers = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    for handler in {handler for logger in loggers for handler in logger.handlers}:
        if not any(isinstance(one, RedactingFilter) for one in handler.filters):
            handler.addFilter(RedactingFilter())


def _logged(text: str) -> str:
    return _HEADER.sub(r"\1[redacted]", redact(text))


def _redacted(match: re.Match[str]) -> str:
    found = match[0]
    url = found.rstrip(_CLOSING)
    return _clean(url) + found[len(url) :]


def _clean(url: str) -> str:
    return split_secrets(url).url


def _without_user(inner: re.Match[str]) -> str:
    """Return the beginning of a URL nested in another, as in a web archive, without its user."""
    return inner[0] if inner[1].lower() in NO_USERS else f"{inner[1]}://"


def _clean_inner(value: str) -> str:
    """Return a value without the secrets of URLs in it; doubly encoded URLs are unchanged."""
    return _IN_TEXT.sub(lambda match: _split_secrets(match[0], str).url, value)


class _RedactedRest(NamedTuple):
    """The part of a URL after the host without secret parameters, those of its query, and those elsewhere."""

    left: str
    query: str
    other: str


class _Parameter(NamedTuple):
    mark: str
    text: str

    @property
    def name(self) -> str:
        return _decoded(self.text.partition("=")[0]).strip().lstrip("!/").lower()

    @property
    def is_signature(self) -> bool:
        return "=" in self.text and _SECRET.fullmatch(self.name) is not None

    @property
    def is_secret(self) -> bool:
        value = unquote_plus(self.text.partition("=")[2])
        if _SESSION.fullmatch(self.name):
            return bool(value) and not _SMALL_NUMBER.fullmatch(value)
        if _AMBIGUOUS.fullmatch(self.name):
            return bool(_GENERATED.fullmatch(value)) and not _UUID.fullmatch(value)
        return self.is_signature

    def goes_on(self) -> bool:
        """Return whether this is the rest of a value with an unencoded separator rather than a parameter."""
        name, _, value = self.text.partition("=")
        return self.mark != "&" and not (value.strip("=") and any(map(str.isalpha, name)))


def _split_parameters(rest: str, clean: Callable[[str], str]) -> _RedactedRest:
    """Return the part of a URL after `scheme://` without its secret parameters, and these.

    `clean` removes secrets from a URL that is the value of another parameter.
    """
    match = _PARTS.fullmatch(rest)
    if match is None or "=" not in rest:
        return _RedactedRest(rest, "", "")
    other: list[str] = []

    def without(found: re.Match[str]) -> str:
        left, gone = _split_secret_parameters(found[0], clean, _IN_PATH)
        other.extend(gone)
        return left

    path = _OF_PATH.sub(without, match[1])
    query, secret = _split_secret_parameters(match[2] or "", clean)
    fragment, gone = _split_secret_parameters(match[3] or "", clean)
    return _RedactedRest(path + query + fragment, "&".join(secret), "&".join([*other, *gone]))


def _split_secret_parameters(
    text: str, clean: Callable[[str], str], between: re.Pattern[str] = _BETWEEN
) -> tuple[str, list[str]]:
    """Return parameters, with the separator before each, without the secret ones, and these."""
    if "=" not in text:
        return text, []
    pieces = ["", *between.split(text)[1:]]
    parameters = [_Parameter(mark, one) for mark, one in zip(pieces[1::2], pieces[2::2], strict=True)]
    gone = set(_secret(parameters))
    left = [one for place, one in enumerate(parameters) if place not in gone]
    texts = [f"{one.mark}{_with_clean_value(one.text, clean)}" for one in left]
    kept = text[0] + "".join(texts)[1:] if texts else ""
    return kept, [one.text for place, one in enumerate(parameters) if place in gone]


def _secret(parameters: list[_Parameter]) -> Iterator[int]:
    """Yield the indices of secret parameters and of those that belong to them."""
    names = {one.name for one in parameters if one.is_signature}
    signed = [_WITH_SIGNATURE] * bool(names) + [_WITH_AZURE] * ("sig" in names)
    was_secret = False
    for place, one in enumerate(parameters):
        was_secret = one.is_secret or (was_secret and one.goes_on()) or any(part.fullmatch(one.name) for part in signed)
        if was_secret:
            yield place


def _with_clean_value(parameter: str, clean: Callable[[str], str]) -> str:
    """Return a parameter, without secrets where its value is an encoded URL."""
    name, mark, value = parameter.partition("=")
    decoded = unquote(value) if "%" in value else ""
    if ":/" not in decoded or (cleaned := clean(decoded)) == decoded:
        return parameter
    return f"{name}{mark}{quote(cleaned, safe='', errors='replace')}"


def _decoded(name: str) -> str:
    for _ in range(_DECODED_AT_MOST):
        name = unquote_plus(name)
    return name
