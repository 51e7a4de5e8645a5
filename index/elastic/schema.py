"""The indices of the cluster: their mappings, the version and encoder that they were built with, and their aliases.

An index is called `NAME-passages-000001` and has the alias `NAME-passages`; likewise for documents. A
version of the index is a pair of the two with the same number. Both aliases change in one call.
"""

import re
from typing import Any

from configs.elasticsearch import load_indices
from configs.system.errors import MismatchError, UnavailableError
from index.elastic.client import Cluster, NotThereError, cluster_errors, create_index
from index.elastic.conditions import mapped
from index.encoder import EncoderIdentity
from index.facts import StoredField
from index.fields import FIELDS, NUMBER_FIELDS, TAG_FIELDS
from index.query.compiler import TERMS

SCHEMA_VERSION = 9
"""Raised with every change of the rows or of the text analysis."""
_KEYWORD = {"type": "keyword"}
_DAYS = {"type": "date_range", "format": "strict_date"}
"""A date is the days that it may be."""


def find(cluster: Cluster) -> dict[str, Any] | None:
    """Return the metadata of the index, None where there is no index yet."""
    with cluster_errors(cluster.url):
        try:
            with cluster_errors(cluster.url):
                found = dict(cluster.client.indices.get_mapping(index=cluster.passages))
        except NotThereError:
            return None
    (mapping,) = found.values()
    return dict(mapping["mappings"]["_meta"])


def check(cluster: Cluster, meta: dict[str, Any] | None, identity: EncoderIdentity | None) -> EncoderIdentity:
    """Return the encoder that an index was made with.

    Raises `UnavailableError` where there is none, and `MismatchError` where its version or encoder is another one;
    without an identity any encoder will do.
    """
    name = f"{cluster.url}/{cluster.passages}"
    if meta is None:
        raise no_index(cluster)
    refuse_newer(cluster, meta)
    if meta["schema"] != SCHEMA_VERSION:
        message = f"{name}: the index has version {meta['schema']}, this program writes {SCHEMA_VERSION}"
        raise MismatchError(message, "run customs-lens reindex, or use the version of the program that made it")
    if missing := set(FIELDS).difference(meta["fields"]):
        message = f"{name}: the index was made without the fields {', '.join(sorted(missing))}"
        raise MismatchError(message, "run customs-lens reindex")
    made = EncoderIdentity.model_validate(meta["encoder"])
    if identity and not made.fits(identity):
        message = f"{name}: the index was made with the encoder {_named(made)}, not with {_named(identity)}"
        remedy = f"run with --encoder {made.name}, or set ELASTICSEARCH_NAME to a new name and ingest again"
        raise MismatchError(message, remedy)
    return made


def refuse_newer(cluster: Cluster, meta: dict[str, Any]) -> None:
    """Raise `MismatchError` where a newer version of the program made an index: what it added would be lost."""
    if meta["schema"] > SCHEMA_VERSION:
        name = f"{cluster.url}/{cluster.passages}"
        message = f"{name}: the index has version {meta['schema']}, this program writes {SCHEMA_VERSION}"
        raise MismatchError(message, "use the version of the program that made it, or a newer one")


def check_state(cluster: Cluster, meta: dict[str, Any], state: str) -> None:
    """Raise `MismatchError` where an index belongs to another state: each would delete what only the other knows."""
    if meta.get("state", state) != state:
        message = f"{cluster.url}/{cluster.passages}: the index belongs to homes with another state than this one"
        remedy = "let CUSTOMS_LENS_DATABASE name the database of these homes, or set ELASTICSEARCH_NAME to a new name"
        raise MismatchError(message, remedy)


def no_index(cluster: Cluster) -> UnavailableError:
    """Return the error for a cluster without an index."""
    return UnavailableError(f"{cluster.url}/{cluster.passages}: there is no index yet", "run customs-lens ingest first")


def create(cluster: Cluster, identity: EncoderIdentity, state: str) -> None:
    """Create the two indices of the cluster's version unless they exist, for homes that share one state."""
    meta = {"schema": SCHEMA_VERSION, "fields": FIELDS, "encoder": identity.model_dump(mode="json"), "state": state}
    indices = load_indices()
    own = {"number_of_shards": cluster.settings.shards}
    passages = {**indices.passages.mappings, "_meta": meta}
    passages["properties"] = {**passages["properties"], **_fields(cluster, identity)}
    bodies = {
        cluster.passages: (indices.passages.settings, passages),
        cluster.documents: (indices.documents.settings, indices.documents.mappings),
    }
    for name, (settings, mappings) in bodies.items():
        create_index(cluster, name, {**settings, **own}, mappings)


def put_alias(cluster: Cluster, number: int) -> None:
    """Point the aliases to one version alone, in one call."""
    actions: list[dict[str, Any]] = []
    new = cluster.at(number)
    for alias, name in ((cluster.passages, new.passages), (cluster.documents, new.documents)):
        actions += [{"remove": {"index": f"{alias}-*", "alias": alias, "must_exist": False}}]
        actions += [{"add": {"index": name, "alias": alias, "is_write_index": True}}]
    with cluster_errors(cluster.url):
        cluster.client.indices.update_aliases(actions=actions)


def versions(cluster: Cluster) -> tuple[int | None, list[int]]:
    """Return the number of the version behind the aliases, and the numbers of all versions."""
    with cluster_errors(cluster.url):
        found = dict(cluster.client.indices.get_alias(index=f"{cluster.passages}-*", allow_no_indices=True))
    pattern = re.compile(rf"{re.escape(cluster.passages)}-(\d{{6}})")
    numbers = {int(match[1]): name for name in found if (match := pattern.fullmatch(name))}
    current = [number for number, name in numbers.items() if cluster.passages in found[name]["aliases"]]
    return (current[0] if current else None), sorted(numbers)


def _fields(cluster: Cluster, identity: EncoderIdentity) -> dict[str, Any]:
    """Return the fields that the filters, our own terms and the encoder ask for."""
    outside: list[StoredField] = [field for field in FIELDS if field not in TAG_FIELDS and field != "theme.status"]
    outside += ["theme.suggested", "theme.any"]
    tags: list[StoredField] = [field for field in FIELDS if field in TAG_FIELDS]
    return {
        **_values(outside),
        TERMS: {"type": "text", "analyzer": "whitespace"},
        "tags": {"type": "nested", "properties": {"key": _KEYWORD, "cell": _KEYWORD, **_values(tags)}},
        "vector": {
            "type": "dense_vector",
            "dims": identity.dimension,
            "similarity": "max_inner_product",  # the dot product, of vectors of any length
            "index_options": {"type": cluster.settings.vectors},
        },
    }


def _values(fields: list[StoredField]) -> dict[str, Any]:
    """Return two mappings for each field: for the values that facets show, and for the forms that filters compare."""
    compared = {mapped(field): _compared(field) for field in fields}
    return {
        "facets": {"properties": dict.fromkeys(compared, _KEYWORD)},
        "filters": {"properties": compared},
    }


def _compared(field: StoredField) -> dict[str, str]:
    return {"type": "integer"} if field in NUMBER_FIELDS else _DAYS if field == "date" else _KEYWORD


def _named(encoder: EncoderIdentity) -> str:
    return f"{encoder.name} (model {encoder.model_hash[:8]}, {encoder.dimension} dimensions)"
