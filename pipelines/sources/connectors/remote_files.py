"""The file systems behind URLs, by their schemes, and what opens them."""

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
"""What file systems call a user and password that do not stand in their URLs."""
_WEB = ("http", "https")
_CHECK_FILE = "check its path, and the rights of this user"
_SHORTEST_SECRET = 3
"""Characters; shorter ones are not looked for in messages, where they stand in words."""


class RemoteFiles(Protocol):
    """A folder on another machine, opened; what it cannot list raises, whatever its library raises."""

    def top(self) -> ListedFile:
        """Return what is at the URL that it was opened at; raises where there is nothing."""

    def entries(self, folder: ListedFile) -> Iterator[ListedFile]:
        """Yield what lies in a folder."""

    def below(self, path: str) -> ListedFile:
        """Return the entry of a file by its path below the top; nothing is asked."""

    def look(self, entry: ListedFile) -> ListedFile:
        """Return a file as it is now; raises whatever its library raises where it is not there."""

    def open(self, entry: ListedFile) -> IO[bytes]:
        """Return the bytes of a file as a stream."""


class Opener:
    """Opens the file system of a URL, with what is secret in it: that shows in no message and no `repr`.

    `location` hides it in the messages of libraries. Raises `UsageError` where the URL is none, a package is missing,
    or a variable of the environment is not set.
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
        options = _revealed(config.options, secrets)
        given = list(settings.credentials)
        if config.username and self._scheme in _OF_KEYS:
            user, secret = _OF_KEYS[self._scheme]
            options = {user: config.username, secret: password, **options}
        elif config.username:
            # a percent sign of a password is no escape here
            name, word = (SecretStr(encoded(part.replace("%", "%25"))) for part in (config.username, password))
            given.insert(0, Credential(url=chained(config.url)[-1], username=name, password=word if password else None))
        self._options = _nested({**self._trusting(config.certificates(settings.home)), **options})
        names = config.given if isinstance(config, GivenUrl) else ()
        self._credentials = Credentials(given, [name.get_secret_value() for name in names])
        found = self._credentials.location(self._url)
        own = (*(found.secrets if found else ()), *(one for one in secrets if len(one) >= _SHORTEST_SECRET))
        self._client = self._web_client(config, settings)
        self.location = Location(found.url if found else self._url, own)

    def _web_client(self, config: UrlPlace, settings: Settings) -> WebClient | None:
        """Return the client of what is asked for over HTTP, None for the file systems of fsspec."""
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
        """Return nothing secret."""
        return f"Opener({self._url!r})"

    def open(self) -> RemoteFiles:
        """Return the file system, opened.

        Raises `AccessError` for a file on this machine that an option names and that cannot be read, such as a key, and
        whatever the library of the file system raises.
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
        """Return the file system of fsspec, and the path in it; raises whatever its library raises.

        Raises `UsageError` for one that is asked over HTTP, whose files nobody can write.
        """
        if self._scheme in (*WEBDAV, *_WEB):
            raise UsageError(f"{self._url}: cannot be written", "name an object store, or a folder (file://)")
        return files_at(self._opened(self._url), self._options)

    def close(self) -> None:
        """Close the connections that are not those of one file system."""
        if self._client:
            self._client.close()

    def name(self, url: str) -> str:
        """Return the URI by which a listed file is known."""
        return self._credentials.name(url)

    def location_of(self, url: str) -> Location | None:
        """Return where a listed file is opened, None where that is its URI; raises `RequestError` for robots.txt."""
        if self._client and url != self._url:
            self._client.refuse_by_robots(url, self.name(url))
        known = self._credentials.name(url)
        return self._credentials.location(known) or Credentials(names=[url]).location(known)

    def _trusting(self, ca_certs: Path | None) -> dict[str, Any]:
        """Return the option by which a library trusts the certificates of the source beside the public ones."""
        if self._scheme in _WEB and not is_web(self._url):
            return {"ssl": tls_context(ca_certs)}
        if self._scheme in _OF_KEYS:
            self._certificates = certificates_file(ca_certs)  # read with each connection, so kept
            return {"client_kwargs.verify": self._certificates.name}
        if ca_certs is None or self._scheme in (*_WEB, *WEBDAV):  # their client takes them
            return {}
        message = f"{self._url}: the library for {self._scheme}:// takes no certificates from 'ca_certs'"
        raise UsageError(message, "take the field out, and give what the library has for that under 'options'")

    def _opened(self, url: str) -> str:
        found = self._credentials.location(self._credentials.name(url))
        return found.url if found else url


def _revealed(value: Any, secrets: set[str]) -> Any:  # noqa: ANN401 - any value of YAML
    """Return a value of options with what its secrets stand for, which are added to `secrets`."""
    if isinstance(value, Secret):
        secrets.add(value.reveal())
        return value.reveal()
    if isinstance(value, Mapping):
        return {name: _revealed(one, secrets) for name, one in value.items()}
    return [_revealed(one, secrets) for one in value] if isinstance(value, list) else value


def _nested(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options whose names have dots as mappings within each other: `client_kwargs.region_name`."""
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
