"""Upkeep flows: tagging again, retraining, rebuilding the index, backup, health check, and sweep."""

import datetime as dt
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State

from configs.settings import Settings
from configs.system.errors import UnavailableError
from configs.system.redaction import redact_logs
from extractors.document import Value
from index.filters import EVERY_CLASS
from index.results import Check
from pipelines.flows.ingest import flow_settings
from pipelines.flows.outcomes import begun, counts_of, outcome
from pipelines.flows.reporting import RunReporting, emit_recovered
from pipelines.ingest.last_runs import BACKUP, DOCTOR, SWEEP, RunNote, last_run, noted_run
from pipelines.ingest.report import IngestReport
from pipelines.storage.opening import open_storage

_log = logging.getLogger(__name__)

Given = dict[str, Any] | None

_BACKUP = re.compile(r"customs-lens-\d{8}T\d{6}Z\.zip")
"""The name pattern of backups, which sorts by time."""


class NothingYet(Value):
    """The result for a home without an index: there is nothing to back up or to check."""


class Checks(Value):
    """The findings of a check of a home."""

    checks: tuple[Check, ...]


@flow(name="retag", persist_result=False)
def retag(*, home: str | None = None, settings: Given = None) -> State[Any]:
    """Tag every document whose tags come from an older tagger; the result is the report as JSON."""
    from pipelines.ingest.runs import tag_again

    redact_logs()
    reporting = RunReporting("retag")

    def work() -> IngestReport:
        loaded = flow_settings(home, settings)
        with begun(loaded):
            return reporting.watch(tag_again, loaded, progress=reporting.progress)

    return outcome(work, counts_of)


@flow(name="retrain", persist_result=False)
def retrain(*, home: str | None = None, settings: Given = None) -> State[Any]:
    """Train the classifier on judgements; the result is the report as JSON."""
    from pipelines.review.training import RetrainReport
    from pipelines.review.training import retrain as train

    redact_logs()
    reporting = RunReporting("retrain")

    def work() -> RetrainReport:
        loaded = flow_settings(home, settings)
        with begun(loaded):
            return train(loaded, access_classes=EVERY_CLASS, progress=reporting.progress)

    return outcome(
        work,
        lambda found: f"kept, {found.tagged} documents tagged again" if found.kept else f"not kept: {found.reason}",
    )


@flow(name="reindex", persist_result=False)
def reindex(*, home: str | None = None, settings: Given = None) -> State[Any]:
    """Create a new version of an index in Elasticsearch and switch searches to it; the result is the report as JSON."""
    from pipelines.maintenance import indices

    redact_logs()
    reporting = RunReporting("reindex")

    def work() -> Value:
        loaded = flow_settings(home, settings)
        with begun(loaded):
            return indices.reindex(loaded, lambda done, total: reporting.progress(done, total, ""))

    return outcome(work, lambda found: f"{getattr(found, 'index', '')} is in use")


@flow(name="backup", persist_result=False)
def backup(folder: str, *, keep: int | None = None, home: str | None = None, settings: Given = None) -> State[Any]:
    """Write a backup into a new file of a folder, named after the time; the result is its content as JSON.

    The folder keeps the newest complete backups, `keep` in number; all backups without `keep`, or if the new one is
    incomplete, which makes the run Failed. A home without an index needs no backup.
    """
    from pipelines.maintenance.backup import BackupReport, incomplete_backup
    from pipelines.maintenance.backup import backup as write
    from pipelines.maintenance.indices import refuse_shared

    redact_logs()

    def work() -> BackupReport | NothingYet:
        loaded = flow_settings(home, settings)
        refuse_shared(loaded, "backup", "take a snapshot of the cluster, and copy the home")
        where = Path(folder)
        if _is_new(loaded):
            return NothingYet()
        with begun(loaded, writes=False), _noted(loaded, BACKUP):
            if not where.is_dir():
                raise UnavailableError(f"{folder}: is no folder", "create it, or mount its disk")
            made = write(loaded, where / f"customs-lens-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}.zip")
            if error := incomplete_backup(made):
                raise error
        if keep:
            _rotate(where, keep)
        return made

    return outcome(
        work,
        lambda made: (
            f"{made.file}: {made.documents} documents"
            if isinstance(made, BackupReport)
            else "nothing was ingested yet: there is nothing to back up"
        ),
    )


@flow(name="doctor", persist_result=False)
def doctor(*, home: str | None = None, settings: Given = None) -> State[Any]:
    """Check that all parts of a home exist and agree; Failed if a check fails."""
    from pipelines.maintenance import health

    redact_logs()

    def work() -> Checks | NothingYet:
        loaded = flow_settings(home, settings)
        if _is_new(loaded):
            return NothingYet()
        with begun(loaded, writes=False), _noted(loaded, DOCTOR):
            found = Checks(checks=tuple(health.checks(loaded)))
            create_table_artifact([one.model_dump(mode="json") for one in found.checks], key="doctor")
            if error := health.failed_checks(found.checks):
                raise error
        return found

    return outcome(
        work,
        lambda found: (
            f"{len(found.checks)} checks passed"
            if isinstance(found, Checks)
            else "nothing was ingested yet: there is nothing to check"
        ),
    )


@flow(name="sweep", persist_result=False)
def sweep(*, home: str | None = None, settings: Given = None) -> State[Any]:
    """Delete everything in the home that nothing refers to; the result is the amount as JSON."""
    from pipelines.maintenance.sweep import SweepReport
    from pipelines.maintenance.sweep import sweep as delete

    redact_logs()

    def work() -> SweepReport:
        loaded = flow_settings(home, settings)
        with begun(loaded), _noted(loaded, SWEEP):
            return delete(loaded)

    return outcome(work, lambda report: f"{report.blobs} blobs deleted")


def _is_new(settings: Settings) -> bool:
    """Return whether nothing was ingested into a home so far."""
    storage = open_storage(settings)
    return not (storage.has_index() or storage.has_ledger())


@contextmanager
def _noted(settings: Settings, job: str) -> Iterator[RunNote]:
    """Record the end of a job, and emit an event if it recovered."""
    before = last_run(settings.home, job)
    with noted_run(settings.home, job) as note:
        yield note
    if before and before.status != "done":
        emit_recovered(job.lstrip("_"))


def _rotate(folder: Path, keep: int) -> None:
    """Delete older backups of a folder, keeping this many complete ones; other files are kept."""
    from pipelines.maintenance.archive import is_whole

    ours = sorted((path for path in folder.iterdir() if _BACKUP.fullmatch(path.name)), reverse=True)
    whole = 0
    for path in ours:
        if whole >= keep:
            path.unlink()
            _log.info("%s: deleted; %d newer backups are whole", path, keep)
        whole += is_whole(path) if whole < keep else 0
