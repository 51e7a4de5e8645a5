"""What a run would do, found out without touching the home."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence

from configs.errors import UnavailableError
from configs.settings import Settings
from extractors.document import document_id
from index.engines import open_engine
from index.filters import EVERY_CLASS
from index.protocol import Engine
from pipelines import stages
from pipelines.home import LEDGER
from pipelines.ledger import Ledger
from pipelines.plan import Item, Selection, plan
from pipelines.report import Counts, Failure, known_failure
from pipelines.sources import Source, lies_under, root_uris
from pipelines.stores import open_ledger
from pipelines.unfinished import unfinished


def rehearse(
    settings: Settings, names: Sequence[str], sources: Sequence[Source], selection: Selection, *, delete_missing: bool
) -> Counts:
    """Return the counts of a run over the sources as far as they can be told before it.

    What would be worked on counts as indexed; known failures are listed as they stand in the ledger.
    """
    tools = stages.Tools(settings)
    with contextlib.ExitStack() as opened:
        engine = _reader(settings, tools)
        if engine:
            opened.callback(engine.close)
        ledger = open_ledger(settings, write=False)
        opened.callback(ledger.close)
        gone = missing(names, sources, ledger, engine) if delete_missing else []
        indexed = {identifier for identifier, _ in _documents(engine)}
        items = plan(
            sources,
            ledger,
            tools.versions,
            selection,
            indexed=indexed,
            gone=gone,
            unfinished=unfinished(settings.home),
        )
        counts = Counts(deleted=len(gone))
        for item in items:
            _count(item, ledger, counts)
    return counts


def missing(names: Sequence[str], sources: Sequence[Source], ledger: Ledger, engine: Engine | None) -> list[str]:
    """Return the ids of the documents that lie under the named sources and are not there any more.

    They are those of the ledger and those that only the index holds because a run was killed.
    """
    there = {document_id(source.uri) for source in sources}
    roots = root_uris(names)
    known = {entry.id: entry.source for entry in ledger.entries()}
    for identifier, _ in _documents(engine):
        if engine is None or identifier in known:
            continue
        if document := engine.document(identifier, access_classes=EVERY_CLASS):
            known[identifier] = document.source
    return [
        identifier
        for identifier, source in known.items()
        if identifier not in there and any(lies_under(source, root) for root in roots)
    ]


def _documents(engine: Engine | None) -> Iterable[tuple[str, Mapping[str, str]]]:
    return engine.documents(access_classes=EVERY_CLASS) if engine else ()


def _reader(settings: Settings, tools: stages.Tools) -> Engine | None:
    try:
        return open_engine(settings, tools.identity, write=False)
    except UnavailableError:
        if settings.index == "embedded" and (settings.home / LEDGER).exists():
            raise
        return None  # nothing was ingested yet; where a cluster is away, its ledger says so


def _count(item: Item, ledger: Ledger, counts: Counts) -> None:
    if item.action == "work":
        counts.indexed += 1
    elif item.action == "duplicate":
        counts.duplicate += 1
    elif item.action == "unchanged":
        counts.unchanged += 1
    elif item.action == "unreadable":
        counts.fail(Failure(item.source.uri, item.status, "read", item.error or "cannot be read"))
    elif entry := ledger.entry(item.id):
        counts.fail(known_failure(entry))
