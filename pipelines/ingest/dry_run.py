"""The dry run: computes what a run would do without writing to the home."""

import contextlib
from collections.abc import Sequence
from functools import partial

from configs.settings import Settings
from configs.system.errors import UnavailableError
from index.protocol import Engine
from pipelines.ingest.deletion import Deletion
from pipelines.ingest.duplicates import OrphanPlanner, bytes_of, orphans
from pipelines.ingest.pending import pending
from pipelines.ingest.plan import HomeState, Item
from pipelines.ingest.planners import Planner
from pipelines.ingest.report import Counts, Failure
from pipelines.stages import components
from pipelines.storage.ledger import Ledger
from pipelines.storage.opening import open_storage
from pipelines.storage.storage import Storage


def dry_run_counts(settings: Settings, planner: Planner, *, passwords: Sequence[str]) -> tuple[Counts, Deletion]:
    """Return the predicted counts of a run, and the documents that it would delete.

    Items to process count as indexed; known failures are listed as in the ledger. Duplicates that would replace deleted
    documents are included.
    """
    tools, storage = components.PipelineComponents(settings), open_storage(settings)
    with contextlib.ExitStack() as opened:
        engine = _reader(storage, tools)
        if engine:
            opened.callback(engine.close)
        ledger = storage.open_ledger(write=False)
        opened.callback(ledger.close)
        home = HomeState(
            ledger,
            tools.versions,
            engine.held if engine else lambda _: (),
            pending=partial(pending, settings.home),
            quarantine_after=settings.quarantine_after,
        )
        plan = planner.plan(home, engine)
        deletion = plan.deletion
        orphaned = orphans(ledger, gone=deletion.documents, planned=plan.items)
        orphan_planner = OrphanPlanner(settings, storage.blobs(), passwords)
        successors = orphan_planner.plan(orphaned, home, gone=deletion.documents)
        indexed = home.indexed(deletion.documents)
        gone = [row for row in ledger.known(deletion.documents).values() if row.id in indexed]
        left = {item.sha256 for item in successors if item.action == "orphaned"}
        staying = sum(bytes_of(row) in left for row in gone)
        counts = Counts(
            deleted=len(deletion.documents) - staying,
            kept=len(deletion.kept) + staying,
            quarantined=plan.quarantined,
        )
        for item in (*plan.items, *successors):
            _count(item, ledger, counts)
    return counts, deletion


def _reader(storage: Storage, tools: components.PipelineComponents) -> Engine | None:
    try:
        return storage.open_engine(tools.identity, write=False)
    except UnavailableError:
        if storage.has_ledger() and not storage.shared:
            raise
        return None  # nothing was ingested yet; if a cluster is unavailable, its ledger raises


def _count(item: Item, ledger: Ledger, counts: Counts) -> None:
    if item.action == "work":
        counts.indexed += 1
    elif item.action == "duplicate":
        counts.duplicate += 1
    elif item.action == "unchanged":
        counts.unchanged += 1
    elif item.action in ("unreadable", "orphaned"):
        counts.fail(
            Failure(source=item.source.uri, status=item.status, stage="read", error=item.error or "cannot be read")
        )
    elif entry := ledger.entry(item.id):
        counts.repeat(entry)
