"""The small indices that workers share besides the search index; a reindex leaves them as they are."""

from typing import Any, Literal

from configs.elasticsearch import load_indices
from configs.system.errors import MismatchError
from index.elastic.client import Cluster, NotThereError, cluster_errors, create_index, wait_until_ready

SCHEMA_VERSION = 2
"""Raised with every change of the rows of these indices."""

Shared = Literal["labels"]


def make(cluster: Cluster, kind: Shared) -> None:
    """Make an index where it is not there yet; raises `MismatchError` for one of another version."""
    if exists(cluster, kind):
        return
    definition = getattr(load_indices(), kind)
    mappings = {**definition.mappings, "_meta": {"schema": SCHEMA_VERSION}}
    create_index(cluster, _name(cluster, kind), definition.settings, mappings)
    wait_until_ready(cluster, _name(cluster, kind))


def exists(cluster: Cluster, kind: Shared) -> bool:
    """Return whether an index is there; raises `MismatchError` for one of another version."""
    name = _name(cluster, kind)
    try:
        with cluster_errors(cluster.url):
            (found,) = dict(cluster.client.indices.get_mapping(index=name)).values()
    except NotThereError:
        return False
    version: Any = found["mappings"].get("_meta", {}).get("schema")
    if version != SCHEMA_VERSION:
        message = f"{cluster.url}/{name}: the index has version {version}, this program needs {SCHEMA_VERSION}"
        raise MismatchError(message, "use the program that wrote it, or set ELASTICSEARCH_NAME to a new name")
    return True


def _name(cluster: Cluster, kind: Shared) -> str:
    return str(getattr(cluster, kind))
