"""Settings of the Elasticsearch engine: the connection to the cluster and the definitions of its indices."""

import os
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator

from configs.system.urls import server_parts
from configs.system.yamlfile import ConfigValue, NamedPath, load_yaml

INDICES_FILE = Path(__file__).with_name("elasticsearch.yaml")
VARIABLES = "ELASTICSEARCH_"
"""How the variables of the environment begin that set `ElasticsearchSettings`; the rest is a field's name."""

_AN_HOUR, _A_DAY = 3_600, 86_400  # seconds
_PORTS = {"http": 9200, "https": 443}


class ElasticsearchSettings(ConfigValue):
    """How the cluster is reached and used.

    `name` is how the names of the indices begin. `vectors` is the kind of vector index and `shards` the number of
    shards of an index that is made from now on. `backoff_seconds` is the first pause where the cluster is too busy
    to take rows; each further one is twice as long. A writer waits `patience_seconds` for a cluster that is away or too
    busy before it gives up.
    """

    url: str | None = None
    api_key: SecretStr | None = None
    ca_certs: NamedPath | None = None
    name: str = Field(default="customs-lens", pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")
    vectors: Literal["int8_hnsw", "bbq_hnsw"] = "int8_hnsw"
    shards: int = Field(default=1, ge=1, le=1024)
    timeout_seconds: float = Field(default=60.0, gt=0, le=_AN_HOUR)
    backoff_seconds: float = Field(default=1.0, gt=0, le=_AN_HOUR)
    patience_seconds: float = Field(default=120.0, ge=0, le=_A_DAY)

    @field_validator("url")
    @classmethod
    def _complete_url(cls, url: str | None) -> str | None:
        """Add a missing port to a URL, which the client requires, and encode delimiters in the password."""
        if url is None:
            return url
        try:
            parts = server_parts(url, _PORTS)
        except ValueError:
            raise ValueError("is no URL of a cluster: write http://HOST:9200 or https://HOST:9200") from None
        netloc = parts.netloc if parts.port else f"{parts.netloc}:{_PORTS[parts.scheme]}"
        return parts._replace(netloc=netloc).geturl()


class IndexDefinition(ConfigValue):
    """Settings and mappings of one index, as Elasticsearch takes them."""

    settings: dict[str, Any]
    mappings: dict[str, Any]


class Indices(ConfigValue):
    """The two indices of a search index, and those that workers share beside it."""

    version: str
    passages: IndexDefinition
    documents: IndexDefinition


@cache
def load_indices() -> Indices:
    """Return the definitions that ship with the product."""
    return load_yaml(INDICES_FILE, Indices)


def from_environment() -> dict[str, str]:
    """Return the fields of `ElasticsearchSettings` that variables of the environment set."""
    given = ((name, os.environ.get(variable(name))) for name in ElasticsearchSettings.model_fields)
    return {name: value for name, value in given if value}


def variable(field: str) -> str:
    """Return the variable of the environment that sets a field."""
    return VARIABLES + field.upper()
