"""A batch of a run as values that survive JSON: for a task of the process that holds the run, and for other workers.

A task gets ids and names, nothing secret, and finds the sources of the run again. A part that is given to other workers
says all that is known of a document besides: they have its bytes from the store of blobs, whatever its source is.
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
    """Return an item with the name of its source in place of that: credentials and sidecars may hold secrets."""
    values = {name: value for name, value in vars(item).items() if name != "source"}
    return {"uri": item.source.uri, "parent": item.source.parent, **values}


def item_from_json(row: Mapping[str, Any], source: Source) -> Item:
    """Return an item that `item_as_json` was given, with a source."""
    values = {name: value for name, value in row.items() if name not in ("uri", "parent")}
    return Item(source, **values)


def result_as_json(result: BatchResult) -> dict[str, Any]:
    """Return the result of a batch."""
    return {"counts": _COUNTS.dump_python(result.counts, mode="json"), "deferred": sorted(result.deferred)}


def result_from_json(row: Mapping[str, Any]) -> BatchResult:
    """Return the result of a batch that `result_as_json` was given."""
    return BatchResult(_COUNTS.validate_python(row["counts"]), frozenset(row["deferred"]))


def has_secret(item: Item) -> bool:
    """Return whether a password is said beside a document, or nobody knows: it is not to be given away."""
    try:
        return any(one.passwords() for one in _sidecars(item.source) if one)
    except ConfigError:  # which its reading tells
        return True


def part_as_text(items: Iterable[Item]) -> str:
    """Return items with what is said of their sources."""
    return json.dumps([{"item": item_as_json(item), "said": _said_as_json(item.source)} for item in items])


def part_from_text(text: str) -> list[Item]:
    """Return items that `part_as_text` was given; the sources have no file."""
    return [
        item_from_json(row["item"], _source(row["item"]["uri"], row["item"]["parent"], row["said"]))
        for row in json.loads(text)
    ]


def _sidecars(source: Source) -> Sequence[Sidecar | None]:
    return (source.sidecar, source.archive, *source.around)


def _said_as_json(source: Source) -> dict[str, Any]:
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
