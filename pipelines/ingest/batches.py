"""Batches of a run as JSON values: for tasks of an orchestrator in the process of the run, and for other workers.

A task gets ids and names, nothing secret, and looks up the sources of the run. A batch for other workers also contains
all metadata of its documents: these workers read the bytes from the blob store and have no access to the sources.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from configs.system.errors import ConfigError
from extractors import containers
from pipelines.ingest.plan import Item
from pipelines.ingest.report import BatchResult, Counts
from pipelines.sources.defaults import SourceDefaults
from pipelines.sources.sidecars import Sidecar
from pipelines.sources.source import Source

_COUNTS = TypeAdapter(Counts)
_BYTES = "latin-1"
"""An encoding that has a character for each byte."""


def item_as_json(item: Item) -> dict[str, Any]:
    """Return an item with the name of its source instead of the source, whose credentials and sidecar may be secret."""
    values = {name: value for name, value in vars(item).items() if name != "source"}
    return {"uri": item.source.uri, "parent": item.source.parent, **values}


def item_from_json(row: Mapping[str, Any], source: Source) -> Item:
    """Return an item from its JSON form and its source."""
    values = {name: value for name, value in row.items() if name not in ("uri", "parent")}
    return Item(source, **values)


def result_as_json(result: BatchResult) -> dict[str, Any]:
    """Return the result of a batch."""
    return {"counts": _COUNTS.dump_python(result.counts, mode="json"), "deferred": sorted(result.deferred)}


def result_from_json(row: Mapping[str, Any]) -> BatchResult:
    """Return the result of a batch from its JSON form."""
    return BatchResult(_COUNTS.validate_python(row["counts"]), frozenset(row["deferred"]))


def has_secret(item: Item) -> bool:
    """Return whether a sidecar gives a password, or cannot be read: such an item must not be shared."""
    try:
        return any(one.passwords() for one in _sidecars(item.source) if one)
    except ConfigError:  # which the result of reading contains
        return True


def part_as_text(items: Iterable[Item]) -> str:
    """Return items with the metadata of their sources as text."""
    return json.dumps([{"item": item_as_json(item), "said": _sidecar_as_json(item.source)} for item in items])


def part_from_text(text: str) -> list[Item]:
    """Return items from their text form; their sources have no file."""
    return [
        item_from_json(row["item"], _source(row["item"]["uri"], row["item"]["parent"], row["said"]))
        for row in json.loads(text)
    ]


def _sidecars(source: Source) -> Sequence[Sidecar | None]:
    return (source.sidecar, source.archive, *source.around)


def _sidecar_as_json(source: Source) -> dict[str, Any]:
    return {
        "steps": [step.model_dump() for step in source.steps],
        "sidecars": [one and [one.name, one.content.decode(_BYTES)] for one in _sidecars(source)],
        "defaults": source.defaults and vars(source.defaults),
    }


def _source(uri: str, parent: str | None, said: Mapping[str, Any]) -> Source:
    sidecar, archive, *around = (one and Sidecar(one[0], one[1].encode(_BYTES)) for one in said["sidecars"])
    return Source(
        uri,
        parent=parent,
        steps=tuple(map(containers.Step.model_validate, said["steps"])),
        sidecar=sidecar,
        archive=archive,
        around=tuple(around),
        defaults=said["defaults"] and SourceDefaults(**said["defaults"]),
    )
