"""The interface of remote file systems, and the class that opens one by the scheme of its URL."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Protocol

from pydantic import SecretStr

from configs.settings import Settings
from configs.sources import GivenUrl, Secret, UrlConfig, UrlPlace
from configs.system.credentials import Credential
from configs.system.errors import UsageError
from configs.system.files import expanded
from configs.system.urls import chained, encoded, is_web
from configs.system.yamlfile import texts
from pipelines.sources.connectors.webdav import SCHEMES as WEBDAV
from pipelines.sources.connectors.webdav import WebDav
from pipelines.sources.connectors.website import Website
from pipelines.sources.credentials import Credentials, Location
from pipelines.sources.entries import ListedFile
from pipelines.sources.errors import AccessError, Problem
from pipelines.sources.filesystems import files_at
from pipelines.sources.remote import Stored, check_url
from pipelines.sources.web.certificates import certificates_file, tls_context
from pipelines.sources.web.web_client import WebClient

_OF_KEYS = {"s3": ("key", "secret"), "s3a": ("key", "secret")}
"""Option names for user and password of file systems whose URLs have none."""
_WEB = ("http", "https")
_CHECK_FILE = "check its path, and the rights of this user"
_SHORTEST_SECRET = 3
"""Least length of a secret to search for in messages: shorter ones occur within words."""


class RemoteFiles(Protocol):
    """An opened remote folder; a folder that cannot be listed raises an error, whatever the library raises."""

    def top(self) -> ListedFile:
        """Return the entry at its URL; raises if it does not exist."""

    def entries(self, folder: ListedFile) -> Iterator[ListedFile]:
        """Yield the entries of a folder."""

    def below(self, path: str) -> ListedFile:
        """Return the entry of a file from its path below the top without a request."""

    def look(self, entry: ListedFile) -> ListedFile:
        """Return the current entry of a file; raises an error of its library if it does not exist."""

    def open(self, entry: ListedFile) -> IO[bytes]:
        """Return the bytes of a file as a stream."""


class Opener:
    """Opens the file system of a URL with its secrets, which appear in no message and no `repr`.

    `location` removes secrets from the messages of libraries. Raises `UsageError` for an invalid URL, a missing
    package, or a variable of the environment that is not set.
    """

    def __init__(self, config: UrlPlace, settings: Settings) -> None:
        self._url = config.url
        self._scheme = chained(config.url)[-1].partition("://")[0].lower()
        if self._scheme in WEBDAV:
            if "::" in config.url:
                raise UsageError(f"{config.url}: nothing within a file of WebDAV can be named", "name its folder")
        else:
            check_url(config.url)
        password = config.password.reveal() if config.password else ""
        secrets = {password}
        options = _with_secrets_resolved(config.options, secrets)
        given = list(settings.credentials)
        if config.username and self._scheme in _OF_KEYS:
            user, secret = _OF_KEYS[self._scheme]
            options = {user: config.username, secret: password, **options}
        elif config.username:
            # a percent sign in a password is not an escape here
            name, word = (SecretStr(encoded(part.replace("%", "%25"))) for part in (config.username, password))
            given.insert(0, Credential(url=chained(config.url)[-1], username=name, password=word if password else None))
        self._options = _nested({**self._certificate_options(config.certificates(settings.home)), **options})
        names = config.given if isinstance(config, GivenUrl) else ()
        self._credentials = Credentials(given, [name.get_secret_value() for name in names])
        found = self._credentials.location(self._url)
        own = (*(found.secrets if found else ()), *(one for one in secrets if len(one) >= _SHORTEST_SECRET))
        self._client = self._web_client(config, settings)
        self.location = Location(found.url if found else self._url, own)

    def _web_client(self, config: UrlPlace, settings: Settings) -> WebClient | None:
        """Return the client for a URL over HTTP, None for the file systems of fsspec."""
        home = WEBDAV.get(self._scheme, self._scheme) + config.url.removeprefix(self._scheme)
        if not is_web(home):
            return None
        return WebClient(
            home,
            most_mib=settings.reading.file_mib,
            per_second=float("inf"),
            robots=is_web(config.url) and isinstance(config, UrlConfig) and config.robots,
            ca_certs=config.certificates(settings.home),
            options=self._options,
        )

    def __repr__(self) -> str:
        """Return a text without secrets."""
        return f"Opener({self._url!r})"

    def open(self) -> RemoteFiles:
        """Return the opened file system.

        Raises `AccessError` for an unreadable local file that an option names, such as a key, and the errors of the
        library of the file system.
        """
        opened = self._opened(self._url)
        try:
            if self._client:
                if self._scheme in WEBDAV:
                    return WebDav(self._url, opened, self._client)
                return Website(self._url, self._opened, self._client)
            return Stored(self._url, opened, self._options)
        except OSError as error:
            for place, text in texts(self._options):
                if error.filename and Path(error.filename) == expanded(text):
                    field, reason = ".".join(map(str, place)), error.strerror
                    problem = Problem(f"the file of the option {field}, {text}, cannot be read: {reason}", _CHECK_FILE)
                    raise AccessError(problem) from None
            raise

    def file_system(self) -> tuple[Any, str]:
        """Return the file system of fsspec, and the path in it; raises the errors of its library.

        Raises `UsageError` for a URL over HTTP, which is read-only.
        """
        if self._scheme in (*WEBDAV, *_WEB):
            raise UsageError(f"{self._url}: cannot be written", "name an object store, or a folder (file://)")
        return files_at(self._opened(self._url), self._options)

    def close(self) -> None:
        """Close the shared connections, but not those of a single file system."""
        if self._client:
            self._client.close()

    def name(self, url: str) -> str:
        """Return the URI that identifies a listed file."""
        return self._credentials.name(url)

    def location_of(self, url: str) -> Location | None:
        """Return the URL to open a listed file, None if it equals the URI; raises `RequestError` for robots.txt."""
        if self._client and url != self._url:
            self._client.refuse_by_robots(url, self.name(url))
        known = self._credentials.name(url)
        return self._credentials.location(known) or Credentials(names=[url]).location(known)

    def _certificate_options(self, ca_certs: Path | None) -> dict[str, Any]:
        """Return the option that makes a library trust the certificates of the source beside the public ones."""
        if self._scheme in _WEB and not is_web(self._url):
            return {"ssl": tls_context(ca_certs)}
        if self._scheme in _OF_KEYS:
            self._certificates = certificates_file(ca_certs)  # read with each connection, so it must persist
            return {"client_kwargs.verify": self._certificates.name}
        if ca_certs is None or self._scheme in (*_WEB, *WEBDAV):  # their client handles these options
            return {}
        message = f"{self._url}: the library for {self._scheme}:// takes no certificates from 'ca_certs'"
        raise UsageError(message, "take the field out, and give what the library has for that under 'options'")

    def _opened(self, url: str) -> str:
        found = self._credentials.location(self._credentials.name(url))
        return found.url if found else url


def _with_secrets_resolved(value: Any, secrets: set[str]) -> Any:  # noqa: ANN401 - any value of YAML
    """Return an option with its secrets resolved; these are added to `secrets`."""
    if isinstance(value, Secret):
        secrets.add(value.reveal())
        return value.reveal()
    if isinstance(value, Mapping):
        return {name: _with_secrets_resolved(one, secrets) for name, one in value.items()}
    return [_with_secrets_resolved(one, secrets) for one in value] if isinstance(value, list) else value


def _nested(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with dotted names as nested mappings: `client_kwargs.region_name`."""
    nested: dict[str, Any] = {}
    for name, value in options.items():
        *outer, last = name.split(".")
        place = nested
        for part in outer:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise UsageError(f"options: {name}: '{part}' has a value of its own", "take one of them out")
        found = place.get(last)
        place[last] = {**found, **value} if isinstance(found, dict) and isinstance(value, dict) else value
    return nested
