"""Credentials and signatures in URLs: what of a URL is secret, and texts without it.

Secret are the user and password before the host (`configs.system.urls`), and parameters that grant access
(`configs.system.secret_parameters`).
"""

import logging
import re
import traceback
from collections.abc import Callable
from typing import NamedTuple

from configs.system.secret_parameters import parameters_apart
from configs.system.urls import NO_USERS, SCHEME, chained, scheme_apart, user_apart

_NO_QUERIES = frozenset({"file", "zip", "mail", "pdf"})
"""Schemes that are followed by names of files, in which a ? is a letter."""

_IN_TEXT = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]{{1,30}}://?(?:(?!::{SCHEME}(?::/|::))[^\s\"<>`\\])+")
_CLOSING = "'.,;:!?)]}"
"""What may follow a URL in a sentence or in Python's form of a value."""
_INNER_USER = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://(?:[^/?#@]*@)+")
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
    """A URL without what is secret in it, the user and password before its host, and its secret parameters.

    `query` are those of the query; `other` those of path and fragment.
    """

    url: str
    user: str = ""
    query: str = ""
    other: str = ""


def divided(url: str) -> Divided:
    """Return one URL and apart from it what is secret."""
    return _divided(url, _clean_inner)


def _divided(url: str, clean: Callable[[str], str]) -> Divided:
    scheme, start, rest = scheme_apart(url) if "@" in url or "=" in url else ("", "", url)
    if not scheme:
        return Divided(url)
    user, rest = user_apart(scheme, rest)
    if scheme in _NO_QUERIES:
        return Divided(start + rest, user)
    parted = parameters_apart(rest, clean)
    return Divided(start + _INNER_USER.sub(_without_user, parted.left), user, parted.query, parted.other)


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


def _without_user(inner: re.Match[str]) -> str:
    """Return the beginning of a URL that stands within another, as in an archive of the web, without its user."""
    return inner[0] if inner[1].lower() in NO_USERS else f"{inner[1]}://"


def _clean_inner(value: str) -> str:
    """Return a value without the secrets of URLs in it; what is encoded within these once more stays as it is."""
    return _IN_TEXT.sub(lambda match: _divided(match[0], str).url, value)
