"""What a run would do, computed without writing to the home."""

import contextlib
from collections.abc import Sequence

from configs.errors import UnavailableError
from configs.settings import Settings
from index.filters import EVERY_CLASS
from index.protocol import Engine
from pipelines.ingest.deletion import NOTHING, Deletion, plan_deletion
from pipelines.ingest.duplicates import OrphanPlanner, bytes_of, orphans
from pipelines.ingest.pending import pending
from pipelines.ingest.plan import Item, Selection, plan
from pipelines.ingest.report import Counts, Failure, known_failure
from pipelines.sources.found import Found
from pipelines.stages import components
from pipelines.storage.ledger import Ledger
from pipelines.storage.opening import open_storage
from pipelines.storage.storage import Storage


def dry_run_counts(
    settings: Settings,
    found: Found,
    selection: Selection,
    *,
    passwords: Sequence[str],
    delete_missing: bool,
    allow_mass_deletion: bool,
) -> tuple[Counts, Deletion]:
    """Return the counts of a run over the sources as far as they can be known before it, and what it would delete.

    What would be worked on counts as indexed; known failures are listed as they stand in the ledger. Duplicates that
    would take the place of documents that go count too.
    """
    tools, storage = components.PipelineComponents(settings), open_storage(settings)
    with contextlib.ExitStack() as opened:
        engine = _reader(storage, tools)
        if engine:
            opened.callback(engine.close)
        ledger = storage.open_ledger(write=False)
        opened.callback(ledger.close)
        deletion = NOTHING
        if delete_missing:
            deletion = plan_deletion(found, ledger, engine, allow_mass=allow_mass_deletion)
        indexed = {one for one, _ in engine.documents(access_classes=EVERY_CLASS)} if engine else set()
        items = plan(
            found.sources,
            ledger,
            tools.versions,
            selection,
            indexed=indexed,
            gone=deletion.documents,
            pending=pending(settings.home) if selection.only == "failed" else {},
        )
        orphaned = orphans(ledger, gone=deletion.documents, planned=items)
        planner = OrphanPlanner(settings, ledger, storage.blobs(), tools.versions, passwords)
        successors = planner.plan(orphaned, indexed=indexed, gone=deletion.documents)
        gone = [row for row in ledger.known(deletion.documents).values() if row.id in indexed]
        left = {item.sha256 for item in successors if item.action == "orphaned"}
        staying = sum(bytes_of(row) in left for row in gone)
        counts = Counts(deleted=len(deletion.documents) - staying, kept=len(deletion.kept) + staying)
        for item in (*items, *successors):
            _count(item, ledger, counts)
    return counts, deletion


def _reader(storage: Storage, tools: components.PipelineComponents) -> Engine | None:
    try:
        return storage.open_engine(tools.identity, write=False)
    except UnavailableError:
        if storage.has_ledger() and not storage.shared:
            raise
        return None  # nothing was ingested yet; where a cluster is away, its ledger says so


def _count(item: Item, ledger: Ledger, counts: Counts) -> None:
    if item.action == "work":
        counts.indexed += 1
    elif item.action == "duplicate":
        counts.duplicate += 1
    elif item.action == "unchanged":
        counts.unchanged += 1
    elif item.action in ("unreadable", "orphaned"):
        counts.fail(Failure(item.source.uri, item.status, "read", item.error or "cannot be read"))
    elif entry := ledger.entry(item.id):
        counts.fail(known_failure(entry))
