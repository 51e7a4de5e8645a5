"""Ingestion: reads sources, indexes documents, writes a ledger row for each, and returns a report."""

import contextlib
import time
from collections.abc import Callable, Sequence
from functools import partial

from configs.settings import Settings
from configs.system.errors import UnavailableError, UsageError
from configs.system.redaction import without_secrets
from index.filters import EVERY_CLASS, Filters
from index.protocol import Engine
from pipelines.ingest.backfill import BackfillPlanner, FailedPlanner, documents_matching
from pipelines.ingest.deletion import Deletion
from pipelines.ingest.disk import refuse_full_disk
from pipelines.ingest.duplicates import OrphanPlanner, bytes_of, orphans
from pipelines.ingest.pending import pending, refuse_without_list
from pipelines.ingest.plan import WHAT_IS_NEW, HomeState, Item, Selection
from pipelines.ingest.planners import MissingPlanner, Planner, SourcePlanner, StagePlanner
from pipelines.ingest.recorded import new_run_id, recorded_run
from pipelines.ingest.report import Counts, Failure, IngestReport
from pipelines.ingest.run import BatchRunner, ProgressListener
from pipelines.search.requests import filters_of
from pipelines.sources.given import find_given, given_sources
from pipelines.sources.source import uri_of
from pipelines.stages import components
from pipelines.stages.versions import Stage
from pipelines.storage.errors import storage_errors
from pipelines.storage.ledger import Ledger
from pipelines.storage.opening import open_storage
from pipelines.storage.storage import Storage

_MOST_NAMES = 20
"""Number of SOURCEs in the record of a run; a shell may expand a glob to thousands."""


def ingest(
    settings: Settings,
    names: Sequence[str],
    *,
    selection: Selection = WHAT_IS_NEW,
    filters: Sequence[str] = (),
    passwords: Sequence[str] = (),
    delete_missing: bool = False,
    allow_mass_deletion: bool = False,
    dry_run: bool = False,
    wait: float = 0.0,
    progress: ProgressListener = lambda *_: None,
    run_batch: BatchRunner | None = None,
    call_helpers: Callable[[], None] = lambda: None,
) -> IngestReport:
    """Ingest every document of the SOURCEs and return the report of the run.

    Without names, these are the stored documents from the stage in `selection` on, or the failed ones. With `filters`,
    `field=value` as in a search, only indexed documents that match are processed. `run_batch` processes each batch of
    `settings.batch_documents` documents for an orchestrator, and `call_helpers` starts workers for a run of many
    batches that can be shared. A `dry_run` does not change the home. `delete_missing` deletes the missing documents of
    a source; all of them, or more than half of ten or more, only with `allow_mass_deletion`. If another process writes
    the home, this waits up to `wait` seconds for it.

    Raises `UsageError` for an invalid filter and for a selection that needs names; `UnavailableError` for a disk that
    is nearly full, before anything is read, and for a missing source or a home that cannot be written, before anything
    is deleted; `MismatchError` for an index of another version or encoder, and at the end `MassDeletionError`, which
    has the report, if missing documents were kept.
    """
    began = time.monotonic()
    if not dry_run:
        refuse_full_disk(settings)
    passwords = (*passwords, *settings.document_passwords)
    wanted = filters_of(filters, EVERY_CLASS) if filters else None
    planner: Planner
    if names:
        matching = partial(documents_matching, filters=wanted) if wanted else None
        found = find_given(given_sources(names, settings, delete=delete_missing), settings, passwords)
        planner = SourcePlanner(found, selection, allow_mass_deletion, matching=matching)
        label = (named_together(names), "ingest")
    else:
        planner = _stored_planner(settings, selection, wanted, passwords, delete_missing=delete_missing)
        label = (" ".join(filters), "backfill")
    if dry_run:
        if selection.only == "failed":
            refuse_without_list(settings.home, names)
        with storage_errors(settings.home):
            counts, deletion = dry_run_counts(settings, planner, passwords=passwords)
        report = counts.report(new_run_id(), time.monotonic() - began)
        deletion.check(report)
    else:
        with recorded_run(
            settings,
            source=label[0],
            flow=label[1],
            began=began,
            passwords=passwords,
            run_batch=run_batch,
            progress=progress,
            call_helpers=call_helpers,
            wait=wait,
        ) as run:
            if selection.only == "failed":
                refuse_without_list(settings.home, names)
            elif names:
                run.begin(names)
            report, deletion = run.execute(planner)
            deletion.check(report)
    return report


def _stored_planner(
    settings: Settings,
    selection: Selection,
    filters: Filters | None,
    passwords: Sequence[str],
    *,
    delete_missing: bool,
) -> Planner:
    """Return the planner of a run without SOURCEs."""
    start: Stage | None = "read" if selection.force else selection.start
    if selection.only == "failed" and not delete_missing:
        return FailedPlanner(settings, selection, filters, passwords=passwords)
    if selection.only or delete_missing or start is None:
        remedy = "name a SOURCE; --from STAGE, with or without --filter, and --only failed go without one"
        raise UsageError("no SOURCE was named, and what is to be done needs one", remedy)
    return BackfillPlanner(settings, start, filters, passwords=passwords)


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


def tag_again(settings: Settings, *, progress: ProgressListener = lambda *_: None) -> IngestReport:
    """Tag all documents whose tags come from an older tagger, using stored readings; return the report.

    The sources are not read and may be missing. Raises as `ingest` does.
    """
    with recorded_run(settings, flow="tag", progress=progress) as run:
        return run.execute(StagePlanner("tag")).report


def put_back(settings: Settings, *, progress: ProgressListener = lambda *_: None) -> IngestReport:
    """Index the documents again that the ledger has and the index lacks, from stored artefacts; return the report.

    Blobs that no document refers to are deleted. Raises as `ingest` does.
    """
    with recorded_run(settings, flow="repair", progress=progress) as run:
        return run.execute(MissingPlanner(), sweep=True).report


def named_together(names: Sequence[str]) -> str:
    """Return the SOURCEs of a run for its record: without secrets, and the first ones if there are many."""
    shown = [without_secrets(uri_of(name)) for name in names[:_MOST_NAMES]]
    more = [f"and {len(names) - _MOST_NAMES} more"] * (len(names) > _MOST_NAMES)
    return ", ".join([*shown, *more])
