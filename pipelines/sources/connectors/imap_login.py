"""How a user gets into a mailbox: by a password, or by the token of an app registration (OAuth)."""

import imaplib
from importlib.metadata import version
from typing import Protocol

from imap_tools import BaseMailBox
from imap_tools.errors import MailboxLoginError

from configs.settings import Settings
from configs.sources import AppRegistration, MailboxConfig
from pipelines.sources.connectors import retries
from pipelines.sources.connectors.entra_token import EntraToken
from pipelines.sources.connectors.http_sessions import http_session
from pipelines.sources.connectors.retries import Retries
from pipelines.sources.connectors.web_urls import host_of

_SCOPE = "https://outlook.office365.com/.default"
"""What the token is for: mailboxes of Exchange Online."""


class Login(Protocol):
    """A way in; `remedy` says what to do where the server refuses it."""

    remedy: str

    def enter(self, box: BaseMailBox) -> None:
        """Let the user in; raises `MailboxLoginError`, and for a token `RequestError` where there is none."""

    def close(self) -> None:
        """Give up what it holds."""


class PasswordLogin:
    """Implements `Login` by a password."""

    remedy = "check username and password; many servers want a password of their own for programs"

    def __init__(self, username: str, password: str) -> None:
        self._username, self._password = username, password

    def enter(self, box: BaseMailBox) -> None:
        """See `Login`."""
        if (self._username + self._password).isascii():
            box.login(self._username, self._password, initial_folder=None)
        else:
            box.login_utf8(self._username, self._password, initial_folder=None)

    def close(self) -> None:
        """See `Login`."""


class TokenLogin:
    """Implements `Login` by a token; one that is refused is not used again."""

    remedy = "check that the app registration has IMAP.AccessAsApp, and its service principal access to this mailbox"

    def __init__(self, config: MailboxConfig, app: AppRegistration, settings: Settings) -> None:
        self._username = config.username
        self._http = http_session(f"customs-lens/{version('customs-lens')}", config.certificates(settings.home))
        attempts = Retries(host_of(app.login_url), retries.SYSTEM)
        self._token = EntraToken(config.name, app, _SCOPE, settings, self._http, attempts)

    def enter(self, box: BaseMailBox) -> None:
        """See `Login`."""
        token = self._token.get()
        try:
            box.xoauth2(self._username, token, initial_folder=None)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            self._token.forget()
            raise MailboxLoginError(("NO", [str(error).encode()]), "OK") from None

    def close(self) -> None:
        """See `Login`."""
        self._http.close()


def login_of(config: MailboxConfig, settings: Settings) -> Login:
    """Return the way in that is configured; raises `UsageError` where it needs what is not there."""
    if config.app is not None:
        return TokenLogin(config, config.app, settings)
    return PasswordLogin(config.username, config.password.reveal() if config.password else "")
