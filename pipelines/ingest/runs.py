"""Ingestion: sources in, documents in the index, a row in the ledger for each, and a report."""

import time
from collections.abc import Sequence

from configs.redaction import without_secrets
from configs.settings import Settings
from pipelines.ingest.disk import refuse_full_disk
from pipelines.ingest.dry_run import dry_run_counts
from pipelines.ingest.pending import refuse_without_list
from pipelines.ingest.plan import WHAT_IS_NEW, Selection
from pipelines.ingest.planners import LostPlanner, SourcePlanner, StagePlanner
from pipelines.ingest.report import IngestReport
from pipelines.ingest.run import BatchRunner, ProgressListener, new_run_id, recorded_run
from pipelines.sources.configured import with_defaults
from pipelines.sources.discovery import find_sources
from pipelines.sources.source import uri_of
from pipelines.storage.errors import storage_errors
from pipelines.workspace import is_own

_MOST_NAMES = 20
"""SOURCEs that the record of a run names; a shell makes thousands of a glob."""


def ingest(
    settings: Settings,
    names: Sequence[str],
    *,
    selection: Selection = WHAT_IS_NEW,
    passwords: Sequence[str] = (),
    delete_missing: bool = False,
    allow_mass_deletion: bool = False,
    dry_run: bool = False,
    progress: ProgressListener = lambda *_: None,
    run_batch: BatchRunner | None = None,
) -> IngestReport:
    """Ingest every document that the names stand for and return the report of the run.

    `run_batch` works on each batch of `settings.batch_documents` documents where an orchestrator does that. A `dry_run`
    leaves the home as it is. `delete_missing` deletes the documents of a source that are gone; all of them, or more
    than half of ten or more, only with `allow_mass_deletion`.

    Raises `UnavailableError` for a disk that is nearly full, before anything is read; for a source that is not there
    or a home that cannot be written, before anything is deleted; `MismatchError` for an index of another version or
    encoder, and in the end `MassDeletionError`, which has the report, where documents that are gone were kept.
    """
    began = time.monotonic()
    if not dry_run:
        refuse_full_disk(settings)
    passwords = (*passwords, *settings.document_passwords)
    found = find_sources(
        names,
        passwords=passwords,
        limits=settings.reading,
        credentials=settings.credentials,
        follow_links=settings.follow_links,
    )
    own = (source for source in found.sources if not is_own(source.uri, settings.home))
    found.sources = list(with_defaults(own, settings))
    planner = SourcePlanner(found, selection, delete_missing, allow_mass_deletion)
    if dry_run:
        if selection.only == "failed":
            refuse_without_list(settings.home, names)
        with storage_errors(settings.home):
            counts, deletion = dry_run_counts(settings, planner, passwords=passwords)
        report = counts.report(new_run_id(), time.monotonic() - began)
    else:
        with recorded_run(
            settings,
            source=named_together(names),
            began=began,
            passwords=passwords,
            run_batch=run_batch,
            progress=progress,
        ) as run:
            if selection.only == "failed":
                refuse_without_list(settings.home, names)
            else:
                run.begin(names)
            report, deletion = run.execute(planner)
    deletion.check(report)
    return report


def tag_again(settings: Settings, *, progress: ProgressListener = lambda *_: None) -> IngestReport:
    """Tag every document again whose tags an older tagger made, from what was read before; return the report.

    The sources are not looked at, and need not be there any more. Raises as `ingest` does.
    """
    with recorded_run(settings, flow="tag", progress=progress) as run:
        return run.execute(StagePlanner("tag")).report


def put_back(settings: Settings, *, progress: ProgressListener = lambda *_: None) -> IngestReport:
    """Put back the documents that the ledger knows and the index lost, from what was kept; return the report.

    The blobs that no document refers to are deleted. Raises as `ingest` does.
    """
    with recorded_run(settings, flow="repair", progress=progress) as run:
        return run.execute(LostPlanner(), sweep=True).report


def named_together(names: Sequence[str]) -> str:
    """Return the SOURCEs of a run as its record names them: without secrets, and of very many the first."""
    shown = [without_secrets(uri_of(name)) for name in names[:_MOST_NAMES]]
    more = [f"and {len(names) - _MOST_NAMES} more"] * (len(names) > _MOST_NAMES)
    return ", ".join([*shown, *more])
