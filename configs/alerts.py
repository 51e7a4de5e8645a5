"""Alert settings, read from `HOME/alerts.yaml`: the targets of messages about new papers and failed sources."""

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias
from urllib.parse import quote, unquote, unquote_plus

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from configs.system.credentials import VARIABLE, revealed
from configs.system.errors import UnavailableError
from configs.system.redaction import split_secrets
from configs.system.yamlfile import ConfigValue, load_yaml

FILE = "alerts.yaml"
LONGEST_NAME = 100
_SHORTEST_SECRET = 3
"""Characters; shorter values are not looked for in messages, where they stand in words."""
_OPEN = frozenset({"mailto", "mailtos", "json", "jsons", "xml", "xmls", "form", "forms"})
"""Schemes of addresses that are no secret by themselves; those of all other services let whoever has them write."""
_WAYS = frozenset({"bearer", "basic"})
"""What a header of authorization may say before its secret."""
_MARKED = re.compile(r"([?&])[-+:]")
"""How apprise marks parameters (`-token=`), headers (`+Authorization=`) and fields that it is to pass on."""
_EXAMPLE = "write for instance ${ALERTS_URL}, and set that variable of the environment"

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
SearchName = Annotated[str, Field(min_length=1)]
Subject: TypeAlias = Literal["papers", "failures"]
Subjects = Annotated[
    tuple[Subject, ...],
    Field(min_length=1),
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
]


class AlertTarget(ConfigValue):
    """Somebody who is told something, by a URL as apprise takes it: a mail server, a chat, a webhook.

    `on` says of what: new `papers`, or `failures` of sources; of these at most once in `interval_hours`.
    What is secret in the URL stands in the environment, `${NAME}`, written as in a URL: `%40` is an @. Without
    `searches` all that belong to the home are sent, and none of a person. `access` are the access classes whose papers
    may be sent, beside public ones and those without a class; `all` stands for every class, and for the names of papers
    that nobody could read. With `send_empty` it is also said that nothing is new.
    """

    name: Name
    url: SecretStr
    on: Subjects = ("papers",)
    searches: tuple[SearchName, ...] = ()
    format: Literal["text", "html"] = "text"
    access: tuple[Name, ...] | Literal["all"] = ()
    send_empty: bool = False
    interval_hours: float = Field(default=8, ge=0, le=24 * 7)

    @model_validator(mode="before")
    @classmethod
    def _on_is_a_word(cls, given: Any) -> Any:  # noqa: ANN401 - whatever stands in a file
        """Accept the key `on`, which YAML 1.1 parses as true."""
        return (
            {"on" if key is True else key: value for key, value in given.items()} if isinstance(given, dict) else given
        )

    @field_validator("url")
    @classmethod
    def _without_secrets(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if VARIABLE.fullmatch(url):
            return value
        scheme, mark, _ = url.partition("://")
        if not mark or not scheme:
            raise ValueError("is no URL as apprise takes it: write for instance mailto://HOST?to=NAME@HOST")
        if scheme.lower() not in _OPEN and not VARIABLE.search(url):
            raise ValueError(f"whoever has this URL can write there: {_EXAMPLE}")
        if _has_secrets(VARIABLE.sub("", url)):
            raise ValueError("holds a password or token: write ${NAME} in its place, and set it in the environment")
        return value

    def revealed(self) -> tuple[str, tuple[str, ...]]:
        """Return the URL with environment variables expanded, and its secrets, which must not be shown.

        Raises `UsageError` for a variable that is not set.
        """
        remedy = f"set it, or correct the target '{self.name}' in {FILE}"
        values = {revealed(SecretStr(found[0]), remedy=remedy) for found in VARIABLE.finditer(self._written)}
        forms = {form for one in values for form in (one, unquote(one), quote(unquote(one), safe=""))}
        pieces = {piece for one in values for piece in one.replace("?", "/").split("/")}
        secrets = tuple(sorted(one for one in forms | pieces if len(one) >= _SHORTEST_SECRET))
        return revealed(self.url, remedy=remedy), secrets

    @property
    def _written(self) -> str:
        return self.url.get_secret_value()


class AlertSettings(ConfigValue):
    """The targets, and the URL at which their readers reach the portal, if they do: titles lead there."""

    portal: str | None = None
    targets: tuple[AlertTarget, ...] = ()

    @field_validator("portal")
    @classmethod
    def _a_website(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("is no address of a website: write for instance https://papers.example")
        if url is not None and split_secrets(url).url != url:
            raise ValueError("holds credentials, which would be sent to everybody: leave them out")
        return url

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        twice = [name for name, count in Counter(target.name for target in self.targets).items() if count > 1]
        if twice:
            raise ValueError(f"two targets have the name '{twice[0]}': what was sent is noted by name")
        return self


def load_alerts(home: Path) -> AlertSettings:
    """Return the alert settings of a home.

    Raises `UnavailableError` where there is none and `ConfigError`, with line and field, for one that does not fit.
    """
    path = home / FILE
    if not path.exists():
        raise UnavailableError(f"{path}: there is no such file", "write the targets of alerts into it")
    return load_yaml(path, AlertSettings)


def portal_address(home: Path) -> str | None:
    """Return the URL of the portal, None without a file or a URL in it; raises as `load_alerts`."""
    return load_alerts(home).portal if (home / FILE).exists() else None


def _has_secrets(url: str) -> bool:
    """Return whether a URL has secrets outside of variables; a user's name alone is none."""
    parts = split_secrets(_MARKED.sub(r"\1", url))
    values = [unquote_plus(one.partition("=")[2]).strip() for one in f"{parts.query}&{parts.other}".split("&")]
    return bool(parts.user.partition(":")[2]) or any(one and one.lower() not in _WAYS for one in values)
