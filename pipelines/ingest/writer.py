"""Writes documents to an index, and then their rows to the ledger; records the changes for followers."""

import datetime as dt
import logging
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from configs.system.sqlite.database import DamagedError
from extractors.document import Document
from index.filters import EVERY_CLASS
from index.protocol import Engine
from pipelines.ingest.errors import ClaimedElsewhereError
from pipelines.ingest.follow.protocol import Changes
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger
from pipelines.storage.run_records import RunDocument
from pipelines.storage.tombstones import tombstone_of

_log = logging.getLogger(__name__)


class DocumentWriter:
    """Writes to an index and a ledger, which the caller closes.

    `changes` are the changes since the followers ran last, `rows` the results for documents since the history of the
    run was written.
    """

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        self.engine, self.ledger = engine, ledger
        self.changes = Changes()
        self.rows: list[RunDocument] = []
        self._changed: dict[str, bool] = {}
        """Whether documents are in the index that this put there or removed, of which it may not know yet."""
        self._overtaken: set[str] = set()

    def held(self, documents: Collection[str]) -> set[str]:
        """Return which documents the index has, without those to commit again because another worker wrote their row.

        Documents are given by their ids.
        """
        there = self.engine.held([name for name in documents if name not in self._changed])
        there |= {name for name in documents if self._changed.get(name)}
        return there - self._overtaken

    def flush(self) -> None:
        """Make committed documents visible, release their claims, and write the history of the run."""
        self.engine.flush()
        self.ledger.release()
        self.ledger.record(self.rows)
        self.rows = []

    def look_again(self, documents: Collection[str]) -> set[str]:
        """Return which documents the index has now: other workers may have changed it."""
        self.engine.flush()
        self._changed.clear()
        return self.held(documents)

    def claim(self, document: str) -> None:
        """Claim a document; `ClaimedElsewhereError` if another worker has claimed it, or has changed its row."""
        if not self.ledger.claim(document):
            raise ClaimedElsewhereError

    def put(self, document: Document, vectors: NDArray[np.float32], versions: Mapping[str, str]) -> None:
        """Write a document to the index, with the vectors of its passages and the versions of the stages."""
        self.engine.put(document, vectors, versions=versions)
        self._changed[document.id] = True

    def write(self, row: LedgerRow, before: LedgerRow | None) -> None:
        """Replace the row of a document.

        Raises `ClaimedElsewhereError` if another worker has written it meanwhile: the document is committed again then.
        """
        if not self.ledger.write(row):
            self._overtaken.add(row.id)
            raise ClaimedElsewhereError
        self._overtaken.discard(row.id)
        self.changes.add(row, rekeyed=row.outcome == "indexed" and (before is None or before.key != row.key))

    def remove(self, identifier: str) -> Document | None:
        """Remove a document from the index, if it is there, and return it; its tombstone is stored."""
        if not self.held([identifier]):
            return None
        document = self.engine.document(identifier, access_classes=EVERY_CLASS)
        if document:
            self.ledger.add_tombstone(tombstone_of(document))
        if entry := self.ledger.entry(identifier):
            compare_others_again(self.ledger, entry)
        self.engine.remove(identifier)
        self._changed[identifier] = False
        return document

    def delete(self, identifier: str, run: str | None, source: str | None) -> None:
        """Delete a missing document, and record that for the run; `source` is its former place, if known."""
        document = self.remove(identifier)
        source = source or (document.source if document else None)
        if run and source:
            at = dt.datetime.now(dt.UTC)
            gone = RunDocument(run=run, document=identifier, source=source, outcome="deleted", status="deleted", at=at)
            self.rows.append(gone)

    def move_judgements(self, document: str, other: str) -> bool:
        """Reassign the judgements of a document to another one; return whether that succeeded."""
        try:
            self.engine.move_judgements({document: other})
        except DamagedError as error:
            _log.warning("judgements of document %s cannot follow its text to %s: %s", document, other, error)
            return False
        return True


def compare_others_again(ledger: Ledger, entry: LedgerRow) -> None:
    """Schedule a comparison of documents with the key of a document that is about to be deleted or changed."""
    others = [other.id for other in ledger.of_key(entry.key) if other.id != entry.id and other.marks]
    for other in ledger.known(others).values():
        if not other.unlinked and ledger.claim(other.id):
            ledger.write(replace(other, unlinked=True))
