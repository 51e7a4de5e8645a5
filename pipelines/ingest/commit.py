"""The commit of one document: into the index first, then into the ledger; or a row that says why not."""

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace

from configs.errors import MismatchError
from configs.log_fields import log_event, log_fields
from configs.redaction import redact
from extractors.document import STORED_STATUSES
from index.database import DamagedError
from index.filters import EVERY_CLASS
from index.protocol import Engine
from pipelines.ingest.duplicates import kept_as_orphan
from pipelines.ingest.errors import ClaimedElsewhereError, StageError, stage_errors
from pipelines.ingest.plan import Item
from pipelines.ingest.prefetch import Reading
from pipelines.ingest.processing import process, read_before
from pipelines.ingest.report import Counts, Failure, known_failure
from pipelines.stages.components import PipelineComponents
from pipelines.stages.versions import Stage
from pipelines.storage.blobs import BlobStore
from pipelines.storage.ledger import Entry, Ledger
from pipelines.storage.tombstones import tombstone_of

_log = logging.getLogger(__name__)


class Committer:
    """Commits documents one by one to an index, a ledger and a blob store that it does not close."""

    def __init__(self, components: PipelineComponents, engine: Engine, ledger: Ledger, blobs: BlobStore) -> None:
        self._components = components
        self._engine = engine
        self._ledger = ledger
        self._blobs = blobs
        self.indexed: set[str] = set()
        """The ids of the documents that the index holds."""
        self._overtaken: set[str] = set()
        self.refresh()

    def refresh(self) -> None:
        """Ask the index what it holds, without documents that another worker overtook: they are put again."""
        held = self._engine.documents(access_classes=EVERY_CLASS)
        self.indexed = {identifier for identifier, _ in held} - self._overtaken
        self._overtaken = set()

    def commit(self, item: Item, reading: Future[Reading] | None, run: str, counts: Counts) -> None:
        """Ingest a document, or record why not, and count it.

        Raises `ClaimedElsewhereError`, and counts nothing, where another worker has it.
        """
        with log_fields(document=item.id, source=item.source.uri):
            try:
                self._ingest(item, reading, run, counts)
            except StageError as error:
                _log.debug("%s failed", item.source.uri, exc_info=True)
                self._fail(item, error.status, error.stage, error.message, run, counts)

    def remove(self, identifier: str) -> None:
        """Remove a document from the index, if it is there; its tombstone stays."""
        if identifier in self.indexed:
            if document := self._engine.document(identifier, access_classes=EVERY_CLASS):
                self._ledger.add_tombstone(tombstone_of(document))
            self._engine.remove(identifier)
            self.indexed.discard(identifier)

    def move_annotations(self, document: str, other: str) -> bool:
        """Let the annotations of a document follow its words to another; return whether that could be done."""
        try:
            self._engine.move_annotations({document: other})
        except DamagedError as error:
            _log.warning("annotations of document %s cannot follow its text to %s: %s", document, other, error)
            return False
        return True

    def _ingest(self, item: Item, reading: Future[Reading] | None, run: str, counts: Counts) -> None:
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

    def _work(self, item: Item, reading: Future[Reading] | None, run: str, counts: Counts) -> None:
        with stage_errors("read"):
            read = reading.result() if reading else read_before(self._ledger.entry(item.id), self._blobs)
        document, _ = read
        if document.status not in STORED_STATUSES:
            self._fail(item, document.status, "read", "; ".join(document.warnings), run, counts)
            return
        processed = process(item, read, self._components, self._blobs)
        document = processed.document
        with stage_errors("index"):
            self._engine.put(document, processed.vectors, versions=self._components.versions)
        self.indexed.add(item.id)
        self._write(
            Entry(
                id=item.id,
                source=item.source.uri,
                key=document.key,
                sha256=item.sha256,
                outcome="indexed",
                status=document.status,
                versions=_with_sidecar(self._components.versions, item),
                blobs=processed.blobs,
                pages=len(document.pages),
                passages=len(document.passages),
                run=run,
            )
        )
        counts.indexed += 1
        counts.needs_ocr += document.status == "needs_ocr"
        counts.pages += len(document.pages)
        counts.passages += len(document.passages)
        log_event("document indexed", pages=len(document.pages), passages=len(document.passages))

    def _note_duplicate(self, item: Item, run: str) -> None:
        entry = self._ledger.entry(item.id)
        row = Entry(
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
            self.move_annotations(item.id, item.owner)
        self.remove(item.id)
        self._write(row)

    def _repeat_failure(self, item: Item, counts: Counts) -> None:
        entry = self._ledger.entry(item.id)
        if entry is None:
            msg = f"{item.source.uri}: no row in the ledger for a failed document"
            raise MismatchError(msg, "run 'customs-lens ingest --force' on it")
        counts.fail(known_failure(entry))

    def _fail(self, item: Item, status: str, stage: Stage, error: str, run: str, counts: Counts) -> None:
        """Record a failure. What the index holds of an earlier state of the document stays there."""
        error = redact(error)
        log_event("document failed", level=logging.WARNING, status=status, stage=stage, error=error)
        if kept_as_orphan(item):
            counts.fail(Failure(source=item.source.uri, status=status, stage=stage, error=error))
            return
        before = self._ledger.entry(item.id)
        row = Entry(
            id=item.id,
            source=item.source.uri,
            sha256=item.sha256,
            outcome="failed",
            status=status,
            stage=stage,
            error=error,
            versions=_with_sidecar({}, item),
            run=run,
        )
        if before and before.blobs and item.id in self.indexed:
            row = replace(row, key=before.key, versions=_with_sidecar(before.versions, item), blobs=before.blobs)
        else:
            self.remove(item.id)
        self._write(row)
        counts.fail(Failure(source=item.source.uri, status=status, stage=stage, error=error))

    def _claim(self, item: Item) -> None:
        """Keep other workers from a document; `ClaimedElsewhereError` where one has it, or has changed its row."""
        if not self._ledger.claim(item.id):
            raise ClaimedElsewhereError

    def _write(self, entry: Entry) -> None:
        """Write a row; `ClaimedElsewhereError` where another worker did so meanwhile: it is put once more then."""
        if not self._ledger.write(entry):
            self._overtaken.add(entry.id)
            raise ClaimedElsewhereError


def _said_of_duplicate(entry: Entry) -> tuple[str, str, str | None, str]:
    return entry.outcome, entry.sha256, entry.error, entry.versions.get("sidecar", "")


def _with_sidecar(versions: Mapping[str, str], item: Item) -> dict[str, str]:
    """Return what a row notes of the versions that made a document: those of the stages, and of its sidecar."""
    return {**versions, "sidecar": item.sidecar}
