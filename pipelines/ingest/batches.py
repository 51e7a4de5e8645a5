"""A batch of a run as values that survive JSON, so that any process can work on it: ids and names, nothing secret.

The process that holds the run finds its session and its sources again. Another one opens a session of its own, which
a home with the embedded engine allows when no process has one, and looks for the sources by their names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from configs.settings import Settings
from pipelines.ingest.plan import Item
from pipelines.ingest.report import Counts
from pipelines.ingest.run import open_run
from pipelines.ingest.session import BatchResult, IngestSession
from pipelines.sources.lookup import find_again
from pipelines.sources.source import GONE, Source, bare_source
from pipelines.stages import components

_COUNTS = TypeAdapter(Counts)


def item_as_json(item: Item) -> dict[str, Any]:
    """Return an item with the name of its source in place of that: credentials and sidecars may hold secrets."""
    values = {name: value for name, value in vars(item).items() if name != "source"}
    return {"uri": item.source.uri, "parent": item.source.parent, **values}


def result_as_json(result: BatchResult) -> dict[str, Any]:
    """Return the result of a batch."""
    return {"counts": _COUNTS.dump_python(result.counts, mode="json"), "deferred": sorted(result.deferred)}


def result_from_json(row: Mapping[str, Any]) -> BatchResult:
    """Return the result of a batch that `result_as_json` was given."""
    return BatchResult(_COUNTS.validate_python(row["counts"]), frozenset(row["deferred"]))


def process_batch(settings: Settings, rows: Sequence[Mapping[str, Any]], run: str) -> dict[str, Any]:
    """Work on a batch of a run, its items as JSON, and return its result as JSON.

    The process that holds the run tells it of each item that is done. Another one keeps its components and its server
    of readers for the next batch.
    Raises as `IngestSession` and its `process` do: with the embedded engine `UnavailableError` where another process,
    or another thread of this one, holds the home.
    """
    if known := open_run(run):
        sources = {item.id: item.source for item in known.batch}
        items = [_item(row, sources[row["id"]]) for row in rows]
        return result_as_json(known.session.process(items, run, known.done, known.shown))
    passwords = settings.document_passwords
    items = _found_again(rows, settings, passwords)
    with IngestSession(settings, passwords=passwords, opened=_components(settings, run)) as session:
        session.ledger.known([item.id for item in items])  # rows as they are now can be claimed
        return result_as_json(session.process(items, run))


@lru_cache(maxsize=1)
def _components(settings: Settings, run: str) -> components.PipelineComponents:  # noqa: ARG001 - each run loads anew
    """Return the components of a run, whose encoder and tables of labels take seconds to load."""
    return components.PipelineComponents(settings)


def _item(row: Mapping[str, Any], source: Source) -> Item:
    values = {name: value for name, value in row.items() if name not in ("uri", "parent")}
    return Item(source, **values)


def _found_again(rows: Sequence[Mapping[str, Any]], settings: Settings, passwords: Sequence[str]) -> list[Item]:
    """Return the items with their sources, as far as these are opened; what is not there any more is unreadable."""
    there = find_again([row["uri"] for row in rows if _is_opened(row)], settings, passwords)
    items = []
    for row in rows:
        source: Source | str = Source(row["uri"], parent=row["parent"])
        if _is_opened(row):
            source = there.get(row["uri"], GONE)
        if isinstance(source, Source) and _is_opened(row) and source.description != row["sidecar"]:
            source = "its sidecar was changed after the run began: run it again"
        if isinstance(source, str):
            error = f"{row['uri']}: {source}"
            items.append(replace(_item(row, Source(row["uri"])), action="unreadable", error=error))
        else:
            items.append(_item(row, source))
    return items


def _is_opened(row: Mapping[str, Any]) -> bool:
    """Whether the source of an item is opened, or its sidecar."""
    return (
        row["action"] == "work"
        and row["start"] == "read"
        and (not row["stored"] or row["sidecar"] != bare_source(row["uri"]).description)
    )
