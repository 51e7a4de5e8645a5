"""The history of runs of a home: all runs, and the results of one for each document."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from configs.settings import Settings
from configs.system.errors import NotFoundError
from extractors.document import Value, document_id
from pipelines.ingest.report import UNAVAILABLE, UNLISTED
from pipelines.runs.failures import RunFailure, failure_of, remedy
from pipelines.storage.ledger import Ledger
from pipelines.storage.opening import opened_ledger
from pipelines.storage.run_records import RunDocument, RunRecord, RunSummary

LAST = "last"
"""What names the latest run in place of its id."""


class RunDetails(Value):
    """A run, what it did with each document, and its failures, those that it met again without another attempt too.

    Documents that it left unchanged are not listed; those of runs longer ago than `history_days` are forgotten.
    """

    run: RunSummary
    documents: tuple[RunDocument, ...]
    failures: tuple[RunFailure, ...]


def runs(settings: Settings, *, most: int | None = None) -> tuple[RunSummary, ...]:
    """Return the runs, the latest first; raises `UnavailableError` where the ledger cannot be read."""
    with opened_ledger(settings) as ledger:
        found = ledger.runs() if ledger else []
    return tuple(one.summary for one in found[:most])


def run_details(settings: Settings, run_id: str) -> RunDetails:
    """Return one run by its id, by how that begins, or the latest by `last`.

    Raises `NotFoundError` for an id that no run or more than one has, `UnavailableError` where the ledger cannot be
    read.
    """
    with opened_ledger(settings) as ledger:
        if ledger is None:
            raise _unknown(run_id)
        record = find_run(ledger, run_id)
        documents = tuple(ledger.run_documents(record.id))
        failed = tuple(_failures(ledger, record, documents, settings.quarantine_after))
    return RunDetails(run=record.summary, documents=documents, failures=failed)


def find_run(ledger: Ledger, run_id: str) -> RunRecord:
    """Return a run as `run_details` finds it; raises `NotFoundError`."""
    if record := ledger.find_run(run_id):
        return record
    found = ledger.runs()
    found = found[:1] if run_id == LAST else [one for one in found if one.id.startswith(run_id) and run_id]
    if len(found) != 1:
        raise _unknown(run_id)
    return found[0]


def _failures(
    ledger: Ledger, record: RunRecord, documents: Sequence[RunDocument], quarantine_after: int
) -> Iterator[RunFailure]:
    """Yield what failed in a run: documents that it worked on, and others that its report names."""
    tried = [row for row in documents if row.outcome == "failed"]
    known = {row.document for row in tried}
    reported = [(document_id(one["source"]), one) for one in _reported(record.counts)]
    others = [(name, one) for name, one in reported if name not in known]
    entries = ledger.known([*known, *(name for name, _ in others)])
    for row in tried:
        entry = entries.get(row.document)
        now = failure_of(entry, quarantine_after) if entry and entry.outcome == "failed" else None
        yield RunFailure(
            source=row.source,
            document=row.document,
            status=row.status,
            stage=row.stage or "read",
            error=row.error or row.status,
            attempts=max(1, row.attempts),
            first_at=min(now.first_at, row.at) if now else row.at,
            last_at=row.at,
            quarantined=now.quarantined if now else False,
            accepted=now.accepted if now else None,
            remedy=remedy(row.status),
        )
    for name, failed in others:
        entry = entries.get(name)
        if entry and entry.outcome == "failed":
            yield failure_of(entry, quarantine_after)
        else:
            yield _not_tried(name, failed, record.ended or record.started)


def _reported(counts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in counts.get("failures") or () if isinstance(one, dict) and isinstance(one.get("source"), str)]


def _not_tried(name: str, failed: Mapping[str, Any], at: dt.datetime) -> RunFailure:
    """Return the failure of a document without a row, or that was ingested since."""
    status = str(failed.get("status") or "crashed")
    return RunFailure(
        source=failed["source"],
        document=name,
        status=status,
        stage=str(failed.get("stage") or "read"),
        error=str(failed.get("error") or status),
        attempts=0 if status in (UNAVAILABLE, UNLISTED) else 1,
        first_at=at,
        last_at=at,
        quarantined=False,
        remedy=remedy(status),
    )


def _unknown(run_id: str) -> NotFoundError:
    return NotFoundError(
        f"'{run_id}': no run, or more than one, has an id that begins so", "customs-lens runs lists them"
    )
