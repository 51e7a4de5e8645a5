"""A session with an IMAP server on one folder, which is opened read-only.

A user logs in by a password, or by the token of an app registration (OAuth).
"""

import imaplib
import ipaddress
import logging
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError, MailboxStarttlsError

from configs.settings import Settings
from configs.sources import AppRegistration, MailboxConfig
from pipelines.sources.connectors.contract import ItemError, SourceAwayError
from pipelines.sources.connectors.entra_token import EntraToken
from pipelines.sources.errors import certificate_problem, may_pass
from pipelines.sources.web import retries
from pipelines.sources.web.certificates import tls_context
from pipelines.sources.web.http_sessions import http_session
from pipelines.sources.web.request_errors import RequestError
from pipelines.sources.web.retries import Retries
from pipelines.sources.web.web_urls import host_of

T = TypeVar("T")

_log = logging.getLogger(__name__)

_SECONDS = 60.0
"""Timeout of a server."""
_AT_ONCE = 200
"""Number of messages whose headers one command fetches."""
_HEADERS = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID FROM SUBJECT DATE)])"
_UID, _SIZE = re.compile(rb"\bUID (\d+)"), re.compile(rb"\bRFC822\.SIZE (\d+)")
_PLAIN = re.compile(r"[!#-\[\]-~]+")
"""A text that a command can quote without escaping."""
_SCOPE = "https://outlook.office365.com/.default"
"""The scope of the token: mailboxes of Exchange Online."""


class _Login(Protocol):
    """A login method; `remedy` is the advice if the server refuses it."""

    remedy: str

    def enter(self, box: BaseMailBox) -> None:
        """Log in; raises `MailboxLoginError`, and for a token `RequestError` if none is issued."""

    def close(self) -> None:
        """Release its resources."""


class Head(NamedTuple):
    """Some headers of a message from the server; `size` is the approximate size of the message in bytes."""

    uid: int
    size: int
    content: bytes


class ImapSession:
    """A folder of a mailbox; it connects on first use, and again if the server ended the connection.

    Every method raises `SourceAwayError` if the server does not respond, or refuses the login.
    """

    def __init__(self, config: MailboxConfig, settings: Settings) -> None:
        self._config = config
        self._login = _login_of(config, settings)
        self._trusting = tls_context(config.certificates(settings.home))  # that of imaplib checks no certificate
        self._box: BaseMailBox | None = None
        self.validity = 0
        """The UIDVALIDITY of the folder: another one means that all UIDs are others."""

    def __repr__(self) -> str:
        """Return the user and the folder."""
        return f"ImapSession({self.place!r})"

    @property
    def place(self) -> str:
        """The name of the folder for messages."""
        return f"{self._config.username} at {self._config.host}, folder {self._config.folder}"

    def refresh(self) -> None:
        """Open the folder again to see messages that arrived or were deleted."""
        if self._box is None:
            self._connect()
        else:
            self._run(self._select)

    def uids(self, criteria: str = "ALL") -> list[int]:
        """Return the UIDs of messages in ascending order, which is that of arrival."""
        return sorted(int(uid) for uid in self._run(lambda box: box.uids(criteria, charset=None)))

    def heads(self, uids: Sequence[int]) -> Iterator[Head]:
        """Yield the headers of messages that still exist."""
        for start in range(0, len(uids), _AT_ONCE):
            some = ",".join(map(str, uids[start : start + _AT_ONCE]))
            yield from map(_head, self._run(partial(_fetch, uids=some, parts=_HEADERS)))

    def with_message_id(self, message_id: str) -> list[int]:
        """Return the UIDs of messages with a Message-ID; the server may return too many."""
        if not _PLAIN.fullmatch(message_id):
            return self.uids()
        return self.uids(f'HEADER Message-ID "{message_id}"')

    def message(self, uid: int) -> bytes:
        """Return a whole message as stored, without marking it as read; raises `ItemError` if it was deleted."""

        def ask(box: BaseMailBox) -> list[tuple[bytes, bytes]] | None:
            try:
                return _fetch(box, str(uid), "(UID BODY.PEEK[])")
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:
                return None

        found = self._run(ask)
        if not found:
            why = "the server does not give the message" if found is None else "the message is not there any more"
            raise ItemError(f"{self.place}: {why}", "look for it in the mailbox")
        return found[0][1]

    def close(self) -> None:
        """End the session."""
        self._log_out()
        self._login.close()

    def _log_out(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            with suppress(imaplib.IMAP4.error, ImapToolsError, OSError):
                box.logout()

    def _run(self, ask: Callable[[BaseMailBox], T]) -> T:
        """Return the response to a command; if the server ended the session, the command is sent once more."""
        for is_last in (False, True):
            box = self._box or self._connect()
            try:
                return ask(box)
            except (imaplib.IMAP4.abort, OSError) as error:
                self._box = None
                if is_last:
                    raise self._unavailable("the server ended the session", "try again later", may_pass=True) from error
            except MailboxFolderSelectError:
                raise self._no_folder() from None
            except (imaplib.IMAP4.error, ImapToolsError) as error:
                raise self._unavailable(f"the server refuses a command: {error}", "try again later") from error
        raise AssertionError

    def _connect(self) -> BaseMailBox:
        config = self._config
        try:
            box = self._opened()
            self._login.enter(box)
            self._box = box
            self._select(box)
        except MailboxLoginError:
            raise self._unavailable("the server does not let this user in", self._login.remedy) from None
        except RequestError as error:
            raise SourceAwayError(error.message, error.remedy, may_pass=error.may_pass) from None
        except MailboxFolderSelectError:
            raise self._no_folder() from None
        except MailboxStarttlsError:
            raise self._unavailable("the server offers no STARTTLS", "write 'security: tls', with port 993") from None
        except ssl.SSLCertVerificationError as error:
            problem = certificate_problem(error)
            raise self._unavailable(problem.words, problem.remedy) from None
        except (imaplib.IMAP4.error, ImapToolsError, OSError) as error:
            remedy = "check host, port and security, and that the server can be reached from here"
            away = may_pass(error) or isinstance(error, imaplib.IMAP4.abort)
            raise self._unavailable(
                f"the server cannot be reached by {config.security}", remedy, may_pass=away
            ) from error
        return box

    def _opened(self) -> BaseMailBox:
        config = self._config
        if config.security == "none":
            if not _is_loopback(config.host):
                _log.warning("%s: user, password and mails go over the network unencrypted", self.place)
            return MailBoxUnencrypted(config.host, config.port, _SECONDS)
        if config.security == "starttls":
            return MailBoxStartTls(config.host, config.port, _SECONDS, ssl_context=self._trusting)
        return MailBox(config.host, config.port, _SECONDS, ssl_context=self._trusting)

    def _select(self, box: BaseMailBox) -> None:
        box.folder.set(self._config.folder, readonly=True)
        answered = box.client.untagged_responses.get("UIDVALIDITY", [b"0"])[-1]
        self.validity = int(answered) if isinstance(answered, bytes) else 0

    def _no_folder(self) -> SourceAwayError:
        names: list[str] = []
        with suppress(imaplib.IMAP4.error, ImapToolsError, OSError):
            names = sorted(one.name for one in self._box.folder.list()) if self._box else []
        self._log_out()
        remedy = f"write one of {', '.join(names)} under 'folder'" if names else "check 'folder'"
        return self._unavailable("there is no such folder", remedy)

    def _unavailable(self, what: str, remedy: str, *, may_pass: bool = False) -> SourceAwayError:
        return SourceAwayError(f"{self.place}: {what}", remedy, may_pass=may_pass)


def _fetch(box: BaseMailBox, uids: str, parts: str) -> list[tuple[bytes, bytes]]:
    """Return for each message the metadata around its content, and the content."""
    status, data = box.client.uid("FETCH", uids, parts)
    if status != "OK":
        raise imaplib.IMAP4.error(f"FETCH ends with {status}")
    found: list[tuple[bytes, bytes]] = []
    for part in data:
        if isinstance(part, tuple):
            found.append((part[0], part[1]))
        elif isinstance(part, bytes) and found:  # text after the content, which may have the UID
            found[-1] = (found[-1][0] + b" " + part, found[-1][1])
    return found


def _head(found: tuple[bytes, bytes]) -> Head:
    said, content = found
    uid, size = _UID.search(said), _SIZE.search(said)
    return Head(int(uid[1]) if uid else 0, int(size[1]) if size else 0, content)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _PasswordLogin:
    """Implements `_Login` by a password."""

    remedy = "check username and password; many servers want a password of their own for programs"

    def __init__(self, username: str, password: str) -> None:
        self._username, self._password = username, password

    def enter(self, box: BaseMailBox) -> None:
        """See `_Login`."""
        if (self._username + self._password).isascii():
            box.login(self._username, self._password, initial_folder=None)
        else:
            box.login_utf8(self._username, self._password, initial_folder=None)

    def close(self) -> None:
        """See `_Login`."""


class _TokenLogin:
    """Implements `_Login` by a token; one that is refused is not used again."""

    remedy = "check that the app registration has IMAP.AccessAsApp, and its service principal access to this mailbox"

    def __init__(self, config: MailboxConfig, app: AppRegistration, settings: Settings) -> None:
        self._username = config.username
        self._http = http_session("customs-lens", config.certificates(settings.home))
        attempts = Retries(host_of(app.login_url), retries.SYSTEM)
        self._token = EntraToken(config.name, app, _SCOPE, settings, self._http, attempts)

    def enter(self, box: BaseMailBox) -> None:
        """See `_Login`."""
        token = self._token.get()
        try:
            box.xoauth2(self._username, token, initial_folder=None)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            self._token.forget()
            raise MailboxLoginError(("NO", [str(error).encode()]), "OK") from None

    def close(self) -> None:
        """See `_Login`."""
        self._http.close()


def _login_of(config: MailboxConfig, settings: Settings) -> _Login:
    """Return the configured login method; raises `UsageError` if a requirement is missing."""
    if config.app is not None:
        return _TokenLogin(config, config.app, settings)
    return _PasswordLogin(config.username, config.password.reveal() if config.password else "")
