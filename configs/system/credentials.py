"""Credentials for sources from the settings; their secrets may be in environment variables."""

import os
import re
from collections.abc import Mapping

from pydantic import SecretStr, field_validator, model_validator

from configs.system.errors import UsageError
from configs.system.redaction import is_secret
from configs.system.yamlfile import ConfigValue

SHAPE = "write '- url: https://HOST/FOLDER/', and below it 'username' and 'password', or 'query'"
"""How an entry of the credentials looks in the settings."""
VARIABLE = re.compile(r"\$\{(\w+)\}")
"""A variable of the environment that holds a secret, as a file names it."""
_OF_SETTINGS = "set it, or correct 'credentials' or 'passwords' in settings.yaml"


class Credential(ConfigValue):
    """What opens everything below a URL: user and password, parameters of a query such as a signature, or both.

    User and password are written as in a URL: `%40` is an @, and a `%` before two hexadecimal digits is `%25`. A value
    may name a variable of the environment, `${NAME}`, that holds it.
    """

    url: str
    username: SecretStr | None = None
    password: SecretStr | None = None
    query: SecretStr | None = None

    @model_validator(mode="before")
    @classmethod
    def _entry(cls, value: object) -> object:
        if not isinstance(value, Mapping | Credential):
            raise ValueError(f"is no entry of credentials: {SHAPE}")  # noqa: TRY004 - pydantic takes no TypeError
        return value

    @field_validator("url")
    @classmethod
    def _plain(cls, url: str) -> str:
        if "://" not in url:
            raise ValueError("is no URL: write for instance https://HOST/FOLDER/")
        if is_secret(url):
            raise ValueError("holds credentials: write them under username, password or query")
        return url


def revealed(value: SecretStr | None, *, remedy: str = _OF_SETTINGS) -> str:
    """Return the secret with environment variables expanded; "" for none.

    Raises `UsageError`, with the remedy, for a variable that is not set.
    """

    def of_environment(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            message = f"the variable {match[1]} of the environment, which holds a secret, is not set"
            raise UsageError(message, remedy)
        return os.environ[match[1]]

    return VARIABLE.sub(of_environment, value.get_secret_value()) if value else ""
