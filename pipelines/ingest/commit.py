"""Commits of single documents: to the index, then to the ledger; or a ledger row with the reason of a failure."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from configs.system.errors import MismatchError
from configs.system.log_fields import log_event, log_fields
from configs.system.redaction import redact
from extractors.document import STORED_STATUSES, Document
from index.filters import EVERY_CLASS
from pipelines.ingest.duplicates import kept_as_orphan
from pipelines.ingest.errors import StageError, stage_errors
from pipelines.ingest.follow.protocol import Draft, Follower
from pipelines.ingest.paragraphs import paragraph_changes
from pipelines.ingest.plan import Item
from pipelines.ingest.prefetch import PendingReading
from pipelines.ingest.processing import process, read_before
from pipelines.ingest.report import Counts
from pipelines.ingest.writer import DocumentWriter
from pipelines.stages.components import PipelineComponents
from pipelines.stages.versions import Stage
from pipelines.storage.blobs import BlobStore
from pipelines.storage.entries import LedgerRow, now, run_document
from pipelines.storage.run_records import ParagraphChanges, RunEvent

_log = logging.getLogger(__name__)


class Committer:
    """Commits documents one by one, after its followers have prepared each."""

    def __init__(
        self,
        components: PipelineComponents,
        writer: DocumentWriter,
        blobs: BlobStore,
        followers: Sequence[Follower],
    ) -> None:
        self._components, self._writer, self._blobs, self._followers = components, writer, blobs, followers
        self._engine, self._ledger = writer.engine, writer.ledger

    def commit(self, item: Item, reading: PendingReading | None, run: str, counts: Counts) -> None:
        """Ingest a document, or record its failure, and count it.

        Raises `ClaimedElsewhereError`, and counts nothing, if another worker has claimed it.
        """
        rows = self._writer.rows
        began, before = time.monotonic(), len(rows)
        with log_fields(document=item.id, source=item.source.uri):
            try:
                self._ingest(item, reading, run, counts)
            except StageError as error:
                _log.debug("%s failed", item.source.uri, exc_info=True)
                self._fail(item, error.status, error.stage, error.message, run, counts)
        seconds = time.monotonic() - began
        if reading:  # reading ran in parallel with earlier documents
            seconds += reading.seconds - reading.waited
        rows[before:] = [row.model_copy(update={"seconds": round(seconds, 3)}) for row in rows[before:]]

    def _ingest(self, item: Item, reading: PendingReading | None, run: str, counts: Counts) -> None:
        if item.action == "work":
            self._work(item, reading, run, counts)
        elif item.action == "unchanged":
            counts.unchanged += 1
        elif item.action == "duplicate":
            self._note_duplicate(item, run)
            counts.duplicate += 1
        elif item.action == "unreadable":
            self._writer.claim(item.id)
            self._fail(item, item.status, "read", item.error or "cannot be read", run, counts)
        elif item.action == "orphaned":
            self._fail(item, item.status, "read", item.error or "cannot be read", run, counts)
        else:
            self._repeat_failure(item, counts)

    def _work(self, item: Item, reading: PendingReading | None, run: str, counts: Counts) -> None:
        before = self._ledger.entry(item.id)
        with stage_errors("read"):
            read = reading.result() if reading else read_before(before, self._blobs)
        if read[0].status not in STORED_STATUSES:
            self._fail(item, read[0].status, "read", "; ".join(read[0].warnings), run, counts)
            return
        processed = process(item, read, self._components, self._blobs)
        draft = Draft(processed.document, before, item.container)
        event = _event(item, before)
        with stage_errors("index"):
            for follower in self._followers:
                follower.prepare(draft)
            paragraphs = self._paragraph_changes(draft.document) if event == "changed" else None
            self._writer.put(draft.document, processed.vectors, self._components.versions)
        document = draft.document
        entry = LedgerRow(
            id=item.id,
            source=item.source.uri,
            key=document.key,
            sha256=item.sha256,
            outcome="indexed",
            status=document.status,
            versions={**_all_versions(self._components.versions, item), **draft.notes},
            blobs=processed.blobs,
            pages=len(document.pages),
            passages=len(document.passages),
            run=run,
            marks=draft.marks,
            unlinked=True,
        )
        self._writer.write(entry, before)
        self._add_result(entry, event=event, start=item.start, paragraphs=paragraphs)
        counts.count(entry)
        log_event("document indexed", pages=entry.pages, passages=entry.passages)

    def _note_duplicate(self, item: Item, run: str) -> None:
        entry = self._ledger.entry(item.id)
        row = LedgerRow(
            id=item.id,
            source=item.source.uri,
            sha256=item.sha256,
            outcome="duplicate",
            status="duplicate",
            error=f"the same bytes as document {item.owner}",
            versions=_all_versions({}, item),
            run=run,
        )
        if entry and _duplicate_fields(entry) == _duplicate_fields(row):
            return
        self._writer.claim(item.id)
        if entry and item.owner and entry.blobs.get("original") == item.sha256:
            self._writer.move_judgements(item.id, item.owner)
        self._writer.remove(item.id)
        self._writer.write(row, entry)
        self._add_result(row)

    def _repeat_failure(self, item: Item, counts: Counts) -> None:
        entry = self._ledger.entry(item.id)
        if entry is None:
            msg = f"{item.source.uri}: no row in the ledger for a failed document"
            raise MismatchError(msg, "run 'customs-lens ingest --force' on it")
        counts.repeat(entry)

    def _fail(self, item: Item, status: str, stage: Stage, error: str, run: str, counts: Counts) -> None:
        """Record a failure. The index keeps an earlier state of the document."""
        error = redact(error)
        log_event("document failed", level=logging.WARNING, status=status, stage=stage, error=error)
        before = self._ledger.entry(item.id)
        again = _earlier_failures(item, before)
        row = LedgerRow(
            id=item.id,
            source=item.source.uri,
            sha256=item.sha256,
            outcome="failed",
            status=status,
            stage=stage,
            error=error,
            versions=_all_versions({}, item),
            run=run,
            attempts=again.attempts + 1,
            first_failed=again.first or now(),
            accepted_by=again.accepted_by,
            accepted_at=again.accepted_at,
        )
        if not kept_as_orphan(item):
            if before and before.blobs and self._writer.held([item.id]):
                versions = _all_versions(before.versions, item)
                row = replace(row, key=before.key, versions=versions, blobs=before.blobs, marks=before.marks)
            else:
                self._writer.remove(item.id)
            self._writer.write(row, before)
        self._add_result(row, start=item.start)
        counts.repeat(row)

    def _paragraph_changes(self, document: Document) -> ParagraphChanges | None:
        """Compare a document with its indexed state, which is about to be replaced."""
        if not self._writer.held([document.id]):
            return None
        before = self._engine.document(document.id, access_classes=EVERY_CLASS, full=True)
        return paragraph_changes(before, document) if before else None

    def _add_result(self, row: LedgerRow, **known: Any) -> None:  # noqa: ANN401 - the other fields of a `RunDocument`
        """Store the result for the document in the history of the run."""
        self._writer.rows.append(run_document(row).model_copy(update=known))


class _EarlierFailures(NamedTuple):
    attempts: int = 0
    first: str | None = None
    accepted_by: str | None = None
    accepted_at: str | None = None


def _earlier_failures(item: Item, before: LedgerRow | None) -> _EarlierFailures:
    """Return how often a document has failed with its current bytes; 0 for other bytes.

    Unreadable bytes count as unchanged.
    """
    if before is None or before.outcome != "failed":
        return _EarlierFailures()
    bytes_before = (before.sha256, before.versions.get("sidecar", ""))
    if item.sha256 and bytes_before != (item.sha256, item.sidecar):
        return _EarlierFailures()
    first = before.first_failed or before.at
    return _EarlierFailures(max(1, before.attempts), first, before.accepted_by, before.accepted_at)


def _event(item: Item, before: LedgerRow | None) -> RunEvent:
    """Return the kind of an indexing: a new document, changed bytes, or the same bytes again."""
    if before is None or not before.blobs:
        return "new"
    bytes_before = (before.blobs.get("original", before.sha256), before.versions.get("sidecar", ""))
    return "again" if bytes_before == (item.sha256, item.sidecar) else "changed"


def _duplicate_fields(entry: LedgerRow) -> tuple[str, str, str | None, str]:
    return entry.outcome, entry.sha256, entry.error, entry.versions.get("sidecar", "")


def _all_versions(versions: Mapping[str, str], item: Item) -> dict[str, str]:
    """Return the versions for a row: those of the stages, and that of the sidecar."""
    return {**versions, "sidecar": item.sidecar}
