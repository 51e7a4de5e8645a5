"""The settings: one frozen object, built once at the edge and passed in.

Built-in defaults < `HOME/settings.yaml` < environment `CUSTOMS_LENS_…` < flags. How Elasticsearch is reached may stand
in the variables `ELASTICSEARCH_…` that its own tools use.
"""

import json
import os
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from platformdirs import user_cache_path
from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict, SettingsError

from configs import elasticsearch
from configs.elasticsearch import ElasticsearchSettings
from configs.sources import Schedule, UrlPlace
from configs.system.credentials import SHAPE, Credential, revealed
from configs.system.errors import CustomsLensError, UsageError
from configs.system.files import expanded, is_utf8
from configs.system.urls import with_encoded_user
from configs.system.yamlfile import (
    ConfigValue,
    DataFile,
    Location,
    NamedPath,
    NamesFile,
    config_error,
    plain_sentence,
    read_yaml,
)

DEFAULT_HOME = "customs-lens-home"
_PREFIX = "CUSTOMS_LENS_"
PASSWORDS = f"{_PREFIX}PASSWORDS"
"""The variable of the environment with what is tried on encrypted files: a JSON list, or a password a line."""
LOG_FORMAT = f"{_PREFIX}LOG_FORMAT"
"""The variable of the environment for the format of logs, which holds before the settings are read."""
_A_DAY = 86_400
"""Seconds: what takes longer has no limit, and the system's timers end somewhere."""
_DATABASES = ("postgresql", "postgresql+pg8000")
_MOST_MIB = 1 << 20
"""A TiB."""
_TIMES_A_PAGE = 15
"""How often one page may take, on the clock, the processor time that is allowed on average."""


class OcrSettings(ConfigValue):
    """How pictures of text are recognised; `auto` means where the extra and its language data are installed."""

    enabled: Literal["auto", "off"] = "auto"
    languages: tuple[str, ...] = Field(default=("eng", "fra", "spa", "rus"), min_length=1)
    data: NamedPath | None = None
    dpi: int = Field(default=300, ge=100, le=600)
    pages: int = Field(default=200, ge=1, le=100_000)
    seconds_per_page: int = Field(default=20, ge=1, le=3_600)
    least_confidence: int = Field(default=30, ge=0, le=100)

    @field_validator("enabled", mode="before")
    @classmethod
    def _off_in_yaml(cls, value: object) -> object:
        return "off" if value is False else value  # YAML reads a bare `off` as false


class ReadingLimits(ConfigValue):
    """What one document may use while it is read."""

    memory_mib: int = Field(default=1024, ge=128, le=_MOST_MIB)
    cpu_seconds: int = Field(default=40, ge=1, le=_A_DAY)
    wall_seconds: float = Field(default=55.0, gt=0, le=_A_DAY)
    file_mib: int = Field(default=512, ge=1, le=_MOST_MIB)
    objects_per_page: int = Field(default=200_000, ge=1_000, le=100_000_000)
    embedded_depth: int = Field(default=2, ge=0, le=8)
    ocr: OcrSettings = Field(default_factory=OcrSettings)


class BackupSettings(ConfigValue):
    """Where and when `schedule` writes backups, and how many of them it leaves there: the newest."""

    folder: NamedPath
    schedule: Schedule
    keep: int = Field(default=14, ge=1, le=10_000)

    @field_validator("folder")
    @classmethod
    def _whole_path(cls, path: Path) -> Path:
        if not expanded(path).is_absolute():
            raise ValueError("is no absolute path: flow runs begin in folders of their own")
        return expanded(path)


class Settings(BaseSettings):
    """Everything that a run depends on besides its documents."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    home: Path = Path(DEFAULT_HOME)
    cache: Path = Field(default_factory=lambda: user_cache_path("customs-lens"))
    index: Literal["embedded", "elasticsearch"] = "embedded"
    elasticsearch: ElasticsearchSettings = Field(default_factory=ElasticsearchSettings)
    encoder: Annotated[str, NamesFile(is_sure=False)] = "multilingual-e5-small"
    encoder_engine: Literal["openvino", "torch"] = "openvino"
    model: DataFile = "dcmm-interop"
    vocabulary: DataFile = "digital-customs"
    gazetteer: Annotated[str, NamesFile(kept=True)] | None = None
    expand: bool = True
    fusion: Literal["rrf", "weighted"] = "weighted"
    fusion_words: float | None = Field(default=None, ge=0, le=1)
    workers: int = Field(default_factory=lambda: max(1, min(4, os.cpu_count() or 1)), ge=1, le=64)
    batch_documents: int = Field(default=64, ge=1, le=1024)
    helpers: int = Field(default=1, ge=0, le=64)
    hanging_minutes: float = Field(default=30.0, gt=0, le=_A_DAY / 60)
    disk_free_mib: int = Field(default=512, ge=0, le=_MOST_MIB)
    niceness: int = Field(default=5, ge=0, le=19)
    quarantine_after: int = Field(default=3, ge=1, le=1_000)
    history_days: int = Field(default=365, ge=1, le=36_500)
    backups: BackupSettings | None = None
    offline: bool = True
    log_format: Literal["text", "json"] = "text"
    follow_links: bool = False
    reading: ReadingLimits = Field(default_factory=ReadingLimits)
    blobs: Annotated[UrlPlace | None, NoDecode] = None
    database: SecretStr | None = None
    credentials: tuple[Credential, ...] = ()
    passwords: Annotated[tuple[SecretStr, ...], NoDecode] = ()

    @property
    def hanging_seconds(self) -> float:
        """How long a run may make no progress; never less than the reading of one file or page may take."""
        page = 0 if self.reading.ocr.enabled == "off" else _TIMES_A_PAGE * self.reading.ocr.seconds_per_page
        return max(60 * self.hanging_minutes, self.reading.wall_seconds + page)

    @property
    def document_passwords(self) -> tuple[str, ...]:
        """What is tried on encrypted files; raises `UsageError` for a variable of the environment that is not set."""
        return tuple(map(revealed, self.passwords))

    @field_validator("blobs", mode="before")
    @classmethod
    def _url_alone(cls, value: object) -> object:
        """Read a URL alone, as the variable of the environment has it, or a mapping in JSON."""
        if isinstance(value, str):
            return json.loads(value) if value.lstrip().startswith("{") else {"url": value}
        return value

    @field_validator("database")
    @classmethod
    def _of_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        """Put in variables of the environment, and write what ends a password in a URL as the library reads it."""
        try:
            parts = urlsplit(with_encoded_user(revealed(url))) if url else None
        except UsageError as error:
            raise ValueError(error.message) from None  # which gets file and line
        if parts and (parts.scheme not in _DATABASES or not parts.hostname or not parts.path.strip("/") or parts.query):
            raise ValueError("is no URL of a database: write postgresql://USER:PASSWORD@HOST/DATABASE")
        return SecretStr(parts._replace(scheme=_DATABASES[0]).geturl()) if parts else None

    @field_validator("passwords", mode="before")
    @classmethod
    def _one_a_line(cls, value: object) -> object:
        """Read the variable of the environment: a JSON list, or a password a line."""
        if not isinstance(value, str):
            return value
        return json.loads(value) if value.lstrip().startswith("[") else value.splitlines()

    @field_validator("credentials", mode="before")
    @classmethod
    def _entries(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            raise ValueError(f"is no list of entries: {SHAPE}")  # noqa: TRY004 - pydantic takes no TypeError
        return value

    @field_validator("*", mode="before")
    @classmethod
    def _without_nul(cls, value: object) -> object:
        if isinstance(value, str | Path) and "\0" in str(value):  # no file can have such a name
            raise ValueError("holds the character NUL")
        return value

    @field_validator("home", "cache")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        if not is_utf8(str(path)):
            raise ValueError("is not UTF-8 text, which the search engine needs")
        return expanded(path).absolute()


def home_folder(home: Path | str | None = None) -> Path:
    """Return the folder of a home: the one given, else that of the environment, else the default."""
    return Path(home or os.environ.get(f"{_PREFIX}HOME") or DEFAULT_HOME)


def load_settings(home: Path | str | None = None, **flags: Any) -> Settings:  # noqa: ANN401 - values of any setting
    """Return the settings for a home; flags that are None are not set.

    Raises `ConfigError` for a broken `settings.yaml` and `UsageError` for a flag or a variable of the
    environment with an impossible value.
    """
    home = home_folder(home)
    file = home / "settings.yaml"
    values, lines = read_yaml(file) if file.exists() else ({}, {})
    given = {name: value for name, value in flags.items() if value is not None}
    if not isinstance(values, dict):
        raise UsageError(f"{file}: is not a mapping of settings", "write one 'name: value' a line")
    environment = _merge(_from_environment(), {"elasticsearch": elasticsearch.from_environment()})
    values = _merge(_merge(values, environment), {**given, "home": home})
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise _explain(error, file, lines, given) from error
    if settings.index == "embedded":
        _refuse_shared(settings)
    return settings


def _refuse_shared(settings: Settings) -> None:
    """Raise `UsageError` where an embedded index, which one home has for itself, is to share something."""
    for name, what in (("blobs", "blobs"), ("database", "state")):
        if getattr(settings, name):
            message = f"{name}: an embedded index keeps its {what} in its home"
            raise UsageError(
                message, f"set 'index: elasticsearch', or take out '{name}' and unset {_PREFIX}{name.upper()}"
            )


def _from_environment() -> dict[str, Any]:
    """Return what the variables `CUSTOMS_LENS_…` set.

    Raises `UsageError` for a name that is nearly one of a setting, and for a list or mapping that is not JSON.
    """
    for variable in (name for name in os.environ if name.startswith(_PREFIX)):
        name = variable.removeprefix(_PREFIX).partition("__")[0].lower()
        near = get_close_matches(name, Settings.model_fields, 1, 0.8)
        if near and near[0] != name:  # others may be yours: settings take secrets from any variable
            message = f"{variable}: no setting has this name"
            raise UsageError(message, f"did you mean {_PREFIX}{near[0].upper()}? Correct or unset the variable")
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError:
        odd = [name for name, value in os.environ.items() if name.startswith(_PREFIX) and not _is_json(name, value)]
        remedy = 'write a list as ["a", "b"] and a mapping as {"name": value}, or unset the variable'
        raise UsageError(f"{', '.join(sorted(odd))}: is not JSON", remedy) from None  # no word of the value


def _is_json(variable: str, value: str) -> bool:
    """Return whether a variable of a list or mapping has such a value; one of another setting may have any."""
    names = variable.removeprefix(_PREFIX).lower().split("__")
    found: Any = Settings.model_construct()
    for name in names:
        found = getattr(found, name, None)
    if variable == PASSWORDS or not isinstance(found, BaseModel | tuple):
        return True
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return both mappings as one; where both hold a mapping under a name, these are merged in turn."""
    merged = dict(under)
    for name, value in over.items():
        below = merged.get(name)
        merged[name] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _explain(error: ValidationError, file: Path, lines: dict[Location, int], given: dict[str, Any]) -> CustomsLensError:
    problem = error.errors()[0]
    name = str(problem["loc"][0]) if problem["loc"] else ""
    if name in given:
        return UsageError(f"--{name.replace('_', '-')} {given[name]}: {plain_sentence(problem)}")
    variable = _PREFIX + "__".join(str(part) for part in problem["loc"]).upper()
    if variable not in os.environ and f"{_PREFIX}{name.upper()}" in os.environ:
        variable = f"{_PREFIX}{name.upper()}"  # of a value that holds the field
    if name == "elasticsearch" and elasticsearch.variable(str(problem["loc"][-1])) in os.environ:
        variable = elasticsearch.variable(str(problem["loc"][-1]))
    if variable not in os.environ and (name,) in lines:
        return config_error(file, lines, error)
    return UsageError(f"{variable}: {plain_sentence(problem)}", "correct or unset the variable")
