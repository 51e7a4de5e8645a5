"""Credentials and signatures in URLs: what of a URL is secret, and texts without it.

Secret are the user and password before the host, and the parameters of a query (or of a fragment) that grant access.
What belongs to a signature, such as its expiry, goes with it: a paper whose URL is signed again keeps its name.
"""

import logging
import re
import traceback
from typing import NamedTuple
from urllib.parse import unquote_plus

from configs.urls import SCHEME, chained, scheme_apart, user_apart

_SECRET = re.compile(
    r"""(?ix)
    # Signed URLs: Azure, AWS 2 and 4, CloudFront, Google 2 and 4, Alibaba, Akamai
    sig | signature | sign | hmac | x-(amz|goog|oss|ms)-.* | (aws|oss)accesskeyid | googleaccessid | key-pair-id
    | hdn(ts|ea|tl)
    # Tokens and keys under the names that services give them: no paper is told from another by one of these
    | ((access|refresh|id|auth|security|session|csrf|private|download)[_-]?)?token | jwt | bearer | ticket | sas
    | auth | authorization | credentials? | pass(word|wd|phrase) | pwd | (client[_-]?)?secret
    | (x-)?(api|access|secret|subscription)[_-]?key
    """
)
"""Names of parameters whose value is secret, or that are a part of a signature."""
_WITH_AZURE = re.compile(r"(?i)s[vstrepi]|s(rt|pr|ip|es|dd)|sk(oid|tid|t|e|s|v)|s(ao|uo|c|duo|kdut)id|rsc[cdelt]")
"""What a shared access signature of Azure signs; only together with `sig`."""
_WITH_SIGNATURE = re.compile(
    r"""(?ix)
    (x-)?expires? | expiry | expiration | exp | valid[_-]?until | nonce | timestamp | ts | policy | hash-algorithm
    | response-(content-(type|language|disposition|encoding) | cache-control | expires)
    """
)
"""What other signatures and tokens bring along; only together with one."""
_AMBIGUOUS = frozenset({"key", "code"})
"""As often the number of a paper as a secret: secret where the value is as long and mixed as generated ones are."""
_GENERATED = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[A-Za-z0-9+/_=-]{20,}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NO_QUERIES = frozenset({"file", "zip", "mail", "pdf"})
"""Schemes that are followed by names of files, in which a ? is a letter."""

_IN_TEXT = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]{{1,30}}://?(?:(?!::{SCHEME}(?::/|::))[^\s\"<>`\\])+")
_CLOSING = "'.,;:!?)]}"
"""What may follow a URL in a sentence or in Python's form of a value."""
_PARTS = re.compile(r"([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_HEADER = re.compile(r"(?i)(authorization['\"]?\s*[:=,]\s*b?['\"]?)(?:(?:basic|bearer|apikey)\s+)?[^\s'\",;}]+")


def redact(text: str) -> str:
    """Return a text in which no URL holds credentials or a signature; the same where none did."""
    return _IN_TEXT.sub(_redacted, text) if ":/" in text else text


def without_secrets(uri: str) -> str:
    """Return a URI, with all that may be chained to it by `::`, without credentials and signatures.

    That is the name by which its source is known. The URI of a file on this machine stays as it is, whatever it holds.
    """
    return "::".join(map(_clean, chained(uri)))


class Divided(NamedTuple):
    """A URL without what is secret in it, the user and password before its host, and its secret parameters."""

    url: str
    user: str = ""
    query: str = ""


def divided(url: str) -> Divided:
    """Return one URL and apart from it what is secret; of a fragment that is only left out."""
    scheme, start, rest = scheme_apart(url) if "@" in url or "=" in url else ("", "", url)
    if not scheme:
        return Divided(url)
    secret = ""
    user, rest = user_apart(scheme, rest)
    if scheme not in _NO_QUERIES and (parts := _PARTS.fullmatch(rest)):
        query, secret = _signature_apart(parts[2] or "")
        rest = parts[1] + query + _signature_apart(parts[3] or "")[0]
    return Divided(start + rest, user, secret)


def is_secret(uri: str) -> bool:
    """Return whether a URI holds credentials or a signature."""
    return without_secrets(uri) != uri


class RedactingFilter(logging.Filter):
    """Takes credentials and signatures out of log records, tracebacks too, before a handler writes or sends them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; all pass."""
        record.msg, record.args = _logged(record.getMessage()), None
        if record.exc_info and record.exc_info[1]:
            record.exc_text = _logged("".join(traceback.format_exception(record.exc_info[1])).rstrip())
        elif record.exc_text:
            record.exc_text = _logged(record.exc_text)
        return True


def redact_logs() -> None:
    """Let every handler of logs that there is by now write nothing secret; a second time does nothing."""
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
    return divided(url).url


def _signature_apart(query: str) -> tuple[str, str]:
    """Return a query or fragment without the parameters that are secret, the mark before it; and these."""
    if "=" not in query:
        return query, ""
    mark, parameters = query[0], query[1:].split("&")
    names = {_name(parameter) for parameter in parameters if _is_secret(parameter)}
    signed = [_WITH_SIGNATURE] * bool(names - _AMBIGUOUS) + [_WITH_AZURE] * ("sig" in names)
    gone = [one for one in parameters if _is_secret(one) or any(part.fullmatch(_name(one)) for part in signed)]
    secret = set(gone)
    left = [one for one in parameters if one not in secret]
    return (mark + "&".join(left) if left else ""), "&".join(gone)


def _is_secret(parameter: str) -> bool:
    name, value = _name(parameter), unquote_plus(parameter.partition("=")[2])
    if name in _AMBIGUOUS:
        return bool(_GENERATED.fullmatch(value)) and not _UUID.fullmatch(value)
    return _SECRET.fullmatch(name) is not None


def _name(parameter: str) -> str:
    return unquote_plus(parameter.partition("=")[0]).strip().lower()
