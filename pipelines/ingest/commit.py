"""The commit of one document: into the index first, then into the ledger; or a row that says why not."""

import datetime as dt
import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from configs.system.errors import MismatchError
from configs.system.log_fields import log_event, log_fields
from configs.system.redaction import redact
from configs.system.sqlite.database import DamagedError
from extractors.access import closing_names
from extractors.document import STORED_STATUSES, Document
from extractors.likeness import Features
from index.filters import EVERY_CLASS
from index.judgements.store import JudgementStore
from index.protocol import Engine
from pipelines.ingest.corrections import Corrections
from pipelines.ingest.duplicates import kept_as_orphan
from pipelines.ingest.errors import ClaimedElsewhereError, StageError, stage_errors
from pipelines.ingest.members import OWN, SHOWN, WAITS, MemberAccess
from pipelines.ingest.paragraphs import paragraph_changes
from pipelines.ingest.plan import Item
from pipelines.ingest.prefetch import PendingReading
from pipelines.ingest.processing import process, read_before
from pipelines.ingest.report import Counts
from pipelines.ingest.versions import LINKED, VersionLinks
from pipelines.stages.components import PipelineComponents
from pipelines.stages.versions import Stage
from pipelines.storage.blobs import BlobStore
from pipelines.storage.entries import LedgerRow, now
from pipelines.storage.ledger import Ledger
from pipelines.storage.run_records import ParagraphChanges, RunDocument, RunEvent
from pipelines.storage.tombstones import tombstone_of

_log = logging.getLogger(__name__)


class Committer:
    """Commits documents one by one to an index, a ledger and a blob store that it does not close.

    What people corrected of them is in `said`, which it does not close either.
    """

    def __init__(
        self, components: PipelineComponents, engine: Engine, ledger: Ledger, blobs: BlobStore, said: JudgementStore
    ) -> None:
        self._components = components
        self._engine = engine
        self._ledger = ledger
        self._blobs = blobs
        self._members = MemberAccess(engine, ledger)
        self._versions = VersionLinks(engine, ledger)
        self._corrections = Corrections(said, engine, ledger, self._members)
        self._changed: dict[str, bool] = {}
        """Whether documents are in the index that this put there or removed, of which it may not know yet."""
        self._overtaken: set[str] = set()
        self._rows: list[RunDocument] = []

    def held(self, documents: Collection[str]) -> set[str]:
        """Return which documents the index holds, without those that another worker overtook until they are put again.

        Documents are given by their ids.
        """
        there = self._engine.held([name for name in documents if name not in self._changed])
        there |= {name for name in documents if self._changed.get(name)}
        return there - self._overtaken

    def refresh(self) -> None:
        """Believe the index, which was flushed, in what this changed: another worker may have changed it since."""
        self._changed.clear()

    def commit(self, item: Item, reading: PendingReading | None, run: str, counts: Counts) -> None:
        """Ingest a document, or record why not, and count it.

        Raises `ClaimedElsewhereError`, and counts nothing, where another worker has it.
        """
        began, before = time.monotonic(), len(self._rows)
        with log_fields(document=item.id, source=item.source.uri):
            try:
                self._ingest(item, reading, run, counts)
            except StageError as error:
                _log.debug("%s failed", item.source.uri, exc_info=True)
                self._fail(item, error.status, error.stage, error.message, run, counts)
        seconds = time.monotonic() - began
        if reading:  # it went on beside the documents before this one
            seconds += reading.seconds - reading.waited
        self._rows[before:] = [row.model_copy(update={"seconds": round(seconds, 3)}) for row in self._rows[before:]]

    def adopt(self, entry: LedgerRow) -> None:
        """Let others follow a document that another worker committed, which died before it could see to that."""
        self._corrections.note_key(entry.id)
        self._members.note(entry.source)

    def follow_corrections(self) -> bool:
        """Let documents be as people corrected them meanwhile; return whether any changed. See `follow_containers`."""
        return self._corrections.follow()

    def follow_containers(self) -> bool:
        """Let what lies in others have the classes of these as rows say them now; return whether any has another.

        What was put is to be visible, and other workers are to have what was claimed, before.
        """
        return self._members.follow()

    def link_versions(self) -> bool:
        """Link the versions of one paper among what was put and what is left; see `VersionLinks.follow`."""
        return self._versions.follow()

    def take_rows(self) -> list[RunDocument]:
        """Return what was done with documents since this was asked last."""
        rows, self._rows = self._rows, []
        return rows

    def remove(self, identifier: str) -> Document | None:
        """Remove a document from the index, if it is there, and return it; its tombstone stays."""
        if not self.held([identifier]):
            return None
        document = self._engine.document(identifier, access_classes=EVERY_CLASS)
        if document:
            self._ledger.add_tombstone(tombstone_of(document))
        if entry := self._ledger.entry(identifier):
            self._versions.leave(entry)
        self._engine.remove(identifier)
        self._changed[identifier] = False
        return document

    def delete(self, identifier: str, run: str | None, source: str | None) -> None:
        """Remove a document that is gone, and note it for the run; `source` is where it was, as far as it is known."""
        document = self.remove(identifier)
        source = source or (document.source if document else None)
        if run and source:
            self._rows.append(
                RunDocument(
                    run=run, document=identifier, source=source, outcome="deleted", status="deleted", at=_utc_now()
                )
            )

    def move_judgements(self, document: str, other: str) -> bool:
        """Let the judgements of a document follow its words to another; return whether that could be done."""
        try:
            self._engine.move_judgements({document: other})
        except DamagedError as error:
            _log.warning("judgements of document %s cannot follow its text to %s: %s", document, other, error)
            return False
        self._corrections.moved(document, other)
        return True

    def _ingest(self, item: Item, reading: PendingReading | None, run: str, counts: Counts) -> None:
        if item.action == "work":
            self._work(item, reading, run, counts)
        elif item.action == "unchanged":
            counts.unchanged += 1
        elif item.action == "duplicate":
            self._note_duplicate(item, run)
            counts.duplicate += 1
        elif item.action == "unreadable":
            self._claim(item)
            self._fail(item, item.status, "read", item.error or "cannot be read", run, counts)
        elif item.action == "orphaned":
            self._fail(item, item.status, "read", item.error or "cannot be read", run, counts)
        else:
            self._repeat_failure(item, counts)

    def _work(self, item: Item, reading: PendingReading | None, run: str, counts: Counts) -> None:
        before = self._ledger.entry(item.id)
        with stage_errors("read"):
            read = reading.result() if reading else read_before(before, self._blobs)
        document, _ = read
        if document.status not in STORED_STATUSES:
            self._fail(item, document.status, "read", "; ".join(document.warnings), run, counts)
            return
        processed = process(item, read, self._components, self._blobs)
        found_in = item.container or (before.versions.get(WAITS) if before else None)
        document = self._corrections.apply(processed.document)
        classes = self._members.classes(item.source.uri, document.access, found_in)
        document = document.model_copy(update={"access": classes[SHOWN] or None})
        event = _event(item, before)
        marks = Features(document).marks
        with stage_errors("index"):
            if before and before.blobs:
                document = self._as_linked(document, before, marks)
            paragraphs = self._paragraph_changes(document) if event == "changed" else None
            if before is None or not closing_names(classes[OWN]) <= closing_names(before.versions.get(OWN)):
                self._members.close(item.source.uri, document.access)
            self._engine.put(document, processed.vectors, versions=self._components.versions)
        self._changed[item.id] = True
        entry = LedgerRow(
            id=item.id,
            source=item.source.uri,
            key=document.key,
            sha256=item.sha256,
            outcome="indexed",
            status=document.status,
            versions={
                **_with_sidecar(self._components.versions, item),
                **classes,
                **({LINKED: "1"} if document.version_of else {}),
                **self._corrections.mark(item.id),
            },
            blobs=processed.blobs,
            pages=len(document.pages),
            passages=len(document.passages),
            run=run,
            marks=marks,
            unlinked=True,
        )
        self._write(entry)
        if before is None or before.key != entry.key:
            self._corrections.note_key(item.id)
        self._note(item, entry, stage="index", event=event, start=item.start, paragraphs=paragraphs)
        counts.indexed += 1
        counts.needs_ocr += document.status == "needs_ocr"
        counts.pages += len(document.pages)
        counts.passages += len(document.passages)
        log_event("document indexed", pages=len(document.pages), passages=len(document.passages))

    def _as_linked(self, document: Document, before: LedgerRow, marks: tuple[str, ...]) -> Document:
        """Return a document that is put again with the link that it had, where it says the same as before.

        Else those that went by it are compared again. What a person said of it stands.
        """
        if document.version_of:
            return document
        if marks != before.marks:
            self._versions.leave(before)
        elif document.key != before.key:
            held = self._engine.document(document.id, access_classes=EVERY_CLASS)
            if held and held.version_of:
                return document.model_copy(update={"key": held.key, "version_of": held.version_of})
            self._versions.leave(before)
        return document

    def _note_duplicate(self, item: Item, run: str) -> None:
        entry = self._ledger.entry(item.id)
        row = LedgerRow(
            id=item.id,
            source=item.source.uri,
            sha256=item.sha256,
            outcome="duplicate",
            status="duplicate",
            error=f"the same bytes as document {item.owner}",
            versions=_with_sidecar({}, item),
            run=run,
        )
        if entry and _said_of_duplicate(entry) == _said_of_duplicate(row):
            return
        self._claim(item)
        if entry and item.owner and entry.blobs.get("original") == item.sha256:
            self.move_judgements(item.id, item.owner)
        self.remove(item.id)
        self._write(row)
        self._note(item, row, stage="read")

    def _repeat_failure(self, item: Item, counts: Counts) -> None:
        entry = self._ledger.entry(item.id)
        if entry is None:
            msg = f"{item.source.uri}: no row in the ledger for a failed document"
            raise MismatchError(msg, "run 'customs-lens ingest --force' on it")
        counts.repeat(entry)

    def _fail(self, item: Item, status: str, stage: Stage, error: str, run: str, counts: Counts) -> None:
        """Record a failure. What the index holds of an earlier state of the document stays there."""
        error = redact(error)
        log_event("document failed", level=logging.WARNING, status=status, stage=stage, error=error)
        before = self._ledger.entry(item.id)
        again = _failed_before(item, before)
        row = LedgerRow(
            id=item.id,
            source=item.source.uri,
            sha256=item.sha256,
            outcome="failed",
            status=status,
            stage=stage,
            error=error,
            versions=_with_sidecar({}, item),
            run=run,
            attempts=again.attempts + 1,
            first_failed=again.first or now(),
            accepted_by=again.accepted_by,
            accepted_at=again.accepted_at,
        )
        if not kept_as_orphan(item):
            if before and before.blobs and self.held([item.id]):
                versions = _with_sidecar(before.versions, item)
                row = replace(row, key=before.key, versions=versions, blobs=before.blobs, marks=before.marks)
            else:
                self.remove(item.id)
            self._write(row)
        self._note(item, row, stage=stage, start=item.start)
        counts.repeat(row)

    def _paragraph_changes(self, document: Document) -> ParagraphChanges | None:
        """Compare a document with its state in the index, which is going to be replaced."""
        if not self.held([document.id]):
            return None
        before = self._engine.document(document.id, access_classes=EVERY_CLASS, full=True)
        return paragraph_changes(before, document) if before else None

    def _note(
        self,
        item: Item,
        entry: LedgerRow,
        *,
        stage: Stage,
        event: RunEvent | None = None,
        start: Stage | None = None,
        paragraphs: ParagraphChanges | None = None,
    ) -> None:
        """Keep what was done with a document for the history of the run."""
        self._rows.append(
            RunDocument(
                run=entry.run,
                document=item.id,
                source=entry.source,
                outcome=entry.outcome,
                event=event,
                status=entry.status,
                start=start,
                stage=stage,
                error=entry.error,
                versions=dict(entry.versions),
                attempts=entry.attempts,
                at=_utc_now(),
                paragraphs=paragraphs,
            )
        )

    def _claim(self, item: Item) -> None:
        """Keep other workers from a document; `ClaimedElsewhereError` where one has it, or has changed its row."""
        if not self._ledger.claim(item.id):
            raise ClaimedElsewhereError

    def _write(self, entry: LedgerRow) -> None:
        """Write a row; `ClaimedElsewhereError` where another worker did so meanwhile: it is put once more then."""
        if not self._ledger.write(entry):
            self._overtaken.add(entry.id)
            raise ClaimedElsewhereError
        self._overtaken.discard(entry.id)
        self._members.note(entry.source)


class _FailedBefore(NamedTuple):
    attempts: int = 0
    first: str | None = None
    accepted_by: str | None = None
    accepted_at: str | None = None


def _failed_before(item: Item, before: LedgerRow | None) -> _FailedBefore:
    """Return how often a document failed before with the bytes that it has now; 0 where they are others.

    Bytes that cannot be read are not known to be others.
    """
    if before is None or before.outcome != "failed":
        return _FailedBefore()
    bytes_before = (before.sha256, before.versions.get("sidecar", ""))
    if item.sha256 and bytes_before != (item.sha256, item.sidecar):
        return _FailedBefore()
    first = before.first_failed or before.at
    return _FailedBefore(max(1, before.attempts), first, before.accepted_by, before.accepted_at)


def _event(item: Item, before: LedgerRow | None) -> RunEvent:
    """Return what the indexing of a document is: of a new one, of changed bytes, or of the same ones again."""
    if before is None or not before.blobs:
        return "new"
    bytes_before = (before.blobs.get("original", before.sha256), before.versions.get("sidecar", ""))
    return "again" if bytes_before == (item.sha256, item.sidecar) else "changed"


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _said_of_duplicate(entry: LedgerRow) -> tuple[str, str, str | None, str]:
    return entry.outcome, entry.sha256, entry.error, entry.versions.get("sidecar", "")


def _with_sidecar(versions: Mapping[str, str], item: Item) -> dict[str, str]:
    """Return what a row notes of the versions that made a document: those of the stages, and of its sidecar."""
    return {**versions, "sidecar": item.sidecar}
