"""The configured sources of a home, read from `HOME/sources.yaml`: where papers lie, how often to look, what to delete.

    sources:
      - name: ptc-papers
        kind: folder
        path: /srv/papers/ptc
        body: ptc
        access: members
        schedule: {cron: "17 2 * * *", timezone: Europe/Brussels}
        deletions: {policy: withdraw, grace_days: 30}

Secrets stand in the environment alone: a field of a secret names its variable, `${NAME}`. `sources.schema.json` beside
this module is its JSON Schema, for editors.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from configs.system.errors import ConfigError, CustomsLensError, UsageError
from configs.system.files import UNFINISHED, expanded
from configs.system.redaction import is_secret
from configs.system.urls import is_web
from configs.system.yamlfile import (
    ConfigValue,
    DataFile,
    NamedPath,
    NamesFile,
    load_yaml,
    nearest_line,
    read_yaml,
    texts,
)

SOURCES_FILE = "sources.yaml"
UPLOADS = "uploads"
"""The source of papers that were added in the browser, and its folder in the home, or in the blobs of several homes."""
_UNFINISHED_FILES = "**/*" + UNFINISHED

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""The name of a source: small letters, digits and hyphens."""
_VARIABLE = re.compile(r"\$\{\w+\}")
_NO_REFERENCE = "is no reference to a variable of the environment: write ${NAME}, and set NAME"
_NO_OPTION = "is no option of a website, which takes 'headers' alone: take it out; certificates stand in 'ca_certs'"
_A_YEAR = 366


def _without_secret(url: str) -> str:
    if "://" not in url:
        raise ValueError("is no URL: write for instance https://HOST/FOLDER/")
    if is_secret(url):
        raise ValueError("holds credentials: write them under username and password, as ${NAME}")
    return url


PlainUrl = Annotated[str, AfterValidator(_without_secret)]
"""A URL without user, password and signature."""


class Secret(ConfigValue):
    """A secret by the variable of the environment that holds it."""

    variable: str

    @model_validator(mode="before")
    @classmethod
    def _reference(cls, value: object) -> object:
        if isinstance(value, Secret):
            return value
        if not isinstance(value, str) or not _VARIABLE.fullmatch(value):
            raise ValueError(_NO_REFERENCE)
        return {"variable": value[2:-1]}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the schema of its form in the file."""
        return {"type": "string", "pattern": f"^{_VARIABLE.pattern}$", "description": "A secret: ${NAME}"}

    def reveal(self) -> str:
        """Return the secret; raises `VariableMissingError` where the variable is not set."""
        try:
            return os.environ[self.variable]
        except KeyError:
            raise VariableMissingError(self.variable) from None


class VariableMissingError(UsageError):
    """A secret of a source whose variable is not set; `located` says where the variable is named."""

    def __init__(self, variable: str) -> None:
        super().__init__(f"the variable {variable} of the environment is not set", "set it to the secret")
        self.variable = variable

    def located(self, home: Path, source: str) -> CustomsLensError:
        """Return the error with line and field of a home's sources, as it is where the file does not name it."""
        path, named = home / SOURCES_FILE, f"${{{self.variable}}}"
        data, lines = read_yaml(path) if path.exists() else ({}, {})
        for number, entry in enumerate(data.get("sources", ())):
            for at, text in texts(entry):
                if text == named and entry.get("name") == source:
                    line, field = nearest_line(lines, ("sources", number, *at)), ".".join(map(str, at))
                    return ConfigError(path, self.message, line=line, field=field, remedy=self.remedy)
        return self


def _with_secrets(value: object) -> object:
    """Return a value of YAML with a `Secret` in the place of each reference to a variable, however nested.

    Raises `ValueError` for text that holds a reference beside something else: it would be sent as it is written.
    """
    if isinstance(value, str) and _VARIABLE.search(value):
        if not _VARIABLE.fullmatch(value):
            raise ValueError("holds more than the reference to a variable: write ${NAME} alone, and set NAME to all")
        return Secret.model_validate(value)
    if isinstance(value, Mapping):
        return {name: _with_secrets(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_with_secrets(one) for one in value]
    return value


Option = Annotated[
    Any,
    BeforeValidator(_with_secrets),
    WithJsonSchema({"description": "Any value; a secret: ${NAME}"}),
    NamesFile(is_sure=False),
]
"""A value that a file system is given as it stands in the file, but for the secrets in it, each a `Secret`."""


class Schedule(ConfigValue):
    """When a source is looked at: five fields of cron, in a time zone of the IANA database."""

    cron: str
    timezone: str = "UTC"

    @model_validator(mode="before")
    @classmethod
    def _cron_alone(cls, value: object) -> object:
        return {"cron": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return how it stands in the file: as a mapping, or the cron alone."""
        return {"anyOf": [{"type": "string"}, handler.resolve_ref_schema(handler(schema))]}


class Deletions(ConfigValue):
    """What becomes of a document that its source no longer has.

    `keep` leaves it; `withdraw` marks it as withdrawn, and deletes it after `grace_days` days; `delete` deletes it with
    the run that misses it.
    """

    policy: Literal["keep", "withdraw", "delete"] = "withdraw"
    grace_days: int = Field(default=30, ge=0, le=10 * _A_YEAR)


class SourceConfig(ConfigValue):
    """What every source has.

    `include` and `exclude` are globs over the path of an item within the source; `body` and `access` are those of
    documents that do not say themselves. After `fresh_days` without anything new the source counts as stale.
    """

    hidden: ClassVar[bool] = True
    """Whether wildcards of its globs stand for names that begin with a dot."""
    name: Name
    body: str | None = None
    access: str | None = None
    include: tuple[str, ...] = ("**",)
    exclude: tuple[str, ...] = ()
    schedule: Schedule | None = None
    deletions: Deletions = Field(default_factory=Deletions)
    fresh_days: int = Field(default=14, ge=1, le=10 * _A_YEAR)

    @property
    def place(self) -> str:
        """Where it is, to be shown: nothing of it is secret."""
        raise NotImplementedError


class FolderConfig(SourceConfig):
    """A folder that somebody else fills. A file is taken when it did not change for `quiet_seconds`."""

    kind: Literal["folder"]
    path: NamedPath
    follow_links: bool = False
    quiet_seconds: float = Field(default=2.0, ge=0, le=3600)

    @property
    def place(self) -> str:
        """See `SourceConfig`."""
        return str(self.path)


class GivenFolder(FolderConfig):
    """A folder that is named on the command line, or `file`, one file in it: a source without a name."""

    hidden: ClassVar[bool] = False
    name: str = ""
    kind: Literal["folder"] = "folder"
    file: str | None = None
    quiet_seconds: float = Field(default=0.0, ge=0, le=3600)
    deletions: Deletions = Deletions(policy="keep")


class Network(ConfigValue):
    """What is reached over TLS: `ca_certs` is a file of certificates (PEM) that are trusted beside the public ones."""

    ca_certs: NamedPath | None = None

    def certificates(self, home: Path) -> Path | None:
        """Return the file of certificates, whose path may begin at the home."""
        return home / expanded(self.ca_certs) if self.ca_certs else None


class UrlPlace(Network):
    """A folder at a URL: s3, sftp, http, webdav and any other file system of fsspec; `options` are those of that.

    Over HTTP these are `headers` alone.
    """

    url: PlainUrl
    username: str | None = None
    password: Secret | None = None
    options: dict[str, Option] = Field(default_factory=dict)

    @field_validator("options")
    @classmethod
    def _known_over_http(cls, options: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        unknown = [name for name in options if name.partition(".")[0] != "headers"]
        if unknown and is_web(info.data.get("url", "")):
            wrong = InitErrorDetails(type=PydanticCustomError("no_option", _NO_OPTION), loc=(unknown[0],), input="")
            raise ValidationError.from_exception_data(cls.__name__, [wrong])
        return options


class UrlConfig(UrlPlace, SourceConfig):
    """A folder at a URL. A file is taken when it did not change for `quiet_seconds`.

    One that is `optional` holds nothing where it is not there. `robots` says whether the robots.txt of a website counts
    for what its pages link to.
    """

    optional: ClassVar[bool] = False
    kind: Literal["url"]
    quiet_seconds: float = Field(default=2.0, ge=0, le=3600)
    robots: bool = True

    @property
    def place(self) -> str:
        """See `SourceConfig`."""
        return self.url


class UploadsUrl(UrlConfig):
    """The folder of papers that were added in the browser, where several homes share it; not there, it is empty."""

    optional: ClassVar[bool] = True


class GivenUrl(UrlConfig):
    """A URL that is named on the command line, of a folder or a file: a source without a name.

    `shown` is the URL as it was given, without secrets: `url` is the folder that its glob begins in. `given` are all
    the URLs that the command was given, with what is secret in them.
    """

    hidden: ClassVar[bool] = False
    name: str = ""
    kind: Literal["url"] = "url"
    shown: str
    given: tuple[SecretStr, ...] = Field(default=(), exclude=True)
    quiet_seconds: float = Field(default=0.0, ge=0, le=3600)
    deletions: Deletions = Deletions(policy="keep")

    @property
    def place(self) -> str:
        """See `SourceConfig`."""
        return self.shown


class WebConfig(Network, SourceConfig):
    """What is read at a URL of the web, with at most so many requests a second to a server."""

    url: PlainUrl
    requests_per_second: float = Field(default=1.0, gt=0, le=10)
    robots: bool = True

    @property
    def place(self) -> str:
        """See `SourceConfig`."""
        return self.url


class ListingConfig(WebConfig):
    """A web page, or several, whose tables and headings list papers; `recipe` names how it is read.

    It is a name of `configs/recipes/NAME.yaml`, or the path of such a file.
    """

    kind: Literal["listing"]
    pages: tuple[str, ...] = ()
    recipe: DataFile


class AppRegistration(ConfigValue):
    """An app registration in Entra ID, which shows a client secret or a certificate."""

    tenant: str
    client_id: str
    client_secret: Secret | None = None
    certificate: NamedPath | None = None
    certificate_password: Secret | None = None
    login_url: str = "https://login.microsoftonline.com"

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.client_secret is None) == (self.certificate is None):
            raise ValueError("needs either client_secret or certificate")
        return self


class SharePointConfig(AppRegistration, Network, SourceConfig):
    """A library of SharePoint or OneDrive, read through Microsoft Graph by an app registration."""

    kind: Literal["sharepoint"]
    site: str
    library: str | None = None
    folder: str = ""
    graph_url: str = "https://graph.microsoft.com/v1.0"

    @property
    def place(self) -> str:
        """See `SourceConfig`."""
        return "/".join(part.strip("/") for part in (self.site, self.library, self.folder) if part)


class MailboxConfig(Network, SourceConfig):
    """A folder of a mailbox to which papers are sent, read by IMAP; nothing in it is changed.

    The user gets in by a password, or, as in Exchange Online, by the token of an app registration (OAuth). `senders`
    are addresses, or domains (`example.org`, `*@example.org`): without any, mails of everybody count.
    """

    kind: Literal["mailbox"]
    host: str
    port: int = Field(default=993, ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str
    password: Secret | None = None
    app: AppRegistration | None = None
    folder: str = "INBOX"
    senders: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """See `SourceConfig`."""
        return f"{self.host}/{self.folder}"

    @model_validator(mode="after")
    def _password_or_token(self) -> Self:
        if (self.password is None) == (self.app is None):
            raise ValueError("needs either password or app")
        return self


class FeedConfig(WebConfig):
    """An RSS or Atom feed whose entries link to papers, or have them enclosed."""

    kind: Literal["feed"]


AnySource = Annotated[
    FolderConfig | UrlConfig | ListingConfig | SharePointConfig | MailboxConfig | FeedConfig,
    Field(discriminator="kind"),
]


class SourcesFile(ConfigValue):
    """The file of configured sources; each has a name of its own."""

    version: int = Field(default=1, ge=1, le=1)
    sources: tuple[AnySource, ...] = ()

    @model_validator(mode="after")
    def _own_names(self) -> Self:
        names = [source.name for source in self.sources]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"several sources have the name {twice[0]}")
        if UPLOADS in names:
            raise ValueError(f"the name {UPLOADS} is that of papers that were added in the browser: take another")
        return self


def load_sources(home: Path, blobs: UrlPlace | None = None) -> tuple[AnySource, ...]:
    """Return the configured sources of a home, in the order of the file, and last what was added in the browser.

    `blobs` is where several homes have their artefacts, if they do. Without a file and without uploads there is none.
    Raises `ConfigError`, naming line and field, where the file does not fit.
    """
    path = home / SOURCES_FILE
    configured = load_yaml(path, SourcesFile).sources if path.exists() else ()
    return configured if blobs is None and not (home / UPLOADS).is_dir() else (*configured, uploads(home, blobs))


def uploads(home: Path, blobs: UrlPlace | None = None) -> FolderConfig | UrlConfig:
    """Return the source of papers that were added in the browser: what goes from it stays in the index.

    A file appears in it whole, below its day, after its sidecar.
    """
    known = {
        "name": UPLOADS,
        "exclude": (_UNFINISHED_FILES,),
        "deletions": Deletions(policy="keep"),
        "fresh_days": 10 * _A_YEAR,
        "quiet_seconds": 0.0,
    }
    if blobs is None:
        return FolderConfig(kind="folder", path=home / UPLOADS, **known)
    place = {name: getattr(blobs, name) for name in UrlPlace.model_fields if name != "url"}
    return UploadsUrl(kind="url", url=f"{blobs.url.rstrip('/')}/{UPLOADS}", **place, **known)
